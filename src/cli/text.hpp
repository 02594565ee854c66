// SPDX-License-Identifier: Apache-2.0
/// Small text helpers of the command line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minnow::cli {

/// Insertions, deletions, replacements and swaps of neighbors that turn one word into the other (optimal string
/// alignment distance).
int edit_distance(std::string_view a, std::string_view b);

/// The candidate that `word` is a plausible misspelling of, or empty. Compares whole candidates and, for dotted keys,
/// their last part, without regard to case and to the difference of '-', '_' and '.'.
std::string closest(std::string_view word, std::span<const std::string> candidates);

/// Whether two words differ in case and in '-', '_' and '.' at most.
bool same_word(std::string_view a, std::string_view b);

/// "; did you mean 'x'?" for the closest candidate, else empty.
std::string suggestion(std::string_view word, std::span<const std::string> candidates);

std::vector<std::string> split(std::string_view text, char separator);
std::string trim(std::string_view text);
std::string join(std::span<const std::string> words, std::string_view separator);

/// Bytes of the character that `text`, which is not empty, begins with; 0: no UTF-8 (RFC 3629).
std::size_t character_length(std::string_view text);

/// Text from a file or a user as one line that a terminal shows as it is: control characters and bytes that are no
/// UTF-8 become "\x1b" or "\u009b". Equal to `text` where there are none.
std::string printable(std::string_view text);

/// "1,234,567"
std::string with_commas(std::uint64_t number);
/// "120 B", "1.4 MB", "2.31 GB" (powers of 1000)
std::string bytes_text(double bytes);
/// "830 ms", "12.4 s", "3 min 05 s"
std::string seconds_text(double seconds);
/// The value, with the sign of NaN gone: no "-nan" in figures.
double unsigned_nan(double value);
/// 16 hexadecimal digits.
std::string hex(std::uint64_t value);
/// The shortest decimal text that reads back as the same float.
std::string shortest(float value);
/// "2026-01-31T12:00:00Z", now.
std::string utc_time();

}  // namespace minnow::cli
