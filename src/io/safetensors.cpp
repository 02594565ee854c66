// SPDX-License-Identifier: Apache-2.0
#include "src/io/safetensors.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <set>

#include "minnow/error.hpp"
#include "minnow/excerpt.hpp"
#include "src/io/atomic_file.hpp"

namespace minnow::engine {
namespace {

void check_tensors(std::span<const TensorToStore> tensors) {
  std::set<std::string_view> names = {"__metadata__"};
  for (const TensorToStore& tensor : tensors) {
    std::size_t size = 1;
    for (const std::uint64_t length : tensor.shape) size *= length;
    if (size != tensor.values.size()) {
      throw InternalError("write_safetensors: tensor '" + tensor.name + "' has " +
                          std::to_string(tensor.values.size()) + " values, its shape needs " + std::to_string(size));
    }
    if (!names.insert(tensor.name).second) {
      throw InternalError("write_safetensors: the tensor name '" + tensor.name + "' is taken");
    }
  }
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : name_(path.string()) {
  file_ =
      FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe must not wait for its writer
  struct stat status = {};
  if (!file_ || ::fstat(file_.number(), &status) != 0)
    throw DataError(system_error_text(path, FileAccess::reading, errno));
  if (!S_ISREG(status.st_mode)) {
    throw DataError(name_ + ": is " + (S_ISDIR(status.st_mode) ? "a folder" : "a device or pipe") +
                    ", expected a model file");
  }
  const auto file_size = static_cast<std::uint64_t>(status.st_size);
  std::array<std::uint8_t, 8> prefix{};
  const auto prefix_bytes = std::span(prefix).first(std::min<std::size_t>(prefix.size(), file_size));
  read_at(0, std::as_writable_bytes(prefix_bytes));
  const std::uint64_t length = read_header_length(prefix_bytes, file_size, name_);
  std::string json(static_cast<std::size_t>(length), '\0');
  read_at(prefix.size(), std::as_writable_bytes(std::span(json)));
  data_begin_ = prefix.size() + length;
  header_ = parse_safetensors_header(json, file_size - data_begin_, name_);
}

void SafetensorsFile::read(const StoredTensor& tensor, std::span<float> values) const {
  if (values.size_bytes() != tensor.end - tensor.begin) {
    throw InternalError("SafetensorsFile::read: tensor '" + tensor.name + "' does not fit " +
                        std::to_string(values.size()) + " values");
  }
  read_at(data_begin_ + tensor.begin, std::as_writable_bytes(values));
}

void SafetensorsFile::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pread(file_.number(), bytes.data(), std::min(bytes.size(), std::size_t{1} << 30), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw DataError(system_error_text(name_, FileAccess::reading, errno));
    if (count == 0) throw DataError(name_ + ": ended at byte " + std::to_string(offset) + " while it was read");
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void write_safetensors(const std::filesystem::path& path, const TextPairs& metadata,
                       std::span<const TensorToStore> tensors) {
  check_tensors(tensors);
  std::set<std::string_view> keys;
  for (const auto& [key, value] : metadata) {
    if (!keys.insert(key).second) {
      throw UsageError(path.string() + ": the metadata key '" + excerpt(key) + "' stands twice; name each key once");
    }
  }
  std::string json = safetensors_header(metadata, tensors, path.string());
  json.append((8 - json.size() % 8) % 8, ' ');  // so that the data begin at a multiple of 8
  if (json.size() > largest_header) {
    throw UsageError(path.string() + ": the header would have " + std::to_string(json.size()) + " bytes, at most " +
                     std::to_string(largest_header) + " are allowed; shorten the metadata");
  }
  const std::uint64_t length = json.size();
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(json);
  for (const TensorToStore& tensor : tensors) file.write(std::as_bytes(tensor.values));
  file.commit();
}

}  // namespace minnow::engine
