// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/ops.hpp"
#include "kernels/cuda/tally.cuh"

namespace minnow::kernels::cuda {

namespace {

template <class Formula>
struct ElementwiseRows {
  Matrices<float> dy;  ///< may be none, or y itself
  Matrices<const float> y;
  Matrices<const float> targets;
  RowLabels labels;    ///< may be none
  RowWeights weights;  ///< may be none
  int cols;
  Formula formula;

  __host__ __device__ bool weighted() const { return weights.given(); }
  __device__ float weight(int row) const { return weights.of(row); }
  __device__ double tally_weight(float total) const { return static_cast<double>(total) * cols; }

  __device__ RowResult row(int row, float total, float* slab) const {
    const std::int64_t start = static_cast<std::int64_t>(row) * cols;
    const float* outputs = y.model() + start;
    const float* expected = targets.model() + start;
    const float loss = warp_sum(cols, slab, [&](int col) { return formula.loss(outputs[col], expected[col]); });
    int hits = 0;
    if (labels.given() && cols > 0) {
      hits = warp_predicted_class(outputs, cols, Formula::boundary) == labels.of(row) ? 1 : 0;
    }
    if (dy.data != nullptr) {
      __syncwarp();  // every lane has read the outputs before they may be overwritten
      const float factor = math::mean_factor(weight(row), total * static_cast<float>(cols));
      float* gradient = dy.model() + start;
      for (int col = lane_of_thread(); col < cols; col += warp_threads) {
        gradient[col] = formula.slope(outputs[col], expected[col]) * factor;
      }
    }
    return {weight(row) * loss, hits};
  }
};

}  // namespace

void elementwise_loss(cudaStream_t stream, Scratch& scratch, const ElementwiseLoss& loss, const View& dy,
                      const ConstView& y, const ConstView& targets, const LossRows& rows, Tally* tally,
                      const StepState* state) {
  math::visit_elementwise(loss.kind, loss.parameter, [&](const auto formula) {
    const ElementwiseRows<std::remove_const_t<decltype(formula)>> evaluated{.dy = matrices(dy),
                                                                            .y = matrices(y),
                                                                            .targets = matrices(targets),
                                                                            .labels = {rows.labels},
                                                                            .weights = {matrices(rows.weights)},
                                                                            .cols = y.cols,
                                                                            .formula = formula};
    evaluate_loss(stream, scratch, evaluated, tally, state, y);
  });
}

}  // namespace minnow::kernels::cuda
