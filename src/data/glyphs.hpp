// SPDX-License-Identifier: Apache-2.0
/// How the ten digits are written: strokes as lists of points that a pen passes, several ways per digit.
#pragma once

#include <cstddef>
#include <span>

namespace minnow::engine {

/// x to the right, y down; a digit stands in the unit square.
struct GlyphPoint {
  float x = 0;
  float y = 0;
};

/// The pen passes the points on a smooth curve; it is lifted, or turns a corner, between strokes.
using GlyphStroke = std::span<const GlyphPoint>;
using Glyph = std::span<const GlyphStroke>;

inline constexpr std::size_t longest_stroke = 12;  ///< points

/// The ways to write `digit`, 0 to 9.
std::span<const Glyph> glyphs(int digit);

}  // namespace minnow::engine
