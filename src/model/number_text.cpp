// SPDX-License-Identifier: Apache-2.0
#include "src/model/number_text.hpp"

#include <array>
#include <charconv>
#include <system_error>

namespace minnow::engine {
namespace {

template <class T>
std::string shortest(T value) {
  std::array<char, 32> text;
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return std::string(text.data(), result.ptr);
}

}  // namespace

std::string number_text(float value) {
  return shortest(value);
}
std::string number_text(double value) {
  return shortest(value);
}

std::string bytes_text(double bytes) {
  static constexpr std::array<const char*, 5> units = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  std::array<char, 48> text;
  const int decimals = bytes < 10 && unit > 0 ? 1 : 0;
  const auto result = std::to_chars(text.data(), text.data() + text.size(), bytes, std::chars_format::fixed, decimals);
  return (result.ec == std::errc() ? std::string(text.data(), result.ptr) : number_text(bytes)) + " " + units[unit];
}

}  // namespace minnow::engine
