// SPDX-License-Identifier: Apache-2.0
/// Bytes read in order: from memory, or from a file that may be gzip-compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace minnow::engine {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// For messages: the file's path.
  virtual const std::string& name() const = 0;
  /// Fills `buffer` as far as there are bytes; fewer than asked for: the end. Throws DataError.
  virtual std::size_t read(std::span<std::uint8_t> buffer) = 0;
  /// No more bytes than this come, from the first one on; known before any is read.
  virtual std::uint64_t largest_size() const = 0;
};

/// The bytes stay the caller's.
class MemorySource final : public ByteSource {
 public:
  MemorySource(std::string name, std::span<const std::uint8_t> bytes) : name_(std::move(name)), bytes_(bytes) {}
  const std::string& name() const override { return name_; }
  std::size_t read(std::span<std::uint8_t> buffer) override;
  std::uint64_t largest_size() const override { return bytes_.size(); }

 private:
  std::string name_;
  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
};

/// Opens a regular file; whether it is gzip is told by its first bytes. Decompression runs through a small window.
std::unique_ptr<ByteSource> open_source(const std::filesystem::path& path);

}  // namespace minnow::engine
