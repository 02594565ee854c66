// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "kernels/math/philox.hpp"
#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::DropoutRate;
using kernels::ModelState;
using kernels::StepState;

class DropoutTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, DropoutTest, testing::ValuesIn(backend_cases()), backend_case_name);

constexpr std::uint32_t layer = 3, step = 41;

struct Layers {
  int models, rows, cols;
  Floats x;
  std::vector<DropoutRate> rates;
  std::vector<ModelState> states;

  explicit Layers(Shape s) : models(s.models), rows(s.rows), cols(s.cols), x(draw(s.size(), 15)) {
    for (int m = 0; m < models; ++m) {
      rates.push_back({.threshold = 0xC0000000u - static_cast<std::uint32_t>(m) * 0x20000000u, .scale = 1.25f});
      states.emplace_back().seed = 1000 + static_cast<std::uint64_t>(m);
    }
  }
  Layers model(int m) const {
    Layers one = *this;
    one.models = 1;
    one.x = part(x, m, models);
    one.rates = part(rates, m, models);
    one.states = part(states, m, models);
    return one;
  }
};

Doubles run(Backend& backend, const Layers& in) {
  GuardedReals x(backend, in.models, in.rows, in.cols, in.x);
  const GuardedArray<DropoutRate> rates(backend, in.rates);
  const GuardedArray<ModelState> states(backend, in.states);
  const GuardedArray<StepState> state(backend, {StepState{.step = step, .cursor = 0}});
  backend.dropout(x, layer, rates.data(), state.data(), states.data());
  return x.values();
}

/// Each element by itself, from its own random integer.
Doubles expected(const Layers& in) {
  Doubles result;
  const std::size_t matrix = in.x.size() / static_cast<std::size_t>(in.models);
  for (std::size_t i = 0; i < in.x.size(); ++i) {
    const std::size_t m = i / matrix;
    const std::uint32_t drawn = math::random_bits(
        in.states[m].seed, static_cast<std::uint32_t>(kernels::Purpose::dropout), layer, step, i % matrix);
    result.push_back(drawn < in.rates[m].threshold ? static_cast<double>(in.x[i] * in.rates[m].scale) : 0.0);
  }
  return result;
}

TEST_P(DropoutTest, EachElementDrawsForItself) {
  for (Shape shape : {Shape{1, 1, 1},
                      {1, 1, 3},
                      {3, 7, 13},
                      {1, 64, 128},
                      {3, 33, 31},
                      {2, 0, 5},
                      {1, 5, 1021},
                      {1, 1, 1023},
                      {1, 1, 1025},
                      {3, 100, 1009}}) {
    const Layers in(shape);
    SCOPED_TRACE(shape.text());
    if (is_float()) {
      EXPECT_TRUE(same_bits(run(backend(), in), expected(in)));
    } else {
      EXPECT_TRUE(within(run(backend(), in), expected(in), std::ldexp(4.0, -24)));
    }
    expect_specified_bits(in, run);
  }
}

TEST_P(DropoutTest, TheBackwardCallDropsTheSameElements) {
  const Layers in({2, 31, 17});
  Layers gradient = in;
  gradient.x = draw(in.x.size(), 16, 0.5, 2);
  const Doubles forward = run(backend(), in), backward = run(backend(), gradient);
  for (std::size_t i = 0; i < forward.size(); ++i) EXPECT_EQ(forward[i] == 0, backward[i] == 0) << i;
}

TEST_P(DropoutTest, KeepsTheShareThatItPromises) {
  Layers in({1, 200, 500});
  in.x.assign(in.x.size(), 1);
  in.rates[0] = {.threshold = 0x40000000u, .scale = 4};  // keep a quarter
  const double n = static_cast<double>(in.x.size());
  double kept = 0;
  for (double x : run(backend(), in)) kept += x / 4;
  EXPECT_TRUE(within(Doubles{kept}, Doubles{n / 4}, 5 * std::sqrt(n * 0.25 * 0.75))) << "five standard deviations";
}

TEST_P(DropoutTest, NothingIsDroppedAtTheHighestThresholdBarOneIn2To32) {
  Layers in({1, 13, 17});
  in.rates[0] = {};
  EXPECT_EQ(run(backend(), in), widen(in.x));
}

TEST_P(DropoutTest, RefusesMissingState) {
  const GuardedReals x(backend(), 1, 2, 3, Floats(6, 1.0f));
  const GuardedArray<DropoutRate> rates(backend(), {DropoutRate{}});
  const GuardedArray<StepState> state(backend(), {StepState{}});
  expect_refused([&] { backend().dropout(x, 0, nullptr, state.data(), nullptr); }, {"dropout", "rates"});
  expect_refused([&] { backend().dropout(x, 0, rates.data(), state.data(), nullptr); }, {"dropout", "models"});
}

}  // namespace
}  // namespace minnow::test
