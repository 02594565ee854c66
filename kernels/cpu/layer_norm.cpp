// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/column_totals.hpp"
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/transpose.hpp"
#include "kernels/math/normalization.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

using math::Normalization;
/// One number of each row of a tile.
using Lanes = float[lanes];
/// A chunk of a tile's columns: [column][row], so that the rows' sums run side by side.
using Chunk = float[sum_chunk][lanes];

/// f(m, first row, rows) for the tiles of this share.
template <class F>
MINNOW_INLINE void for_each_tile(std::size_t models, std::size_t rows, std::size_t part, std::size_t parts,
                                 const F& f) {
  const Range all = share(models * rows, lanes, part, parts);
  for (std::size_t m = 0; m < models; ++m) {
    const Range range = within_model(all, m, rows);
    for (std::size_t r = range.first; r < range.last; r += lanes) {
      f(static_cast<std::ptrdiff_t>(m), r, range.last - r < lanes ? range.last - r : lanes);
    }
  }
}

}  // namespace

void layer_norm(const LayerNormArguments& a, std::size_t part, std::size_t parts) {
  const auto n = static_cast<std::int64_t>(a.cols);
  for_each_tile(a.models, a.rows, part, parts, [&](std::ptrdiff_t m, std::size_t first_row, std::size_t rows) {
    const float* const x = a.x.data + m * a.x.stride + first_row * a.cols;
    float* const y = a.y.data + m * a.y.stride + first_row * a.cols;
    const float* const gamma = a.gamma.data + m * a.gamma.stride;
    const float* const beta = a.beta.data + m * a.beta.stride;
    alignas(64) Chunk values;
    alignas(64) Lanes mean, variance, inverse;
    sum_in_chunks(mean, a.cols, [&](Lanes& chunk, std::size_t first, std::size_t width) {
      transpose_packed(x + first, a.cols, rows, width, values[0], lanes);
      for (std::size_t j = 0; j < width; ++j) {
        for (std::size_t r = 0; r < lanes; ++r) chunk[r] += values[j][r];
      }
    });
    for (float& value : mean) value = Normalization::mean(value, n);
    sum_in_chunks(variance, a.cols, [&](Lanes& chunk, std::size_t first, std::size_t width) {
      if (a.cols > sum_chunk) transpose_packed(x + first, a.cols, rows, width, values[0], lanes);
      for (std::size_t j = 0; j < width; ++j) {
        for (std::size_t r = 0; r < lanes; ++r) chunk[r] += Normalization::squared_deviation(values[j][r], mean[r]);
      }
    });
    for (std::size_t r = 0; r < lanes; ++r) {
      inverse[r] = Normalization::inverse_deviation(Normalization::mean(variance[r], n), a.epsilon);
    }
    for (std::size_t r = 0; r < rows; ++r) {
#pragma GCC ivdep
      for (std::size_t j = 0; j < a.cols; ++j) {
        const float normalized = Normalization::normalized(x[r * a.cols + j], mean[r], inverse[r]);
        y[r * a.cols + j] = Normalization::output(normalized, gamma[j], beta[j]);
      }
      if (a.statistics.data == nullptr) continue;
      float* const statistics = a.statistics.data + m * a.statistics.stride + first_row + r;
      statistics[0] = mean[r];
      statistics[a.rows] = inverse[r];
    }
  });
}

void layer_norm_backward(const NormBackwardArguments& a, std::size_t part, std::size_t parts) {
  const auto n = static_cast<std::int64_t>(a.cols);
  for_each_tile(a.models, a.rows, part, parts, [&](std::ptrdiff_t m, std::size_t first_row, std::size_t rows) {
    const float* const x = a.x.data + m * a.x.stride + first_row * a.cols;
    const float* const dy = a.dy.data + m * a.dy.stride + first_row * a.cols;
    float* const dx = a.dx.data + m * a.dx.stride + first_row * a.cols;
    const float* const gamma = a.gamma.data + m * a.gamma.stride;
    const float* const statistics = a.statistics.data + m * a.statistics.stride + first_row;
    alignas(64) Chunk values, gradients;
    alignas(64) Lanes mean = {}, inverse = {}, mean_g, mean_g_normalized;
    for (std::size_t r = 0; r < rows; ++r) {
      mean[r] = statistics[r];
      inverse[r] = statistics[a.rows + r];
    }
    sum_in_chunks(mean_g, a.cols, [&](Lanes& chunk, std::size_t first, std::size_t width) {
      transpose_packed(dy + first, a.cols, rows, width, gradients[0], lanes);
      for (std::size_t j = 0; j < width; ++j) {
        for (std::size_t r = 0; r < lanes; ++r) chunk[r] += gamma[first + j] * gradients[j][r];
      }
    });
    sum_in_chunks(mean_g_normalized, a.cols, [&](Lanes& chunk, std::size_t first, std::size_t width) {
      if (a.cols > sum_chunk) transpose_packed(dy + first, a.cols, rows, width, gradients[0], lanes);
      transpose_packed(x + first, a.cols, rows, width, values[0], lanes);
      for (std::size_t j = 0; j < width; ++j) {
        for (std::size_t r = 0; r < lanes; ++r) {
          chunk[r] +=
              (gamma[first + j] * gradients[j][r]) * Normalization::normalized(values[j][r], mean[r], inverse[r]);
        }
      }
    });
    for (std::size_t r = 0; r < rows; ++r) {
      mean_g[r] = Normalization::mean(mean_g[r], n);
      mean_g_normalized[r] = Normalization::mean(mean_g_normalized[r], n);
#pragma GCC ivdep
      for (std::size_t j = 0; j < a.cols; ++j) {
        const float normalized = Normalization::normalized(x[r * a.cols + j], mean[r], inverse[r]);
        dx[r * a.cols + j] = Normalization::slope(gamma[j] * dy[r * a.cols + j], normalized, mean_g[r],
                                                  mean_g_normalized[r], inverse[r]);
      }
    }
  });
}

void layer_norm_parameters(const NormBackwardArguments& a, std::size_t part, std::size_t parts) {
  for_each_block(a.models, a.cols, part, parts, [&](std::ptrdiff_t m, std::size_t c, std::size_t count) {
    const float* const x = a.x.data + m * a.x.stride + c;
    const float* const dy = a.dy.data + m * a.dy.stride + c;
    const float* const mean = a.statistics.data + m * a.statistics.stride;
    ColumnBlock dbeta, dgamma;
    sum_over_rows(dbeta, a.rows, [&](float* chunk, std::size_t r) {
      for (std::size_t i = 0; i < count; ++i) chunk[i] += dy[r * a.cols + i];
    });
    sum_over_rows(dgamma, a.rows, [&](float* chunk, std::size_t r) {
      for (std::size_t i = 0; i < count; ++i) {
        chunk[i] += dy[r * a.cols + i] * Normalization::normalized(x[r * a.cols + i], mean[r], mean[a.rows + r]);
      }
    });
    for (std::size_t i = 0; i < count; ++i) {
      a.dbeta.data[m * a.dbeta.stride + static_cast<std::ptrdiff_t>(c + i)] = dbeta[i];
      a.dgamma.data[m * a.dgamma.stride + static_cast<std::ptrdiff_t>(c + i)] = dgamma[i];
    }
  });
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
