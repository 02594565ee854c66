// SPDX-License-Identifier: Apache-2.0
#include "src/train/checks.hpp"

#include <cmath>
#include <string>
#include <string_view>

#include "minnow/error.hpp"
#include "src/model/memory_check.hpp"
#include "src/model/network.hpp"
#include "src/model/number_text.hpp"
#include "src/train/device_data.hpp"
#include "src/train/loss_inputs.hpp"

namespace minnow::engine {
namespace {

[[noreturn]] void refuse(std::string_view name, const std::string& value, std::string_view expected) {
  throw UsageError(std::string(name) + " " + value + ", expected " + std::string(expected));
}

void expect_not_negative(std::string_view name, float value) {
  if (!(value >= 0 && std::isfinite(value))) refuse(name, number_text(value), "a finite number, 0 or more");
}

void expect_positive(std::string_view name, float value) {
  if (!(value > 0 && std::isfinite(value))) refuse(name, number_text(value), "a finite number above 0");
}

void expect_fraction(std::string_view name, float value) {
  if (!(value >= 0 && value < 1)) refuse(name, number_text(value), "at least 0 and below 1");
}

void expect_between(std::string_view name, int value, int low, int high) {
  if (value < low || value > high) {
    refuse(name, std::to_string(value), std::to_string(low) + " to " + std::to_string(high));
  }
}

void check_optimizer(const Optimizer& optimizer) {
  expect_not_negative("learning rate", optimizer.learning_rate);
  expect_not_negative("weight decay", optimizer.weight_decay);
  expect_fraction("momentum", optimizer.momentum);
  expect_fraction("alpha", optimizer.alpha);
  expect_fraction("beta1", optimizer.beta1);
  expect_fraction("beta2", optimizer.beta2);
  expect_positive("epsilon", optimizer.epsilon);
  if (optimizer.nesterov && (optimizer.kind != OptimizerKind::sgd || optimizer.momentum == 0)) {
    throw UsageError("nesterov with " + to_string(optimizer.kind) + " and momentum " + number_text(optimizer.momentum) +
                     ": it needs sgd and a momentum above 0");
  }
}

void check_schedule(const Schedule& schedule, float learning_rate) {
  expect_positive("schedule period", schedule.period);
  expect_positive("schedule gamma", schedule.gamma);
  expect_not_negative("schedule minimum", schedule.minimum);
  expect_not_negative("schedule warmup", schedule.warmup);
  if (schedule.kind == ScheduleKind::cosine && schedule.minimum > learning_rate) {
    refuse("schedule minimum", number_text(schedule.minimum),
           "at most the learning rate, " + number_text(learning_rate));
  }
}

std::string name_of(const Dataset& data) {
  return "dataset '" + data.name() + "'";
}

}  // namespace

void check_training(const Training& training) {
  expect_between("epochs", training.epochs, 1, 1000000000);
  expect_between("batch", training.batch, 1, largest_width);
  check_loss(training.loss);
  check_optimizer(training.optimizer);
  check_schedule(training.schedule, training.optimizer.learning_rate);
  expect_between("patience", training.early_stopping.patience, 0, 1000000000);
  expect_not_negative("minimum change", training.early_stopping.minimum_change);
}

void check_features(const Network& network, const Dataset& data) {
  if (data.rows() == 0) throw UsageError(name_of(data) + " has no rows");
  if (data.features() != network.inputs) {
    throw UsageError(name_of(data) + " has " + std::to_string(data.features()) + " features, but the network has " +
                     std::to_string(network.inputs) + " inputs");
  }
}

void check_preprocessing(const Model& model, const Dataset& data) {
  const bool scales = model.preprocessing != Preprocessing{};
  if (data.is_bytes() ? scales || preprocessing_of(data) == Preprocessing{} : !scales) return;
  const std::string range =
      "scale " + number_text(model.preprocessing.scale) + ", shift " + number_text(model.preprocessing.shift);
  throw UsageError(name_of(data) + " holds " + (data.is_bytes() ? "bytes" : "floats") +
                   ", but the model's inputs are " +
                   (scales ? "bytes (" + range + ")" : "floats, which it takes as they are (" + range + ")") +
                   ": use data of the kind that it was trained on, or set Model::preprocessing");
}

void check_memory(const kernels::Backend& backend, std::size_t bytes) {
  const bool on_host = backend.name() == "cpu" || backend.name() == "reference";
  if (!on_host) return;
  expect_memory("this", static_cast<double>(bytes),
                "lower the batch, the widths, or the number of models trained at once");
}

}  // namespace minnow::engine
