// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::StepState;
using kernels::Tally;

class MseTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, MseTest, testing::ValuesIn(backend_cases()), backend_case_name);

enum class Slopes { separate, in_place, none };

struct Batch {
  int models, rows, cols;
  Floats y, targets;
  Labels labels;
  Slopes slopes = Slopes::separate;

  explicit Batch(Shape s) : models(s.models), rows(s.rows), cols(s.cols), y(draw(s.size(), 12)) {
    targets = draw(s.size(), 13);
    labels = draw_labels(static_cast<std::size_t>(models * rows), cols, 14);
  }
  Batch model(int m) const {
    Batch one = *this;
    one.models = 1;
    one.y = part(y, m, models);
    one.targets = part(targets, m, models);
    one.labels = part(labels, m, models);
    return one;
  }
};

struct Result {
  Doubles slopes;
  std::vector<Tally> tally;
};

Result evaluate(Backend& backend, const Batch& in) {
  GuardedReals y(backend, in.models, in.rows, in.cols, in.y), dy(backend, in.models, in.rows, in.cols);
  const GuardedReals targets(backend, in.models, in.rows, in.cols, in.targets);
  const GuardedArray<std::int32_t> labels(backend, in.labels);
  const GuardedArray<Tally> tally(backend, std::vector<Tally>(static_cast<std::size_t>(in.models)));
  const GuardedArray<StepState> state(backend, {StepState{.step = 9, .cursor = 0}});
  kernels::RowIntegers<const std::int32_t> rows{in.labels.empty() ? nullptr : labels.data(), in.rows};
  kernels::View target;
  if (in.slopes != Slopes::none) target = in.slopes == Slopes::in_place ? y : dy;
  backend.mse(target, y, targets, rows, tally.data(), state.data());
  if (in.slopes == Slopes::none) return {{}, tally.values()};
  return {in.slopes == Slopes::in_place ? y.values() : dy.values(), tally.values()};
}

Doubles run(Backend& backend, const Batch& in) {
  const Result result = evaluate(backend, in);
  Doubles all;
  for (int m = 0; m < in.models; ++m) {
    append(all, part(result.slopes, m, in.models));
    const Tally& t = result.tally[static_cast<std::size_t>(m)];
    append(all,
           Doubles{t.loss, static_cast<double>(t.hits), static_cast<double>(t.count), static_cast<double>(t.rows)});
  }
  return all;
}

TEST_P(MseTest, KnownLoss) {
  Batch in({1, 2, 2});
  in.y = {1, 2, 3, 4};
  in.targets = {0, 2, 5, 3};
  in.labels = {1, 0};
  const Result result = evaluate(backend(), in);
  EXPECT_EQ(result.slopes, (Doubles{0.5, 0, -1, 0.5}));
  EXPECT_EQ(result.tally[0].loss, 6);
  EXPECT_EQ(result.tally[0].count, 4u);
  EXPECT_EQ(result.tally[0].rows, 2u);
  EXPECT_EQ(result.tally[0].hits, 1u);
}

/// (y - t)^2 has three roundings, the sum gamma_(B O) more; a slope has three.
TEST_P(MseTest, AgreesWithTheReference) {
  for (Shape shape : {Shape{1, 1, 1},
                      {1, 64, 1},
                      {3, 33, 10},
                      {1, 0, 4},
                      {2, 129, 7},
                      {1, 5, 129},
                      {1, 3, 1000},
                      {1, 16385, 1},
                      {3, 127, 2}}) {
    for (Slopes slopes : {Slopes::separate, Slopes::in_place, Slopes::none}) {
      Batch in(shape);
      in.slopes = slopes;
      SCOPED_TRACE(shape.text());
      const Result actual = evaluate(backend(), in), expected = evaluate(reference(), in);
      const double elements = static_cast<double>(shape.rows) * shape.cols;
      EXPECT_TRUE(within(actual.slopes, expected.slopes, elements > 0 ? 4 * 8 / elements * roundoff() : 0));
      for (int m = 0; m < shape.models; ++m) {
        const Tally &a = actual.tally[static_cast<std::size_t>(m)], &e = expected.tally[static_cast<std::size_t>(m)];
        const double limit = sum_bound(shape.rows * shape.cols + 4, e.loss, roundoff());
        EXPECT_TRUE(within(Doubles{a.loss}, Doubles{e.loss}, limit));
        EXPECT_EQ(a.hits, e.hits);
        EXPECT_EQ(a.rows, static_cast<std::uint64_t>(shape.rows));
        EXPECT_EQ(a.count, static_cast<std::uint64_t>(elements));
      }
      expect_specified_bits(in, run);
    }
  }
}

TEST_P(MseTest, NoLabelsNoHits) {
  Batch in({2, 5, 3});
  in.labels.clear();
  for (const Tally& tally : evaluate(backend(), in).tally) EXPECT_EQ(tally.hits, 0u);
}

TEST_P(MseTest, NamesTheFirstStepWhoseLossIsNotFinite) {
  Batch in({2, 5, 3});
  in.y[17] = std::numeric_limits<float>::quiet_NaN();
  const Result result = evaluate(backend(), in);
  EXPECT_EQ(result.tally[0].first_bad_step, Tally::no_step);
  EXPECT_EQ(result.tally[1].first_bad_step, 9u);
}

TEST_P(MseTest, RefusesWhatDoesNotFit) {
  const GuardedReals y(backend(), 1, 2, 3), other(backend(), 1, 3, 2);
  const GuardedArray<Tally> tally(backend(), {Tally{}});
  expect_refused([&] { backend().mse({}, y, other, {}, tally.data(), nullptr); }, {"mse", "targets is [1, 3, 2]"});
  expect_refused([&] { backend().mse(other, y, y, {}, tally.data(), nullptr); }, {"mse", "dy is [1, 3, 2]"});
  expect_refused([&] { backend().mse({}, y, y, {}, nullptr, nullptr); }, {"mse", "tally"});
}

}  // namespace
}  // namespace minnow::test
