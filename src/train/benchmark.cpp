// SPDX-License-Identifier: Apache-2.0
#include "minnow/benchmark.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kernels/backend.hpp"
#include "kernels/math/philox.hpp"
#include "minnow/error.hpp"
#include "src/model/memory_check.hpp"
#include "src/model/network.hpp"
#include "src/train/checks.hpp"
#include "src/train/held.hpp"
#include "src/train/session.hpp"

namespace minnow {
namespace {

using kernels::Purpose;

constexpr const char* this_benchmark = "this StepBenchmark";
constexpr std::uint64_t data_seed = 20240607;

std::uint32_t draw(std::uint32_t layer, std::uint64_t element) {
  return math::random_bits(data_seed, static_cast<std::uint32_t>(Purpose::synthetic), layer, 0, element);
}

/// 2 B (3 P - P1): forward, weight gradients and, except for the first layer, input gradients.
double flops_of(const Network& network, int batch) {
  double all = 0, first = 0;
  for (const engine::LayerPlan& layer : engine::plan_layers(network, Head::softmax)) {
    if (layer.kind != LayerKind::dense) continue;
    const double weights = static_cast<double>(layer.inputs) * layer.outputs;
    if (first == 0) first = weights;
    all += weights;
  }
  return 2.0 * batch * (3 * all - first);
}

/// "784-128-64-10 relu, batch 64, sgd with decay, dropout, multi_step"
std::string description_of(const Network& network, const Training& training) {
  std::string widths = std::to_string(network.inputs), extras;
  std::vector<std::string> activations;
  const auto mention = [&extras](const std::string& extra) {
    if (extras.find(extra) == std::string::npos) extras += (extras.empty() ? " with " : ", ") + extra;
  };
  if (training.optimizer.weight_decay > 0) mention("decay");
  for (const Layer& layer : network.layers) {
    const bool dense = layer.kind == LayerKind::dense;
    if (dense) widths += "-" + std::to_string(layer.units);
    if (!dense && layer.kind != LayerKind::activation) mention(to_string(layer.kind));
    const std::string activation = to_string(layer.activation);
    const bool shown = layer.activation.kind == ActivationKind::linear || std::ranges::count(activations, activation);
    if (!shown) activations.push_back(activation);
  }
  if (training.schedule.kind != ScheduleKind::constant) mention(to_string(training.schedule.kind));
  for (const std::string& activation : activations) widths += " " + activation;
  return widths + ", batch " + std::to_string(training.batch) + ", " + to_string(training.optimizer.kind) + extras;
}

Workload standard_workload(std::string name, int inputs, const std::vector<int>& hidden, ActivationKind activation,
                           int batch, OptimizerKind optimizer, float learning_rate) {
  Training training;
  training.optimizer.kind = optimizer;
  training.optimizer.learning_rate = learning_rate;
  training.batch = batch;
  return make_workload(std::move(name), make_mlp(inputs, hidden, 10, make_activation(activation), 0), training);
}

/// W3 with all that its recipe has: dropout behind the first five hidden layers, weight decay, a multi-step schedule.
Workload deep_recipe() {
  Workload plain = standard_workload("S1b", 128, {120, 112, 96, 64, 48, 32, 24, 16}, ActivationKind::elu, 32,
                                     OptimizerKind::adam, 1e-3f);
  std::vector<Layer>& layers = plain.network.layers;
  constexpr float rates[] = {0.25f, 0.2f, 0.15f, 0.1f, 0.05f};
  for (std::size_t i = 0; i < std::size(rates); ++i) {
    Layer dropout;
    dropout.kind = LayerKind::dropout;
    dropout.rate = rates[i];
    layers.insert(layers.begin() + static_cast<std::ptrdiff_t>(2 * i + 1), dropout);
  }
  plain.training.optimizer.weight_decay = 0.02f;
  plain.training.schedule.kind = ScheduleKind::multi_step;
  plain.training.schedule.milestones = {100, 200, 300, 400};
  plain.training.schedule.gamma = 0.8f;
  return make_workload(std::move(plain.name), std::move(plain.network), plain.training);
}

/// The models in host memory, and as many parameters again in what train() returns and its caller compares.
void check_host_memory(const Network& network, int models) {
  if (models < 1) throw UsageError("a benchmark of " + std::to_string(models) + " models, expected at least 1");
  constexpr double copies = 4;
  const auto parameters = static_cast<double>(engine::parameter_count(engine::validated(network)));
  engine::expect_memory("a benchmark of " + std::to_string(models) + " models",
                        copies * models * (parameters * sizeof(float) + sizeof(Model)), "use fewer models");
}

}  // namespace

Workload make_workload(std::string name, Network network, Training training) {
  Workload workload;
  workload.name = std::move(name);
  training.batch = batch_of(training, benchmark_rows);
  workload.description = description_of(network, training);
  workload.flops_per_step = flops_of(engine::validated(network), training.batch);
  workload.network = std::move(network);
  workload.training = std::move(training);
  return workload;
}

std::vector<Workload> benchmark_workloads() {
  using enum OptimizerKind;
  using enum ActivationKind;
  return {standard_workload("W0", 784, {128, 64}, relu, 64, sgd, 0.01f),
          standard_workload("W1", 784, {100, 200}, relu, 32, sgd, 0.1f),
          standard_workload("W2", 784, {7}, relu, 64, sgd, 0.2f),
          standard_workload("W3", 128, {120, 112, 96, 64, 48, 32, 24, 16}, elu, 32, adam, 1e-3f),
          standard_workload("W4", 784, {512, 512}, relu, 128, adam, 1e-3f),
          deep_recipe()};
}

Dataset make_noise(const Workload& workload) {
  const int features = workload.network.inputs;
  const int classes = engine::output_width(workload.network);
  const std::size_t count = static_cast<std::size_t>(benchmark_rows) * static_cast<std::size_t>(features);
  std::vector<std::int32_t> labels;
  for (int row = 0; row < benchmark_rows; ++row) {
    labels.push_back(
        static_cast<std::int32_t>(draw(0, static_cast<std::uint64_t>(row)) % static_cast<std::uint32_t>(classes)));
  }
  if (features == 784) {
    std::vector<std::uint8_t> values(count);
    for (std::size_t i = 0; i < count; ++i) {
      values[i] = static_cast<std::uint8_t>(draw(1, i / 4) >> (8 * (i % 4)));
    }
    return Dataset::from_bytes("noise", std::move(values), features, std::move(labels), classes);
  }
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = math::to_uniform(draw(1, i), -1, 1);
  return Dataset::from_floats("noise", std::move(values), features, std::move(labels), classes);
}

struct StepBenchmark::State {
  State(const Workload& workload, const Dataset& data, const Runtime& runtime, int models)
      : backend(kernels::make_backend(runtime)), shoal(make_shoal(workload.network, models)) {
    Training training = workload.training;
    training.epochs = 1000;  // nothing but schedules depends on it
    engine::TrainingSession::check(training, shoal, data);
    engine::check_memory(*backend,
                         engine::TrainingSession::bytes(training, shoal[0], models, data, {}, backend->real_size()));
    session = std::make_unique<engine::TrainingSession>(*backend, training, shoal, data);
  }

  static std::vector<Model> make_shoal(const Network& network, int models) {
    check_host_memory(network, models);
    std::vector<Model> shoal;
    for (int m = 0; m < models; ++m) shoal.emplace_back(network, static_cast<std::uint64_t>(1 + m));
    return shoal;
  }

  std::unique_ptr<kernels::Backend> backend;
  std::vector<Model> shoal;
  std::unique_ptr<engine::TrainingSession> session;
  bool ordered = false;  ///< an epoch's order has been drawn
};

StepBenchmark::StepBenchmark(const Workload& workload, const Dataset& data, const Runtime& runtime, int models)
    : state_(new State(workload, data, runtime, models)) {}
StepBenchmark::~StepBenchmark() = default;
StepBenchmark::StepBenchmark(StepBenchmark&&) noexcept = default;
StepBenchmark& StepBenchmark::operator=(StepBenchmark&&) noexcept = default;

std::string StepBenchmark::device() const {
  return engine::held(state_, this_benchmark).backend->name();
}

std::vector<float> StepBenchmark::train(int steps) {
  State& state = engine::held(state_, this_benchmark);
  engine::TrainingSession& session = *state.session;
  session.restart(state.shoal);
  int epoch = 0;
  for (int step = 0; step < steps; ++step) {
    if (step == 0 || session.epoch_done()) session.start_epoch(++epoch);
    session.step();
  }
  state.ordered = state.ordered || epoch > 0;
  const std::size_t count = state.shoal[0].parameter_count();
  std::vector<float> parameters(count * state.shoal.size());
  for (int m = 0; m < session.models(); ++m) {
    session.parameters().download(m, std::span(parameters).subspan(static_cast<std::size_t>(m) * count, count));
  }
  return parameters;
}

std::vector<double> StepBenchmark::losses(int steps) {
  State& state = engine::held(state_, this_benchmark);
  engine::TrainingSession& session = *state.session;
  session.restart(state.shoal);
  std::vector<double> losses;
  int epoch = 0;
  for (int step = 0; step < steps; ++step) {
    if (step == 0 || session.epoch_done()) session.start_epoch(++epoch);
    session.totals().reset();
    session.step();
    for (const kernels::Tally& tally : session.totals().read_training_tallies()) {
      losses.push_back(engine::mean_loss(tally.loss, tally.weight));
    }
  }
  state.ordered = state.ordered || epoch > 0;
  return losses;
}

std::vector<std::uint32_t> StepBenchmark::order() {
  State& state = engine::held(state_, this_benchmark);
  state.session->start_epoch(1);
  state.ordered = true;
  return state.session->order();
}

double StepBenchmark::time(int steps) {
  using Clock = std::chrono::steady_clock;
  State& state = engine::held(state_, this_benchmark);
  engine::TrainingSession& session = *state.session;
  if (steps < 1) throw UsageError("a benchmark of " + std::to_string(steps) + " steps, expected at least 1");
  if (!state.ordered) session.start_epoch(1);
  state.ordered = true;
  state.backend->synchronize();
  const Clock::time_point begin = Clock::now();
  for (int step = 0; step < steps; ++step) {
    if (session.epoch_done()) session.rewind();
    session.step();
  }
  state.backend->synchronize();
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / steps;
}

double measure_gemm_rate(const Runtime& runtime) {
  using Clock = std::chrono::steady_clock;
  const std::unique_ptr<kernels::Backend> backend = kernels::make_backend(runtime);
  // 2 GFLOP fill a CPU, 137 GFLOP a GPU.
  const int size = backend->name().starts_with("cuda") ? 4096 : 1024;
  const std::int64_t elements = std::int64_t{size} * size;
  const kernels::Memory memory = backend->allocate(static_cast<std::size_t>(3 * elements) * backend->real_size());
  const auto matrix = [&](int index) {
    return kernels::View{memory.data(), index * elements, 1, size, size, elements};
  };
  const std::uint64_t seed = data_seed;
  const kernels::Distribution uniform{kernels::Distribution::Kind::uniform, -1, 1};
  for (int index = 0; index < 2; ++index) {
    backend->random(matrix(index), uniform, std::span(&seed, 1), Purpose::synthetic, static_cast<std::uint32_t>(index));
  }
  double best = 0;  // seconds; the rate is a ceiling, so the fastest of the repetitions counts
  for (int repetition = 0; repetition < 6; ++repetition) {
    backend->synchronize();
    const Clock::time_point begin = Clock::now();
    backend->gemm(matrix(2), matrix(0), false, matrix(1), false);
    backend->synchronize();
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (repetition == 1 || (repetition > 1 && seconds < best)) best = seconds;  // the first one warms up
  }
  return 2.0 * size * static_cast<double>(elements) / best * 1e-9;
}

}  // namespace minnow
