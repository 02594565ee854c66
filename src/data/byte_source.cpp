// SPDX-License-Identifier: Apache-2.0
#include "src/data/byte_source.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "minnow/error.hpp"
#include "src/io/file.hpp"

namespace minnow::engine {
namespace {

namespace fs = std::filesystem;

struct CloseGzip {
  void operator()(gzFile_s* file) const noexcept { gzclose_r(file); }
};
using GzipFile = std::unique_ptr<gzFile_s, CloseGzip>;

/// zlib's reader passes a file that is not gzip through unchanged, and checks the CRC and length of one that is.
class FileSource final : public ByteSource {
 public:
  FileSource(const fs::path& path, GzipFile file, std::uint64_t largest_size)
      : name_(path.string()), file_(std::move(file)), largest_size_(largest_size) {}
  const std::string& name() const override { return name_; }
  std::uint64_t largest_size() const override { return largest_size_; }

  std::size_t read(std::span<std::uint8_t> buffer) override {
    constexpr std::size_t largest_read = std::size_t{1} << 30;  // gzread counts in int
    std::size_t done = 0;
    while (done < buffer.size()) {
      const auto wanted = static_cast<unsigned>(std::min(buffer.size() - done, largest_read));
      const int count = gzread(file_.get(), buffer.data() + done, wanted);
      int code = Z_OK;
      const char* reason = gzerror(file_.get(), &code);
      if (code == Z_ERRNO) throw DataError(system_error_text(name_, FileAccess::reading, errno));
      if (code == Z_BUF_ERROR) {
        throw DataError(name_ + ": the gzip stream is truncated; fetch the file again");
      }
      if (count < 0 || (code != Z_OK && code != Z_STREAM_END)) {
        std::string_view detail = reason;  // "PATH: what"
        if (detail.starts_with(name_ + ": ")) detail.remove_prefix(name_.size() + 2);
        throw DataError(name_ + ": the gzip stream is corrupt (" + std::string(detail) + "); fetch the file again");
      }
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

 private:
  std::string name_;
  GzipFile file_;
  std::uint64_t largest_size_;
};

}  // namespace

std::size_t MemorySource::read(std::span<std::uint8_t> buffer) {
  const std::size_t count = std::min(buffer.size(), bytes_.size() - position_);
  if (count > 0) std::memcpy(buffer.data(), bytes_.data() + position_, count);
  position_ += count;
  return count;
}

std::unique_ptr<ByteSource> open_source(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    throw DataError(system_error_text(path, FileAccess::reading, error ? error.value() : ENOENT));
  }
  if (!fs::is_regular_file(status)) {
    throw DataError(path.string() + ": is " + (fs::is_directory(status) ? "a folder" : "a device or pipe") +
                    ", expected a regular file");
  }
  const std::uintmax_t bytes = fs::file_size(path, error);
  if (error) throw DataError(system_error_text(path, FileAccess::reading, error.value()));
  errno = 0;
  GzipFile file(gzopen(path.c_str(), "rbe"));
  if (!file) throw DataError(system_error_text(path, FileAccess::reading, errno == 0 ? ENOMEM : errno));
  gzbuffer(file.get(), 1 << 17);
  // Deflate gives at most 258 bytes for two bits (RFC 1951).
  const std::uint64_t expansion = gzdirect(file.get()) != 0 ? 1 : 1032;
  return std::make_unique<FileSource>(path, std::move(file), bytes * expansion);
}

}  // namespace minnow::engine
