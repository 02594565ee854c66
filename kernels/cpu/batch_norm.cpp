// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/column_totals.hpp"
#include "kernels/cpu/ops.hpp"
#include "kernels/math/normalization.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

using math::Normalization;

/// Mean and biased variance of `count` columns of x.
MINNOW_INLINE void find_moments(ColumnBlock& mean, ColumnBlock& variance, const float* x, std::size_t rows,
                                std::size_t cols, std::size_t count) {
  const auto n = static_cast<std::int64_t>(rows);
  sum_over_rows(mean, rows, [&](float* chunk, std::size_t r) {
    for (std::size_t i = 0; i < count; ++i) chunk[i] += x[r * cols + i];
  });
  for (std::size_t i = 0; i < count; ++i) mean[i] = Normalization::mean(mean[i], n);
  sum_over_rows(variance, rows, [&](float* chunk, std::size_t r) {
    for (std::size_t i = 0; i < count; ++i) chunk[i] += Normalization::squared_deviation(x[r * cols + i], mean[i]);
  });
  for (std::size_t i = 0; i < count; ++i) variance[i] = Normalization::mean(variance[i], n);
}

MINNOW_INLINE void write_outputs(float* y, const float* x, const ColumnBlock& mean, const ColumnBlock& inverse,
                                 const float* gamma, const float* beta, std::size_t rows, std::size_t cols,
                                 std::size_t count) {
  for (std::size_t r = 0; r < rows; ++r, y += cols, x += cols) {
#pragma GCC ivdep
    for (std::size_t i = 0; i < count; ++i) {
      y[i] = Normalization::output(Normalization::normalized(x[i], mean[i], inverse[i]), gamma[i], beta[i]);
    }
  }
}

}  // namespace

void batch_norm(const BatchNormArguments& a, std::size_t part, std::size_t parts) {
  for_each_block(a.models, a.cols, part, parts, [&](std::ptrdiff_t m, std::size_t c, std::size_t count) {
    const float* const x = a.x.data + m * a.x.stride + c;
    float* const statistics = a.statistics.data + m * a.statistics.stride + c;
    float* const running_mean = a.running_mean.data + m * a.running_mean.stride + c;
    float* const running_variance = a.running_variance.data + m * a.running_variance.stride + c;
    ColumnBlock mean, variance, inverse;
    find_moments(mean, variance, x, a.rows, a.cols, count);
    for (std::size_t i = 0; i < count; ++i) {
      inverse[i] = Normalization::inverse_deviation(variance[i], a.epsilon);
      statistics[i] = mean[i];
      statistics[a.cols + i] = inverse[i];
      const float unbiased = Normalization::unbiased(variance[i], static_cast<std::int64_t>(a.rows));
      running_mean[i] = Normalization::moved(running_mean[i], mean[i], a.momentum);
      running_variance[i] = Normalization::moved(running_variance[i], unbiased, a.momentum);
    }
    write_outputs(a.y.data + m * a.y.stride + c, x, mean, inverse, a.gamma.data + m * a.gamma.stride + c,
                  a.beta.data + m * a.beta.stride + c, a.rows, a.cols, count);
  });
}

void batch_norm_inference(const BatchNormInferenceArguments& a, std::size_t part, std::size_t parts) {
  for_each_block(a.models, a.cols, part, parts, [&](std::ptrdiff_t m, std::size_t c, std::size_t count) {
    const float* const running_mean = a.running_mean.data + m * a.running_mean.stride + c;
    const float* const running_variance = a.running_variance.data + m * a.running_variance.stride + c;
    ColumnBlock mean, inverse;
    for (std::size_t i = 0; i < count; ++i) {
      mean[i] = running_mean[i];
      inverse[i] = Normalization::inverse_deviation(running_variance[i], a.epsilon);
    }
    write_outputs(a.y.data + m * a.y.stride + c, a.x.data + m * a.x.stride + c, mean, inverse,
                  a.gamma.data + m * a.gamma.stride + c, a.beta.data + m * a.beta.stride + c, a.rows, a.cols, count);
  });
}

void batch_norm_backward(const NormBackwardArguments& a, std::size_t part, std::size_t parts) {
  for_each_block(a.models, a.cols, part, parts, [&](std::ptrdiff_t m, std::size_t c, std::size_t count) {
    const float* const x = a.x.data + m * a.x.stride + c;
    const float* const dy = a.dy.data + m * a.dy.stride + c;
    const float* const gamma = a.gamma.data + m * a.gamma.stride + c;
    const float* const statistics = a.statistics.data + m * a.statistics.stride + c;
    float* const dx = a.dx.data + m * a.dx.stride + c;
    const auto n = static_cast<std::int64_t>(a.rows);
    ColumnBlock mean, inverse, dbeta, dgamma, mean_g, mean_g_normalized;
    for (std::size_t i = 0; i < count; ++i) {
      mean[i] = statistics[i];
      inverse[i] = statistics[a.cols + i];
    }
    sum_over_rows(dbeta, a.rows, [&](float* chunk, std::size_t r) {
      for (std::size_t i = 0; i < count; ++i) chunk[i] += dy[r * a.cols + i];
    });
    sum_over_rows(dgamma, a.rows, [&](float* chunk, std::size_t r) {
      for (std::size_t i = 0; i < count; ++i) {
        chunk[i] += dy[r * a.cols + i] * Normalization::normalized(x[r * a.cols + i], mean[i], inverse[i]);
      }
    });
    for (std::size_t i = 0; i < count; ++i) {
      a.dbeta.data[m * a.dbeta.stride + static_cast<std::ptrdiff_t>(c + i)] = dbeta[i];
      a.dgamma.data[m * a.dgamma.stride + static_cast<std::ptrdiff_t>(c + i)] = dgamma[i];
      mean_g[i] = gamma[i] * Normalization::mean(dbeta[i], n);
      mean_g_normalized[i] = gamma[i] * Normalization::mean(dgamma[i], n);
    }
    for (std::size_t r = 0; r < a.rows; ++r) {
#pragma GCC ivdep
      for (std::size_t i = 0; i < count; ++i) {
        const float normalized = Normalization::normalized(x[r * a.cols + i], mean[i], inverse[i]);
        dx[r * a.cols + i] = Normalization::slope(gamma[i] * dy[r * a.cols + i], normalized, mean_g[i],
                                                  mean_g_normalized[i], inverse[i]);
      }
    }
  });
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
