// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/columns.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/math/normalization.hpp"

namespace minnow::kernels::cuda {

namespace {

using math::Normalization;

struct BatchNorm {
  Matrices<float> y;
  Matrices<const float> x, gamma, beta;
  Matrices<float> statistics, running_mean, running_variance;
  int rows, cols;
  float momentum, epsilon;
};

/// y of one column, its rows spread over the lanes.
__device__ void write_column(float* y, const float* x, int rows, int cols, float mean, float inverse, float gamma,
                             float beta) {
  for (int row = static_cast<int>(threadIdx.y); row < rows; row += static_cast<int>(blockDim.y)) {
    const std::int64_t at = static_cast<std::int64_t>(row) * cols;
    y[at] = Normalization::output(Normalization::normalized(x[at], mean, inverse), gamma, beta);
  }
}

__global__ void batch_norm_kernel(BatchNorm p) {
  MINNOW_SHARED(float, slab, [sum_chunk][block_columns]);
  const int column = column_of_thread();
  const bool inside = column < p.cols;
  const float* x = p.x.model() + column;
  const auto value = [&](int row) { return x[static_cast<std::int64_t>(row) * p.cols]; };
  const float mean = Normalization::mean(column_total(slab, p.rows, inside, value), p.rows);
  const float variance = Normalization::mean(
      column_total(slab, p.rows, inside, [&](int row) { return Normalization::squared_deviation(value(row), mean); }),
      p.rows);
  if (!inside) return;
  const float inverse = Normalization::inverse_deviation(variance, p.epsilon);
  if (threadIdx.y == 0) {
    p.statistics.model()[column] = mean;
    p.statistics.model()[p.cols + column] = inverse;
    float& moving_mean = p.running_mean.model()[column];
    float& moving_variance = p.running_variance.model()[column];
    moving_mean = Normalization::moved(moving_mean, mean, p.momentum);
    moving_variance = Normalization::moved(moving_variance, Normalization::unbiased(variance, p.rows), p.momentum);
  }
  write_column(p.y.model() + column, x, p.rows, p.cols, mean, inverse, p.gamma.model()[column], p.beta.model()[column]);
}

__global__ void batch_norm_inference_kernel(Matrices<float> y, Matrices<const float> x, Matrices<const float> gamma,
                                            Matrices<const float> beta, Matrices<const float> running_mean,
                                            Matrices<const float> running_variance, int rows, int cols, float epsilon) {
  const int column = column_of_thread();
  if (column >= cols) return;
  const float inverse = Normalization::inverse_deviation(running_variance.model()[column], epsilon);
  write_column(y.model() + column, x.model() + column, rows, cols, running_mean.model()[column], inverse,
               gamma.model()[column], beta.model()[column]);
}

struct BatchNormBackward {
  Matrices<float> dx, dgamma, dbeta;
  Matrices<const float> dy, x, gamma, statistics;
  int rows, cols;
};

__global__ void batch_norm_backward_kernel(BatchNormBackward p) {
  MINNOW_SHARED(float, slab, [sum_chunk][block_columns]);
  const int column = column_of_thread();
  const bool inside = column < p.cols;
  const float* dy = p.dy.model() + column;
  const float* x = p.x.model() + column;
  const float mean = inside ? p.statistics.model()[column] : 0;
  const float inverse = inside ? p.statistics.model()[p.cols + column] : 0;
  const auto place = [&](int row) { return static_cast<std::int64_t>(row) * p.cols; };
  const auto normalized = [&](int row) { return Normalization::normalized(x[place(row)], mean, inverse); };
  const float dbeta = column_total(slab, p.rows, inside, [&](int row) { return dy[place(row)]; });
  const float dgamma = column_total(slab, p.rows, inside, [&](int row) { return dy[place(row)] * normalized(row); });
  if (!inside) return;
  if (threadIdx.y == 0) {
    p.dbeta.model()[column] = dbeta;
    p.dgamma.model()[column] = dgamma;
  }
  const float gamma = p.gamma.model()[column];
  const float mean_g = gamma * Normalization::mean(dbeta, p.rows);
  const float mean_g_normalized = gamma * Normalization::mean(dgamma, p.rows);
  float* dx = p.dx.model() + column;
  for (int row = static_cast<int>(threadIdx.y); row < p.rows; row += static_cast<int>(blockDim.y)) {
    dx[place(row)] = Normalization::slope(gamma * dy[place(row)], normalized(row), mean_g, mean_g_normalized, inverse);
  }
}

}  // namespace

void batch_norm(cudaStream_t stream, const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                const View& statistics, const View& running_mean, const View& running_variance, float momentum,
                float epsilon) {
  const BatchNorm p{matrices(y),
                    matrices(x),
                    matrices(gamma),
                    matrices(beta),
                    matrices(statistics),
                    matrices(running_mean),
                    matrices(running_variance),
                    x.rows,
                    x.cols,
                    momentum,
                    epsilon};
  launch({.grid = column_grid(x.cols, x.models), .block = column_block(x.rows), .stream = stream}, batch_norm_kernel,
         p);
}

void batch_norm_inference(cudaStream_t stream, const View& y, const ConstView& x, const ConstView& gamma,
                          const ConstView& beta, const ConstView& running_mean, const ConstView& running_variance,
                          float epsilon) {
  launch({.grid = column_grid(x.cols, x.models), .block = dim3(block_columns, most_column_lanes), .stream = stream},
         batch_norm_inference_kernel, matrices(y), matrices(x), matrices(gamma), matrices(beta), matrices(running_mean),
         matrices(running_variance), x.rows, x.cols, epsilon);
}

void batch_norm_backward(cudaStream_t stream, const View& dx, const View& dgamma, const View& dbeta,
                         const ConstView& dy, const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  const BatchNormBackward p{matrices(dx),    matrices(dgamma),     matrices(dbeta), matrices(dy), matrices(x),
                            matrices(gamma), matrices(statistics), x.rows,          x.cols};
  launch({.grid = column_grid(x.cols, x.models), .block = column_block(x.rows), .stream = stream},
         batch_norm_backward_kernel, p);
}

}  // namespace minnow::kernels::cuda
