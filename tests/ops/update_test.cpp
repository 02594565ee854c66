// SPDX-License-Identifier: Apache-2.0
#include "kernels/math/update_rule.hpp"

#include <cmath>

#include "kernels/math/schedule.hpp"
#include "tests/math/golden_optimizers.hpp"
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
      const ModelState& state = in.states[m];
      math::visit(in.kind, [&]<class Rule>(Rule) {
        for (std::size_t i = 0; i < n; ++i) {
          const bool decays = static_cast<std::int64_t>(i) < state.decayed;
          math::update_parameter<Rule>(state.optimizer, state.rates, decays, p[i], static_cast<T>(in.g[m * n + i]),
                                       slots.data() + (s > 0 ? i : 0), in.parameters);
        }
      });
    }
    for (T x : p) result.push_back(static_cast<double>(x));
    for (std::size_t i = 0; i < n * s; ++i) result.push_back(static_cast<double>(slots[i]));
  }
  return result;
}

/// Every rule with each of its options and each form of decay, and with clipping.
std::vector<Optimizer> optimizers() {
  std::vector<Optimizer> all;
  for (int kind = 0; kind < optimizer_count; ++kind) {
    const auto k = static_cast<OptimizerKind>(kind);
    Optimizer plain = make_optimizer(k);
    plain.weight_decay = 0;
    const auto add = [&](auto change) {
      all.push_back(plain);
      change(all.back());
    };
    const bool momentum = reads(k, OptimizerConstant::momentum);
    add([](Optimizer&) {});
    for (const WeightDecay decay :
         {WeightDecay::automatic, WeightDecay::gradient, WeightDecay::sum_of_squares, WeightDecay::decoupled}) {
      add([&](Optimizer& o) { o.weight_decay = 0.02f, o.decay = decay, o.momentum = momentum ? 0.9f : 0; });
    }
    add([](Optimizer& o) { o.clip_value = 0.5f; });
    if (momentum) add([](Optimizer& o) { o.momentum = 0.9f; });
    if (reads(k, OptimizerConstant::nesterov)) add([](Optimizer& o) { o.momentum = 0.9f, o.nesterov = true; });
    if (reads(k, OptimizerConstant::dampening)) add([](Optimizer& o) { o.momentum = 0.9f, o.dampening = 0.25f; });
    if (reads(k, OptimizerConstant::centered)) {
      add([](Optimizer& o) { o.centered = true, o.epsilon = 1e-2f; });
      add([](Optimizer& o) { o.centered = true, o.momentum = 0.9f, o.epsilon = 1e-2f; });
    }
    if (reads(k, OptimizerConstant::epsilon_inside)) add([](Optimizer& o) { o.epsilon_inside = true; });
    if (reads(k, OptimizerConstant::lr_decay)) add([](Optimizer& o) { o.lr_decay = 0.5f; });
  }
  return all;
}

std::string text(const Optimizer& o) {
  return to_string(o.kind) + " momentum " + std::to_string(o.momentum) + (o.nesterov ? " nesterov" : "") +
         (o.centered ? " centered" : "") + " decay " + std::to_string(o.weight_decay) + " " + to_string(o.decay) +
         " clip " + std::to_string(o.clip_value);
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
    optimizer.weight_decay = 0.01f;
    Training in(3, 33333, optimizer);
    in.states[1].decayed = 20001;
    EXPECT_TRUE(same_bits(run(backend(), in), is_float() ? formula<float>(in) : formula<double>(in)));
  }
}

/// Where decay ends, on and beside the bounds of vectors.
TEST_P(UpdateTest, DecayReachesTheFirstParametersOnly) {
  Optimizer optimizer = make_optimizer(OptimizerKind::adamw);
  optimizer.weight_decay = 0.5f;
  for (const std::int64_t decayed : {0, 1, 16, 17, 100, 129}) {
    Training in(2, 129, optimizer);
    in.g.assign(in.g.size(), 0.0f);
    for (ModelState& state : in.states) state.decayed = decayed;
    EXPECT_TRUE(same_bits(run(backend(), in), is_float() ? formula<float>(in) : formula<double>(in)));
    expect_specified_bits(in, run);
    const Doubles after = run(backend(), in);
    for (int i = 0; i < 129; ++i) {
      EXPECT_EQ(after[static_cast<std::size_t>(i)] == static_cast<double>(in.p[static_cast<std::size_t>(i)]),
                i >= decayed)
          << "parameter " << i << " of " << decayed;
    }
  }
}

/// One launch for models that agree in nothing but their rule: some of them leave slots of the state unused.
TEST_P(UpdateTest, EveryModelHasItsOwnConstants) {
  for (const OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::rmsprop, OptimizerKind::adam}) {
    Optimizer most = make_optimizer(kind);
    if (kind != OptimizerKind::adam) most.momentum = 0.9f;
    if (kind == OptimizerKind::rmsprop) most.centered = true, most.epsilon = 1e-2f;
    Training in(3, 1021, most);
    in.states[0].optimizer.momentum = 0;
    in.states[0].optimizer.centered = false;
    in.states[0].optimizer.clip_value = 0.5f;
    in.states[0].rates.gradient_scale = 0.25f;
    in.states[1].optimizer.centered = false;
    in.states[1].optimizer.weight_decay = 0.1f;
    in.states[1].decayed = 513;
    in.states[2].optimizer.weight_decay = 0.2f;
    in.states[2].optimizer.decay = WeightDecay::decoupled;
    EXPECT_TRUE(same_bits(run(backend(), in), is_float() ? formula<float>(in) : formula<double>(in)));
    expect_specified_bits(in, run);
  }
}

/// 20 steps of clip_norm, update and advance against PyTorch's parameters (scripts/make_golden.py).
TEST_P(UpdateTest, HasPyTorchsParameters) {
  for (const GoldenOptimizer& row : golden_optimizers()) {
    constexpr int n = golden_parameters;
    const int slots = math::state_slots(row.optimizer);
    GuardedReals p(backend(), 1, 1, n, Doubles(golden_start, golden_start + n)), g(backend(), 1, 1, n),
        chunk_sums(backend(), 1, 1, 1),
        state(backend(), 1, slots, n, Floats(Shape{1, slots, n}.size(), math::initial_state(row.optimizer)));
    ModelState model;
    model.optimizer = row.optimizer;
    math::prepare(model, 0);
    const GuardedArray<ModelState> models(backend(), {model});
    const GuardedArray<StepState> counter(backend(), {StepState{}});
    for (int step = 0; step < static_cast<int>(row.steps); ++step) {
      Doubles gradients;
      for (int i = 0; i < n; ++i) gradients.push_back(golden_gradient(step, i));
      g.set(gradients);
      backend().clip_norm(chunk_sums, g, models.data());
      backend().update(row.optimizer.kind, p, g, slots > 0 ? state.view() : kernels::View(), models.data());
      backend().advance(counter.data(), models.data(), 1, 1);
    }
    EXPECT_TRUE(within(p.values(), Doubles(row.parameters, row.parameters + n), golden_bound(row, roundoff())))
        << golden_name(row) << " after " << row.steps;
  }
}

/// Each rule has at most a dozen roundings per step; |p|, |g| < 2 and the steps are below 0.03 * 10.
/// Of gradients that never change, the mean square less the square of the mean is 0, and by rounding below it for some:
/// its root would be a NaN.
TEST_P(UpdateTest, ACenteredVarianceIsNeverBelowZero) {
  Optimizer optimizer = make_optimizer(OptimizerKind::rmsprop);
  optimizer.centered = true;
  optimizer.alpha = 0.5f;
  int below = 0;
  for (int i = 0; i < 500; ++i) {
    const float g = 1 + static_cast<float>(i) / 499;
    float parameter = 0, state[3] = {};
    for (int step = 0; step < 60; ++step) {
      math::update_parameter<math::RmsProp>(optimizer, {}, true, parameter, g, state, 1);
      below += math::fma(-state[2], state[2], state[0]) < 0 ? 1 : 0;
    }
    ASSERT_TRUE(std::isfinite(parameter)) << g;
  }
  EXPECT_GT(below, 0) << "no variance was below 0";
}

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
    if (optimizer.kind == OptimizerKind::adagrad) continue;  // a sum, which does not fade
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
  if (GetParam().name.starts_with("cuda")) return;  // the models stand on the device, where the host does not look
  expect_refused([&] { backend().update(sgd, p, p, {}, states.data()); }, {"models differ in their kind of rule"});
}

}  // namespace
}  // namespace minnow::test
