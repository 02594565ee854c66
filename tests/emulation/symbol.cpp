// SPDX-License-Identifier: Apache-2.0
// The name of a kernel: kernels are local symbols, which dladdr does not know, so the symbol table of the file is read.
#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>

#include "tests/emulation/report.hpp"
#include "tests/emulation/sanitizer.hpp"

namespace emulation {
namespace {

std::string demangled(const char* symbol) {
  int status = 0;
  char* const text = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
  std::string result = status == 0 ? text : symbol;
  std::free(text);
  for (const char* part : {"(anonymous namespace)::", "minnow::kernels::cuda::"}) {
    for (std::size_t at = result.find(part); at != std::string::npos; at = result.find(part)) {
      result.erase(at, std::strlen(part));
    }
  }
  return result.substr(0, result.find('('));
}

/// A file, mapped; empty if it cannot be.
class MappedFile {
 public:
  explicit MappedFile(const char* path) {
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (descriptor < 0) return;
    if (fstat(descriptor, &status) == 0) {
      void* const memory =
          mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0);
      if (memory != MAP_FAILED) file_ = {static_cast<const char*>(memory), static_cast<std::size_t>(status.st_size)};
    }
    close(descriptor);
  }
  ~MappedFile() {
    if (!file_.empty()) munmap(const_cast<char*>(file_.data()), file_.size());
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::span<const char> bytes() const { return file_; }

 private:
  std::span<const char> file_;
};

template <class T>
T part(std::span<const char> file, std::size_t offset) {
  T value{};
  if (offset + sizeof(T) <= file.size()) std::memcpy(&value, file.data() + offset, sizeof(T));
  return value;
}

/// The symbol of `file` whose value is `value`, or nothing.
std::string symbol_at(std::span<const char> file, std::uint64_t value) {
  const auto header = part<ElfW(Ehdr)>(file, 0);
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    const auto section = part<ElfW(Shdr)>(file, header.e_shoff + i * sizeof(ElfW(Shdr)));
    if (section.sh_type != SHT_SYMTAB) continue;
    const auto names = part<ElfW(Shdr)>(file, header.e_shoff + section.sh_link * sizeof(ElfW(Shdr)));
    for (std::size_t at = 0; at + sizeof(ElfW(Sym)) <= section.sh_size; at += sizeof(ElfW(Sym))) {
      const auto symbol = part<ElfW(Sym)>(file, section.sh_offset + at);
      if (symbol.st_value == value && (symbol.st_info & 0xf) == STT_FUNC &&
          names.sh_offset + symbol.st_name < file.size())
        return demangled(file.data() + names.sh_offset + symbol.st_name);
    }
  }
  return {};
}

}  // namespace

std::string function_name(const void* function) {
  const TsanIgnore ignore;
  Dl_info info{};
  if (dladdr(function, &info) != 0) {
    const MappedFile mapped(access(info.dli_fname, R_OK) == 0 ? info.dli_fname : "/proc/self/exe");
    const std::span<const char> file = mapped.bytes();
    const bool fixed = part<ElfW(Ehdr)>(file, 0).e_type == ET_EXEC;
    const auto address = reinterpret_cast<std::uint64_t>(function);
    std::string name = symbol_at(file, fixed ? address : address - reinterpret_cast<std::uint64_t>(info.dli_fbase));
    if (!name.empty()) return name;
  }
  char text[32];
  std::snprintf(text, sizeof text, "kernel at %p", function);
  return text;
}

}  // namespace emulation
