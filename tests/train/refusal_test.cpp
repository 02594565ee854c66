// SPDX-License-Identifier: Apache-2.0
/// What a run refuses, before anything is allocated, and how it says so.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "minnow/error.hpp"
#include "src/train/fit.hpp"
#include "tests/support/counting_backend.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

struct Refusal {
  std::string name;
  std::function<void(Training&)> change;
  std::vector<std::string> words;  ///< all of them stand in the message
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.name;
}

template <class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

void expect_words(const std::string& message, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    EXPECT_NE(message.find(word), std::string::npos) << "\"" << message << "\" lacks \"" << word << "\"";
  }
}

class RefusedTrainingTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedTrainingTest, NamesTheValueBeforeAnythingIsAllocated) {
  Training training = small_training(2, 8);
  GetParam().change(training);
  const auto inner = kernels::make_reference_backend();
  CountingBackend counting(*inner);
  Model model(small_mlp(9, 3), 1);
  const std::string message = message_of([&] {
    engine::fit(counting, training, std::span(&model, 1), byte_blobs(20, 9, 3, 1), byte_blobs(10, 9, 3, 1), {});
  });
  expect_words(message, GetParam().words);
  EXPECT_EQ(counting.counts(), CallCounts{}) << "the backend was used";
}

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

std::vector<Refusal> refusals() {
  return {
      Refusal{"NanRate", [](Training& t) { t.optimizer.learning_rate = nan; }, {"learning rate nan", "finite"}},
      Refusal{"NegativeRate", [](Training& t) { t.optimizer.learning_rate = -0.5f; }, {"learning rate -0.5"}},
      Refusal{"InfiniteRate", [](Training& t) { t.optimizer.learning_rate = infinity; }, {"learning rate inf"}},
      Refusal{"NoEpochs", [](Training& t) { t.epochs = 0; }, {"epochs 0", "1 to"}},
      Refusal{"NegativeBatch", [](Training& t) { t.batch = -1; }, {"batch -1", "0 to"}},
      Refusal{"HugeBatch", [](Training& t) { t.batch = 64; }, {"batch 64", "20 rows", "lower --batch"}},
      Refusal{"Momentum", [](Training& t) { t.optimizer.momentum = 1; }, {"momentum 1", "below 1"}},
      Refusal{"Beta1", [](Training& t) { t.optimizer.beta1 = -1; }, {"beta1 -1"}},
      Refusal{"Beta2", [](Training& t) { t.optimizer.beta2 = nan; }, {"beta2 nan"}},
      Refusal{"Alpha", [](Training& t) { t.optimizer.alpha = 1.5f; }, {"alpha 1.5"}},
      Refusal{"Epsilon", [](Training& t) { t.optimizer.epsilon = 0; }, {"epsilon 0", "above 0"}},
      Refusal{"Decay", [](Training& t) { t.optimizer.weight_decay = -1; }, {"weight decay -1"}},
      Refusal{"NesterovAlone",
              [](Training& t) {
                t.optimizer.kind = OptimizerKind::sgd;
                t.optimizer.nesterov = true;
              },
              {"nesterov", "momentum above 0"}},
      Refusal{"NesterovWithAdam", [](Training& t) { t.optimizer.nesterov = true; }, {"nesterov with adam"}},
      Refusal{"NesterovWithDampening",
              [](Training& t) {
                t.optimizer = {.kind = OptimizerKind::sgd, .momentum = 0.9f, .dampening = 0.5f, .nesterov = true};
              },
              {"nesterov", "dampening 0.5", "no dampening"}},
      Refusal{"DampeningAlone",
              [](Training& t) { t.optimizer = {.kind = OptimizerKind::sgd, .dampening = 0.5f}; },
              {"dampening 0.5", "momentum above 0"}},
      Refusal{"Dampening", [](Training& t) { t.optimizer.dampening = -1; }, {"dampening -1"}},
      Refusal{"MomentumWithAdam", [](Training& t) { t.optimizer.momentum = 0.5f; }, {"momentum with adam"}},
      Refusal{"CenteredWithAdam", [](Training& t) { t.optimizer.centered = true; }, {"centered with adam"}},
      Refusal{"InsideWithAdam", [](Training& t) { t.optimizer.epsilon_inside = true; }, {"inside", "with adam"}},
      Refusal{"RateDecayWithAdam", [](Training& t) { t.optimizer.lr_decay = 1; }, {"rate decay with adam"}},
      Refusal{"AccumulatorWithAdam",
              [](Training& t) { t.optimizer.initial_accumulator = 1; },
              {"initial accumulator with adam"}},
      Refusal{"Rho", [](Training& t) { t.optimizer.rho = 1; }, {"rho 1", "below 1"}},
      Refusal{"RateDecay", [](Training& t) { t.optimizer.lr_decay = nan; }, {"rate decay nan"}},
      Refusal{"Accumulator", [](Training& t) { t.optimizer.initial_accumulator = -1; }, {"accumulator -1"}},
      Refusal{"MomentumDecay", [](Training& t) { t.optimizer.momentum_decay = -1; }, {"momentum decay -1"}},
      Refusal{"ClipValue", [](Training& t) { t.optimizer.clip_value = -1; }, {"clip value -1"}},
      Refusal{"ClipNorm", [](Training& t) { t.optimizer.clip_norm = nan; }, {"clip norm nan"}},
      Refusal{"Period", [](Training& t) { t.schedule.period = 0; }, {"period 0"}},
      Refusal{"Gamma", [](Training& t) { t.schedule.gamma = nan; }, {"gamma nan"}},
      Refusal{"Warmup", [](Training& t) { t.schedule.warmup = -1; }, {"warmup -1"}},
      Refusal{"Minimum", [](Training& t) { t.schedule.minimum = infinity; }, {"minimum inf"}},
      Refusal{"NoMilestones",
              [](Training& t) { t.schedule.kind = ScheduleKind::multi_step; },
              {"multi_step needs milestones"}},
      Refusal{"MilestonesThatFall",
              [](Training& t) {
                t.schedule.milestones = {1, 5, 5};
              },
              {"milestone 5 after 5", "increasing"}},
      Refusal{"NegativeMilestone", [](Training& t) { t.schedule.milestones = {-1}; }, {"milestone -1", "0 to"}},
      Refusal{"NoAmount",
              [](Training& t) { t.schedule = {.kind = ScheduleKind::subtractive_step, .milestones = {1}}; },
              {"amount 0", "above 0"}},
      Refusal{"Amount", [](Training& t) { t.schedule.amount = nan; }, {"amount nan"}},
      Refusal{"Length", [](Training& t) { t.schedule.length = -1; }, {"length -1"}},
      Refusal{"Factor", [](Training& t) { t.schedule.factor = -1; }, {"factor -1"}},
      Refusal{"StartFactor", [](Training& t) { t.schedule.start_factor = nan; }, {"start factor nan"}},
      Refusal{"EndFactor", [](Training& t) { t.schedule.end_factor = -1; }, {"end factor -1"}},
      Refusal{"Power", [](Training& t) { t.schedule.power = 0; }, {"power 0", "above 0"}},
      Refusal{"Multiplier", [](Training& t) { t.schedule.period_multiplier = 0; }, {"period multiplier 0"}},
      Refusal{"PctStart0", [](Training& t) { t.schedule.pct_start = 0; }, {"pct_start 0", "above 0 and below 1"}},
      Refusal{"PctStart1", [](Training& t) { t.schedule.pct_start = 1; }, {"pct_start 1", "above 0 and below 1"}},
      Refusal{"PctStartNan", [](Training& t) { t.schedule.pct_start = nan; }, {"pct_start nan"}},
      Refusal{"DivFactor", [](Training& t) { t.schedule.div_factor = 0; }, {"div_factor 0"}},
      Refusal{"FinalDivFactor", [](Training& t) { t.schedule.final_div_factor = -1; }, {"final_div_factor -1"}},
      Refusal{"PlateauPatience", [](Training& t) { t.schedule.patience = -1; }, {"schedule patience -1"}},
      Refusal{"Cooldown", [](Training& t) { t.schedule.cooldown = -1; }, {"cooldown -1"}},
      Refusal{"Threshold", [](Training& t) { t.schedule.threshold = nan; }, {"threshold nan"}},
      Refusal{"PlateauGamma",
              [](Training& t) { t.schedule = {.kind = ScheduleKind::plateau, .gamma = 1}; },
              {"gamma 1", "below 1 for plateau"}},
      Refusal{"HighMinimum",
              [](Training& t) { t.schedule = {.kind = ScheduleKind::polynomial, .minimum = 1}; },
              {"minimum 1", "at most the learning rate"}},
      Refusal{"Patience", [](Training& t) { t.early_stopping.patience = -1; }, {"patience -1"}},
      Refusal{"MinimumChange", [](Training& t) { t.early_stopping.minimum_change = nan; }, {"minimum change nan"}},
      Refusal{"Smoothing", [](Training& t) { t.loss.label_smoothing = 1; }, {"label smoothing 1", "below 1"}},
      Refusal{"NanSmoothing", [](Training& t) { t.loss.label_smoothing = nan; }, {"label smoothing nan"}},
      Refusal{"NegativeClassWeight",
              [](Training& t) {
                t.loss.class_weights = {1, -2, 1};
              },
              {"class weight -2"}},
      Refusal{"NanClassWeight",
              [](Training& t) {
                t.loss.class_weights = {1, 1, nan};
              },
              {"class weight nan"}},
      Refusal{"NoClassWeight",
              [](Training& t) {
                t.loss.class_weights = {0, 0, 0};
              },
              {"all class weights are 0"}},
      Refusal{"TwoClassWeights",
              [](Training& t) {
                t.loss.class_weights = {1, 2};
              },
              {"2 class weights", "3 outputs"}},
      Refusal{"Delta", [](Training& t) { t.loss = {.kind = LossKind::huber, .parameter = 0}; }, {"delta 0", "above 0"}},
      Refusal{"NanDelta", [](Training& t) { t.loss = {.kind = LossKind::huber, .parameter = nan}; }, {"delta nan"}},
      Refusal{
          "UnreadParameter", [](Training& t) { t.loss.parameter = 2; }, {"a parameter has no effect", "cross_entropy"}},
      Refusal{"UnreadSmoothing",
              [](Training& t) { t.loss = {.kind = LossKind::bce, .label_smoothing = 0.1f}; },
              {"label smoothing has no effect", "bce"}},
      Refusal{"UnreadClassWeights",
              [](Training& t) {
                t.loss = {.kind = LossKind::mse, .class_weights = {1, 1, 1}};
              },
              {"class weights have no effect", "mse"}},
      Refusal{"NoSuchSchedule",  // it used to train as constant
              [](Training& t) { t.schedule.kind = static_cast<ScheduleKind>(99); },
              {"schedule kind 99", "0 to 10"}},
      Refusal{"NoSuchOptimizer", [](Training& t) { t.optimizer.kind = static_cast<OptimizerKind>(99); }, {"99"}},
      Refusal{"NoSuchDecay", [](Training& t) { t.optimizer.decay = static_cast<WeightDecay>(99); }, {"99"}},
      Refusal{"NoSuchInterval", [](Training& t) { t.schedule.interval = static_cast<Interval>(99); }, {"99"}},
      Refusal{"NoSuchAnnealing", [](Training& t) { t.schedule.annealing = static_cast<Annealing>(99); }, {"99"}},
      Refusal{"NoSuchThresholdMode",
              [](Training& t) { t.schedule.threshold_mode = static_cast<ThresholdMode>(99); },
              {"99"}},
      Refusal{"NoSuchMonitor", [](Training& t) { t.schedule.monitor.metric = static_cast<Metric>(99); }, {"99"}},
      Refusal{"NoSuchFigure", [](Training& t) { t.early_stopping.monitor.metric = static_cast<Metric>(99); }, {"99"}},
      Refusal{"NoSuchScope", [](Training& t) { t.metrics = static_cast<MetricsScope>(99); }, {"99"}},
      Refusal{"NoSuchLoss", [](Training& t) { t.loss.kind = static_cast<LossKind>(99); }, {"loss kind 99"}},
      Refusal{"TooManySteps",
              [](Training& t) { t.epochs = 1000000000, t.batch = 1; },
              {"steps in all", "fewer than 4294967295", "step limit"}},
      Refusal{"TooManyStepsWithinALimit",
              [](Training& t) { t.epochs = 1000000000, t.batch = 1, t.max_steps = 4294967295; },
              {"4294967295 steps in all"}}};
}

std::string refusal_name(const testing::TestParamInfo<Refusal>& refusal) {
  return refusal.param.name;
}

INSTANTIATE_TEST_SUITE_P(Values, RefusedTrainingTest, testing::ValuesIn(refusals()), refusal_name);

class RefusedDataTest : public testing::Test {
 protected:
  std::string fit(const Network& network, const Dataset& train, const Dataset& validation,
                  const Training& training = small_training(2, 8)) {
    Model model(network, 1);
    const std::string message =
        message_of([&] { engine::fit(counting_, training, std::span(&model, 1), train, validation, {}); });
    EXPECT_EQ(counting_.counts(), CallCounts{}) << "the backend was used";
    return message;
  }

  Training with(LossKind loss) {
    Training training = small_training(2, 8);
    training.loss.kind = loss;
    return training;
  }

  std::unique_ptr<kernels::Backend> inner_ = kernels::make_reference_backend();
  CountingBackend counting_{*inner_};
};

TEST_F(RefusedDataTest, OtherFeatures) {
  expect_words(fit(small_mlp(8, 3), byte_blobs(20, 9, 3, 1), {}), {"'byte blobs' has 9 features", "8 inputs"});
  expect_words(fit(small_mlp(9, 3), byte_blobs(20, 9, 3, 1), byte_blobs(20, 7, 3, 1)), {"7 features", "9 inputs"});
}

TEST_F(RefusedDataTest, NoRows) {
  expect_words(fit(small_mlp(9, 3), {}, {}), {"no rows"});
}

TEST_F(RefusedDataTest, MoreClassesThanOutputs) {
  expect_words(fit(small_mlp(9, 2), byte_blobs(20, 9, 3, 1), {}), {"3 classes", "2 outputs"});
  expect_words(fit(small_mlp(9, 2), byte_blobs(20, 9, 3, 1), {}, with(LossKind::mse)), {"3 classes", "2 outputs"});
}

TEST_F(RefusedDataTest, LossThatDoesNotFit) {
  expect_words(fit(small_mlp(2, 2), small_regression(20, 1), {}), {"cross_entropy needs class labels", "use mse"});
  expect_words(fit(small_mlp(2, 3), small_regression(20, 1), {}, with(LossKind::mse)),
               {"2 target values", "3 outputs"});
  Network softmax = small_mlp(9, 3);
  softmax.layers.back().activation.kind = ActivationKind::softmax;
  expect_words(fit(softmax, byte_blobs(20, 9, 3, 1), {}, with(LossKind::mse)), {"mse on softmax"});
}

TEST_F(RefusedDataTest, HeadThatDoesNotFit) {
  Network network = small_mlp(9, 3);
  network.layers.back().activation.kind = ActivationKind::sigmoid;
  expect_words(fit(network, byte_blobs(20, 9, 3, 1), {}), {"cross_entropy reads logits", "ends in sigmoid", "softmax"});
  network.layers.back().activation.kind = ActivationKind::softmax;
  expect_words(fit(network, byte_blobs(20, 9, 3, 1), {}, with(LossKind::bce)),
               {"bce reads logits", "ends in softmax", "sigmoid"});
  expect_words(fit(network, byte_blobs(20, 9, 3, 1), {}, with(LossKind::huber)), {"huber on softmax"});
}

TEST_F(RefusedDataTest, TargetsThatAreNoProbabilities) {
  expect_words(fit(small_mlp(9, 1), byte_blobs(20, 9, 3, 1), {}, with(LossKind::bce)), {"labels 0 and 1", "3 classes"});
  const Dataset data = Dataset::for_regression("targets", {1, 2, 3}, 1, {0, 1, 1.5f}, 1);
  Training training = with(LossKind::bce);
  training.batch = 2;
  expect_words(fit(small_mlp(1, 1), data, {}, training), {"[0, 1]", "1.5 at row 2"});
}

TEST_F(RefusedDataTest, SampleWeights) {
  Dataset data = byte_blobs(3, 9, 3, 1);
  expect_words(message_of([&] { data.set_weights({1, -1, 1}); }), {"sample weight -1 at row 1"});
  expect_words(message_of([&] { data.set_weights({1, 1, nan}); }), {"sample weight nan at row 2"});
  expect_words(message_of([&] { data.set_weights({1, 1}); }), {"2 sample weights", "3 rows"});
  data.set_weights({0, 0, 0});
  Training training = small_training(2, 3);
  expect_words(fit(small_mlp(9, 3), data, {}, training), {"no row whose weight is above 0"});
}

TEST_F(RefusedDataTest, EarlyStoppingWithoutFigures) {
  Training training = small_training(2, 8);
  training.early_stopping.patience = 2;
  expect_words(fit(small_mlp(9, 3), byte_blobs(20, 9, 3, 1), {}, training), {"patience 2", "needs validation data"});
  training.loss.kind = LossKind::mse;
  training.early_stopping.monitor = {Metric::accuracy};
  expect_words(fit(small_mlp(2, 2), small_regression(20, 1), small_regression(9, 1), training),
               {"val/accuracy", "class labels"});
}

TEST_F(RefusedDataTest, PlateauWithoutFigures) {
  Training training = small_training(2, 8);
  training.schedule.kind = ScheduleKind::plateau;
  expect_words(fit(small_mlp(9, 3), byte_blobs(20, 9, 3, 1), {}, training), {"plateau", "needs validation data"});
  training.loss.kind = LossKind::mse;
  training.schedule.monitor = {Metric::accuracy};
  expect_words(fit(small_mlp(2, 2), small_regression(20, 1), small_regression(9, 1), training),
               {"val/accuracy", "class labels"});
}

TEST_F(RefusedDataTest, MonitoredFiguresThatTheDataDoNotGive) {
  Training training = small_training(2, 8);
  const Dataset classes = byte_blobs(20, 9, 3, 1);
  training.early_stopping.monitor = {Metric::auroc};
  expect_words(fit(small_mlp(9, 3), classes, classes, training), {"val/auroc", "3 classes", "two", "monitor val/loss"});
  training.early_stopping.monitor = {Metric::r2, false};
  expect_words(fit(small_mlp(9, 3), classes, {}, training), {"train/r2", "target values", "monitor train/loss"});
  training.early_stopping.monitor = {Metric::auroc, false};
  expect_words(fit(small_mlp(9, 1), byte_blobs(20, 9, 1, 1), {}, training), {"train/auroc", "1 class, fewer than two"});
  training.loss.kind = LossKind::mse;
  training.early_stopping.monitor = {Metric::macro_f1};
  expect_words(fit(small_mlp(2, 2), small_regression(20, 1), small_regression(9, 1), training),
               {"val/macro_f1", "class labels"});
}

TEST_F(RefusedDataTest, FloatsForBytes) {
  std::vector<float> values(18, 0.5f);
  const Dataset floats = Dataset::from_floats("floats", std::move(values), 9, {0, 1}, 3);
  expect_words(fit(small_mlp(9, 3), byte_blobs(20, 9, 3, 1), floats), {"stored as floats"});
}

TEST_F(RefusedDataTest, HyperparametersThatDoNotFitTheShoal) {
  Training training = small_training(2, 8);
  training.models.resize(2);
  expect_words(fit(small_mlp(9, 3), byte_blobs(20, 9, 3, 1), {}, training), {"2 models", "there are 1"});
  training.models[1].optimizer.kind = OptimizerKind::sgd;
  expect_words(message_of([&] { Trainer{training}; }), {"one kind of optimizer", "sgd", "adam"});
  training.models[0].optimizer.kind = OptimizerKind::sgd;
  training.models[1].optimizer.momentum = 1;
  expect_words(message_of([&] { Trainer{training}; }), {"model 1: momentum 1", "below 1"});
  training.models[1].optimizer.momentum = 0;
  std::vector<Model> shoal;
  for (const std::uint64_t seed : {1, 2}) shoal.emplace_back(small_mlp(9, 3), seed);
  const Trainer trainer(training, {.device = {DeviceKind::cpu, 0}});
  EXPECT_GT(trainer.check(shoal, byte_blobs(20, 9, 3, 1), {}), 0u);
  expect_words(message_of([&] { hyperparameters(training, 2); }), {"model 2", "2 models"});
}

TEST_F(RefusedDataTest, ModelsThatDiffer) {
  std::vector<Model> shoal;
  shoal.emplace_back(small_mlp(9, 3), 1);
  shoal.emplace_back(small_mlp(9, 3, ActivationKind::tanh), 2);
  const auto fit_all = [&](std::span<Model> models) {
    return message_of([&] { engine::fit(counting_, small_training(1, 8), models, byte_blobs(20, 9, 3, 1), {}, {}); });
  };
  expect_words(fit_all(shoal), {"one architecture"});
  expect_words(fit_all({}), {"no model"});
  std::vector<Model> empty(1);
  expect_words(fit_all(empty), {"empty model"});
}

TEST_F(RefusedDataTest, MoreMemoryThanThereIs) {
  std::vector<Model> shoal;
  const Network network = make_mlp(9, {3000, 3000}, 3, make_activation(ActivationKind::relu), 0);
  for (int m = 0; m < 2; ++m) shoal.emplace_back(network, 1);
  Training training = small_training(1, 1 << 21);
  const Dataset train = byte_blobs(1 << 21, 9, 3, 1);
  try {
    engine::fit(counting_, training, shoal, train, {}, {});
    FAIL() << "nothing was thrown";
  } catch (const MemoryError& error) {
    expect_words(error.what(), {"this needs", "GB", "lower the batch"});
  }
  EXPECT_EQ(counting_.counts(), CallCounts{});
}

TEST(UnknownEnumerators, OfNetworksRuntimesAndStartsAreRefused) {
  const auto refused = [](const auto& change) {
    Network network = small_mlp(9, 3);
    change(network);
    EXPECT_THROW(Model(network, 1), UsageError);
  };
  refused([](Network& n) { n.layers[0].kind = static_cast<LayerKind>(99); });
  refused([](Network& n) { n.layers[0].activation.kind = static_cast<ActivationKind>(99); });
  refused([](Network& n) { n.layers[0].weights.kind = static_cast<InitializerKind>(99); });
  refused([](Network& n) { n.layers[0].weights.fan = static_cast<Initializer::Fan>(99); });
  EXPECT_THROW(Trainer(small_training(1, 8), {.device = {static_cast<DeviceKind>(99), 0}}), UsageError);
  const Runtime cpu = {.device = {DeviceKind::cpu, 0}};
  Runtime other = cpu;
  other.numerics = static_cast<Numerics>(99);
  EXPECT_THROW(Trainer(small_training(1, 8), other), UsageError);
  Model model(small_mlp(9, 3), 1);
  EXPECT_THROW(
      Trainer(small_training(1, 8), cpu).fit(model, byte_blobs(20, 9, 3, 1), {}, {}, static_cast<ScheduleStart>(99)),
      UsageError);
}

}  // namespace
}  // namespace minnow::test
