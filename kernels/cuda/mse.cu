// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/ops.hpp"
#include "kernels/cuda/tally.cuh"

namespace minnow::kernels::cuda {

namespace {

struct SquaredErrorRows {
  Matrices<float> dy;  ///< may be none, or y itself
  Matrices<const float> y;
  Matrices<const float> targets;
  RowIntegers<const std::int32_t> labels;  ///< may be none
  int cols;
  float slope_scale;
  std::int64_t count;

  __device__ RowResult row(int row, float* slab) const {
    const std::int64_t start = static_cast<std::int64_t>(row) * cols;
    const float* outputs = y.model() + start;
    const float* expected = targets.model() + start;
    const float loss =
        warp_sum(cols, slab, [&](int col) { return math::MeanSquaredError::loss(outputs[col], expected[col]); });
    int hits = 0;
    if (labels.values != nullptr && cols > 0) {
      const std::int32_t label = labels.values[static_cast<std::int64_t>(blockIdx.y) * labels.stride + row];
      hits = warp_largest(outputs, cols).index == label ? 1 : 0;
    }
    if (dy.data != nullptr) {
      float* gradient = dy.model() + start;
      for (int col = lane_of_thread(); col < cols; col += warp_threads) {
        gradient[col] = math::MeanSquaredError::slope(outputs[col], expected[col], slope_scale);
      }
    }
    return {loss, hits};
  }
};

}  // namespace

void mse(cudaStream_t stream, Scratch& scratch, const View& dy, const ConstView& y, const ConstView& targets,
         const RowIntegers<const std::int32_t>& labels, Tally* tally, const StepState* state) {
  const SquaredErrorRows loss{.dy = matrices(dy),
                              .y = matrices(y),
                              .targets = matrices(targets),
                              .labels = labels,
                              .cols = y.cols,
                              .slope_scale = math::MeanSquaredError::slope_scale<float>(y.elements()),
                              .count = y.elements()};
  evaluate_loss(stream, scratch, loss, tally, state, y);
}

}  // namespace minnow::kernels::cuda
