// SPDX-License-Identifier: Apache-2.0
#include "minnow/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "minnow/error.hpp"
#include "minnow/excerpt.hpp"
#include "src/io/hash.hpp"
#include "src/model/number_text.hpp"

namespace minnow {
namespace {

std::string text(std::size_t number) {
  return std::to_string(number);
}

std::string called(const std::string& name) {
  return "dataset '" + excerpt(name) + "'";
}

/// N, after checking that `value_count` is N * features.
int checked_rows(const std::string& name, std::size_t value_count, int features, std::size_t row_count,
                 std::string_view row_kind) {
  if (features <= 0) {
    throw DataError(called(name) + ": " + std::to_string(features) + " features, expected at least 1");
  }
  if (row_count > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw DataError(called(name) + ": " + text(row_count) + " rows, at most 2147483647 are supported");
  }
  const std::size_t expected = row_count * static_cast<std::size_t>(features);
  if (value_count != expected) {
    throw DataError(called(name) + ": " + text(value_count) + " values, expected " + text(expected) + " for " +
                    text(row_count) + " " + std::string(row_kind) + " and " + std::to_string(features) + " features");
  }
  return static_cast<int>(row_count);
}

void check_labels(const std::string& name, std::span<const std::int32_t> labels, int classes) {
  if (classes <= 0) {
    throw DataError(called(name) + ": " + std::to_string(classes) + " classes, expected at least 1");
  }
  const auto bad = std::find_if(labels.begin(), labels.end(),
                                [classes](std::int32_t label) { return label < 0 || label >= classes; });
  if (bad != labels.end()) {
    throw DataError(called(name) + ": label " + std::to_string(*bad) + " at row " +
                    std::to_string(bad - labels.begin()) + ", expected 0 to " + std::to_string(classes - 1) +
                    "; correct the label or raise the number of classes");
  }
}

/// `what`: "value" or "target"; `columns` per row.
void check_finite(const std::string& name, std::span<const float> values, int columns, std::string_view what) {
  const auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    const auto index = bad - values.begin();
    throw DataError(called(name) + ": " + std::string(what) + " " + (std::isnan(*bad) ? "NaN" : "infinity") +
                    " at row " + std::to_string(index / columns) + ", column " + std::to_string(index % columns) +
                    ", expected finite numbers; remove the row or fill the gap");
  }
}

/// values[rows, columns] picked by row.
template <class T>
std::vector<T> pick_rows(const std::vector<T>& values, std::size_t columns, std::span<const std::uint32_t> rows) {
  std::vector<T> picked;
  if (values.empty()) return picked;
  picked.reserve(rows.size() * columns);
  for (const std::uint32_t row : rows) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * columns);
    picked.insert(picked.end(), begin, begin + static_cast<std::ptrdiff_t>(columns));
  }
  return picked;
}

/// The last `count` elements, moved out. The rest keeps its capacity: to shrink it would need both copies at once.
template <class T>
std::vector<T> split_tail(std::vector<T>& values, std::size_t count) {
  if (values.empty()) return {};
  std::vector<T> tail(values.end() - static_cast<std::ptrdiff_t>(count), values.end());
  values.erase(values.end() - static_cast<std::ptrdiff_t>(count), values.end());
  return tail;
}

}  // namespace

Dataset Dataset::from_bytes(std::string name, std::vector<std::uint8_t> values, int features,
                            std::vector<std::int32_t> labels, int classes, float scale, float shift) {
  Dataset data;
  data.rows_ = checked_rows(name, values.size(), features, labels.size(), "labels");
  check_labels(name, labels, classes);
  if (!std::isfinite(scale) || !std::isfinite(shift)) {
    throw DataError(called(name) + ": scale " + std::to_string(scale) + " and shift " + std::to_string(shift) +
                    ", expected finite numbers");
  }
  data.name_ = std::move(name);
  data.features_ = features;
  data.classes_ = classes;
  data.range_ = Range{scale, shift};
  data.bytes_ = std::move(values);
  data.labels_ = std::move(labels);
  return data;
}

Dataset Dataset::from_floats(std::string name, std::vector<float> values, int features,
                             std::vector<std::int32_t> labels, int classes) {
  Dataset data;
  data.rows_ = checked_rows(name, values.size(), features, labels.size(), "labels");
  check_labels(name, labels, classes);
  check_finite(name, values, features, "value");
  data.name_ = std::move(name);
  data.features_ = features;
  data.classes_ = classes;
  data.floats_ = std::move(values);
  data.labels_ = std::move(labels);
  return data;
}

Dataset Dataset::for_regression(std::string name, std::vector<float> values, int features, std::vector<float> targets,
                                int target_count) {
  if (target_count <= 0) {
    throw DataError(called(name) + ": " + std::to_string(target_count) + " targets per row, expected at least 1");
  }
  const auto columns = static_cast<std::size_t>(target_count);
  if (targets.size() % columns != 0) {
    throw DataError(called(name) + ": " + text(targets.size()) + " target values, expected a multiple of " +
                    text(columns) + " (targets per row)");
  }
  Dataset data;
  data.rows_ = checked_rows(name, values.size(), features, targets.size() / columns, "rows of targets");
  check_finite(name, values, features, "value");
  check_finite(name, targets, target_count, "target");
  data.name_ = std::move(name);
  data.features_ = features;
  data.target_count_ = target_count;
  data.floats_ = std::move(values);
  data.targets_ = std::move(targets);
  return data;
}

void Dataset::set_weights(std::vector<float> weights) {
  if (!weights.empty() && weights.size() != static_cast<std::size_t>(rows_)) {
    throw UsageError(called(name_) + ": " + text(weights.size()) + " sample weights, expected one for each of its " +
                     std::to_string(rows_) + " rows");
  }
  const auto bad = std::find_if(weights.begin(), weights.end(), [](float w) { return !(w >= 0 && std::isfinite(w)); });
  if (bad != weights.end()) {
    throw UsageError(called(name_) + ": sample weight " + engine::number_text(*bad) + " at row " +
                     std::to_string(bad - weights.begin()) + ", expected a finite number, 0 or more");
  }
  weights_ = std::move(weights);
}

Dataset Dataset::select(std::span<const std::uint32_t> rows) const {
  const auto bad = std::find_if(rows.begin(), rows.end(),
                                [this](std::uint32_t row) { return row >= static_cast<std::uint32_t>(rows_); });
  if (bad != rows.end()) {
    throw DataError(called(name_) + ": row " + std::to_string(*bad) + " was asked for, but it has " +
                    std::to_string(rows_) + " rows");
  }
  if (rows.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw DataError(called(name_) + ": " + text(rows.size()) +
                    " rows were asked for, at most 2147483647 are supported");
  }
  Dataset picked;
  picked.name_ = name_;
  picked.rows_ = static_cast<int>(rows.size());
  picked.features_ = features_.get();
  picked.classes_ = classes_.get();
  picked.target_count_ = target_count_.get();
  picked.range_ = range_.get();
  picked.bytes_ = pick_rows(bytes_, static_cast<std::size_t>(features_), rows);
  picked.floats_ = pick_rows(floats_, static_cast<std::size_t>(features_), rows);
  picked.labels_ = pick_rows(labels_, 1, rows);
  picked.targets_ = pick_rows(targets_, static_cast<std::size_t>(target_count_), rows);
  picked.weights_ = pick_rows(weights_, 1, rows);
  return picked;
}

Dataset Dataset::split_last(int count) {
  if (count < 0 || count >= rows_) {
    throw DataError(called(name_) + ": cannot split off " + std::to_string(count) + " of " + std::to_string(rows_) +
                    " rows; at least one row must remain");
  }
  const auto rows = static_cast<std::size_t>(count);
  Dataset last;
  last.name_ = name_;
  last.rows_ = count;
  last.features_ = features_.get();
  last.classes_ = classes_.get();
  last.target_count_ = target_count_.get();
  last.range_ = range_.get();
  last.bytes_ = split_tail(bytes_, rows * static_cast<std::size_t>(features_));
  last.floats_ = split_tail(floats_, rows * static_cast<std::size_t>(features_));
  last.labels_ = split_tail(labels_, rows);
  last.targets_ = split_tail(targets_, rows * static_cast<std::size_t>(target_count_));
  last.weights_ = split_tail(weights_, rows);
  rows_ = rows_.get() - count;
  return last;
}

std::uint64_t Dataset::fingerprint() const {
  engine::Fingerprint hash;
  hash.add(rows());
  hash.add(features());
  hash.add(classes());
  hash.add(target_count());
  hash.add(scale());
  hash.add(shift());
  hash.add(bytes());
  hash.add(floats());
  hash.add(labels());
  hash.add(targets());
  if (!weights_.empty()) hash.add(weights());
  return hash.value();
}

std::size_t Dataset::memory() const {
  return bytes_.size() + (floats_.size() + targets_.size() + weights_.size()) * sizeof(float) +
         labels_.size() * sizeof(std::int32_t);
}

}  // namespace minnow
