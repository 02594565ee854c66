// SPDX-License-Identifier: Apache-2.0
/// One 64-bit hash per formula, of the bit patterns of its results over a sweep of inputs. The same tasks run on the
/// host and on a device: `Runner` holds the memory and calls task(i) for each i.
///   T* copy(const std::vector<T>&)   a copy that tasks can read and write
///   std::vector<T> read(const T*, n)
///   void run(int n, Task task)       task(0) .. task(n - 1), in any order
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "kernels/math/loss.hpp"
#include "kernels/math/philox.hpp"
#include "kernels/math/schedule.hpp"
#include "kernels/math/summation.hpp"
#include "kernels/math/update_rule.hpp"
#include "tests/math/formulas.hpp"
#include "tests/math/sweep.hpp"

namespace minnow::math_tests {

using EmitHash = std::function<void(const std::string& name, std::uint64_t hash)>;

/// The hash of `count` words; every NaN counts as the same one, since its payload is not promised.
inline std::uint64_t hash_words(const std::uint32_t* words, std::size_t count) {
  std::uint64_t hash = 0x9E3779B97F4A7C15u;
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_nan = (words[i] & 0x7fffffffu) > 0x7f800000u;
    hash = (hash ^ (is_nan ? 0x7fc00000u : words[i])) * 0xD1342543DE82EF95u;
    hash ^= hash >> 29;
  }
  return hash;
}
template <class T>
std::uint64_t hash_values(const std::vector<T>& values) {
  std::vector<std::uint32_t> words(values.size() * sizeof(T) / 4);
  if (!words.empty()) std::memcpy(words.data(), values.data(), words.size() * 4);
  return hash_words(words.data(), words.size());
}

template <class Formula>
struct MapTask {
  Formula formula;
  const float* x;
  float* y;
  MINNOW_HD void operator()(int i) const { y[i] = formula(x[i]); }
};

template <class Rule>
struct UpdateTask {
  Optimizer optimizer;
  kernels::StepRates rates;
  float* parameters;
  const float* gradients;
  float* state;
  std::int64_t stride;
  MINNOW_HD void operator()(int i) const {
    math::update_parameter<Rule>(optimizer, rates, true, parameters[i], gradients[i], state + i, stride);
  }
};

struct PrepareTask {
  kernels::ModelState* models;
  const std::uint32_t* steps;
  MINNOW_HD void operator()(int i) const { math::prepare(models[i], steps[i]); }
};

struct RandomTask {
  std::uint64_t seed;
  std::uint32_t* bits;
  float* uniform;
  float* normal;
  MINNOW_HD void operator()(int i) const {
    const auto element = static_cast<std::uint64_t>(i);
    bits[i] = math::random_bits(seed, 4, 2, 7, element);
    uniform[i] = math::to_uniform(bits[i], -0.1f, 0.3f);
    normal[i] = math::random_normal(seed, 1, 3, 0, element);
  }
};

struct NormalTask {
  const std::uint32_t* random;
  float* pairs;
  MINNOW_HD void operator()(int i) const {
    const math::NormalPair pair = math::to_normal_pair(random[2 * i], random[2 * i + 1]);
    pairs[2 * i] = pair.first;
    pairs[2 * i + 1] = pair.second;
  }
};

constexpr int loss_results = 6;
struct LossTask {
  const float* a;
  const float* b;
  float* results;
  MINNOW_HD void operator()(int i) const {
    const float weight = math::softmax_weight(a[i], b[i]);
    const float probability = math::softmax_probability(weight, weight + 1.5f);
    const auto shares = math::ClassShares<float>::of(0.1f, weight + 0.5f, b[i], i % 1000 + 2);
    float* const result = results + loss_results * static_cast<std::int64_t>(i);
    result[0] = weight;
    result[1] = probability;
    result[2] = math::CrossEntropy::loss(a[i], b[i], weight + 1.0f);
    result[3] = math::CrossEntropy::row_loss(shares, result[2], b[i]);
    result[4] = math::CrossEntropy::slope(shares, probability, i % 2 == 0, b[i]);
    result[5] = math::mean_factor(a[i], b[i]);
  }
};

template <class Formula>
struct ElementwiseLossTask {
  Formula formula;
  const float* a;
  const float* b;
  float* results;
  MINNOW_HD void operator()(int i) const {
    results[2 * i] = formula.loss(a[i], b[i]);
    results[2 * i + 1] = formula.slope(a[i], b[i]);
  }
};

struct SumTask {
  const float* a;
  const float* b;
  const int* lengths;
  float* results;
  MINNOW_HD void operator()(int i) const {
    math::ChunkedSum<float> sum, products;
    for (int k = 0; k < lengths[i]; ++k) {
      sum.add(a[k]);
      products.add_product(a[k], b[k]);
    }
    results[2 * i] = sum.result();
    results[2 * i + 1] = products.result();
  }
};

/// Uniform floats in [-scale, scale), from a small generator of its own.
inline std::vector<float> draw(std::size_t count, float scale, std::uint32_t seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = (static_cast<float>(seed >> 8) * 0x1p-23f - 1.0f) * scale;
  }
  return values;
}

template <class Runner>
class BitSweep {
 public:
  BitSweep(Runner& runner, std::uint32_t per_exponent, EmitHash emit)
      : runner_(runner), values_(sweep(per_exponent)), emit_(std::move(emit)) {}

  void all() {
    formulas();
    update_rules();
    schedules();
    random_numbers();
    losses();
    sums();
  }

  void formulas() {
    for_each_elementary([&](auto formula) { map(std::string(formula.name) + "(x)", formula); });
    for (const Activation& activation : activation_variants()) {
      math::visit_elementwise(activation, [&](auto formula) {
        map(variant_name(activation), Forward<decltype(formula)>{formula});
        map(variant_name(activation) + " slope", Slope<decltype(formula)>{formula});
      });
    }
  }

  void update_rules() {
    for (int k = 0; k < optimizer_count; ++k) {
      math::visit(static_cast<OptimizerKind>(k), [&]<class Rule>(Rule rule) {
        const bool momentum = Rule::reads(OptimizerConstant::momentum);
        for (const bool option : {false, true}) {  // what rules have, all off and all on
          for (const WeightDecay decay :
               {WeightDecay::automatic, WeightDecay::gradient, WeightDecay::sum_of_squares, WeightDecay::decoupled}) {
            Optimizer optimizer = Rule::defaults;
            optimizer.weight_decay = decay == WeightDecay::automatic ? 0 : 0.02f;
            optimizer.decay = decay;
            optimizer.momentum = option && momentum ? 0.9f : 0;
            optimizer.nesterov = optimizer.centered = optimizer.epsilon_inside = option;
            optimizer.dampening = option ? 0.25f : 0;
            optimizer.lr_decay = option ? 0.1f : 0;
            optimizer.clip_value = option ? 0.05f : 0;
            optimizer.clip_norm = option ? 0.5f : 0;
            update(rule, optimizer);
          }
        }
      });
    }
  }

  void schedules() {
    using enum ScheduleKind;
    std::vector<std::uint32_t> steps;
    for (std::uint32_t s = 0; s < 3000; ++s) steps.push_back(s < 2000 ? s : s * s * 7u);
    for (int k = 0; k < 4 * schedule_count; ++k) {
      kernels::StepSchedule schedule = {.kind = static_cast<ScheduleKind>(k / 4), .gamma = 0.9f, .minimum = 1e-5f};
      schedule.warmup = k % 2 == 0 ? 0 : 50;
      schedule.hold = k % 4 >= 2;
      schedule.annealing = schedule.hold ? Annealing::linear : Annealing::cosine;
      schedule.period = 17;
      schedule.total = 1999;
      schedule.epoch = 13;
      schedule.start_factor = 0.3f;
      schedule.factor = schedule.power = 0.7f;
      schedule.amount = 1e-4f;
      schedule.pct_start = 0.3f;
      schedule.div_factor = 25;
      schedule.final_div_factor = 1e4f;
      schedule.period_multiplier = schedule.hold ? 1 : 2;
      schedule.milestone_count = 3;
      for (std::uint32_t i = 0; i < 3; ++i) schedule.milestones[i] = 100 * (i + 1);
      std::vector<kernels::ModelState> models(steps.size());
      for (auto& model : models) {
        model.optimizer = math::NAdam::defaults;
        model.schedule = schedule;
      }
      auto* const states = runner_.copy(models);
      runner_.run(static_cast<int>(steps.size()), PrepareTask{states, runner_.copy(steps)});
      std::vector<float> rates;
      std::vector<double> powers;
      for (const auto& model : runner_.read(states, models.size())) {
        rates.push_back(model.rates.learning_rate);
        rates.push_back(model.rates.correction1);
        rates.push_back(model.rates.correction2);
        rates.push_back(model.rates.next_momentum);
        rates.push_back(model.rates.momentum_product);
        powers.push_back(model.beta1_power);
        powers.push_back(model.beta2_power);
      }
      const std::string name = "schedule " + std::to_string(k / 4) + " variant " + std::to_string(k % 4);
      emit_(name, hash_values(rates) ^ hash_values(powers));
    }
  }

  void random_numbers() {
    constexpr int count = 20000;
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xFEDCBA9876543210u}}) {
      const RandomTask task{seed, runner_.copy(std::vector<std::uint32_t>(count)),
                            runner_.copy(std::vector<float>(count)), runner_.copy(std::vector<float>(count))};
      runner_.run(count, task);
      emit_("philox " + std::to_string(seed), hash_values(runner_.read(task.bits, count)));
      emit_("uniform " + std::to_string(seed), hash_values(runner_.read(task.uniform, count)));
      emit_("normal " + std::to_string(seed), hash_values(runner_.read(task.normal, count)));
    }
    std::vector<std::uint32_t> words;
    for (const float value : values_) words.push_back(math::bits<std::uint32_t>(value));
    words.resize(words.size() / 2 * 2);
    const NormalTask task{runner_.copy(words), runner_.copy(std::vector<float>(words.size()))};
    runner_.run(static_cast<int>(words.size() / 2), task);
    emit_("normal pairs", hash_values(runner_.read(task.pairs, words.size())));
  }

  void losses() {
    std::vector<float> a = values_, b(values_.rbegin(), values_.rend());
    for (const float scale : {1.0f, 30.0f, 200.0f}) {
      for (const float value : draw(20000, scale, 1)) a.push_back(value);
      for (const float value : draw(20000, scale, 2)) b.push_back(value);
    }
    float* const left = runner_.copy(a);
    float* const right = runner_.copy(b);
    const LossTask task{left, right, runner_.copy(std::vector<float>(loss_results * a.size()))};
    runner_.run(static_cast<int>(a.size()), task);
    emit_("cross_entropy", hash_values(runner_.read(task.results, loss_results * a.size())));
    for_each_elementwise_loss([&](auto formula) {
      const ElementwiseLossTask<decltype(formula)> pairs{formula, left, right,
                                                         runner_.copy(std::vector<float>(2 * a.size()))};
      runner_.run(static_cast<int>(a.size()), pairs);
      emit_(std::string(formula.names[0]), hash_values(runner_.read(pairs.results, 2 * a.size())));
    });
  }

  void sums() {
    const std::vector<int> lengths = {0, 1, 7, 127, 128, 129, 1000, 16383, 16384, 16385, 50000};
    const SumTask task{runner_.copy(draw(50000, 1, 3)), runner_.copy(draw(50000, 1, 4)), runner_.copy(lengths),
                       runner_.copy(std::vector<float>(2 * lengths.size()))};
    runner_.run(static_cast<int>(lengths.size()), task);
    emit_("sums", hash_values(runner_.read(task.results, 2 * lengths.size())));
  }

 private:
  template <class Formula>
  void map(const std::string& name, Formula formula) {
    if (x_ == nullptr) {
      x_ = runner_.copy(values_);
      y_ = runner_.copy(values_);
    }
    runner_.run(static_cast<int>(values_.size()), MapTask<Formula>{formula, x_, y_});
    emit_(name, hash_values(runner_.read(y_, values_.size())));
  }

  template <class Rule>
  void update(Rule, const Optimizer& optimizer) {
    constexpr std::size_t count = 4096;
    // Ordinary values, and behind them whatever the sweep holds.
    std::vector<float> parameters = draw(count, 1, 5), gradients = draw(count, 0.1f, 6);
    parameters.insert(parameters.end(), values_.begin(), values_.end());
    gradients.insert(gradients.end(), values_.rbegin(), values_.rend());
    const auto n = static_cast<std::int64_t>(parameters.size());
    UpdateTask<Rule> task{optimizer,
                          {},
                          runner_.copy(parameters),
                          runner_.copy(gradients),
                          runner_.copy(std::vector<float>(3 * parameters.size())),
                          n};
    for (const std::uint32_t step : {0u, 1u, 1000u}) {
      kernels::ModelState model;
      model.optimizer = optimizer;
      math::prepare(model, step);
      task.rates = model.rates;
      task.rates.gradient_scale = math::clip_scale(optimizer, 3.0f);
      runner_.run(static_cast<int>(n), task);
    }
    const std::string name = "update " + std::string(Rule::names[0]) + " decay " +
                             std::to_string(static_cast<int>(optimizer.decay)) +
                             (optimizer.clip_value > 0 ? " with all options" : "");
    emit_(name, hash_values(runner_.read(task.parameters, parameters.size())) ^
                    (hash_values(runner_.read(task.state, 3 * parameters.size())) << 1));
  }

  Runner& runner_;
  std::vector<float> values_;
  EmitHash emit_;
  float* x_ = nullptr;
  float* y_ = nullptr;
};

/// Tasks on the host, one after the other.
class HostRunner {
 public:
  template <class T>
  T* copy(const std::vector<T>& values) {
    blocks_.emplace_back(values.size() * sizeof(T) / 8 + 1);
    auto* const data = reinterpret_cast<T*>(blocks_.back().data());
    if (!values.empty()) std::memcpy(static_cast<void*>(data), values.data(), values.size() * sizeof(T));
    return data;
  }
  template <class T>
  std::vector<T> read(const T* data, std::size_t count) const {
    return std::vector<T>(data, data + count);
  }
  template <class Task>
  void run(int count, Task task) const {
#pragma GCC ivdep
    for (int i = 0; i < count; ++i) task(i);
  }

 private:
  std::vector<std::vector<std::uint64_t>> blocks_;
};

}  // namespace minnow::math_tests
