// SPDX-License-Identifier: Apache-2.0
#include "kernels/math/loss.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "kernels/checks.hpp"
#include "kernels/reference/backend.hpp"

namespace minnow::kernels::reference {

namespace {

using Row = std::span<const double>;

Row row_of(const ConstView& x, int m, int row) {
  return {x.data<double>(m) + std::int64_t{row} * x.cols, static_cast<std::size_t>(x.cols)};
}

int index_of_largest(Row x) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < x.size(); ++i) {
    if (x[i] > x[best]) best = i;
  }
  return static_cast<int>(best);
}

struct Softmax {
  double largest = 0;
  double sum = 0;
  std::vector<double> probabilities;
};

Softmax softmax_of(Row logits) {
  Softmax result;
  result.largest = logits[static_cast<std::size_t>(index_of_largest(logits))];
  for (double x : logits) result.probabilities.push_back(math::softmax_weight(x, result.largest));
  for (double weight : result.probabilities) result.sum += weight;
  for (double& p : result.probabilities) p = math::softmax_probability(p, result.sum);
  return result;
}

/// Adds what one model's batch contributed.
void add_to(Tally& tally, double loss, int rows, std::int64_t count, std::uint64_t hits, const StepState* state) {
  tally.loss += loss;
  tally.count += static_cast<std::uint64_t>(count);
  tally.rows += static_cast<std::uint64_t>(rows);
  tally.hits += hits;
  const std::uint32_t step = state == nullptr ? 0 : state->step;
  if (!std::isfinite(loss)) tally.first_bad_step = std::min(tally.first_bad_step, step);
}

}  // namespace

void ReferenceBackend::softmax_cross_entropy(const View& dlogits, const ConstView& logits,
                                             const RowIntegers<const std::int32_t>& labels, Tally* tally,
                                             const StepState* state) {
  check_softmax_cross_entropy(dlogits, logits, labels, tally);
  const double inverse_batch = math::CrossEntropy::inverse_batch<double>(logits.rows);
  for (int m = 0; m < logits.models; ++m) {
    double loss = 0;
    std::uint64_t hits = 0;
    for (int b = 0; b < logits.rows; ++b) {
      const Row x = row_of(logits, m, b);
      const int label = labels.values[m * labels.stride + b];
      const Softmax row = softmax_of(x);
      loss += math::CrossEntropy::loss(x[static_cast<std::size_t>(label)], row.largest, row.sum);
      hits += index_of_largest(x) == label;
      if (!dlogits) continue;
      double* slopes = dlogits.data<double>(m) + std::int64_t{b} * logits.cols;
      for (int j = 0; j < logits.cols; ++j) {
        slopes[j] =
            math::CrossEntropy::slope(row.probabilities[static_cast<std::size_t>(j)], j == label, inverse_batch);
      }
    }
    add_to(tally[m], loss, logits.rows, logits.rows, hits, state);
  }
}

void ReferenceBackend::mse(const View& dy, const ConstView& y, const ConstView& targets,
                           const RowIntegers<const std::int32_t>& labels, Tally* tally, const StepState* state) {
  check_mse(dy, y, targets, tally);
  const double slope_scale = math::MeanSquaredError::slope_scale<double>(y.elements());
  for (int m = 0; m < y.models; ++m) {
    double loss = 0;
    std::uint64_t hits = 0;
    for (int b = 0; b < y.rows; ++b) {
      const Row outputs = row_of(y, m, b), wanted = row_of(targets, m, b);
      if (labels) hits += index_of_largest(outputs) == labels.values[m * labels.stride + b];
      for (std::size_t j = 0; j < outputs.size(); ++j) {
        const double output = outputs[j];
        loss += math::MeanSquaredError::loss(output, wanted[j]);
        if (!dy) continue;
        dy.data<double>(m)[std::int64_t{b} * y.cols + static_cast<std::int64_t>(j)] =
            math::MeanSquaredError::slope(output, wanted[j], slope_scale);
      }
    }
    add_to(tally[m], loss, y.rows, y.elements(), hits, state);
  }
}

void ReferenceBackend::softmax(const View& p, const ConstView& logits) {
  check_softmax(p, logits);
  for (int m = 0; m < logits.models; ++m) {
    for (int b = 0; b < logits.rows && logits.cols > 0; ++b) {
      const Softmax row = softmax_of(row_of(logits, m, b));
      std::copy(row.probabilities.begin(), row.probabilities.end(), p.data<double>(m) + std::int64_t{b} * p.cols);
    }
  }
}

void ReferenceBackend::argmax(const RowIntegers<std::int32_t>& indices, const ConstView& x) {
  check_argmax(indices, x);
  for (int m = 0; m < x.models; ++m) {
    for (int b = 0; b < x.rows; ++b) indices.values[m * indices.stride + b] = index_of_largest(row_of(x, m, b));
  }
}

}  // namespace minnow::kernels::reference
