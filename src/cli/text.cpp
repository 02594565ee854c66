// SPDX-License-Identifier: Apache-2.0
#include "src/cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <ctime>
#include <limits>

namespace minnow::cli {
namespace {

std::string fold(std::string_view text) {
  std::string folded;
  for (const char c : text) {
    folded += c == '-' || c == '.' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return folded;
}

/// The character that `text` begins with and its length in bytes; length 0: no UTF-8 (RFC 3629).
struct Character {
  char32_t code = 0;
  std::size_t length = 0;
};

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < length) return {};
  char32_t code = byte(0) & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0u) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < least[length] || code > 0x10ffff || surrogate ? Character{} : Character{code, length};
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

std::string closest(std::string_view word, std::span<const std::string> candidates) {
  const std::string folded = fold(word);
  int best = std::numeric_limits<int>::max();
  std::string found;
  for (const std::string& candidate : candidates) {
    const std::string whole = fold(candidate);
    int distance = edit_distance(folded, whole);
    const std::size_t dot = candidate.rfind('.');
    if (dot != std::string::npos) distance = std::min(distance, edit_distance(folded, whole.substr(dot + 1)));
    const std::size_t shared = std::min(folded.size(), whole.size());
    if (shared >= 3 && folded.substr(0, shared) == whole.substr(0, shared)) distance = std::min(distance, 1);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  const int limit = std::clamp(static_cast<int>(folded.size()) / 3, 1, 3);
  return best <= limit ? found : std::string();
}

bool same_word(std::string_view a, std::string_view b) {
  return fold(a) == fold(b);
}

std::string suggestion(std::string_view word, std::span<const std::string> candidates) {
  const std::string found = closest(word, candidates);
  return found.empty() ? found : fmt::format("; did you mean \"{}\"?", found);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (;;) {
    const std::size_t end = text.find(separator, start);
    parts.emplace_back(text.substr(start, end == std::string_view::npos ? end : end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::string join(std::span<const std::string> words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::size_t character_length(std::string_view text) {
  return first_character(text).length;
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result;
  std::size_t column = indent;
  while (true) {
    const std::size_t begin = text.find_first_not_of(" \n");
    if (begin == std::string_view::npos) return result;
    text.remove_prefix(begin);
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(word.size());
    const bool first = column == indent;
    if (!first && column + 1 + word.size() > width) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (!first) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
  }
}

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const auto [code, length] = first_character(text);
    const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    if (length == 0 || (control && length == 1)) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (control) {
      shown += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    } else {
      shown += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return shown;
}

std::string without_middle(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xc0u) == 0x80; };
  std::size_t end = most / 2, begin = text.size() - most / 2;
  while (end > 0 && continues(end)) --end;
  while (begin < text.size() && continues(begin)) ++begin;
  return fmt::format("{} ... ({} bytes) ... {}", text.substr(0, end), begin - end, text.substr(begin));
}

std::string with_commas(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t i = digits.size(); i > 3;) digits.insert(i -= 3, 1, ',');
  return digits;
}

std::string bytes_text(double bytes) {
  constexpr std::array units = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < units.size(); ++unit) bytes /= 1000;  // what rounds to 1000 is 1 of the next
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.3g} {}", bytes, units[unit]);
}

std::string seconds_text(double seconds) {
  // The bounds are those of what is shown: 59.96 s are "1 min 00 s", not "60.0 s".
  if (!(seconds >= 0.9995)) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const double whole = std::round(seconds), minutes = std::round(seconds / 60);
  if (whole < 3600) return fmt::format("{:.0f} min {:02.0f} s", std::floor(whole / 60), std::fmod(whole, 60));
  return fmt::format("{:.0f} h {:02.0f} min", std::floor(minutes / 60), std::fmod(minutes, 60));
}

double seconds_left(std::uint64_t done, std::uint64_t all, double elapsed, double limit) {
  const double rest = static_cast<double>(all - std::min(done, all));
  const double left = elapsed / static_cast<double>(std::max<std::uint64_t>(done, 1)) * rest;
  return limit > 0 ? std::min(left, std::max(limit - elapsed, 0.0)) : left;
}

std::string fitted(std::vector<Piece> pieces, std::size_t width) {
  const auto size = [&] {
    std::size_t columns = 0;
    for (const Piece& piece : pieces) columns += std::max(piece.text.size(), piece.reserved);
    return columns;
  };
  while (width > 0 && size() > width) {
    const auto last = std::ranges::max_element(pieces, {}, &Piece::rank);
    if (last->rank == 0) break;
    pieces.erase(last);
  }
  std::string line;
  for (const Piece& piece : pieces) line += piece.text;
  return line;
}

double unsigned_nan(double value) {
  return std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value;
}

std::string kept_text(std::string_view epoch) {
  return epoch == "0" ? "the initial ones" : fmt::format("of epoch {}", epoch);
}

std::string hex(std::uint64_t value) {
  return fmt::format("{:016x}", value);
}

std::string shortest(float value) {
  return fmt::format("{}", value);
}

std::string utc_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  gmtime_r(&now, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

}  // namespace minnow::cli
