// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

constexpr std::size_t line = 64;  // bytes of a cache line
/// Rows of a shuffled epoch are far apart, so the hardware's prefetcher sees none of them coming: each is fetched while
/// this many rows before it are converted, line by line, since all its lines at once would fill the fetch buffers.
constexpr std::size_t rows_ahead = 2;

MINNOW_INLINE std::size_t source_row(const GatherArguments& a, std::size_t m, std::size_t b) {
  const std::size_t position = a.cursor + b;
  return a.order == nullptr ? position : a.order[m * a.data_rows + position];
}

MINNOW_INLINE void convert(float* __restrict x, const std::uint8_t* __restrict bytes, std::size_t count, float scale,
                           float shift) {
  for (std::size_t i = 0; i < count; ++i) x[i] = __builtin_fmaf(static_cast<float>(bytes[i]), scale, shift);
}
MINNOW_INLINE void convert(float* __restrict x, const float* __restrict values, std::size_t count, float, float) {
  for (std::size_t i = 0; i < count; ++i) x[i] = values[i];
}

/// One row, and on the way the source of a later row and the place of the next one.
template <class Element>
MINNOW_INLINE void convert_row(float* x, const Element* row, const Element* later, const GatherArguments& a) {
  constexpr std::size_t step = line / sizeof(Element);
  std::size_t i = 0;
  for (; i + step <= a.cols; i += step) {
    __builtin_prefetch(later + i);
    for (std::size_t j = 0; j < step; j += line / sizeof(float)) __builtin_prefetch(x + a.cols + i + j, 1);
    convert(x + i, row + i, step, a.scale, a.shift);
  }
  if (i < a.cols) {
    __builtin_prefetch(later + i);
    convert(x + i, row + i, a.cols - i, a.scale, a.shift);
  }
}

template <class Element>
void gather_rows(const GatherArguments& a, const Element* data, std::size_t m, Range rows) {
  const auto model = static_cast<std::ptrdiff_t>(m);
  for (std::size_t b = rows.first; b < rows.last && b < rows.first + rows_ahead; ++b) {
    const Element* row = data + source_row(a, m, b) * a.cols;
    for (std::size_t i = 0; i < a.cols; i += line / sizeof(Element)) __builtin_prefetch(row + i);
  }
  for (std::size_t b = rows.first; b < rows.last; ++b) {
    const std::size_t row = source_row(a, m, b);
    const std::size_t later = b + rows_ahead < rows.last ? source_row(a, m, b + rows_ahead) : row;
    convert_row(a.x.data + model * a.x.stride + b * a.cols, data + row * a.cols, data + later * a.cols, a);
    if (a.labels != nullptr) a.labels[model * a.labels_stride + static_cast<std::ptrdiff_t>(b)] = a.data_labels[row];
    if (a.weights.data != nullptr)
      a.weights.data[model * a.weights.stride + static_cast<std::ptrdiff_t>(b)] = a.data_weights[row];
    if (a.targets.data != nullptr) {
      convert(a.targets.data + model * a.targets.stride + b * a.target_cols, a.data_targets + row * a.target_cols,
              a.target_cols, 1.0f, 0.0f);
    }
  }
}

}  // namespace

void gather(const GatherArguments& a, std::size_t part, std::size_t parts) {
  const Range all = share(a.models * a.rows, 1, part, parts);
  for (std::size_t m = 0; m < a.models; ++m) {
    const Range rows = within_model(all, m, a.rows);
    if (a.bytes != nullptr) {
      gather_rows(a, a.bytes, m, rows);
    } else {
      gather_rows(a, a.reals, m, rows);
    }
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
