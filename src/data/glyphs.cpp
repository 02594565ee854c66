// SPDX-License-Identifier: Apache-2.0
#include "src/data/glyphs.hpp"

#include <array>

namespace minnow::engine {
namespace {

constexpr GlyphPoint zero_a1[] = {{0.5f, 0},     {0.24f, 0.1f}, {0.1f, 0.36f}, {0.1f, 0.64f}, {0.24f, 0.9f}, {0.5f, 1},
                                  {0.76f, 0.9f}, {0.9f, 0.64f}, {0.9f, 0.36f}, {0.76f, 0.1f}, {0.5f, 0}};
constexpr GlyphStroke zero_a[] = {zero_a1};
constexpr GlyphPoint zero_b1[] = {{0.62f, 0.03f}, {0.36f, 0.04f}, {0.16f, 0.26f}, {0.1f, 0.6f},
                                  {0.26f, 0.93f}, {0.52f, 0.98f}, {0.78f, 0.8f},  {0.88f, 0.46f},
                                  {0.78f, 0.14f}, {0.54f, 0.04f}, {0.36f, 0.12f}};
constexpr GlyphStroke zero_b[] = {zero_b1};
constexpr GlyphPoint zero_c1[] = {{0.44f, 0.02f}, {0.2f, 0.18f}, {0.14f, 0.5f},  {0.24f, 0.84f}, {0.5f, 1},
                                  {0.78f, 0.84f}, {0.86f, 0.5f}, {0.74f, 0.16f}, {0.46f, 0.02f}};
constexpr GlyphStroke zero_c[] = {zero_c1};
constexpr Glyph zero[] = {zero_a, zero_b, zero_c};

constexpr GlyphPoint one_a1[] = {{0.5f, 0}, {0.5f, 0.5f}, {0.5f, 1}};
constexpr GlyphStroke one_a[] = {one_a1};
constexpr GlyphPoint one_b1[] = {{0.3f, 0.22f}, {0.42f, 0.14f}, {0.54f, 0}};
constexpr GlyphPoint one_b2[] = {{0.54f, 0}, {0.52f, 0.5f}, {0.5f, 1}};
constexpr GlyphStroke one_b[] = {one_b1, one_b2};
constexpr GlyphPoint one_c1[] = {{0.28f, 0.24f}, {0.42f, 0.14f}, {0.52f, 0}};
constexpr GlyphPoint one_c2[] = {{0.52f, 0}, {0.52f, 0.5f}, {0.52f, 1}};
constexpr GlyphPoint one_c3[] = {{0.26f, 1}, {0.52f, 1}, {0.78f, 1}};
constexpr GlyphStroke one_c[] = {one_c1, one_c2, one_c3};
constexpr GlyphPoint one_d1[] = {{0.62f, 0}, {0.52f, 0.5f}, {0.4f, 1}};
constexpr GlyphStroke one_d[] = {one_d1};
constexpr Glyph one[] = {one_a, one_b, one_c, one_d};

constexpr GlyphPoint two_a1[] = {{0.14f, 0.24f}, {0.28f, 0.05f}, {0.54f, 0},     {0.8f, 0.12f},
                                 {0.8f, 0.36f},  {0.6f, 0.6f},   {0.34f, 0.82f}, {0.12f, 1}};
constexpr GlyphPoint two_a2[] = {{0.12f, 1}, {0.5f, 0.98f}, {0.9f, 1}};
constexpr GlyphStroke two_a[] = {two_a1, two_a2};
constexpr GlyphPoint two_b1[] = {{0.16f, 0.18f}, {0.42f, 0.02f}, {0.7f, 0.08f},  {0.78f, 0.3f},
                                 {0.62f, 0.58f}, {0.38f, 0.84f}, {0.2f, 0.96f},  {0.12f, 0.86f},
                                 {0.26f, 0.78f}, {0.5f, 0.9f},   {0.72f, 0.98f}, {0.94f, 0.9f}};
constexpr GlyphStroke two_b[] = {two_b1};
constexpr GlyphPoint two_c1[] = {{0.12f, 0.1f},  {0.4f, 0},     {0.74f, 0.06f}, {0.84f, 0.26f},
                                 {0.66f, 0.52f}, {0.4f, 0.72f}, {0.16f, 0.94f}};
constexpr GlyphPoint two_c2[] = {{0.16f, 0.94f}, {0.5f, 0.9f}, {0.88f, 0.98f}};
constexpr GlyphStroke two_c[] = {two_c1, two_c2};
constexpr Glyph two[] = {two_a, two_b, two_c};

constexpr GlyphPoint three_a1[] = {{0.14f, 0.12f}, {0.4f, 0},      {0.72f, 0.06f},
                                   {0.8f, 0.24f},  {0.64f, 0.42f}, {0.36f, 0.47f}};
constexpr GlyphPoint three_a2[] = {{0.36f, 0.47f}, {0.7f, 0.52f}, {0.88f, 0.72f},
                                   {0.74f, 0.94f}, {0.44f, 1},    {0.12f, 0.88f}};
constexpr GlyphStroke three_a[] = {three_a1, three_a2};
constexpr GlyphPoint three_b1[] = {{0.14f, 0.02f}, {0.5f, 0.02f}, {0.84f, 0.02f}};
constexpr GlyphPoint three_b2[] = {{0.84f, 0.02f}, {0.62f, 0.22f}, {0.44f, 0.42f}};
constexpr GlyphPoint three_b3[] = {{0.44f, 0.42f}, {0.76f, 0.48f}, {0.88f, 0.7f},
                                   {0.74f, 0.93f}, {0.44f, 1},     {0.12f, 0.9f}};
constexpr GlyphStroke three_b[] = {three_b1, three_b2, three_b3};
constexpr GlyphPoint three_c1[] = {{0.2f, 0.14f},  {0.46f, 0},    {0.74f, 0.12f}, {0.7f, 0.36f},  {0.46f, 0.48f},
                                   {0.74f, 0.58f}, {0.82f, 0.8f}, {0.6f, 0.98f},  {0.32f, 0.98f}, {0.12f, 0.84f}};
constexpr GlyphStroke three_c[] = {three_c1};
constexpr Glyph three[] = {three_a, three_b, three_c};

constexpr GlyphPoint four_a1[] = {{0.24f, 0.02f}, {0.2f, 0.3f}, {0.14f, 0.56f}};
constexpr GlyphPoint four_a2[] = {{0.14f, 0.56f}, {0.5f, 0.56f}, {0.92f, 0.54f}};
constexpr GlyphPoint four_a3[] = {{0.74f, 0.1f}, {0.7f, 0.5f}, {0.66f, 1}};
constexpr GlyphStroke four_a[] = {four_a1, four_a2, four_a3};
constexpr GlyphPoint four_b1[] = {{0.66f, 0}, {0.4f, 0.32f}, {0.08f, 0.68f}};
constexpr GlyphPoint four_b2[] = {{0.08f, 0.68f}, {0.5f, 0.68f}, {0.94f, 0.68f}};
constexpr GlyphPoint four_b3[] = {{0.66f, 0}, {0.66f, 0.5f}, {0.66f, 1}};
constexpr GlyphStroke four_b[] = {four_b1, four_b2, four_b3};
constexpr GlyphPoint four_c1[] = {{0.22f, 0.06f}, {0.18f, 0.3f}, {0.26f, 0.5f}, {0.5f, 0.54f}, {0.74f, 0.44f}};
constexpr GlyphPoint four_c2[] = {{0.8f, 0.02f}, {0.74f, 0.5f}, {0.66f, 1}};
constexpr GlyphStroke four_c[] = {four_c1, four_c2};
constexpr Glyph four[] = {four_a, four_b, four_c};

constexpr GlyphPoint five_a1[] = {{0.84f, 0.02f}, {0.5f, 0.02f}, {0.24f, 0.04f}};
constexpr GlyphPoint five_a2[] = {{0.24f, 0.04f}, {0.22f, 0.24f}, {0.2f, 0.44f}};
constexpr GlyphPoint five_a3[] = {{0.2f, 0.44f},  {0.46f, 0.36f}, {0.74f, 0.44f}, {0.86f, 0.68f},
                                  {0.72f, 0.92f}, {0.42f, 1},     {0.12f, 0.9f}};
constexpr GlyphStroke five_a[] = {five_a1, five_a2, five_a3};
constexpr GlyphPoint five_b1[] = {{0.3f, 0.1f},  {0.26f, 0.28f}, {0.22f, 0.46f}, {0.5f, 0.4f}, {0.76f, 0.52f},
                                  {0.8f, 0.76f}, {0.6f, 0.96f},  {0.34f, 1},     {0.1f, 0.9f}};
constexpr GlyphPoint five_b2[] = {{0.3f, 0.08f}, {0.56f, 0.08f}, {0.88f, 0.02f}};
constexpr GlyphStroke five_b[] = {five_b1, five_b2};
constexpr GlyphPoint five_c1[] = {{0.86f, 0.04f}, {0.6f, 0.04f}, {0.34f, 0.06f}, {0.26f, 0.24f}, {0.3f, 0.4f},
                                  {0.56f, 0.46f}, {0.78f, 0.6f}, {0.76f, 0.84f}, {0.5f, 0.98f},  {0.16f, 0.94f}};
constexpr GlyphStroke five_c[] = {five_c1};
constexpr Glyph five[] = {five_a, five_b, five_c};

constexpr GlyphPoint six_a1[] = {{0.72f, 0.02f}, {0.44f, 0.16f}, {0.22f, 0.42f}, {0.14f, 0.7f},
                                 {0.26f, 0.94f}, {0.54f, 1},     {0.8f, 0.86f},  {0.8f, 0.64f},
                                 {0.58f, 0.52f}, {0.32f, 0.58f}, {0.17f, 0.74f}};
constexpr GlyphStroke six_a[] = {six_a1};
constexpr GlyphPoint six_b1[] = {{0.52f, 0},     {0.3f, 0.26f},  {0.2f, 0.56f},  {0.22f, 0.84f}, {0.42f, 1},
                                 {0.68f, 0.94f}, {0.76f, 0.72f}, {0.62f, 0.54f}, {0.4f, 0.56f},  {0.24f, 0.74f}};
constexpr GlyphStroke six_b[] = {six_b1};
constexpr GlyphPoint six_c1[] = {{0.84f, 0.1f},  {0.58f, 0.02f}, {0.3f, 0.18f},  {0.14f, 0.52f},
                                 {0.18f, 0.84f}, {0.42f, 1},     {0.72f, 0.94f}, {0.84f, 0.74f},
                                 {0.7f, 0.54f},  {0.42f, 0.52f}, {0.2f, 0.66f}};
constexpr GlyphStroke six_c[] = {six_c1};
constexpr Glyph six[] = {six_a, six_b, six_c};

constexpr GlyphPoint seven_a1[] = {{0.1f, 0.06f}, {0.5f, 0.04f}, {0.88f, 0.02f}};
constexpr GlyphPoint seven_a2[] = {{0.88f, 0.02f}, {0.62f, 0.46f}, {0.42f, 1}};
constexpr GlyphStroke seven_a[] = {seven_a1, seven_a2};
constexpr GlyphPoint seven_b1[] = {{0.1f, 0.06f}, {0.5f, 0.04f}, {0.88f, 0.02f}};
constexpr GlyphPoint seven_b2[] = {{0.88f, 0.02f}, {0.62f, 0.46f}, {0.42f, 1}};
constexpr GlyphPoint seven_b3[] = {{0.3f, 0.5f}, {0.54f, 0.48f}, {0.8f, 0.46f}};
constexpr GlyphStroke seven_b[] = {seven_b1, seven_b2, seven_b3};
constexpr GlyphPoint seven_c1[] = {{0.12f, 0.2f}, {0.16f, 0.05f}, {0.5f, 0.08f}, {0.86f, 0.02f}};
constexpr GlyphPoint seven_c2[] = {{0.86f, 0.02f}, {0.66f, 0.36f}, {0.54f, 0.68f}, {0.5f, 1}};
constexpr GlyphStroke seven_c[] = {seven_c1, seven_c2};
constexpr GlyphPoint seven_d1[] = {{0.1f, 0.1f},  {0.4f, 0.02f}, {0.74f, 0.06f}, {0.8f, 0.22f},
                                   {0.66f, 0.5f}, {0.5f, 0.76f}, {0.36f, 1}};
constexpr GlyphStroke seven_d[] = {seven_d1};
constexpr Glyph seven[] = {seven_a, seven_b, seven_c, seven_d};

constexpr GlyphPoint eight_a1[] = {{0.76f, 0.14f}, {0.5f, 0},     {0.24f, 0.14f}, {0.3f, 0.36f},
                                   {0.56f, 0.5f},  {0.82f, 0.7f}, {0.76f, 0.92f}, {0.5f, 1},
                                   {0.2f, 0.92f},  {0.16f, 0.7f}, {0.46f, 0.48f}, {0.78f, 0.26f}};
constexpr GlyphPoint eight_a2[] = {{0.78f, 0.26f}, {0.8f, 0.18f}, {0.76f, 0.12f}};
constexpr GlyphStroke eight_a[] = {eight_a1, eight_a2};
constexpr GlyphPoint eight_b1[] = {{0.5f, 0},      {0.26f, 0.1f}, {0.26f, 0.36f}, {0.5f, 0.46f},
                                   {0.74f, 0.36f}, {0.74f, 0.1f}, {0.5f, 0}};
constexpr GlyphPoint eight_b2[] = {{0.5f, 0.46f},  {0.18f, 0.6f}, {0.16f, 0.86f}, {0.5f, 1},
                                   {0.84f, 0.86f}, {0.82f, 0.6f}, {0.5f, 0.46f}};
constexpr GlyphStroke eight_b[] = {eight_b1, eight_b2};
constexpr GlyphPoint eight_c1[] = {{0.86f, 0.06f}, {0.56f, 0.02f}, {0.28f, 0.1f},  {0.28f, 0.32f},
                                   {0.56f, 0.5f},  {0.74f, 0.72f}, {0.64f, 0.96f}, {0.36f, 0.98f},
                                   {0.24f, 0.76f}, {0.46f, 0.5f},  {0.7f, 0.28f},  {0.84f, 0.08f}};
constexpr GlyphStroke eight_c[] = {eight_c1};
constexpr Glyph eight[] = {eight_a, eight_b, eight_c};

constexpr GlyphPoint nine_a1[] = {{0.78f, 0.24f}, {0.6f, 0.02f}, {0.3f, 0.06f}, {0.16f, 0.3f},
                                  {0.32f, 0.52f}, {0.6f, 0.48f}, {0.78f, 0.24f}};
constexpr GlyphPoint nine_a2[] = {{0.78f, 0.24f}, {0.76f, 0.6f}, {0.7f, 1}};
constexpr GlyphStroke nine_a[] = {nine_a1, nine_a2};
constexpr GlyphPoint nine_b1[] = {{0.8f, 0.14f},  {0.54f, 0},    {0.24f, 0.12f}, {0.18f, 0.38f},
                                  {0.42f, 0.52f}, {0.68f, 0.4f}, {0.8f, 0.14f},  {0.84f, 0.5f},
                                  {0.74f, 0.84f}, {0.48f, 1},    {0.22f, 0.92f}};
constexpr GlyphStroke nine_b[] = {nine_b1};
constexpr GlyphPoint nine_c1[] = {{0.74f, 0.1f},  {0.46f, 0},    {0.2f, 0.16f},
                                  {0.22f, 0.42f}, {0.5f, 0.48f}, {0.74f, 0.28f}};
constexpr GlyphPoint nine_c2[] = {{0.76f, 0.06f}, {0.66f, 0.5f}, {0.5f, 1}};
constexpr GlyphStroke nine_c[] = {nine_c1, nine_c2};
constexpr Glyph nine[] = {nine_a, nine_b, nine_c};

constexpr std::array<std::span<const Glyph>, 10> digits = {zero, one, two, three, four, five, six, seven, eight, nine};

}  // namespace

std::span<const Glyph> glyphs(int digit) {
  return digits[static_cast<std::size_t>(digit)];
}

}  // namespace minnow::engine
