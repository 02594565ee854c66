// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <source_location>

namespace minnow {

#ifdef __cpp_lib_source_location
using SourceLocation = std::source_location;
#else

/// What a message needs of std::source_location, which clang has with libstdc++ from version 16 on only. Columns are
/// not known here.
class SourceLocation {
 public:
  static constexpr SourceLocation current(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE(),
                                          const char* function = __builtin_FUNCTION()) {
    SourceLocation here;
    here.file_ = file;
    here.line_ = line;
    here.function_ = function;
    return here;
  }
  constexpr const char* file_name() const { return file_; }
  constexpr const char* function_name() const { return function_; }
  constexpr unsigned line() const { return line_; }
  constexpr unsigned column() const { return 0; }

 private:
  const char *file_ = "", *function_ = "";
  unsigned line_ = 0;
};
#endif

}  // namespace minnow
