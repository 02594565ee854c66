// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/ops.hpp"
#include "kernels/cuda/tally.cuh"

namespace minnow::kernels::cuda {

namespace {

struct CrossEntropyRows {
  Matrices<float> dlogits;  ///< may be none, or the logits themselves
  Matrices<const float> logits;
  RowLabels labels;
  RowWeights weights;  ///< may be none
  float label_smoothing;
  const float* class_weights;  ///< [C], or nullptr
  float class_weight_sum;
  int cols;

  __host__ __device__ bool weighted() const { return weights.given() || class_weights != nullptr; }
  __device__ float class_weight(int c) const { return class_weights == nullptr ? 1.0f : class_weights[c]; }
  __device__ float weight(int row) const { return weights.of(row) * class_weight(labels.of(row)); }
  __device__ double tally_weight(float total) const { return static_cast<double>(total); }

  __device__ RowResult row(int row, float total, float* slab) const {
    const std::int64_t start = static_cast<std::int64_t>(row) * cols;
    const float* x = logits.model() + start;
    const std::int32_t label = labels.of(row);
    const auto shares = math::ClassShares<float>::of(label_smoothing, class_weight(label), class_weight_sum, cols);
    const SoftmaxRow softmax = warp_softmax(x, cols, slab);
    const float largest = softmax.largest.value, log_sum = math::log(softmax.sum);
    const auto loss_of = [&](int col) { return math::CrossEntropy::loss(x[col], largest, log_sum); };
    const float others =
        label_smoothing == 0 ? 0 : warp_sum(cols, slab, [&](int col) { return class_weight(col) * loss_of(col); });
    const float loss = math::CrossEntropy::row_loss(shares, loss_of(label), others);
    if (dlogits.data != nullptr) {
      __syncwarp();  // every lane has read the label's logit before it may be overwritten
      const float factor = math::mean_factor(weights.of(row), total);
      float* gradient = dlogits.model() + start;
      for (int col = lane_of_thread(); col < cols; col += warp_threads) {
        const float probability = math::softmax_probability(math::softmax_weight(x[col], largest), softmax.sum);
        gradient[col] = math::CrossEntropy::slope(shares, probability, col == label, class_weight(col)) * factor;
      }
    }
    return {weights.of(row) * loss, softmax.largest.index == label ? 1 : 0};
  }
};

}  // namespace

void softmax_cross_entropy(cudaStream_t stream, Scratch& scratch, const View& dlogits, const ConstView& logits,
                           const LossRows& rows, const ClassWeighting& classes, Tally* tally, const StepState* state) {
  const CrossEntropyRows loss{
      .dlogits = matrices(dlogits),
      .logits = matrices(logits),
      .labels = {rows.labels},
      .weights = {matrices(rows.weights)},
      .label_smoothing = classes.label_smoothing,
      .class_weights = classes.weights,
      .class_weight_sum = static_cast<float>(classes.weights == nullptr ? logits.cols : classes.weight_sum),
      .cols = logits.cols};
  evaluate_loss(stream, scratch, loss, tally, state, logits);
}

}  // namespace minnow::kernels::cuda
