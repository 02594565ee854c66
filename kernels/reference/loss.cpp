// SPDX-License-Identifier: Apache-2.0
#include "kernels/math/loss.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "kernels/checks.hpp"
#include "kernels/math/prediction.hpp"
#include "kernels/reference/backend.hpp"

namespace minnow::kernels::reference {

namespace {

using Row = std::span<const double>;

Row row_of(const ConstView& x, int m, int row) {
  return {x.data<double>(m) + std::int64_t{row} * x.cols, static_cast<std::size_t>(x.cols)};
}

struct Softmax {
  int predicted = 0;
  double largest = 0;
  double sum = 0;
  std::vector<double> probabilities;
};

Softmax softmax_of(Row logits) {
  Softmax result;
  result.predicted = math::index_of_largest(logits.data(), static_cast<int>(logits.size()));
  result.largest = logits[static_cast<std::size_t>(result.predicted)];
  for (double x : logits) result.probabilities.push_back(math::softmax_weight(x, result.largest));
  for (double weight : result.probabilities) result.sum += weight;
  for (double& p : result.probabilities) p = math::softmax_probability(p, result.sum);
  return result;
}

/// Adds what one model's batch contributed.
void add_to(Tally& tally, double loss, double weight, int rows, std::uint64_t hits, const StepState* state) {
  tally.loss += loss;
  tally.weight += weight;
  tally.rows += static_cast<std::uint64_t>(rows);
  tally.hits += hits;
  const std::uint32_t step = state == nullptr ? 0 : state->step;
  if (!std::isfinite(loss)) tally.first_bad_step = std::min(tally.first_bad_step, step);
}

double weight_of(const LossRows& rows, int m, int row) {
  return rows.weights ? rows.weights.data<double>(m)[row] : 1;
}
int label_of(const LossRows& rows, int m, int row) {
  return rows.labels.values[m * rows.labels.stride + row];
}
double class_weight(const ClassWeighting& classes, int c) {
  return classes.weights == nullptr ? 1 : static_cast<double>(classes.weights[c]);
}

}  // namespace

void ReferenceBackend::softmax_cross_entropy(const View& dlogits, const ConstView& logits, const LossRows& rows,
                                             const ClassWeighting& classes, Tally* tally, const StepState* state) {
  check_softmax_cross_entropy(dlogits, logits, rows, tally);
  const double weight_sum = classes.weights == nullptr ? logits.cols : classes.weight_sum;
  for (int m = 0; m < logits.models; ++m) {
    double loss = 0, total = 0;
    std::uint64_t hits = 0;
    for (int b = 0; b < logits.rows; ++b) total += weight_of(rows, m, b) * class_weight(classes, label_of(rows, m, b));
    for (int b = 0; b < logits.rows; ++b) {
      const Row x = row_of(logits, m, b);
      const int label = label_of(rows, m, b);
      const Softmax row = softmax_of(x);
      const auto shares =
          math::ClassShares<double>::of(classes.label_smoothing, class_weight(classes, label), weight_sum, logits.cols);
      const auto loss_of = [&](int j) {
        return math::CrossEntropy::loss(x[static_cast<std::size_t>(j)], row.largest, math::log(row.sum));
      };
      double weighted = 0;
      for (int j = 0; j < logits.cols; ++j) weighted += class_weight(classes, j) * loss_of(j);
      if (classes.label_smoothing == 0) weighted = 0;
      loss += weight_of(rows, m, b) * math::CrossEntropy::row_loss(shares, loss_of(label), weighted);
      hits += row.predicted == label;
      if (!dlogits) continue;
      const double factor = math::mean_factor(weight_of(rows, m, b), total);
      double* slopes = dlogits.data<double>(m) + std::int64_t{b} * logits.cols;
      for (int j = 0; j < logits.cols; ++j) {
        slopes[j] = factor * math::CrossEntropy::slope(shares, row.probabilities[static_cast<std::size_t>(j)],
                                                       j == label, class_weight(classes, j));
      }
    }
    add_to(tally[m], loss, total, logits.rows, hits, state);
  }
}

void ReferenceBackend::elementwise_loss(const ElementwiseLoss& loss, const View& dy, const ConstView& y,
                                        const ConstView& targets, const LossRows& rows, Tally* tally,
                                        const StepState* state) {
  check_elementwise_loss(dy, y, targets, rows, tally);
  math::visit_elementwise(loss.kind, loss.parameter, [&](const auto& formula) {
    for (int m = 0; m < y.models; ++m) {
      double sum = 0, total = 0;
      std::uint64_t hits = 0;
      for (int b = 0; b < y.rows; ++b) total += weight_of(rows, m, b);
      for (int b = 0; b < y.rows; ++b) {
        const Row outputs = row_of(y, m, b), wanted = row_of(targets, m, b);
        if (rows.labels && y.cols > 0) {
          hits += math::predicted_class(outputs.data(), y.cols, formula.boundary) == label_of(rows, m, b);
        }
        const double factor = math::mean_factor(weight_of(rows, m, b), total * y.cols);
        for (std::size_t j = 0; j < outputs.size(); ++j) {
          const double output = outputs[j];
          sum += weight_of(rows, m, b) * formula.loss(output, wanted[j]);
          if (!dy) continue;
          dy.data<double>(m)[std::int64_t{b} * y.cols + static_cast<std::int64_t>(j)] =
              formula.slope(output, wanted[j]) * factor;
        }
      }
      add_to(tally[m], sum, total * y.cols, y.rows, hits, state);
    }
  });
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

void ReferenceBackend::count_classes(const ClassCounts& counts, const ConstView& outputs,
                                     const RowIntegers<const std::int32_t>& labels, const StepState* state) {
  check_count_classes(counts, outputs, labels);
  for (int m = 0; m < outputs.models; ++m) {
    std::uint32_t* const values = counts.values + m * counts.size();
    for (int b = 0; b < outputs.rows; ++b) {
      const Row x = row_of(outputs, m, b);
      const int label = labels.values[m * labels.stride + b];
      const int predicted = math::predicted_class(x.data(), outputs.cols, counts.boundary);
      const int above = math::classes_above(x.data(), outputs.cols, label, predicted);
      counts.count(label, predicted, above, [&](std::int64_t i) { ++values[i]; });
      counts.keep_score(m, (state == nullptr ? 0 : state->cursor) + std::int64_t{b}, x.data(), outputs.cols, label);
    }
  }
}

void ReferenceBackend::sum_errors(ErrorSum* sums, const ConstView& y, const ConstView& targets, Head head) {
  check_sum_errors(sums, y, targets, head);
  for (int m = 0; m < y.models; ++m) {
    for (int b = 0; b < y.rows; ++b) {
      const Row outputs = row_of(y, m, b), wanted = row_of(targets, m, b);
      for (std::size_t j = 0; j < outputs.size(); ++j) {
        const double value = math::predicted_value(outputs[j], head == Head::sigmoid);
        ErrorSum& sum = sums[static_cast<std::size_t>(m) * outputs.size() + j];
        sum.absolute += math::MeanAbsoluteError{}.loss(value, wanted[j]);
        sum.squared += math::MeanSquaredError{}.loss(value, wanted[j]);
      }
    }
  }
}

}  // namespace minnow::kernels::reference
