// SPDX-License-Identifier: Apache-2.0
#pragma once

// Copies that bring an operand of a product into the order in which tiles read it. Compiled once per instruction set;
// see isa.hpp.

#include <cstddef>

#include "kernels/cpu/isa.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {
namespace {

/// to[rows, lanes] = from[rows, lanes of the mask], else 0.
void copy_partial_vectors(const float* from, std::size_t from_stride, std::size_t rows, Mask mask, float* to) {
#pragma GCC unroll 4
  for (std::size_t r = 0; r < rows; ++r) store(to + r * lanes, load(from + r * from_stride, mask));
}

/// to[rows, vectors*lanes] = from[rows, all lanes of the vectors but those of the last outside the mask], else 0.
void copy_vectors(const float* from, std::size_t from_stride, std::size_t rows, std::size_t vectors, Mask last,
                  float* to) {
  for (std::size_t r = 0; r < rows; ++r, from += from_stride, to += vectors * lanes) {
    for (std::size_t v = 0; v + 1 < vectors; ++v) store(to + v * lanes, load(from + v * lanes));
    store(to + (vectors - 1) * lanes, load(from + (vectors - 1) * lanes, last));
  }
}

}  // namespace
}  // namespace minnow::kernels::cpu::MINNOW_ISA
