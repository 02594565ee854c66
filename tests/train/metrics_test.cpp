// SPDX-License-Identifier: Apache-2.0
#include "minnow/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "minnow/error.hpp"

namespace minnow::test {
namespace {

Dataset labelled(std::vector<std::int32_t> labels, int classes) {
  std::vector<float> values(labels.size());
  return Dataset::from_floats("rows", std::move(values), 1, std::move(labels), classes);
}

/// Six rows of three classes; predicted 0 0 1 1 2 0 for labels 0 1 1 1 2 2.
TEST(Metrics, ConfusionAndWhatFollowsFromIt) {
  const std::vector<float> outputs = {0.9f, 0.1f, 0,    0.6f, 0.3f, 0.1f, 0.1f, 0.8f, 0.1f,
                                      0,    0.5f, 0.5f, 0.1f, 0.2f, 0.7f, 0.5f, 0.2f, 0.3f};
  const Classification result = classification(outputs, labelled({0, 1, 1, 1, 2, 2}, 3));
  EXPECT_EQ(result.confusion, (std::vector<std::uint64_t>{1, 0, 0, 1, 2, 0, 1, 0, 1}));
  EXPECT_DOUBLE_EQ(result.accuracy(), 4.0 / 6);
  EXPECT_DOUBLE_EQ(result.precision(0), 1.0 / 3);
  EXPECT_DOUBLE_EQ(result.recall(0), 1);
  EXPECT_DOUBLE_EQ(result.f1(0), 0.5);
  EXPECT_DOUBLE_EQ(result.precision(1), 1);
  EXPECT_DOUBLE_EQ(result.recall(1), 2.0 / 3);
  EXPECT_DOUBLE_EQ(result.f1(1), 0.8);
  EXPECT_DOUBLE_EQ(result.f1(2), 2.0 / 3);
  EXPECT_EQ(result.support(1), 3u);
  EXPECT_DOUBLE_EQ(result.macro_f1(), (0.5 + 0.8 + 2.0 / 3) / 3);
  EXPECT_EQ(result.k, 2);
  EXPECT_DOUBLE_EQ(result.top_accuracy, 1);
  EXPECT_TRUE(std::isnan(result.auroc));
}

/// sklearn.metrics.f1_score(y, p, average="macro", zero_division=0) takes the classes of y and p alone. Once the
/// sum was divided by all five, and a perfect model of the labels 1 to 26 had a macro F1 of 26 / 27.
TEST(Metrics, AClassThatIsNeitherThereNorPredictedIsLeftOut) {
  std::vector<float> outputs;
  for (const int predicted : {1, 2, 3, 3, 0}) {
    for (int c = 0; c < 5; ++c) outputs.push_back(c == predicted ? 1.0f : 0.0f);
  }
  // Class 0 is predicted and never there: 0. Class 4 is neither. f1 of 1, 2, 3: 1, 2/3, 1/2.
  const Classification result = classification(outputs, labelled({1, 2, 2, 3, 3}, 5));
  EXPECT_EQ(result.precision(4), 0);
  EXPECT_EQ(result.recall(4), 0);
  EXPECT_EQ(result.f1(4), 0);
  EXPECT_EQ(result.f1(0), 0);
  EXPECT_DOUBLE_EQ(result.macro_f1(), (0 + 1 + 2.0 / 3 + 0.5) / 4);

  std::vector<float> letters(27 * 26);
  std::vector<std::int32_t> labels;
  for (int letter = 1; letter <= 26; ++letter) {
    letters[static_cast<std::size_t>((letter - 1) * 27 + letter)] = 1;
    labels.push_back(letter);
  }
  EXPECT_EQ(classification(letters, labelled(labels, 27)).macro_f1(), 1);
  EXPECT_EQ(Classification{}.macro_f1(), 0);
}

/// Of the four pairs of both classes three are in order, 0.4 > 0.1 and 0.8 > both, and one is a tie, 0.4 = 0.4.
TEST(Metrics, AreaUnderTheCurveCountsTiesHalf) {
  const Dataset data = labelled({0, 0, 1, 1}, 2);
  EXPECT_DOUBLE_EQ(classification(std::vector<float>{0.1f, 0.4f, 0.4f, 0.8f}, data).auroc, 3.5 / 4);
  EXPECT_DOUBLE_EQ(classification(std::vector<float>{0.1f, 0.4f, 0.35f, 0.8f}, data).auroc, 0.75);
  EXPECT_DOUBLE_EQ(classification(std::vector<float>{1, 1, 1, 1}, data).auroc, 0.5);
  EXPECT_DOUBLE_EQ(classification(std::vector<float>{0.9f, 0.1f, 0.6f, 0.4f, 0.6f, 0.4f, 0.2f, 0.8f}, data).auroc,
                   3.5 / 4);
  EXPECT_TRUE(std::isnan(classification(std::vector<float>{0, 1}, labelled({1, 1}, 2)).auroc));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(classification(std::vector<float>{0, nan, 1, 1}, data), UsageError) << "it used to say class 0";
}

TEST(Metrics, OneOutputPredictsClassOneAboveAHalf) {
  const Classification result = classification(std::vector<float>{0.5f, 0.51f, 0.2f}, labelled({0, 1, 1}, 2));
  EXPECT_EQ(result.confusion, (std::vector<std::uint64_t>{1, 0, 1, 1}));
}

TEST(Metrics, TheFirstLargestOutputIsPredicted) {
  EXPECT_EQ(predicted_class(std::vector<float>{0.25f, 0.5f, 0.5f}), 1);
  EXPECT_EQ(predicted_class(std::vector<float>{0.5f}), 0);
  EXPECT_EQ(predicted_class(std::vector<float>{0.51f}), 1);
}

/// NaN used to be class 0, and an empty row to read what stands behind it.
TEST(Metrics, NanPredictsNoClass) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::vector<float>& row : {std::vector<float>{nan}, {}, {nan, 1, 2}, {1, 2, nan}, {-nan, nan, nan}}) {
    EXPECT_THROW(predicted_class(row), UsageError);
  }
  EXPECT_THROW(classification(std::vector<float>{1, 0, 0, 0, nan, 1}, labelled({0, 2}, 3)), UsageError);
  const Dataset targets = Dataset::for_regression("targets", {0, 0}, 1, {1, 2}, 1);
  EXPECT_THROW(regression(std::vector<float>{1, nan}, targets), UsageError);
}

TEST(Metrics, AClassThatIsNoneOfThemIsRefused) {
  const Classification result = classification(std::vector<float>{0.5f, 0.51f, 0.2f}, labelled({0, 1, 1}, 2));
  for (const int label : {-1, 2, 1000000}) {
    EXPECT_THROW(result.precision(label), UsageError);
    EXPECT_THROW(result.recall(label), UsageError);
    EXPECT_THROW(result.f1(label), UsageError);
    EXPECT_THROW(result.support(label), UsageError);
    EXPECT_THROW(result.count(label, 0), UsageError);
    EXPECT_THROW(result.count(0, label), UsageError);
  }
}

TEST(Metrics, AFigureThatIsNotThereIsNan) {
  Metrics metrics;
  for (int k = 0; k < metric_count; ++k) {
    EXPECT_FALSE(has_figure(static_cast<Metric>(k), metrics));
    EXPECT_TRUE(std::isnan(figure_of(static_cast<Metric>(k), metrics)));
  }
  metrics.rows = 3;
  metrics.loss = 2;
  metrics.classification = classification(std::vector<float>{0.5f, 0.51f, 0.2f}, labelled({0, 1, 1}, 2));
  EXPECT_EQ(figure_of(Metric::loss, metrics), 2);
  EXPECT_FALSE(has_figure(Metric::accuracy, metrics));
  EXPECT_EQ(figure_of(Metric::macro_f1, metrics), metrics.classification->macro_f1());
  EXPECT_TRUE(has_figure(Metric::auroc, metrics));
  metrics.classification->classes = 3;
  EXPECT_FALSE(has_figure(Metric::auroc, metrics));
  metrics.regression = Regression{.mae = 1, .rmse = 2, .r2 = 3};
  EXPECT_EQ(figure_of(Metric::r2, metrics), 3);
  EXPECT_TRUE(rises(Metric::r2) && !rises(Metric::rmse));
}

TEST(Metrics, OneOutputOfOneClassCanOnlyPredictThatClass) {
  EXPECT_EQ(classification(std::vector<float>{1, 0}, labelled({0, 0}, 1)).confusion, std::vector<std::uint64_t>{2});
}

TEST(Metrics, RegressionAsScikitLearnDefinesIt) {
  const Dataset data = Dataset::for_regression("targets", {0, 0, 0, 0}, 1, {3, -0.5f, 2, 7}, 1);
  const Regression result = regression(std::vector<float>{2.5f, 0, 2, 8}, data);
  EXPECT_DOUBLE_EQ(result.mae, 0.5);
  EXPECT_DOUBLE_EQ(result.rmse, std::sqrt(0.375));
  EXPECT_NEAR(result.r2, 0.9486081370449679, 1e-15);
  const std::vector<float> tenths(7, 0.1f);  // their mean, rounded, is not 0.1f
  const Dataset rounded = Dataset::for_regression("tenths", std::vector<float>(7), 1, tenths, 1);
  EXPECT_EQ(regression(std::vector<float>(7, 0.11f), rounded).r2, 0);
  const Dataset constant = Dataset::for_regression("constant", {0, 0}, 1, {1, 5, 1, 7}, 2);
  EXPECT_DOUBLE_EQ(regression(std::vector<float>{1, 5, 1, 7}, constant).r2, 1);
  EXPECT_DOUBLE_EQ(regression(std::vector<float>{2, 5, 1, 7}, constant).r2, 0.5);
}

TEST(Metrics, OutputsThatDoNotFitAreRefused) {
  EXPECT_THROW(classification(std::vector<float>{1, 2, 3, 4}, labelled({0, 1, 2}, 3)), UsageError);
  EXPECT_THROW(classification(std::vector<float>{1, 2, 3, 4}, labelled({0, 1}, 3)), UsageError);
  const Dataset targets = Dataset::for_regression("targets", {0, 0}, 1, {1, 2}, 1);
  EXPECT_THROW(classification(std::vector<float>{1, 2}, targets), UsageError);
  EXPECT_THROW(regression(std::vector<float>{1, 2, 3}, targets), UsageError);
  EXPECT_THROW(regression(std::vector<float>{1, 2}, labelled({0, 1}, 2)), UsageError);
}

}  // namespace
}  // namespace minnow::test
