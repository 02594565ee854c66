// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "minnow/dataset.hpp"
#include "minnow/error.hpp"
#include "src/data/glyphs.hpp"
#include "src/data/random_sequence.hpp"
#include "src/model/memory_check.hpp"

namespace minnow {
namespace {

using engine::GlyphPoint;
using engine::RandomSequence;
using engine::SyntheticStream;

constexpr int side = 28;  // pixels, as in MNIST
constexpr int pixels = side * side;
constexpr int classes = 10;
constexpr int pieces = 4;  // straight pieces between two points of a stroke

/// How one image is written. Lengths in pixels unless said otherwise.
struct Hand {
  float xx, xy, yx, yy;  ///< unit square, centered, to pixels
  float center_x, center_y;
  float bend_x, bend_y;    ///< amplitude of a slow wave across the digit, in digit sizes
  float phase_x, phase_y;  ///< of those waves, in half turns
  float wobble;            ///< each point of the pen is off by up to this, in digit sizes
  float pen;               ///< radius of the pen
  float pressure;          ///< the pen is wider by up to this share at a stroke's one end, narrower at the other
  float ink;               ///< brightness of the stroke, 1 = white
  float noise;             ///< largest brightness of the noise
};

Hand draw_hand(RandomSequence& random) {
  Hand hand = {};
  const float width = random.uniform(9.5f, 16.5f);
  const float height = random.uniform(15.0f, 21.0f);
  const auto turn = math::sincospi(random.uniform(-0.12f, 0.12f));
  const float slant = random.uniform(-0.25f, 0.4f);
  // Scale, then slant to the right going up, then turn.
  hand.xx = width * turn.cosine;
  hand.xy = -height * (slant * turn.cosine + turn.sine);
  hand.yx = width * turn.sine;
  hand.yy = height * (turn.cosine - slant * turn.sine);
  hand.center_x = 13.5f + random.uniform(-1.7f, 1.7f);
  hand.center_y = 13.5f + random.uniform(-1.7f, 1.7f);
  hand.bend_x = random.uniform(-0.07f, 0.07f);
  hand.bend_y = random.uniform(-0.05f, 0.05f);
  hand.phase_x = random.uniform(0.0f, 2.0f);
  hand.phase_y = random.uniform(0.0f, 2.0f);
  hand.wobble = random.uniform(0.01f, 0.07f);
  hand.pen = random.uniform(0.6f, 1.7f);
  hand.pressure = random.uniform(-0.35f, 0.35f);
  hand.ink = random.uniform(0.7f, 1.15f);
  hand.noise = random.uniform(0.0f, 0.15f);
  return hand;
}

/// Point of the unit square to pixels.
GlyphPoint place(const Hand& hand, GlyphPoint point) {
  const float x = point.x - 0.5f + hand.bend_x * math::sinpi(1.5f * point.y + hand.phase_x);
  const float y = point.y - 0.5f + hand.bend_y * math::sinpi(1.5f * point.x + hand.phase_y);
  return {hand.center_x + hand.xx * x + hand.xy * y, hand.center_y + hand.yx * x + hand.yy * y};
}

/// Catmull and Rom's spline (1974) between b and c.
float spline(float a, float b, float c, float d, float t) {
  const float linear = c - a;
  const float square = 2.0f * a - 5.0f * b + 4.0f * c - d;
  const float cube = 3.0f * (b - c) + d - a;
  return b + 0.5f * t * (linear + t * (square + t * cube));
}

/// Brightness [28, 28], 1 = white.
using Canvas = std::array<float, pixels>;

int pixel_index(float position) {
  return static_cast<int>(std::clamp(position, 0.0f, static_cast<float>(side - 1)));
}

/// A straight piece with round ends; the edge is one pixel soft.
void draw_piece(Canvas& canvas, GlyphPoint from, GlyphPoint to, float radius) {
  const float reach = radius + 0.5f;
  const int left = pixel_index(std::min(from.x, to.x) - reach + 1.0f);
  const int right = pixel_index(std::max(from.x, to.x) + reach);
  const int top = pixel_index(std::min(from.y, to.y) - reach + 1.0f);
  const int bottom = pixel_index(std::max(from.y, to.y) + reach);
  const float along_x = to.x - from.x, along_y = to.y - from.y;
  const float inverse_square = 1.0f / std::max(along_x * along_x + along_y * along_y, 1e-6f);
  for (int y = top; y <= bottom; ++y) {
    for (int x = left; x <= right; ++x) {
      const float off_x = static_cast<float>(x) - from.x, off_y = static_cast<float>(y) - from.y;
      const float share = std::clamp((off_x * along_x + off_y * along_y) * inverse_square, 0.0f, 1.0f);
      const float dx = off_x - share * along_x, dy = off_y - share * along_y;
      const float brightness = std::clamp(reach - math::sqrt(dx * dx + dy * dy), 0.0f, 1.0f);
      float& pixel = canvas[static_cast<std::size_t>(y * side + x)];
      pixel = std::max(pixel, brightness);
    }
  }
}

void draw_stroke(Canvas& canvas, engine::GlyphStroke stroke, const Hand& hand, RandomSequence& random) {
  std::array<GlyphPoint, engine::longest_stroke> points;
  for (std::size_t i = 0; i < stroke.size(); ++i) {
    const float off_x = hand.wobble * (random.uniform() + random.uniform() - 1.0f);
    const float off_y = hand.wobble * (random.uniform() + random.uniform() - 1.0f);
    points[i] = place(hand, {stroke[i].x + off_x, stroke[i].y + off_y});
  }
  const std::size_t last = stroke.size() - 1;
  GlyphPoint pen = points[0];
  for (std::size_t i = 0; i < last; ++i) {
    const GlyphPoint before = points[i == 0 ? 0 : i - 1], from = points[i], to = points[i + 1];
    const GlyphPoint after = points[std::min(i + 2, last)];
    for (int piece = 1; piece <= pieces; ++piece) {
      const float t = static_cast<float>(piece) / pieces;
      const GlyphPoint next = {spline(before.x, from.x, to.x, after.x, t), spline(before.y, from.y, to.y, after.y, t)};
      const float position = (static_cast<float>(i) + t) / static_cast<float>(last);  // along the stroke, 0 to 1
      draw_piece(canvas, pen, next, hand.pen * (1.0f + hand.pressure * (2.0f * position - 1.0f)));
      pen = next;
    }
  }
}

/// Row `row` of the set of `seed`, into values[784].
void draw_digit(std::uint8_t* values, std::uint64_t seed, std::uint32_t row) {
  RandomSequence random(seed, SyntheticStream::digit_shape, row);
  const Hand hand = draw_hand(random);
  const auto ways = engine::glyphs(static_cast<int>(row % classes));
  const engine::Glyph glyph = ways[static_cast<std::size_t>(random.below(static_cast<int>(ways.size())))];
  Canvas canvas = {};
  for (const engine::GlyphStroke stroke : glyph) draw_stroke(canvas, stroke, hand, random);
  RandomSequence noise(seed, SyntheticStream::digit_noise, row);
  for (std::size_t i = 0; i < canvas.size(); ++i) {
    const float value = hand.ink * canvas[i] + hand.noise * (noise.uniform() * 2.0f - 1.0f);
    values[i] = static_cast<std::uint8_t>(std::clamp(value, 0.0f, 1.0f) * 255.0f + 0.5f);
  }
}

}  // namespace

Dataset make_digits(int rows, std::uint64_t seed) {
  if (rows <= 0) throw UsageError("make_digits: " + std::to_string(rows) + " rows, expected at least 1");
  engine::expect_memory("make_digits", double{pixels + sizeof(std::int32_t)} * rows, "draw fewer rows");
  std::vector<std::uint8_t> values(static_cast<std::size_t>(rows) * pixels);
  std::vector<std::int32_t> labels(static_cast<std::size_t>(rows));
  for (std::size_t row = 0; row < labels.size(); ++row) {
    draw_digit(values.data() + row * pixels, seed, static_cast<std::uint32_t>(row));
    labels[row] = static_cast<std::int32_t>(row % classes);
  }
  return Dataset::from_bytes("digits", std::move(values), pixels, std::move(labels), classes);
}

}  // namespace minnow
