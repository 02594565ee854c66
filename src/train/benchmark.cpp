// SPDX-License-Identifier: Apache-2.0
#include "minnow/benchmark.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kernels/backend.hpp"
#include "kernels/math/philox.hpp"
#include "minnow/error.hpp"
#include "src/model/network.hpp"
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

Workload make_workload(std::string name, int inputs, const std::vector<int>& hidden, ActivationKind activation,
                       int batch, OptimizerKind optimizer, float learning_rate) {
  Workload workload;
  workload.name = std::move(name);
  workload.network = make_mlp(inputs, hidden, 10, make_activation(activation), 0);
  workload.training.optimizer.kind = optimizer;
  workload.training.optimizer.learning_rate = learning_rate;
  workload.training.batch = batch;
  workload.flops_per_step = flops_of(workload.network, batch);
  std::string widths = std::to_string(inputs);
  for (const Layer& layer : workload.network.layers) widths += "-" + std::to_string(layer.units);
  workload.description = widths + " " + to_string(make_activation(activation)) + ", batch " + std::to_string(batch) +
                         ", " + to_string(optimizer);
  return workload;
}

/// W3 with all that its recipe has: dropout behind the first five hidden layers, weight decay, a multi-step schedule.
Workload deep_recipe() {
  Workload workload = make_workload("S1b", 128, {120, 112, 96, 64, 48, 32, 24, 16}, ActivationKind::elu, 32,
                                    OptimizerKind::adam, 1e-3f);
  std::vector<Layer>& layers = workload.network.layers;
  constexpr float rates[] = {0.25f, 0.2f, 0.15f, 0.1f, 0.05f};
  for (std::size_t i = 0; i < std::size(rates); ++i) {
    Layer dropout;
    dropout.kind = LayerKind::dropout;
    dropout.rate = rates[i];
    layers.insert(layers.begin() + static_cast<std::ptrdiff_t>(2 * i + 1), dropout);
  }
  workload.training.optimizer.weight_decay = 0.02f;
  workload.training.schedule.kind = ScheduleKind::multi_step;
  workload.training.schedule.milestones = {100, 200, 300, 400};
  workload.training.schedule.gamma = 0.8f;
  workload.description += " with decay, dropout, multi_step";
  return workload;
}

}  // namespace

std::vector<Workload> benchmark_workloads() {
  using enum OptimizerKind;
  using enum ActivationKind;
  return {make_workload("W0", 784, {128, 64}, relu, 64, sgd, 0.01f),
          make_workload("W1", 784, {100, 200}, relu, 32, sgd, 0.1f),
          make_workload("W2", 784, {7}, relu, 64, sgd, 0.2f),
          make_workload("W3", 128, {120, 112, 96, 64, 48, 32, 24, 16}, elu, 32, adam, 1e-3f),
          make_workload("W4", 784, {512, 512}, relu, 128, adam, 1e-3f),
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
    session = std::make_unique<engine::TrainingSession>(*backend, training, shoal, data);
  }

  static std::vector<Model> make_shoal(const Network& network, int models) {
    if (models < 1) throw UsageError("a benchmark of " + std::to_string(models) + " models, expected at least 1");
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
