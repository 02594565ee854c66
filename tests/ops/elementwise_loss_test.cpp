// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "tests/ops/loss_op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::Tally;

class ElementwiseLossTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, ElementwiseLossTest, testing::ValuesIn(backend_cases()), backend_case_name);

/// Every loss but cross_entropy.
std::vector<LossKind> elementwise_losses() {
  std::vector<LossKind> kinds;
  for (int k = 0; k < loss_count; ++k) {
    if (static_cast<LossKind>(k) != LossKind::cross_entropy) kinds.push_back(static_cast<LossKind>(k));
  }
  return kinds;
}

struct Batch {
  int models, rows, cols;
  kernels::ElementwiseLoss loss;
  Floats y, targets, weights;  ///< weights: [M, B], or none
  Labels labels;
  Slopes slopes = Slopes::separate;

  explicit Batch(Shape s, LossKind kind = LossKind::mse)
      : models(s.models), rows(s.rows), cols(s.cols), loss{kind}, y(draw(s.size(), 12)) {
    targets = draw(s.size(), 13, 0, 1);
    labels = draw_labels(row_count(), std::max(cols, 2), 14);
  }
  std::size_t row_count() const { return static_cast<std::size_t>(models * rows); }
  Batch model(int m) const {
    Batch one = *this;
    one.models = 1;
    one.y = part(y, m, models);
    one.targets = part(targets, m, models);
    one.labels = part(labels, m, models);
    one.weights = part(weights, m, models);
    return one;
  }
};

LossResult evaluate(Backend& backend, const Batch& in) {
  LossBuffers buffers(backend, in, in.y, 9);
  const GuardedReals targets(backend, in.models, in.rows, in.cols, in.targets);
  backend.elementwise_loss(in.loss, buffers.slopes(), buffers.outputs(), targets, buffers.rows(), buffers.tally(),
                           buffers.state());
  return buffers.result();
}

Doubles run(Backend& backend, const Batch& in) {
  return evaluate(backend, in).all();
}

TEST_P(ElementwiseLossTest, KnownLoss) {
  Batch in({1, 2, 2});
  in.y = {1, 2, 3, 4};
  in.targets = {0, 2, 5, 3};
  in.labels = {1, 0};
  const LossResult result = evaluate(backend(), in);
  EXPECT_EQ(result.slopes, (Doubles{0.5, 0, -1, 0.5}));
  EXPECT_EQ(result.tally[0].loss, 6);
  EXPECT_EQ(result.tally[0].weight, 4);
  EXPECT_EQ(result.tally[0].rows, 2u);
  EXPECT_EQ(result.tally[0].hits, 1u);
  in.weights = {3, 1};
  const LossResult weighted = evaluate(backend(), in);
  EXPECT_EQ(weighted.slopes, (Doubles{0.75, 0, -0.5, 0.25}));
  EXPECT_EQ(weighted.tally[0].loss, 3 * 1 + 5);
  EXPECT_EQ(weighted.tally[0].weight, 8);
}

/// |y - t| < 3: a slope below 6 is off by at most 8 ulp, the sum of B weights in [0.5, 1.5) by B u relatively, and each
/// row has at most 3 / B of it. An element's loss, a few terms below 9, has a few roundings, the sum gamma_(B O) more.
TEST_P(ElementwiseLossTest, AgreesWithTheReference) {
  for (const LossKind kind : elementwise_losses()) {
    for (const Shape shape : {Shape{1, 1, 1},
                              {1, 64, 1},
                              {3, 33, 10},
                              {1, 0, 4},
                              {2, 129, 7},
                              {1, 5, 129},
                              {1, 3, 1000},
                              {1, 16385, 1},
                              {3, 127, 2},
                              {1, 300, 3}}) {
      for (const Slopes slopes : {Slopes::separate, Slopes::in_place, Slopes::none}) {
        // Many rows are for the order of their sum, which is one for all losses.
        if (shape.rows > 16384 && (kind != LossKind::mse || slopes != Slopes::separate)) continue;
        for (const bool weighted : {false, true}) {
          Batch in(shape, kind);
          in.slopes = slopes;
          if (weighted) in.weights = draw(in.row_count(), 15, 0.5, 1.5);
          SCOPED_TRACE(to_string(kind) + " " + shape.text());
          const LossResult actual = evaluate(backend(), in), expected = evaluate(reference(), in);
          const double elements = std::max(1.0, static_cast<double>(shape.rows) * shape.cols);
          EXPECT_TRUE(within(actual.slopes, expected.slopes,
                             3 * (16 + 6 * (weighted ? shape.rows + 4 : 4)) * roundoff() / elements));
          for (int m = 0; m < shape.models; ++m) {
            const Tally &a = actual.tally[static_cast<std::size_t>(m)],
                        &e = expected.tally[static_cast<std::size_t>(m)];
            const double roundings = static_cast<double>(shape.rows) * shape.cols + 20;
            EXPECT_TRUE(within(Doubles{a.loss}, Doubles{e.loss}, roundings * roundoff() * (e.loss + 1.5 * elements)));
            EXPECT_TRUE(within(Doubles{a.weight}, Doubles{e.weight}, (shape.rows + 1) * roundoff() * e.weight));
            EXPECT_EQ(a.hits, e.hits);
            EXPECT_EQ(a.rows, static_cast<std::uint64_t>(shape.rows));
          }
          expect_specified_bits(in, run);
        }
      }
    }
  }
}

/// One output: above 1/2, or for a logit above 0, it says class 1.
TEST_P(ElementwiseLossTest, HitsOfASingleOutput) {
  for (const LossKind kind : elementwise_losses()) {
    const float boundary = head_of(kind) == Head::sigmoid ? 0 : 0.5f;
    Batch in({1, 4, 1}, kind);
    in.y = {boundary, boundary + 0.25f, boundary - 0.25f, boundary + 8};
    in.labels = {0, 1, 1, 0};
    EXPECT_EQ(evaluate(backend(), in).tally[0].hits, 2u) << to_string(kind);
  }
}

TEST_P(ElementwiseLossTest, NoLabelsNoHits) {
  Batch in({2, 5, 3});
  in.labels.clear();
  for (const Tally& tally : evaluate(backend(), in).tally) EXPECT_EQ(tally.hits, 0u);
}

TEST_P(ElementwiseLossTest, RowsThatWeighNothingGiveNoGradient) {
  for (const LossKind kind : elementwise_losses()) {
    Batch in({1, 3, 2}, kind);
    in.weights = {0, 0, 0};
    const LossResult result = evaluate(backend(), in);
    EXPECT_EQ(result.slopes, Doubles(6, 0)) << to_string(kind);
    EXPECT_EQ(result.tally[0].loss, 0);
    EXPECT_EQ(result.tally[0].weight, 0);
    EXPECT_EQ(result.tally[0].first_bad_step, Tally::no_step);
  }
}

TEST_P(ElementwiseLossTest, HugeOutputsGiveFiniteSlopes) {
  for (const LossKind kind : elementwise_losses()) {
    Batch in({1, 2, 2}, kind);
    in.y = {1e4f, -1e4f, 1e4f, -1e4f};
    in.targets = {1, 0, 0, 1};
    const LossResult result = evaluate(backend(), in);
    EXPECT_TRUE(std::isfinite(result.tally[0].loss)) << to_string(kind);
    for (const double slope : result.slopes) EXPECT_LE(std::abs(slope), 2 * 10001 / 4.0) << to_string(kind);
  }
  Batch in({1, 2, 2}, LossKind::bce);
  in.y = {1e4f, -1e4f, 1e4f, -1e4f};
  in.targets = {1, 0, 0, 1};
  EXPECT_EQ(evaluate(backend(), in).tally[0].loss, 2e4);
  EXPECT_EQ(evaluate(backend(), in).slopes, (Doubles{0, 0, 0.25, -0.25}));
}

TEST_P(ElementwiseLossTest, NamesTheFirstStepWhoseLossIsNotFinite) {
  for (const LossKind kind : elementwise_losses()) {
    Batch in({2, 5, 3}, kind);
    in.y[17] = std::numeric_limits<float>::quiet_NaN();
    const LossResult result = evaluate(backend(), in);
    EXPECT_EQ(result.tally[0].first_bad_step, Tally::no_step);
    EXPECT_EQ(result.tally[1].first_bad_step, 9u) << to_string(kind);
    EXPECT_TRUE(std::isnan(result.slopes[17])) << to_string(kind);
  }
}

TEST_P(ElementwiseLossTest, RefusesWhatDoesNotFit) {
  const GuardedReals y(backend(), 1, 2, 3), other(backend(), 1, 3, 2);
  const GuardedArray<Tally> tally(backend(), {Tally{}});
  const char* op = "elementwise_loss";
  const auto call = [&](const kernels::View& dy, const kernels::ConstView& targets, const kernels::LossRows& rows,
                        Tally* sums) { backend().elementwise_loss({}, dy, y, targets, rows, sums, nullptr); };
  expect_refused([&] { call({}, other, {}, tally.data()); }, {op, "targets is [1, 3, 2]"});
  expect_refused([&] { call(other, y, {}, tally.data()); }, {op, "dy is [1, 3, 2]"});
  expect_refused([&] { call({}, y, {{}, y}, tally.data()); }, {op, "weights is [1, 2, 3], expected [1, 2, 1]"});
  expect_refused([&] { call({}, y, {}, nullptr); }, {op, "tally"});
  expect_refused([&] { backend().elementwise_loss({LossKind::cross_entropy}, {}, y, y, {}, tally.data(), nullptr); },
                 {"cross_entropy is not elementwise"});
}

}  // namespace
}  // namespace minnow::test
