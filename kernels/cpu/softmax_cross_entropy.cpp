// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/softmax_tile.hpp"
#include "kernels/cpu/tally.hpp"
#include "kernels/math/summation.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

using math::CrossEntropy;
using Shares = math::ClassShares<float>;

/// One model's batch.
struct Batch {
  const SoftmaxCrossEntropyArguments& a;
  const float* logits;
  const std::int32_t* labels;
  RowWeights row_weights;

  MINNOW_INLINE Batch(const SoftmaxCrossEntropyArguments& arguments, std::size_t m)
      : a(arguments),
        logits(a.logits.data + static_cast<std::ptrdiff_t>(m) * a.logits.stride),
        labels(a.labels.data + static_cast<std::ptrdiff_t>(m) * a.labels.stride),
        row_weights(a.weights, m) {}
  MINNOW_INLINE float class_weight(std::size_t c) const {
    return a.class_weights == nullptr ? 1.0f : a.class_weights[c];
  }
  MINNOW_INLINE float label_weight(std::size_t row) const {
    return class_weight(static_cast<std::size_t>(labels[row]));
  }
  MINNOW_INLINE Shares shares(float label_weight) const {
    return Shares::of(a.label_smoothing, label_weight, a.class_weight_sum, static_cast<int>(a.cols));
  }
};

/// What a tile's rows compare with; lanes without a row have label 0 and the first row's weights.
struct TileTargets {
  alignas(64) std::int32_t label[tile_rows];
  alignas(64) float label_share[tile_rows];
  alignas(64) float total_share[tile_rows];
  alignas(64) float weight[tile_rows];  ///< of the row
  alignas(64) float factor[tile_rows];  ///< of the row's slopes
  float spread;

  MINNOW_INLINE Shares shares(std::size_t r) const { return {label_share[r], spread, total_share[r]}; }
};

MINNOW_INLINE TileTargets targets_of(const Batch& batch, std::size_t first, std::size_t rows, float total) {
  TileTargets t;
  alignas(64) float label_weight[tile_rows];
  for (std::size_t r = 0; r < lanes; ++r) {
    const std::size_t row = r < rows ? first + r : first;
    t.label[r] = r < rows ? batch.labels[row] : 0;
    t.weight[r] = batch.row_weights[row];
    label_weight[r] = batch.label_weight(row);
  }
#pragma GCC unroll 1
  for (std::size_t r = 0; r < lanes; ++r) {
    const Shares shares = batch.shares(label_weight[r]);
    t.label_share[r] = shares.label;
    t.total_share[r] = shares.total;
    t.factor[r] = math::mean_factor(t.weight[r], total);
  }
  t.spread = batch.shares(label_weight[0]).spread;
  return t;
}

/// Sum of weight_j * loss_j over the classes of row r of an open tile.
MINNOW_INLINE float weighted_losses(const Batch& batch, const SoftmaxTile& t, std::size_t r, float log_sum) {
  math::ChunkedSum<float> sum;
  for (std::size_t j = 0; j < t.cols; ++j) {
    sum.add(batch.class_weight(j) * CrossEntropy::loss(t.logits[r * t.cols + j], t.largest[r], log_sum));
  }
  return sum.result();
}

/// Adds the losses and hits of an open tile's rows, in their order.
MINNOW_INLINE void count_rows(const Batch& batch, const SoftmaxTile& t, const TileTargets& targets,
                              math::ChunkedSum<float>& loss, std::uint64_t& hits) {
  alignas(64) float log_sum[tile_rows], label_logit[tile_rows] = {}, others[tile_rows] = {}, row_loss[tile_rows];
  for (std::size_t r = 0; r < lanes; ++r) log_sum[r] = math::log(t.sum[r]);
  for (std::size_t r = 0; r < t.rows; ++r) {
    label_logit[r] = t.logits[r * t.cols + static_cast<std::size_t>(targets.label[r])];
    hits += t.best[r] == targets.label[r];
  }
  if (batch.a.label_smoothing != 0) {
    for (std::size_t r = 0; r < t.rows; ++r) others[r] = weighted_losses(batch, t, r, log_sum[r]);
  }
#pragma GCC unroll 1
  for (std::size_t r = 0; r < lanes; ++r) {
    const float label_loss = CrossEntropy::loss(label_logit[r], t.largest[r], log_sum[r]);
    row_loss[r] = targets.weight[r] * CrossEntropy::row_loss(targets.shares(r), label_loss, others[r]);
  }
  for (std::size_t r = 0; r < t.rows; ++r) loss.add(row_loss[r]);
}

/// Turns the probabilities that the tile holds into slopes.
MINNOW_INLINE void to_slopes(const Batch& batch, SoftmaxTile& t, const TileTargets& targets) {
  for (std::size_t j = 0; j < t.width; ++j) {
    const auto class_index = static_cast<std::int32_t>(t.first + j);
    const float class_weight = batch.class_weight(t.first + j);
#pragma GCC unroll 1
    for (std::size_t r = 0; r < lanes; ++r) {
      const bool is_label = targets.label[r] == class_index;
      t.values[j][r] =
          CrossEntropy::slope(targets.shares(r), t.values[j][r], is_label, class_weight) * targets.factor[r];
    }
  }
}

/// dlogits may be the logits: a chunk's slopes are written when only later chunks are still to be read.
void cross_entropy_of_model(const SoftmaxCrossEntropyArguments& a, std::size_t m) {
  const Batch batch(a, m);
  float* const dlogits =
      a.dlogits.data == nullptr ? nullptr : a.dlogits.data + static_cast<std::ptrdiff_t>(m) * a.dlogits.stride;
  const float total = total_weight(a.rows, !batch.row_weights.given() && a.class_weights == nullptr,
                                   [&](std::size_t r) { return batch.row_weights[r] * batch.label_weight(r); });
  SoftmaxTile tile;
  math::ChunkedSum<float> loss;
  std::uint64_t hits = 0;
  for (std::size_t first = 0; first < a.rows; first += tile_rows) {
    const std::size_t rows = a.rows - first < tile_rows ? a.rows - first : tile_rows;
    const TileTargets targets = targets_of(batch, first, rows, total);
    open_tile(tile, batch.logits + first * a.cols, rows, a.cols);
    count_rows(batch, tile, targets, loss, hits);
    if (dlogits == nullptr) continue;
    for_each_chunk(tile, [&] {
      to_slopes(batch, tile, targets);
      store_chunk(tile, dlogits + first * a.cols);
    });
  }
  add_to(a.tally[m], loss.result(), static_cast<double>(total), a.rows, hits, a.step);
}

}  // namespace

void softmax_cross_entropy(const SoftmaxCrossEntropyArguments& a, std::size_t part, std::size_t parts) {
  const Range models = share(a.models, 1, part, parts);
  for (std::size_t m = models.first; m < models.last; ++m) cross_entropy_of_model(a, m);
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
