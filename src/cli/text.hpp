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

/// The words of a text in lines of at most `width` columns; lines behind the first begin with `indent` blanks, which
/// count, and the first is taken to stand that far to the right. A word that is too long has a line of its own.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

/// Text from a file or a user as one line that a terminal shows as it is: control characters and bytes that are no
/// UTF-8 become "\x1b" or "\u009b". Equal to `text` where there are none.
std::string printable(std::string_view text);

/// Text of up to `most` bytes as it is; else its beginning and its end, and how much of UTF-8 is left out between them.
std::string without_middle(std::string_view text, std::size_t most);

/// "1,234,567"
std::string with_commas(std::uint64_t number);
/// "120 B", "1.4 MB", "2.31 GB" (powers of 1000); three digits, rounded
std::string bytes_text(double bytes);
/// "830 ms", "12.4 s", "3 min 05 s", "2 h 07 min", rounded
std::string seconds_text(double seconds);
/// Seconds until the run ends at its present pace: after `done` of `all` steps in `elapsed` seconds, and no later than
/// `limit` seconds from its beginning; 0: no limit.
double seconds_left(std::uint64_t done, std::uint64_t all, double elapsed, double limit);

/// A piece of a line that goes where there is no room for it.
struct Piece {
  std::string text;
  int rank = 0;              ///< the highest goes first; 0: always stays
  std::size_t reserved = 0;  ///< columns that it may need in another line, so that all lines have the same pieces
};
/// The pieces that `width` columns have room for, in order; 0: all of them.
std::string fitted(std::vector<Piece> pieces, std::size_t width);

/// The value, with the sign of NaN gone: no "-nan" in figures.
double unsigned_nan(double value);
/// Which weights a run has kept: "of epoch 3", "the initial ones" for epoch 0.
std::string kept_text(std::string_view epoch);
/// 16 hexadecimal digits.
std::string hex(std::uint64_t value);
/// The shortest decimal text that reads back as the same float.
std::string shortest(float value);
/// "2026-01-31T12:00:00Z", now.
std::string utc_time();

}  // namespace minnow::cli
