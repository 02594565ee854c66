// SPDX-License-Identifier: Apache-2.0
/// Figures of predictions, from counts and sums over all rows. Definitions and the treatment of divisions by zero are
/// scikit-learn's (sklearn.metrics, zero_division = 0).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "minnow/config.hpp"
#include "minnow/dataset.hpp"

namespace minnow {

/// How many rows were of a class, predicted so, and both.
struct ClassRows {
  std::uint64_t labelled = 0, predicted = 0, hits = 0;
  bool operator==(const ClassRows&) const = default;
};

/// A classifier's predictions against the labels of C classes.
struct Classification {
  int classes = 0;                       ///< C
  std::uint64_t rows = 0;                ///< N
  std::vector<std::uint64_t> confusion;  ///< [C, C]: the row is the label, the column the predicted class
  std::vector<ClassRows> of_class;       ///< [C]: confusion's diagonal, and the sums of its columns and rows
  int k = 0;                             ///< of top_accuracy: 5, or C - 1 where that is less
  double top_accuracy = 0;               ///< share of rows with fewer than k outputs above the label's
  double auroc = 0;                      ///< two classes, both present: area under the ROC curve of class 1; else NaN

  // What is asked of a class that is none of the C throws UsageError.
  std::uint64_t count(int label, int predicted) const;  ///< of confusion; throws UsageError where it was not kept
  double accuracy() const;
  std::uint64_t support(int label) const;  ///< rows with the label
  double precision(int label) const;       ///< hits / rows predicted so; 0 where none is
  double recall(int label) const;          ///< hits / rows with the label; 0 where none has it
  double f1(int label) const;              ///< 2 hits / (rows predicted so + rows with the label)
  double macro_f1() const;  ///< mean over the classes that some row is labelled or predicted; 0 where there is none
};

/// The class that a row's outputs, as minnow::predict gives them, say: that of the largest output, the first of equals;
/// of one output, class 1 above 1/2. Throws UsageError for no outputs and for NaN among them, which says no class.
int predicted_class(std::span<const float> outputs);

/// outputs[N, C], or with two classes outputs[N, 1]; each row counts at its predicted_class. Throws UsageError where
/// outputs and data do not fit, and for NaN among the outputs.
Classification classification(std::span<const float> outputs, const Dataset& data);

/// Outputs against target values, over all rows and targets.
struct Regression {
  double mae = 0;   ///< mean |y - t|
  double rmse = 0;  ///< root of the mean (y - t)^2
  double r2 = 0;    ///< 1 - sum (y - t)^2 / sum (t - mean t)^2, the mean over the targets; a constant target that is
                    ///< met exactly counts 1, one that is not 0
};

/// Predictions are counted for no more classes than these: the confusion matrix grows with their square.
inline constexpr int most_counted_classes = 1024;

/// Means over a dataset. Where the loss is NaN, as it is where an output is NaN, no other figure is known.
struct Metrics {
  double loss = 0;  ///< weighted by samples, and by classes where the loss has class weights
  /// Share of rows whose largest output stands at the label (a single output: on its side of 1/2); NaN without labels.
  double accuracy = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t rows = 0;
  std::optional<Classification> classification;  ///< where it was counted
  std::optional<Regression> regression;          ///< likewise
};

/// A part of the data, as DataSplits has them; written train, val, test.
enum class Split : std::uint8_t { train, validation, test };
/// Also validation, valid and training. Throws UsageError.
Split parse_split(std::string_view text);
std::string to_string(Split split);

/// A metric of one part of the data. Its name, val/accuracy, is the same in every file, option and message.
struct Figure {
  Metric metric = Metric::loss;
  Split split = Split::validation;
  bool operator==(const Figure&) const = default;
};
std::string to_string(const Figure& figure);
/// One of `valid`, also as other libraries write it: val_accuracy, validation_acc. Throws UsageError "unknown `what`"
/// that lists them.
Figure parse_figure(std::string_view what, std::string_view text, std::span<const Figure> valid);

/// Whether predictions have to be counted for it (MetricsScope); loss and accuracy are always known.
bool is_counted(Metric metric);
/// Not without rows, nor where it was not counted. A figure may be there and NaN: an area under the curve of one class.
bool has_figure(Metric metric, const Metrics& metrics);
/// NaN where `metrics` does not have it.
double figure_of(Metric metric, const Metrics& metrics);

/// outputs[N, T], T target values per row. Throws UsageError where outputs and data do not fit, and for NaN.
Regression regression(std::span<const float> outputs, const Dataset& data);

}  // namespace minnow
