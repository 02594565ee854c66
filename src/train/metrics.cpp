// SPDX-License-Identifier: Apache-2.0
#include "src/train/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "minnow/error.hpp"
#include "src/train/checks.hpp"

namespace minnow {
namespace {

/// A single output is a probability, or is fitted to labels 0 and 1.
constexpr float boundary = 0.5f;

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Throws unless outputs has `width` numbers per row.
void expect_outputs(std::span<const float> outputs, const Dataset& data, std::size_t width) {
  const std::size_t expected = at(data.rows()) * width;
  if (outputs.size() == expected) return;
  throw UsageError("metrics of " + std::to_string(outputs.size()) + " outputs, but " + engine::name_of(data) +
                   " needs " + std::to_string(expected) + ": " + std::to_string(data.rows()) + " rows of " +
                   std::to_string(width));
}

/// The Mann-Whitney statistic: the share of pairs of both classes that the scores order rightly, ties counting half.
/// NaN unless there are rows of both classes, and where a score is NaN. Sums of halves, exact below 2^52 pairs, so that
/// the order of the rows means nothing.
double area_under_roc(std::vector<kernels::ScoredRow> rows) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (std::ranges::any_of(rows, [](const kernels::ScoredRow& row) { return std::isnan(row.score); })) return nan;
  std::ranges::sort(rows, {}, &kernels::ScoredRow::score);
  double in_order = 0, negatives = 0, positives = 0;
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    double tied[2] = {};
    for (end = begin; end < rows.size() && rows[end].score == rows[begin].score; ++end) {
      ++tied[rows[end].label == 1 ? 1 : 0];
    }
    in_order += tied[1] * (negatives + tied[0] / 2);
    negatives += tied[0];
    positives += tied[1];
  }
  return in_order / (positives * negatives);
}

/// R2 of one target from its sums of squares, of residuals and about the mean.
double determination(double residual, double total) {
  if (total > 0) return 1 - residual / total;
  return residual == 0 ? 1 : 0;
}

/// The sums that belong to a confusion matrix.
void sum_confusion(Classification& result) {
  const std::size_t classes = at(result.classes);
  result.of_class.assign(classes, {});
  for (std::size_t label = 0; label < classes; ++label) {
    for (std::size_t predicted = 0; predicted < classes; ++predicted) {
      const std::uint64_t count = result.confusion[label * classes + predicted];
      result.rows += count;
      result.of_class[label].labelled += count;
      result.of_class[predicted].predicted += count;
      if (label == predicted) result.of_class[label].hits = count;
    }
  }
}

const ClassRows& rows_of(const Classification& result, int label) {
  if (label >= 0 && at(label) < result.of_class.size()) return result.of_class[at(label)];
  throw UsageError("class " + std::to_string(label) + " of " + std::to_string(result.of_class.size()) +
                   " classes, which count from 0");
}

bool any_nan(std::span<const float> values) {
  return std::ranges::any_of(values, [](float value) { return std::isnan(value); });
}

}  // namespace

std::uint64_t Classification::count(int label, int predicted) const {
  if (confusion.empty()) throw UsageError("a history keeps no confusion matrix but its last: epoch_end sees each");
  rows_of(*this, label), rows_of(*this, predicted);
  return confusion[at(label) * at(classes) + at(predicted)];
}

double Classification::accuracy() const {
  std::uint64_t hits = 0;
  for (const ClassRows& one : of_class) hits += one.hits;
  return share(hits, rows);
}

std::uint64_t Classification::support(int label) const {
  return rows_of(*this, label).labelled;
}

double Classification::precision(int label) const {
  return share(rows_of(*this, label).hits, rows_of(*this, label).predicted);
}

double Classification::recall(int label) const {
  return share(rows_of(*this, label).hits, rows_of(*this, label).labelled);
}

double Classification::f1(int label) const {
  const ClassRows& one = rows_of(*this, label);
  return share(2 * one.hits, one.predicted + one.labelled);
}

double Classification::macro_f1() const {
  double sum = 0;
  int occurring = 0;
  for (int c = 0; c < classes; ++c) {
    sum += f1(c);
    occurring += of_class[at(c)].labelled + of_class[at(c)].predicted > 0 ? 1 : 0;
  }
  return occurring == 0 ? 0 : sum / occurring;
}

int predicted_class(std::span<const float> outputs) {
  if (outputs.empty()) throw UsageError("a row without outputs predicts no class");
  if (any_nan(outputs)) throw UsageError("a row with NaN among its outputs predicts no class");
  return math::predicted_class(outputs.data(), static_cast<int>(outputs.size()), boundary);
}

Classification classification(std::span<const float> outputs, const Dataset& data) {
  const int classes = data.classes();
  if (classes == 0) throw UsageError(engine::name_of(data) + " has target values, so it has no classes to count");
  const bool single = classes == 2 && outputs.size() == at(data.rows());
  const std::size_t found = data.rows() == 0 ? 0 : outputs.size() / at(data.rows());
  const std::size_t width = single ? 1 : std::max(found, at(classes));  // a network may have more outputs than classes
  expect_outputs(outputs, data, width);
  Classification result;
  result.classes = static_cast<int>(single ? 2 : width);
  result.confusion.assign(at(result.classes) * at(result.classes), 0);
  result.k = engine::top_k_of(result.classes);
  std::uint64_t top_hits = 0;
  std::vector<kernels::ScoredRow> scores;
  for (std::size_t row = 0; row < at(data.rows()); ++row) {
    const std::span<const float> values = outputs.subspan(row * width, width);
    const int label = data.labels()[row], cols = static_cast<int>(width);
    if (any_nan(values))
      throw UsageError("NaN among the outputs of row " + std::to_string(row) + ": it predicts no class");
    const int predicted = result.classes == 1 ? 0 : predicted_class(values);
    ++result.confusion[at(label) * at(result.classes) + at(predicted)];
    top_hits += math::classes_above(values.data(), cols, label, predicted) < result.k ? 1 : 0;
    if (result.classes == 2) scores.push_back({math::score_of(values.data(), cols, false), label});
  }
  sum_confusion(result);
  result.top_accuracy = share(top_hits, result.rows);
  result.auroc = area_under_roc(std::move(scores));
  return result;
}

Regression regression(std::span<const float> outputs, const Dataset& data) {
  const std::size_t targets = at(data.target_count()), rows = at(data.rows());
  if (targets == 0) throw UsageError(engine::name_of(data) + " has class labels, so it has no targets to meet");
  expect_outputs(outputs, data, targets);
  Regression result;
  double absolute = 0, squared = 0;
  for (std::size_t t = 0; t < targets; ++t) {
    double residual = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      const double target = data.targets()[row * targets + t];
      const double error = static_cast<double>(outputs[row * targets + t]) - target;
      if (std::isnan(error)) throw UsageError("NaN among the outputs of row " + std::to_string(row));
      absolute += std::abs(error);
      residual += error * error;
    }
    squared += residual;
    result.r2 +=
        determination(residual, engine::squares_about_mean(data, static_cast<int>(t))) / static_cast<double>(targets);
  }
  const double count = static_cast<double>(rows * targets);
  result.mae = absolute / count;
  result.rmse = std::sqrt(squared / count);
  return result;
}

}  // namespace minnow

namespace minnow::engine {

double squares_about_mean(const Dataset& data, int t) {
  const std::size_t rows = at(data.rows()), targets = at(data.target_count());
  const auto value = [&](std::size_t row) { return static_cast<double>(data.targets()[row * targets + at(t)]); };
  double mean = 0, squares = 0;
  for (std::size_t row = 0; row < rows; ++row) mean += value(row);
  mean /= static_cast<double>(rows);
  for (std::size_t row = 0; row < rows; ++row) squares += (value(row) - mean) * (value(row) - mean);
  return squares;
}

int top_k_of(int classes) {
  return std::clamp(classes - 1, 1, 5);
}

Classification classification_of(const kernels::ClassCounts& counts, const std::uint32_t* values,
                                 std::span<const kernels::ScoredRow> scores) {
  Classification result;
  result.classes = counts.classes;
  result.confusion.assign(values, values + counts.top());
  sum_confusion(result);
  result.k = counts.k;
  result.top_accuracy = share(values[counts.top()], result.rows);
  result.auroc = area_under_roc({scores.begin(), scores.end()});
  return result;
}

Regression regression_of(std::span<const kernels::ErrorSum> sums, std::span<const double> variances,
                         std::uint64_t rows) {
  const double count = static_cast<double>(rows), targets = static_cast<double>(sums.size());
  Regression result;
  double squared = 0;
  for (std::size_t t = 0; t < sums.size(); ++t) {
    result.mae += sums[t].absolute / (count * targets);
    squared += sums[t].squared;
    result.r2 += determination(sums[t].squared, variances[t] * count) / targets;
  }
  result.rmse = std::sqrt(squared / (count * targets));
  return result;
}

}  // namespace minnow::engine
