// SPDX-License-Identifier: Apache-2.0
// The losses and their gradients on every backend against what PyTorch computes in float64 (scripts/make_golden.py).
#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Tally;

#include "tests/math/golden_loss_inputs.inc"

struct CrossEntropyCase {
  double smoothing;
  bool class_weights, sample_weights;
  double loss;
  Doubles slopes;
};
const CrossEntropyCase cross_entropy_cases[] = {
#include "tests/math/golden_cross_entropy.inc"
};

struct ElementwiseCase {
  LossKind kind;
  double delta;
  bool sample_weights;
  double loss;
  Doubles slopes;
};
const ElementwiseCase elementwise_cases[] = {
#include "tests/math/golden_elementwise_losses.inc"
};

template <class T, std::size_t n>
std::vector<T> all(const T (&values)[n]) {
  return {std::begin(values), std::end(values)};
}

class GoldenLossesTest : public OpTest {
 protected:
  /// Relatively to 1, or to the largest of the values.
  void expect_near(const Doubles& found, const Doubles& expected, double ulps) {
    double scale = 1;
    for (const double value : expected) scale = std::max(scale, std::abs(value));
    EXPECT_TRUE(within(found, expected, ulps * 2 * roundoff() * scale));
  }
  double mean(const GuardedArray<Tally>& tally) const { return tally.values()[0].loss / tally.values()[0].weight; }
};
INSTANTIATE_TEST_SUITE_P(Backends, GoldenLossesTest, testing::ValuesIn(backend_cases()), backend_case_name);

TEST_P(GoldenLossesTest, CrossEntropy) {
  const int rows = std::size(golden_labels), classes = std::size(golden_class_weights);
  const GuardedReals logits(backend(), 1, rows, classes, all(golden_logits));
  const GuardedReals weights(backend(), 1, rows, 1, all(golden_sample_weights));
  const GuardedArray<std::int32_t> labels(backend(), all(golden_labels));
  const GuardedArray<float> class_weights(backend(), all(golden_class_weights));
  const double weight_sum = std::accumulate(std::begin(golden_class_weights), std::end(golden_class_weights), 0.0);
  EXPECT_EQ(std::size(cross_entropy_cases), 8u);
  for (const CrossEntropyCase& golden : cross_entropy_cases) {
    SCOPED_TRACE("smoothing " + std::to_string(golden.smoothing) + ", class weights " +
                 std::to_string(golden.class_weights) + ", sample weights " + std::to_string(golden.sample_weights));
    GuardedReals slopes(backend(), 1, rows, classes);
    const GuardedArray<Tally> tally(backend(), {Tally{}});
    kernels::LossRows in{{labels.data(), rows}, {}};
    if (golden.sample_weights) in.weights = weights;
    kernels::ClassWeighting weighting{static_cast<float>(golden.smoothing), nullptr, 0};
    if (golden.class_weights) weighting = {weighting.label_smoothing, class_weights.data(), weight_sum};
    backend().softmax_cross_entropy(slopes, logits, in, weighting, tally.data(), nullptr);
    expect_near({mean(tally)}, {golden.loss}, 4);
    expect_near(slopes.values(), golden.slopes, 4);
  }
}

TEST_P(GoldenLossesTest, ElementwiseLosses) {
  const int rows = 4, cols = 3;
  const GuardedReals y(backend(), 1, rows, cols, all(golden_outputs));
  const GuardedReals targets(backend(), 1, rows, cols, all(golden_targets));
  const Floats sample_weights = all(golden_sample_weights);
  const GuardedReals weights(backend(), 1, rows, 1, {sample_weights.begin(), sample_weights.begin() + rows});
  std::vector<int> cases(loss_count);
  for (const ElementwiseCase& golden : elementwise_cases) {
    SCOPED_TRACE(to_string(golden.kind) + ", sample weights " + std::to_string(golden.sample_weights));
    ++cases[static_cast<std::size_t>(golden.kind)];
    GuardedReals slopes(backend(), 1, rows, cols);
    const GuardedArray<Tally> tally(backend(), {Tally{}});
    kernels::LossRows in;
    if (golden.sample_weights) in.weights = weights;
    backend().elementwise_loss({golden.kind, static_cast<float>(golden.delta)}, slopes, y, targets, in, tally.data(),
                               nullptr);
    expect_near({mean(tally)}, {golden.loss}, 4);
    expect_near(slopes.values(), golden.slopes, 4);
  }
  // Those of PyTorch. One that it lacks is checked by its slope, its accuracy and its gradients alone.
  EXPECT_GE(std::ranges::count_if(cases, [](int count) { return count > 0; }), 4)
      << "see ELEMENTWISE in make_golden.py";
}

}  // namespace
}  // namespace minnow::test
