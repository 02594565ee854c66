// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/ops/loss_op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::StepState;
using kernels::Tally;

class SoftmaxCrossEntropyTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, SoftmaxCrossEntropyTest, testing::ValuesIn(backend_cases()), backend_case_name);

struct Batch {
  int models, rows, cols;
  Floats logits;
  Labels labels;
  Slopes slopes = Slopes::separate;
  float smoothing = 0;
  Floats weights, class_weights;  ///< [M, B] and [C], or none

  explicit Batch(Shape s) : models(s.models), rows(s.rows), cols(s.cols), logits(draw(s.size(), 10, -5, 5)) {
    labels = draw_labels(static_cast<std::size_t>(models * rows), cols, 11);
  }
  Batch model(int m) const {
    Batch one = *this;
    one.models = 1;
    one.logits = part(logits, m, models);
    one.labels = part(labels, m, models);
    one.weights = part(weights, m, models);
    return one;
  }
};

LossResult evaluate(Backend& backend, const Batch& in) {
  LossBuffers buffers(backend, in, in.logits, 5);
  const GuardedArray<float> class_weights(backend, in.class_weights);
  kernels::ClassWeighting classes{in.smoothing, nullptr, 0};
  if (!in.class_weights.empty()) {
    classes.weights = class_weights.data();
    classes.weight_sum = std::accumulate(in.class_weights.begin(), in.class_weights.end(), 0.0);
  }
  backend.softmax_cross_entropy(buffers.slopes(), buffers.outputs(), buffers.rows(), classes, buffers.tally(),
                                buffers.state());
  return buffers.result();
}

Doubles run(Backend& backend, const Batch& in) {
  return evaluate(backend, in).all();
}

TEST_P(SoftmaxCrossEntropyTest, KnownLoss) {
  Batch in({1, 2, 2});
  in.logits = {0, 0, std::log(3.0f), 0};
  in.labels = {1, 0};
  const LossResult result = evaluate(backend(), in);
  EXPECT_TRUE(within(result.slopes, Doubles{0.25, -0.25, -0.125, 0.125}, 1e-7));
  const Tally tally = result.tally[0];
  EXPECT_TRUE(within(Doubles{tally.loss}, Doubles{std::log(2.0) + std::log(4.0 / 3.0)}, 1e-6));
  EXPECT_EQ(tally.hits, 1u) << "of two equal outputs the first is the largest";
  EXPECT_EQ(tally.rows, 2u);
  EXPECT_EQ(tally.weight, 2);
  EXPECT_EQ(tally.first_bad_step, Tally::no_step);
}

/// Losses: log(sum) and x - max, |.| <= 10 + log C, have a handful of roundings each, the sum of C weights (C - 1) u
/// relatively, and the sum over B rows gamma_B more. Slopes: as a probability (see softmax_test.cpp), over B.
TEST_P(SoftmaxCrossEntropyTest, AgreesWithTheReference) {
  for (Shape shape : {Shape{1, 1, 1},
                      {1, 64, 10},
                      {3, 33, 10},
                      {1, 15, 2},
                      {2, 129, 7},
                      {1, 5, 127},
                      {1, 5, 128},
                      {1, 20, 129},
                      {3, 17, 257},
                      {1, 3, 1000}}) {
    for (Slopes slopes : {Slopes::separate, Slopes::in_place, Slopes::none}) {
      Batch in(shape);
      in.slopes = slopes;
      SCOPED_TRACE(shape.text());
      const LossResult actual = evaluate(backend(), in), expected = evaluate(reference(), in);
      EXPECT_TRUE(within(actual.slopes, expected.slopes, (40 + shape.cols) * roundoff() / shape.rows));
      for (int m = 0; m < shape.models; ++m) {
        const Tally &a = actual.tally[static_cast<std::size_t>(m)], &e = expected.tally[static_cast<std::size_t>(m)];
        const double loss_roundings = 40 + shape.cols + shape.rows;
        EXPECT_TRUE(within(Doubles{a.loss}, Doubles{e.loss}, loss_roundings * roundoff() * (e.loss + shape.rows)));
        EXPECT_EQ(a.hits, e.hits);
        EXPECT_EQ(a.rows, static_cast<std::uint64_t>(shape.rows));
        EXPECT_EQ(a.weight, shape.rows);
        EXPECT_EQ(a.first_bad_step, Tally::no_step);
      }
      expect_specified_bits(in, run);
    }
  }
}

/// Weights below 2 and a total of at least a quarter of B scale what the plain loss may be off by; the sums of weights
/// and of the smoothed losses have B + C roundings more.
TEST_P(SoftmaxCrossEntropyTest, SmoothedAndWeightedAgreesWithTheReference) {
  for (const Shape shape : {Shape{1, 1, 1}, {3, 33, 10}, {2, 129, 7}, {1, 20, 129}, {1, 300, 3}, {2, 5, 257}}) {
    for (const float smoothing : {0.0f, 0.1f, 0.9f}) {
      for (const bool class_weights : {false, true}) {
        for (const bool sample_weights : {false, true}) {
          Batch in(shape);
          in.smoothing = smoothing;
          if (class_weights) in.class_weights = draw(static_cast<std::size_t>(shape.cols), 16, 0.5, 1.5);
          if (sample_weights) in.weights = draw(in.labels.size(), 17, 0.5, 1.5);
          SCOPED_TRACE(shape.text());
          const LossResult actual = evaluate(backend(), in), expected = evaluate(reference(), in);
          const double roundings = 40 + 2 * shape.cols + 2 * shape.rows;
          EXPECT_TRUE(within(actual.slopes, expected.slopes, 9 * roundings * roundoff() / shape.rows));
          for (int m = 0; m < shape.models; ++m) {
            const Tally &a = actual.tally[static_cast<std::size_t>(m)],
                        &e = expected.tally[static_cast<std::size_t>(m)];
            EXPECT_TRUE(within(Doubles{a.loss}, Doubles{e.loss}, 3 * roundings * roundoff() * (e.loss + shape.rows)));
            EXPECT_TRUE(within(Doubles{a.weight}, Doubles{e.weight}, (shape.rows + 2) * roundoff() * e.weight));
            EXPECT_EQ(a.hits, e.hits);
          }
          expect_specified_bits(in, run);
          in.slopes = Slopes::in_place;
          expect_specified_bits(in, run);
        }
      }
    }
  }
}

/// torch divides by the sum of the labels' weights, also where it smooths.
TEST_P(SoftmaxCrossEntropyTest, WeighsRowsAndClasses) {
  Batch in({1, 2, 2});
  in.logits = {0, 0, 0, 0};
  in.labels = {1, 0};
  in.weights = {3, 1};
  in.class_weights = {2, 1};
  const LossResult result = evaluate(backend(), in);
  EXPECT_EQ(result.tally[0].weight, 3 * 1 + 1 * 2);
  EXPECT_TRUE(within(Doubles{result.tally[0].loss}, Doubles{5 * std::log(2.0)}, 1e-6));
  EXPECT_TRUE(within(result.slopes, Doubles{0.3, -0.3, -0.2, 0.2}, 1e-7));
}

TEST_P(SoftmaxCrossEntropyTest, RowsThatWeighNothingGiveNoGradient) {
  Batch in({1, 2, 3});
  in.weights = {0, 0};
  const LossResult result = evaluate(backend(), in);
  EXPECT_EQ(result.slopes, Doubles(6, 0));
  EXPECT_EQ(result.tally[0].loss, 0);
  EXPECT_EQ(result.tally[0].weight, 0);
  EXPECT_EQ(result.tally[0].first_bad_step, Tally::no_step);
}

TEST_P(SoftmaxCrossEntropyTest, LossesAreSummedInTheSpecifiedOrder) {
  for (int rows : {127, 128, 129, 300, 16385}) {
    Batch in({1, rows, 3});
    in.slopes = Slopes::none;
    expect_specified_bits(in, run);
    if (rows > 16384) continue;
    Batch three({3, rows, 2});
    expect_specified_bits(three, run);
  }
}

TEST_P(SoftmaxCrossEntropyTest, TalliesAdd) {
  const Batch in({1, 7, 10});
  const GuardedReals logits(backend(), 1, 7, 10, in.logits);
  const GuardedArray<std::int32_t> labels(backend(), in.labels);
  Tally start;
  start.loss = 100;
  start.weight = 3;
  start.rows = 3;
  start.hits = 2;
  start.first_bad_step = 1;
  const GuardedArray<Tally> tally(backend(), {start});
  const GuardedArray<StepState> state(backend(), {StepState{}});
  backend().softmax_cross_entropy({}, logits, {{labels.data(), 7}, {}}, {}, tally.data(), state.data());
  Batch alone = in;
  alone.slopes = Slopes::none;
  const Tally one = evaluate(backend(), alone).tally[0], sum = tally.values()[0];
  EXPECT_EQ(sum.loss, 100 + one.loss);
  EXPECT_EQ(sum.rows, 10u);
  EXPECT_EQ(sum.weight, 10);
  EXPECT_EQ(sum.hits, 2 + one.hits);
  EXPECT_EQ(sum.first_bad_step, 1u);
}

TEST_P(SoftmaxCrossEntropyTest, NamesTheFirstStepWhoseLossIsNotFinite) {
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Batch in({3, 20, 10});
    in.logits[20 * 10 + 57] = bad;  // model 1
    const LossResult result = evaluate(backend(), in);
    EXPECT_EQ(result.tally[0].first_bad_step, Tally::no_step);
    EXPECT_EQ(result.tally[1].first_bad_step, 5u);
    EXPECT_EQ(result.tally[2].first_bad_step, Tally::no_step);
  }
}

TEST_P(SoftmaxCrossEntropyTest, ARowThatStartsWithNanPredictsItsFirstClass) {
  Batch in({1, 3, 2});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  in.logits = {nan, 1, 1, nan, 0, 2};
  in.labels = {0, 0, 1};
  EXPECT_EQ(evaluate(backend(), in).tally[0].hits, 3U);
}

TEST_P(SoftmaxCrossEntropyTest, HugeLogitsGiveAFiniteLoss) {
  Batch in({1, 2, 2});
  in.logits = {1000, 0, 0, 1000};
  in.labels = {0, 0};
  const LossResult result = evaluate(backend(), in);
  EXPECT_EQ(result.tally[0].loss, 1000);
  EXPECT_EQ(result.slopes, (Doubles{0, 0, -0.5, 0.5}));
  in.logits = {1e4f, -1e4f, -1e4f, 1e4f};
  EXPECT_EQ(evaluate(backend(), in).tally[0].loss, 2e4);
  in.smoothing = 0.5f;
  EXPECT_EQ(evaluate(backend(), in).tally[0].loss, 2e4) << "(0.25 + 0.75) 2e4";
}

TEST_P(SoftmaxCrossEntropyTest, RefusesWhatDoesNotFit) {
  const GuardedReals logits(backend(), 1, 2, 3), other(backend(), 1, 2, 4), empty(backend(), 1, 2, 0);
  const GuardedArray<std::int32_t> labels(backend(), {0, 0});
  const GuardedArray<Tally> tally(backend(), {Tally{}});
  const char* op = "softmax_cross_entropy";
  expect_refused(
      [&] {
        backend().softmax_cross_entropy(other, logits, {{labels.data(), 2}, {}}, {}, tally.data(), nullptr);
      },
      {op, "dlogits is [1, 2, 4], expected [1, 2, 3]"});
  expect_refused([&] { backend().softmax_cross_entropy({}, logits, {}, {}, tally.data(), nullptr); }, {op, "labels"});
  expect_refused(
      [&] {
        backend().softmax_cross_entropy({}, logits, {{labels.data(), 2}, {}}, {}, nullptr, nullptr);
      },
      {op, "tally"});
  expect_refused(
      [&] {
        backend().softmax_cross_entropy({}, empty, {{labels.data(), 2}, {}}, {}, tally.data(), nullptr);
      },
      {op, "no classes"});
}

}  // namespace
}  // namespace minnow::test
