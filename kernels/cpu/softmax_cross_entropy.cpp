// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/softmax_tile.hpp"
#include "kernels/cpu/tally.hpp"
#include "kernels/math/summation.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

using math::CrossEntropy;

/// The labels of a tile's rows; lanes without a row have label 0.
struct TileLabels {
  alignas(64) std::int32_t label[tile_rows] = {};
};

MINNOW_INLINE TileLabels labels_of(const std::int32_t* labels, std::size_t rows) {
  TileLabels result;
  for (std::size_t r = 0; r < lanes && r < rows; ++r) result.label[r] = labels[r];
  return result;
}

/// Adds the losses and hits of an open tile's rows, in their order.
MINNOW_INLINE void count_rows(const SoftmaxTile& t, const TileLabels& labels, math::ChunkedSum<float>& loss,
                              std::uint64_t& hits) {
  alignas(64) float losses[tile_rows] = {};
  for (std::size_t r = 0; r < lanes && r < t.rows; ++r) {
    losses[r] = t.logits[r * t.cols + static_cast<std::size_t>(labels.label[r])];
  }
  for (std::size_t r = 0; r < lanes; ++r) losses[r] = CrossEntropy::loss(losses[r], t.largest[r], t.sum[r]);
  for (std::size_t r = 0; r < lanes && r < t.rows; ++r) {
    loss.add(losses[r]);
    hits += t.best[r] == labels.label[r];
  }
}

/// Turns the probabilities that the tile holds into slopes.
MINNOW_INLINE void to_slopes(SoftmaxTile& t, const TileLabels& labels, float inverse_batch) {
  for (std::size_t j = 0; j < t.width; ++j) {
    const auto class_index = static_cast<std::int32_t>(t.first + j);
    for (std::size_t r = 0; r < lanes; ++r) {
      t.values[j][r] = CrossEntropy::slope(t.values[j][r], labels.label[r] == class_index, inverse_batch);
    }
  }
}

/// dlogits may be the logits: a chunk's slopes are written when only later chunks are still to be read.
void cross_entropy_of_model(const SoftmaxCrossEntropyArguments& a, std::size_t m) {
  const auto model = static_cast<std::ptrdiff_t>(m);
  const float* const logits = a.logits.data + model * a.logits.stride;
  const std::int32_t* const labels = a.labels.data + model * a.labels.stride;
  float* const dlogits = a.dlogits.data == nullptr ? nullptr : a.dlogits.data + model * a.dlogits.stride;
  const float inverse_batch = CrossEntropy::inverse_batch<float>(static_cast<std::int64_t>(a.rows));
  SoftmaxTile tile;
  math::ChunkedSum<float> loss;
  std::uint64_t hits = 0;
  for (std::size_t first = 0; first < a.rows; first += tile_rows) {
    const std::size_t rows = a.rows - first < tile_rows ? a.rows - first : tile_rows;
    const TileLabels tile_labels = labels_of(labels + first, rows);
    open_tile(tile, logits + first * a.cols, rows, a.cols);
    count_rows(tile, tile_labels, loss, hits);
    if (dlogits == nullptr) continue;
    for_each_chunk(tile, [&] {
      to_slopes(tile, tile_labels, inverse_batch);
      store_chunk(tile, dlogits + first * a.cols);
    });
  }
  add_to(a.tally[m], loss.result(), a.rows, a.rows, hits, a.step);
}

}  // namespace

void softmax_cross_entropy(const SoftmaxCrossEntropyArguments& a, std::size_t part, std::size_t parts) {
  const Range models = share(a.models, 1, part, parts);
  for (std::size_t m = models.first; m < models.last; ++m) cross_entropy_of_model(a, m);
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
