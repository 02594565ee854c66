// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/columns.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/cuda/rows.cuh"
#include "kernels/math/normalization.hpp"

namespace minnow::kernels::cuda {

namespace {

using math::Normalization;

constexpr int block_rows = 4;

/// One warp per row.
__global__ void layer_norm_kernel(Matrices<float> y, Matrices<const float> x, Matrices<const float> gamma,
                                  Matrices<const float> beta, Matrices<float> statistics, int rows, int cols,
                                  float epsilon) {
  MINNOW_SHARED(float, slabs, [block_rows][sum_chunk]);
  const int row = static_cast<int>(blockIdx.x) * block_rows + warp_of_block();
  if (row >= rows) return;  // a whole warp; the block has no barrier
  float* slab = slabs[warp_of_block()];
  const std::int64_t first = static_cast<std::int64_t>(row) * cols;
  const float* values = x.model() + first;
  const float mean = Normalization::mean(warp_sum(cols, slab, [&](int col) { return values[col]; }), cols);
  const float squares =
      warp_sum(cols, slab, [&](int col) { return Normalization::squared_deviation(values[col], mean); });
  const float inverse = Normalization::inverse_deviation(Normalization::mean(squares, cols), epsilon);
  if (statistics.data != nullptr && lane_of_thread() == 0) {
    statistics.model()[row] = mean;
    statistics.model()[rows + row] = inverse;
  }
  for (int col = lane_of_thread(); col < cols; col += warp_threads) {
    const float normalized = Normalization::normalized(values[col], mean, inverse);
    y.model()[first + col] = Normalization::output(normalized, gamma.model()[col], beta.model()[col]);
  }
}

struct LayerNormBackward {
  Matrices<float> dx, dgamma, dbeta;
  Matrices<const float> dy, x, gamma, statistics;
  int rows, cols;
};

__global__ void layer_norm_parameters_kernel(LayerNormBackward p) {
  MINNOW_SHARED(float, slab, [sum_chunk][block_columns]);
  const int column = column_of_thread();
  const bool inside = column < p.cols;
  const float* dy = p.dy.model() + column;
  const float* x = p.x.model() + column;
  const float* mean = p.statistics.model();
  const float* inverse = mean + p.rows;
  const auto place = [&](int row) { return static_cast<std::int64_t>(row) * p.cols; };
  const float dbeta = column_total(slab, p.rows, inside, [&](int row) { return dy[place(row)]; });
  const float dgamma = column_total(slab, p.rows, inside, [&](int row) {
    return dy[place(row)] * Normalization::normalized(x[place(row)], mean[row], inverse[row]);
  });
  if (!inside || threadIdx.y != 0) return;
  p.dbeta.model()[column] = dbeta;
  p.dgamma.model()[column] = dgamma;
}

__global__ void layer_norm_backward_kernel(LayerNormBackward p) {
  MINNOW_SHARED(float, slabs, [block_rows][sum_chunk]);
  const int row = static_cast<int>(blockIdx.x) * block_rows + warp_of_block();
  if (row >= p.rows) return;
  float* slab = slabs[warp_of_block()];
  const std::int64_t first = static_cast<std::int64_t>(row) * p.cols;
  const float* dy = p.dy.model() + first;
  const float* x = p.x.model() + first;
  const float* gamma = p.gamma.model();
  const float mean = p.statistics.model()[row], inverse = p.statistics.model()[p.rows + row];
  const auto g = [&](int col) { return gamma[col] * dy[col]; };
  const auto normalized = [&](int col) { return Normalization::normalized(x[col], mean, inverse); };
  const float mean_g = Normalization::mean(warp_sum(p.cols, slab, g), p.cols);
  const float mean_g_normalized =
      Normalization::mean(warp_sum(p.cols, slab, [&](int col) { return g(col) * normalized(col); }), p.cols);
  for (int col = lane_of_thread(); col < p.cols; col += warp_threads) {
    p.dx.model()[first + col] = Normalization::slope(g(col), normalized(col), mean_g, mean_g_normalized, inverse);
  }
}

dim3 row_grid(const ConstView& x) {
  return grid_of(ceil_div(x.rows, block_rows), x.models);
}

}  // namespace

void layer_norm(cudaStream_t stream, const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                const View& statistics, float epsilon) {
  launch({.grid = row_grid(x), .block = block_rows * warp_threads, .stream = stream}, layer_norm_kernel, matrices(y),
         matrices(x), matrices(gamma), matrices(beta), matrices(statistics), x.rows, x.cols, epsilon);
}

void layer_norm_backward(cudaStream_t stream, const View& dx, const View& dgamma, const View& dbeta,
                         const ConstView& dy, const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  const LayerNormBackward p{matrices(dx),    matrices(dgamma),     matrices(dbeta), matrices(dy), matrices(x),
                            matrices(gamma), matrices(statistics), x.rows,          x.cols};
  // Reads dy, which dx may replace.
  launch({.grid = column_grid(x.cols, x.models), .block = column_block(x.rows), .stream = stream},
         layer_norm_parameters_kernel, p);
  launch({.grid = row_grid(x), .block = block_rows * warp_threads, .stream = stream}, layer_norm_backward_kernel, p);
}

}  // namespace minnow::kernels::cuda
