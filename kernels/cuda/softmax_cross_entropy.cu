// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/ops.hpp"
#include "kernels/cuda/tally.cuh"

namespace minnow::kernels::cuda {

namespace {

struct CrossEntropyRows {
  Matrices<float> dlogits;  ///< may be none, or the logits themselves
  Matrices<const float> logits;
  RowIntegers<const std::int32_t> labels;
  int cols;
  float inverse_batch;
  std::int64_t count;

  __device__ RowResult row(int row, float* slab) const {
    const std::int64_t start = static_cast<std::int64_t>(row) * cols;
    const float* x = logits.model() + start;
    const std::int32_t label = labels.values[static_cast<std::int64_t>(blockIdx.y) * labels.stride + row];
    const SoftmaxRow softmax = warp_softmax(x, cols, slab);
    const float largest = softmax.largest.value;
    const float loss = math::CrossEntropy::loss(x[label], largest, softmax.sum);
    if (dlogits.data != nullptr) {
      __syncwarp();  // every lane has read the label's logit before it may be overwritten
      float* gradient = dlogits.model() + start;
      for (int col = lane_of_thread(); col < cols; col += warp_threads) {
        const float weight = math::softmax_weight(x[col], largest);
        gradient[col] =
            math::CrossEntropy::slope(math::softmax_probability(weight, softmax.sum), col == label, inverse_batch);
      }
    }
    return {loss, softmax.largest.index == label ? 1 : 0};
  }
};

}  // namespace

void softmax_cross_entropy(cudaStream_t stream, Scratch& scratch, const View& dlogits, const ConstView& logits,
                           const RowIntegers<const std::int32_t>& labels, Tally* tally, const StepState* state) {
  const CrossEntropyRows loss{.dlogits = matrices(dlogits),
                              .logits = matrices(logits),
                              .labels = labels,
                              .cols = logits.cols,
                              .inverse_batch = math::CrossEntropy::inverse_batch<float>(logits.rows),
                              .count = logits.rows};
  evaluate_loss(stream, scratch, loss, tally, state, logits);
}

}  // namespace minnow::kernels::cuda
