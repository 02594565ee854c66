// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "kernels/math/activation.hpp"
#include "minnow/config.hpp"
#include "minnow/error.hpp"
#include "minnow/metrics.hpp"
#include "minnow/names.hpp"
#include "src/config/name_table.hpp"

namespace minnow {
namespace {

/// The message of the UsageError that `parse` throws.
template <class Parse>
std::string refusal(Parse&& parse) {
  try {
    parse();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "not refused";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Names, EveryActivationReadsBackUnderEveryNameItHas) {
  for (int k = 0; k < activation_count; ++k) {
    const Activation initial = make_activation(static_cast<ActivationKind>(k));
    EXPECT_EQ(parse_activation(to_string(initial)), initial) << to_string(initial);
    math::visit(initial, [&](auto formula) {
      for (const auto name : decltype(formula)::names) EXPECT_EQ(parse_activation(name), initial) << name;
      constexpr auto parameters = decltype(formula)::parameters;
      if constexpr (parameters.size() == 1) {
        EXPECT_EQ(initial.alpha, parameters[0].initial);
        const Activation other{initial.kind, 0.3f, 0};
        EXPECT_EQ(parse_activation(to_string(other)), other) << to_string(other);
      }
      if constexpr (parameters.size() == 2) {
        const Activation other{initial.kind, -0.75f, 0.1f};
        EXPECT_EQ(parse_activation(to_string(other)), other) << to_string(other);
      }
    });
  }
}

/// Help and documents walk up to the counts: an enumerator beyond one of them would be missing there.
TEST(Names, NothingIsNamedBeyondTheCounts) {
  EXPECT_THROW(to_string(make_activation(static_cast<ActivationKind>(activation_count))), InternalError);
  EXPECT_THROW(to_string(static_cast<LossKind>(loss_count)), InternalError);
  EXPECT_THROW(to_string(static_cast<OptimizerKind>(optimizer_count)), InternalError);
  EXPECT_THROW(to_string(static_cast<ScheduleKind>(schedule_count)), InternalError);
  EXPECT_THROW(to_string(static_cast<LayerKind>(layer_kind_count)), InternalError);
  EXPECT_THROW(to_string(static_cast<Metric>(metric_count)), InternalError);
}

/// The lists have every enumerator: one for each that to_string knows, in order, and nothing beyond the counts.
TEST(Names, TheListsAreWhole) {
  const auto check = [](const std::vector<std::string>& names, auto first, int count, auto parse) {
    using Kind = decltype(first);
    ASSERT_EQ(names.size(), static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(parse(names[static_cast<std::size_t>(i)]), static_cast<Kind>(i));
      EXPECT_EQ(to_string(static_cast<Kind>(i)), names[static_cast<std::size_t>(i)]);
    }
    EXPECT_THROW(to_string(static_cast<Kind>(count)), InternalError);
  };
  check(loss_names(), LossKind::cross_entropy, loss_count, parse_loss);
  check(optimizer_names(), OptimizerKind::sgd, optimizer_count, parse_optimizer);
  check(schedule_names(), ScheduleKind::constant, schedule_count, parse_schedule);
  check(layer_kind_names(), LayerKind::dense, layer_kind_count, parse_layer_kind);
  check(weight_decay_names(), WeightDecay::automatic, 4, parse_weight_decay);
  check(interval_names(), Interval::step, 2, parse_interval);
  check(annealing_names(), Annealing::cosine, 2, parse_annealing);
  check(threshold_mode_names(), ThresholdMode::relative, 2, parse_threshold_mode);
  check(numerics_names(), Numerics::fast, 2, parse_numerics);
  check(metrics_scope_names(), MetricsScope::none, 3, parse_metrics_scope);
  check(metric_names(), Metric::loss, metric_count,
        [](const auto& name) { return parse_monitor("val_" + name).metric; });
  ASSERT_EQ(activation_names().size(), static_cast<std::size_t>(activation_count));
  for (int i = 0; i < activation_count; ++i) {
    EXPECT_EQ(parse_activation(activation_names()[static_cast<std::size_t>(i)]),
              make_activation(static_cast<ActivationKind>(i)));
  }
  EXPECT_THROW(make_activation(static_cast<ActivationKind>(activation_count)), InternalError);
  const std::vector<std::string> initializers = {"zeros",         "constant",        "uniform",
                                                 "normal",        "input_uniform",   "xavier_uniform",
                                                 "xavier_normal", "kaiming_uniform", "kaiming_normal"};
  EXPECT_EQ(initializer_names(), initializers);
  EXPECT_EQ(device_names(), (std::vector<std::string>{"auto", "cpu", "cuda", "reference"}));
}

TEST(Names, NoNameMeansTwoActivations) {
  std::vector<std::pair<ActivationKind, std::string>> seen;
  for (int k = 0; k < activation_count; ++k) {
    math::visit(Activation{static_cast<ActivationKind>(k), 0, 0}, [&](auto formula) {
      for (const auto name : decltype(formula)::names) {
        for (const auto& [kind, other] : seen) EXPECT_FALSE(engine::same_name(name, other)) << name << ' ' << other;
        seen.emplace_back(decltype(formula)::kind, name);
      }
    });
  }
}

TEST(Names, ActivationTextForm) {
  EXPECT_EQ(to_string(parse_activation("leaky_relu")), "leaky_relu");
  EXPECT_EQ(to_string(parse_activation("LeakyReLU(0.01)")), "leaky_relu");
  EXPECT_EQ(to_string(parse_activation(" leaky-relu( 0.2 ) ")), "leaky_relu(0.2)");
  EXPECT_EQ(to_string(parse_activation("Hardtanh(-2, 2)")), "hardtanh(-2,2)");
  EXPECT_EQ(parse_activation("hardtanh(-2)"), (Activation{ActivationKind::hardtanh, -2, 1}));
  EXPECT_EQ(parse_activation("gelu(tanh)").kind, ActivationKind::gelu_tanh);
  EXPECT_EQ(parse_activation("GELU(none)").kind, ActivationKind::gelu);
  EXPECT_EQ(parse_activation("swish").kind, ActivationKind::silu);
  EXPECT_EQ(parse_activation("identity").kind, ActivationKind::linear);
  EXPECT_EQ(parse_activation("logistic").kind, ActivationKind::sigmoid);
  EXPECT_EQ(parse_activation("LogSigmoid").kind, ActivationKind::logsigmoid);
}

TEST(Names, ActivationsAreRefusedWithTheReason) {
  const auto message = [](const char* text) { return refusal([&] { parse_activation(text); }); };
  EXPECT_TRUE(contains(message("rleu"), "did you mean \"relu\"?")) << message("rleu");
  EXPECT_TRUE(contains(message("rleu"), "Valid names: linear, relu, relu6,")) << message("rleu");
  EXPECT_TRUE(contains(message("swihs"), "did you mean \"swish\"?")) << message("swihs");
  EXPECT_FALSE(contains(message("quantum"), "did you mean")) << message("quantum");
  EXPECT_TRUE(contains(message("quantum"), "valid names: linear")) << message("quantum");
  EXPECT_TRUE(contains(message(""), "valid names: linear")) << message("");
  EXPECT_TRUE(contains(message("relu(1)"), "takes no numbers, not 1")) << message("relu(1)");
  EXPECT_TRUE(contains(message("elu(1,2)"), "takes at most 1 number, not 2")) << message("elu(1,2)");
  EXPECT_TRUE(contains(message("elu(-1)"), "alpha is -1, expected a finite number of 0 or more")) << message("elu(-1)");
  EXPECT_TRUE(contains(message("celu(0)"), "alpha is 0, expected a finite number above 0")) << message("celu(0)");
  EXPECT_TRUE(contains(message("softplus(1e99)"), "not a finite number")) << message("softplus(1e99)");
  EXPECT_TRUE(contains(message("softplus(1x)"), "not a finite number")) << message("softplus(1x)");
  EXPECT_TRUE(contains(message("elu(nan)"), "\"nan\" is not a finite number")) << message("elu(nan)");
  EXPECT_TRUE(contains(message("hardtanh(2,1)"), "min is 2 and max is 1")) << message("hardtanh(2,1)");
  EXPECT_TRUE(contains(message("elu(1"), "expected a name")) << message("elu(1");
  EXPECT_TRUE(contains(message("elu(1)x"), "expected a name")) << message("elu(1)x");
  EXPECT_TRUE(contains(message("elu((1))"), "expected a name")) << message("elu((1))");
  EXPECT_TRUE(contains(message("hardtanh(,)"), "not a finite number")) << message("hardtanh(,)");
}

TEST(Names, InitializerTextForm) {
  for (const char* text : {"zeros", "constant(0.1)", "uniform(-0.1,0.1)", "normal(0,0.01)", "xavier_uniform",
                           "xavier_normal", "kaiming_uniform", "kaiming_normal"}) {
    EXPECT_EQ(to_string(parse_initializer(text)), text);
  }
  EXPECT_EQ(to_string(parse_initializer("he_normal")), "kaiming_normal");
  EXPECT_EQ(to_string(parse_initializer("GlorotUniform")), "xavier_uniform");
  EXPECT_EQ(to_string(parse_initializer("ones")), "constant(1)");
  const auto message = [](const char* text) { return refusal([&] { parse_initializer(text); }); };
  EXPECT_TRUE(contains(message("he_norml"), "did you mean \"he_normal\"?")) << message("he_norml");
  EXPECT_TRUE(contains(message("uniform(1)"), "takes 2 numbers, not 1")) << message("uniform(1)");
  EXPECT_TRUE(contains(message("uniform(1,1)"), "expected finite numbers, low below high")) << message("uniform(1,1)");
  EXPECT_TRUE(contains(message("normal(0,-1)"), "standard deviation")) << message("normal(0,-1)");
}

TEST(Names, EnumeratorsReadBack) {
  for (int k = 0; k < loss_count; ++k) {
    const auto v = static_cast<LossKind>(k);
    EXPECT_EQ(parse_loss(to_string(v)), v);
  }
  for (int k = 0; k < optimizer_count; ++k) {
    const auto v = static_cast<OptimizerKind>(k);
    EXPECT_EQ(parse_optimizer(to_string(v)), v);
  }
  for (int k = 0; k < schedule_count; ++k) {
    const auto v = static_cast<ScheduleKind>(k);
    EXPECT_EQ(parse_schedule(to_string(v)), v);
  }
  for (const auto v :
       {WeightDecay::automatic, WeightDecay::gradient, WeightDecay::sum_of_squares, WeightDecay::decoupled}) {
    EXPECT_EQ(parse_weight_decay(to_string(v)), v);
  }
  for (const auto v : {Interval::step, Interval::epoch}) EXPECT_EQ(parse_interval(to_string(v)), v);
  for (const auto v : {Annealing::cosine, Annealing::linear}) EXPECT_EQ(parse_annealing(to_string(v)), v);
  for (const auto v : {ThresholdMode::relative, ThresholdMode::absolute}) {
    EXPECT_EQ(parse_threshold_mode(to_string(v)), v);
  }
  for (const auto v : {LayerKind::dense, LayerKind::activation, LayerKind::dropout}) {
    EXPECT_EQ(parse_layer_kind(to_string(v)), v);
  }
  for (const auto v : {Numerics::fast, Numerics::strict}) EXPECT_EQ(parse_numerics(to_string(v)), v);
  for (int k = 0; k < metric_count; ++k) {
    for (const bool validation : {false, true}) {
      const Monitor monitor{static_cast<Metric>(k), validation};
      EXPECT_EQ(parse_monitor(to_string(monitor)), monitor);
    }
  }
  for (const auto v : {MetricsScope::none, MetricsScope::validation, MetricsScope::all}) {
    EXPECT_EQ(parse_metrics_scope(to_string(v)), v);
  }
}

/// Once val_loss here, val/loss in metrics.jsonl, nested in run.json, and validation for --split.
TEST(Names, AFigureHasOneNameAndIsReadInManySpellings) {
  EXPECT_EQ(to_string(Monitor{Metric::macro_f1}), "val/macro_f1");
  EXPECT_EQ(to_string(Figure{Metric::loss, Split::test}), "test/loss");
  for (const char* text :
       {"val/loss", "val_loss", "val-loss", "val.loss", "validation_loss", "Valid/Loss", "VAL LOSS"}) {
    EXPECT_EQ(parse_monitor(text), Monitor{Metric::loss}) << text;
  }
  for (const char* text : {"train/f1", "training_macro_f1", "train_macro-f1"}) {
    EXPECT_EQ(parse_monitor(text), (Monitor{Metric::macro_f1, false})) << text;
  }
  for (const char* text : {"loss", "valloss", "val/", "test/loss", "val/val/loss", ""}) {
    EXPECT_TRUE(contains(refusal([&] { parse_monitor(text); }), "unknown monitored figure")) << text;
  }
  for (const Split split : {Split::train, Split::validation, Split::test})
    EXPECT_EQ(parse_split(to_string(split)), split);
  EXPECT_EQ(parse_split("validation"), Split::validation);
  EXPECT_TRUE(contains(refusal([] { parse_split("foo"); }), "valid names: train, val, test"));
  const std::vector<Figure> valid = {{Metric::accuracy, Split::test}};
  EXPECT_EQ(parse_figure("figure", "test_acc", valid), valid[0]);
  EXPECT_EQ(refusal([&] { parse_figure("figure", "val/accuracy", valid); }),
            "unknown figure \"val/accuracy\"; did you mean \"test/accuracy\"? Valid names: test/accuracy");
}

TEST(Names, OtherSpellings) {
  EXPECT_EQ(parse_loss("CrossEntropy"), LossKind::cross_entropy);
  EXPECT_EQ(parse_loss("mean_squared_error"), LossKind::mse);
  EXPECT_EQ(parse_loss("BCEWithLogitsLoss"), LossKind::bce);
  EXPECT_EQ(parse_loss("L1Loss"), LossKind::mae);
  EXPECT_EQ(parse_loss("HuberLoss"), LossKind::huber);
  EXPECT_EQ(parse_optimizer("RMSprop"), OptimizerKind::rmsprop);
  EXPECT_EQ(parse_schedule("CosineAnnealingLR"), ScheduleKind::cosine);
  EXPECT_EQ(parse_monitor("val_acc"), Monitor{Metric::accuracy});
  EXPECT_EQ(parse_monitor("validation-auc"), Monitor{Metric::auroc});
  EXPECT_EQ(parse_monitor("train_loss"), (Monitor{Metric::loss, false}));
  EXPECT_TRUE(contains(refusal([] { parse_monitor("val_acuracy"); }), "did you mean \"val/accuracy\"?"));
  EXPECT_TRUE(contains(refusal([] { parse_metrics_scope("some"); }), "valid names: none, val, all"));
  EXPECT_EQ(parse_layer_kind("Linear"), LayerKind::dense);
  EXPECT_TRUE(contains(refusal([] { parse_loss("m\x1b[2J\nse"); }), "unknown loss \"m\\x1b[2J\\x0ase\""));
  const std::string message = refusal([] { parse_optimizer("admw"); });
  EXPECT_TRUE(message.starts_with("unknown optimizer \"admw\"; did you mean \"adamw\"? Valid names: sgd, rmsprop, "));
  for (const auto& [name, kind] : {std::pair{"SGD", OptimizerKind::sgd},
                                   {"Adagrad", OptimizerKind::adagrad},
                                   {"Adadelta", OptimizerKind::adadelta},
                                   {"Adam", OptimizerKind::adam},
                                   {"AdamW", OptimizerKind::adamw},
                                   {"NAdam", OptimizerKind::nadam},
                                   {"Lion", OptimizerKind::lion}}) {
    EXPECT_EQ(parse_optimizer(name), kind);
  }
  for (const auto& [name, kind] : {std::pair{"ConstantLR", ScheduleKind::constant},
                                   {"StepLR", ScheduleKind::step},
                                   {"MultiStepLR", ScheduleKind::multi_step},
                                   {"LinearLR", ScheduleKind::linear},
                                   {"ExponentialLR", ScheduleKind::exponential},
                                   {"PolynomialDecay", ScheduleKind::polynomial},
                                   {"CosineDecay", ScheduleKind::cosine},
                                   {"CosineAnnealingWarmRestarts", ScheduleKind::cosine_restarts},
                                   {"OneCycleLR", ScheduleKind::one_cycle},
                                   {"ReduceLROnPlateau", ScheduleKind::plateau}}) {
    EXPECT_EQ(parse_schedule(name), kind);
  }
  EXPECT_TRUE(contains(refusal([] { parse_schedule("plataeu"); }), "did you mean \"plateau\"?"));
  EXPECT_TRUE(contains(refusal([] { parse_weight_decay("decopuled"); }), "did you mean \"decoupled\"?"));
  EXPECT_TRUE(contains(refusal([] { parse_numerics("exact"); }), "valid names: fast, strict"));
}

TEST(Names, OptimizersHaveTheirOwnDefaults) {
  for (int k = 0; k < optimizer_count; ++k) {
    EXPECT_EQ(make_optimizer(static_cast<OptimizerKind>(k)).kind, static_cast<OptimizerKind>(k));
  }
  EXPECT_EQ(make_optimizer(OptimizerKind::adam), Optimizer{});
  EXPECT_EQ(make_optimizer(OptimizerKind::adagrad).epsilon, 1e-10f);
  EXPECT_EQ(make_optimizer(OptimizerKind::adamw).weight_decay, 0.01f);
  EXPECT_EQ(make_optimizer(OptimizerKind::lion).beta2, 0.99f);
  EXPECT_TRUE(reads(OptimizerKind::sgd, OptimizerConstant::nesterov));
  EXPECT_FALSE(reads(OptimizerKind::adam, OptimizerConstant::momentum));
}

TEST(Names, Devices) {
  for (const char* text : {"auto", "cpu", "cuda", "cuda:1", "reference"})
    EXPECT_EQ(to_string(parse_device(text)), text);
  EXPECT_EQ(parse_device("cuda:3"), (Device{DeviceKind::cuda, 3}));
  EXPECT_EQ(to_string(parse_device("cuda:0")), "cuda");
  EXPECT_EQ(parse_device("GPU"), (Device{DeviceKind::cuda, 0}));
  for (const char* text : {"cuda:", "cuda:x", "cuda:-1", "cuda:1.5", "cuda:99999", "cpu:0", "tpu:0"}) {
    EXPECT_THROW(parse_device(text), UsageError) << text;
  }
  EXPECT_TRUE(contains(refusal([] { parse_device("cudda"); }), "did you mean \"cuda\"?"));
}

TEST(Names, UnnamedEnumeratorsAreAnInternalError) {
  EXPECT_THROW(to_string(static_cast<LossKind>(77)), InternalError);
  EXPECT_THROW(make_activation(static_cast<ActivationKind>(77)), InternalError);
}

TEST(Names, EditDistanceCountsASwapAsOne) {
  EXPECT_EQ(engine::edit_distance("relu", "relu"), 0u);
  EXPECT_EQ(engine::edit_distance("rleu", "relu"), 1u);
  EXPECT_EQ(engine::edit_distance("", "tanh"), 4u);
  EXPECT_EQ(engine::edit_distance("sigmod", "sigmoid"), 1u);
  EXPECT_EQ(engine::edit_distance("kitten", "sitting"), 3u);
}

TEST(Names, MlpHasOneDenseLayerPerWidthAndALinearOutput) {
  const Activation gelu = make_activation(ActivationKind::gelu);
  const Network plain = make_mlp(784, {100, 50}, 10, gelu, 0);
  ASSERT_EQ(plain.layers.size(), 3u);
  EXPECT_EQ(plain.inputs, 784);
  EXPECT_EQ(plain.layers[0].units, 100);
  EXPECT_EQ(plain.layers[1].activation, gelu);
  EXPECT_EQ(plain.layers[2].units, 10);
  EXPECT_EQ(plain.layers[2].activation, make_activation(ActivationKind::linear));
  const Network dropped = make_mlp(784, {100, 50}, 10, gelu, 0.2f);
  ASSERT_EQ(dropped.layers.size(), 5u);
  EXPECT_EQ(dropped.layers[3].kind, LayerKind::dropout);
  EXPECT_EQ(dropped.layers[3].rate, 0.2f);
  EXPECT_EQ(dropped.layers[4].kind, LayerKind::dense);
}

}  // namespace
}  // namespace minnow
