// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "src/io/file.hpp"

namespace minnow::test {

/// A file without a disk, so that a fuzz target goes through the code that opens and reads files.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> bytes) : file_(memfd_create("minnow-fuzz", MFD_CLOEXEC)) {
    const auto written = ::write(file_.number(), bytes.data(), bytes.size());
    if (written != static_cast<ssize_t>(bytes.size())) std::abort();
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_.number()); }

 private:
  engine::FileDescriptor file_;
};

}  // namespace minnow::test
