// SPDX-License-Identifier: Apache-2.0
/// Safetensors (https://huggingface.co/docs/safetensors): u64 length of the header, little-endian; the header, JSON:
/// name -> {dtype, shape, data_offsets [begin, end)}, and "__metadata__" -> text pairs; then the tensors' bytes.
/// Minnow's files hold F32 alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/io/file.hpp"

namespace minnow::engine {

using TextPairs = std::vector<std::pair<std::string, std::string>>;

/// Longest header that is read or written, in bytes.
inline constexpr std::uint64_t largest_header = std::uint64_t{4} << 20;

/// Where a tensor lies.
struct StoredTensor {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0;  ///< bytes from the end of the header
  std::uint64_t end = 0;    ///< end - begin = 4 * product of the shape
};

struct SafetensorsHeader {
  TextPairs metadata;                 ///< in the order of the keys
  std::vector<StoredTensor> tensors;  ///< in the order of their bytes, without gaps
};

/// The header's length from the first 8 bytes of a file of `file_size` bytes. Throws ModelError if it cannot be.
std::uint64_t read_header_length(std::span<const std::uint8_t> prefix, std::uint64_t file_size,
                                 const std::string& file_name);

/// Checks a header against the `data_size` bytes that follow it: every byte belongs to one tensor. Throws ModelError.
SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_size,
                                           const std::string& file_name);

/// A file that is open, with its header checked. Throws DataError where it cannot be read, ModelError where it is
/// corrupt.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);
  const SafetensorsHeader& header() const { return header_; }
  /// Any bits are accepted, NaN included: what a diverged run has left can be looked at.
  void read(const StoredTensor& tensor, std::span<float> values) const;

 private:
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) const;

  std::string name_;
  FileDescriptor file_;
  std::uint64_t data_begin_ = 0;  ///< bytes from the start of the file
  SafetensorsHeader header_;
};

/// A tensor to write; the values stay the caller's.
struct TensorToStore {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::span<const float> values;
};

/// The header of a file that holds the tensors in this order. Throws UsageError for text that is not UTF-8.
std::string safetensors_header(const TextPairs& metadata, std::span<const TensorToStore> tensors,
                               const std::string& file_name);

/// Writes the file through AtomicFile. Throws UsageError for metadata that is not UTF-8, has a key twice or makes the
/// header too long, DataError where the file cannot be written.
void write_safetensors(const std::filesystem::path& path, const TextPairs& metadata,
                       std::span<const TensorToStore> tensors);

}  // namespace minnow::engine
