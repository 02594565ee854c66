// SPDX-License-Identifier: Apache-2.0
#include "kernels/math/update_rule.hpp"

#include <cmath>

#include "kernels/math/schedule.hpp"
#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::ModelState;
using kernels::StepState;

class UpdateTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, UpdateTest, testing::ValuesIn(backend_cases()), backend_case_name);

/// Three updates in a row of M models, each with its own rates.
struct Training {
  int models, parameters, slots;
  OptimizerKind kind;
  Floats p, g;
  std::vector<ModelState> states;

  Training(int m, int n, const Optimizer& optimizer)
      : models(m), parameters(n), slots(math::state_slots(optimizer)), kind(optimizer.kind) {
    p = draw(Shape{m, 1, n}.size(), 17);
    g = draw(Shape{m, 1, n}.size(), 18);
    for (int i = 0; i < m; ++i) {
      ModelState& state = states.emplace_back();
      state.optimizer = optimizer;
      state.optimizer.learning_rate = 0.01f * static_cast<float>(i + 1);
      math::prepare(state, 0);
    }
  }
  Training model(int m) const {
    Training one = *this;
    one.models = 1;
    one.p = part(p, m, models);
    one.g = part(g, m, models);
    one.states = part(states, m, models);
    return one;
  }
};

Doubles run(Backend& backend, const Training& in) {
  GuardedReals p(backend, in.models, 1, in.parameters, in.p);
  const GuardedReals g(backend, in.models, 1, in.parameters, in.g);
  GuardedReals slots(backend, in.models, in.slots, in.parameters,
                     Floats(Shape{in.models, in.slots, in.parameters}.size(), 0.0f));
  const GuardedArray<ModelState> states(backend, in.states);
  const GuardedArray<StepState> step(backend, {StepState{}});
  const kernels::View state_view = in.slots > 0 ? slots.view() : kernels::View();
  for (int i = 0; i < 3; ++i) {
    backend.update(in.kind, p, g, state_view, states.data());
    backend.advance(step.data(), states.data(), in.models, 1);
  }
  Doubles result;
  for (int m = 0; m < in.models; ++m) {
    append(result, part(p.values(), m, in.models));
    append(result, part(slots.values(), m, in.models));
  }
  return result;
}

/// The rule itself, one parameter at a time.
template <class T>
Doubles formula(Training in) {
  Doubles result;
  const auto n = static_cast<std::size_t>(in.parameters), s = static_cast<std::size_t>(in.slots);
  for (std::size_t m = 0; m < static_cast<std::size_t>(in.models); ++m) {
    std::vector<T> p(in.p.begin() + static_cast<std::ptrdiff_t>(m * n),
                     in.p.begin() + static_cast<std::ptrdiff_t>((m + 1) * n));
    std::vector<T> slots(n * s + 1, T(0));
    for (std::uint32_t step = 0; step < 3; ++step) {
      math::prepare(in.states[m], step);
      math::visit(in.kind, [&](auto rule) {
        for (std::size_t i = 0; i < n; ++i) {
          rule.apply(in.states[m].optimizer, in.states[m].rates, p[i], static_cast<T>(in.g[m * n + i]),
                     slots.data() + (s > 0 ? i : 0), in.parameters);
        }
      });
    }
    for (T x : p) result.push_back(static_cast<double>(x));
    for (std::size_t i = 0; i < n * s; ++i) result.push_back(static_cast<double>(slots[i]));
  }
  return result;
}

std::vector<Optimizer> optimizers() {
  std::vector<Optimizer> all;
  for (int kind = 0; kind < optimizer_count; ++kind) {
    for (float decay : {0.0f, 0.02f}) {
      Optimizer optimizer;
      optimizer.kind = static_cast<OptimizerKind>(kind);
      optimizer.weight_decay = decay;
      all.push_back(optimizer);
      optimizer.momentum = 0.9f;
      if (optimizer.kind == OptimizerKind::sgd || optimizer.kind == OptimizerKind::rmsprop) all.push_back(optimizer);
      optimizer.nesterov = true;
      if (optimizer.kind == OptimizerKind::sgd) all.push_back(optimizer);
    }
  }
  return all;
}

std::string text(const Optimizer& o) {
  return to_string(o.kind) + " momentum " + std::to_string(o.momentum) + (o.nesterov ? " nesterov" : "") + " decay " +
         std::to_string(o.weight_decay);
}

TEST_P(UpdateTest, KnownSteps) {
  Optimizer optimizer;
  optimizer.kind = OptimizerKind::sgd;
  Training in(1, 2, optimizer);
  in.p = {1, 2};
  in.g = {0.5f, -1};
  in.states[0].optimizer.learning_rate = 0.25f;
  math::prepare(in.states[0], 0);
  EXPECT_EQ(run(backend(), in), (Doubles{0.625, 2.75}));
}

TEST_P(UpdateTest, EveryRuleIsItsFormula) {
  for (const Optimizer& optimizer : optimizers()) {
    for (int n : {0, 1, 7, 16, 129, 1021}) {
      for (int models : {1, 3}) {
        const Training in(models, n, optimizer);
        SCOPED_TRACE(text(optimizer) + ", " + std::to_string(n) + " parameters");
        EXPECT_TRUE(same_bits(run(backend(), in), is_float() ? formula<float>(in) : formula<double>(in)));
        expect_specified_bits(in, run);
      }
    }
  }
}

TEST_P(UpdateTest, ManyParametersInManyParts) {
  for (OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adam}) {
    Optimizer optimizer;
    optimizer.kind = kind;
    const Training in(3, 33333, optimizer);
    EXPECT_TRUE(same_bits(run(backend(), in), is_float() ? formula<float>(in) : formula<double>(in)));
  }
}

/// Each rule has at most a dozen roundings per step; |p|, |g| < 2 and the steps are below 0.03 * 10.
TEST_P(UpdateTest, AgreesWithTheReference) {
  for (const Optimizer& optimizer : optimizers()) {
    Training in(2, 257, optimizer);
    for (float& g : in.g) g += g < 0 ? -0.1f : 0.1f;  // Adam's and RMSProp's quotients are steep at 0
    EXPECT_TRUE(within(run(backend(), in), run(reference(), in), 3 * 12 * 16 * roundoff())) << text(optimizer);
  }
}

/// Denormal state would slow every later step.
TEST_P(UpdateTest, AFadingMeanBecomesZero) {
  for (const Optimizer& optimizer : optimizers()) {
    const int slots = math::state_slots(optimizer);
    if (slots == 0) continue;
    const int n = 5;
    GuardedReals p(backend(), 1, 1, n, Floats(n, 0.0f)),
        state(backend(), 1, slots, n, Floats(Shape{1, slots, n}.size(), 1e-30f));
    const GuardedReals g(backend(), 1, 1, n, Floats(n, 0.0f));
    ModelState model;
    model.optimizer = optimizer;
    model.optimizer.weight_decay = 0;
    math::prepare(model, 0);
    const GuardedArray<ModelState> states(backend(), {model});
    for (int i = 0; i < 300; ++i) backend().update(optimizer.kind, p, g, state, states.data());
    for (double x : state.values()) EXPECT_TRUE(x == 0 || x >= 0x1p-100) << text(optimizer) << ": " << x;
    EXPECT_EQ(state.values().front(), 0) << text(optimizer);
  }
}

TEST_P(UpdateTest, AdvanceCountsAndPreparesTheNextStep) {
  ModelState model;
  model.optimizer.learning_rate = 0.5f;
  model.schedule = {.kind = ScheduleKind::step, .gamma = 0.5f, .minimum = 0, .period = 2, .warmup = 0, .total = 100};
  math::prepare(model, 0);
  const GuardedArray<ModelState> models(backend(), {model, model, model});
  const GuardedArray<StepState> state(backend(), {StepState{.step = 0, .cursor = 64}});
  backend().advance(state.data(), models.data(), 3, 32);
  backend().advance(state.data(), models.data(), 3, 7);
  EXPECT_EQ(state.values()[0].step, 2u);
  EXPECT_EQ(state.values()[0].cursor, 103u);
  ModelState expected = model;
  math::prepare(expected, 2);
  for (const ModelState& m : models.values()) {
    EXPECT_EQ(m.rates.learning_rate, 0.25f);
    EXPECT_EQ(m.rates.correction1, expected.rates.correction1);
    EXPECT_EQ(m.rates.correction2, expected.rates.correction2);
    EXPECT_EQ(m.beta1_power, expected.beta1_power);
    EXPECT_EQ(m.beta2_power, expected.beta2_power);
  }
}

TEST_P(UpdateTest, RefusesWhatDoesNotFit) {
  const GuardedReals p(backend(), 2, 1, 5), g(backend(), 2, 1, 4), matrix(backend(), 2, 2, 5),
      slots(backend(), 1, 2, 5);
  const GuardedArray<ModelState> states(backend(), {ModelState{}, ModelState{}});
  const auto sgd = OptimizerKind::sgd, adam = OptimizerKind::adam;
  expect_refused([&] { backend().update(sgd, p, g, {}, states.data()); }, {"update", "gradients is [2, 1, 4]"});
  expect_refused([&] { backend().update(sgd, matrix, matrix, {}, states.data()); },
                 {"update", "parameters is [2, 2, 5]"});
  expect_refused([&] { backend().update(adam, p, p, slots, states.data()); }, {"update", "state is [1, 2, 5]"});
  expect_refused([&] { backend().update(adam, p, p, {}, states.data()); }, {"update", "state"});
  expect_refused([&] { backend().update(sgd, p, p, {}, nullptr); }, {"update", "models"});
}

}  // namespace
}  // namespace minnow::test
