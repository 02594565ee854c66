// SPDX-License-Identifier: Apache-2.0
#include "src/train/loss_inputs.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "minnow/error.hpp"
#include "src/config/validity.hpp"
#include "src/model/network.hpp"
#include "src/model/number_text.hpp"
#include "src/train/checks.hpp"

namespace minnow::engine {
namespace {

void refuse_unread(bool given, std::string_view setting, const Loss& loss) {
  if (given) throw UsageError(std::string(setting) + " no effect on the loss " + to_string(loss.kind));
}

/// Logits may have any value: an activation before the head would keep some of them away.
void check_head(const Loss& loss, const Network& network) {
  const Activation last = {last_activation(network), 0, 0};
  const Head head = head_of(loss.kind);
  if (head == Head::none) {
    if (last.kind != ActivationKind::softmax) return;
    throw UsageError(to_string(loss.kind) +
                     " on softmax outputs is not supported: use cross_entropy, or end in another "
                     "activation");
  }
  const ActivationKind own = head == Head::softmax ? ActivationKind::softmax : ActivationKind::sigmoid;
  if (last.kind == ActivationKind::linear || last.kind == own) return;
  throw UsageError(to_string(loss.kind) + " reads logits, but the network ends in " +
                   to_string(make_activation(last.kind)) + ": end in linear, or in " + to_string(make_activation(own)) +
                   ", which then belongs to the loss");
}

void check_class_weights(const Loss& loss, int outputs) {
  const std::size_t count = loss.class_weights.size();
  if (count == 0 || count == static_cast<std::size_t>(outputs)) return;
  throw SettingError("loss.class_weights", std::to_string(count) +
                                               " class weights, expected one for each of the network's " +
                                               std::to_string(outputs) + " outputs");
}

void check_classes(const Dataset& data, int outputs) {
  if (data.classes() > outputs) {
    throw UsageError(name_of(data) + " has " + std::to_string(data.classes()) + " classes, but the network has " +
                     std::to_string(outputs) + " outputs: give its last layer one unit per class");
  }
}

void check_probabilities(const Dataset& data) {
  const auto targets = data.targets();
  const auto bad = std::find_if(targets.begin(), targets.end(), [](float t) { return t < 0 || t > 1; });
  if (bad == targets.end()) return;
  throw UsageError("bce needs targets in [0, 1], but " + name_of(data) + " has " + number_text(*bad) + " at row " +
                   std::to_string((bad - targets.begin()) / data.target_count()));
}

/// A mean over rows that weigh nothing does not exist.
void check_total_weight(const Loss& loss, const Dataset& data) {
  if (!(total_weight(loss, data) > 0) && data.rows() > 0) {
    throw UsageError(name_of(data) + " has no row whose weight is above 0: raise a sample weight or a class weight");
  }
}

LossInputs elementwise_inputs(const Loss& loss, const Dataset& data, int outputs) {
  LossInputs inputs = {.loss = loss, .head = head_of(loss.kind), .target_cols = outputs};
  if (data.classes() == 0) {
    if (data.target_count() != outputs) {
      throw UsageError(name_of(data) + " has " + std::to_string(data.target_count()) +
                       " target values per row, but the network has " + std::to_string(outputs) + " outputs");
    }
    if (loss.kind == LossKind::bce) check_probabilities(data);
    return inputs;
  }
  if (outputs > 1) check_classes(data, outputs);
  if (outputs == 1 && loss.kind == LossKind::bce && data.classes() > 2) {
    throw UsageError("bce with one output needs labels 0 and 1, but " + name_of(data) + " has " +
                     std::to_string(data.classes()) + " classes: give the last layer one unit per class");
  }
  inputs.labels = outputs > 1 || data.classes() <= 2;
  return inputs;
}

}  // namespace

void check_loss(const Loss& loss) {
  expect_enumerator("loss kind", loss.kind, loss_count);
  refuse_unread(loss.kind != LossKind::cross_entropy && loss.label_smoothing != 0, "label smoothing has", loss);
  refuse_unread(loss.kind != LossKind::cross_entropy && !loss.class_weights.empty(), "class weights have", loss);
  const auto parameter = parameter_of(loss.kind);
  refuse_unread(!parameter && loss.parameter != Loss{}.parameter, "a parameter has", loss);
  if (!(loss.label_smoothing >= 0 && loss.label_smoothing < 1)) {
    throw UsageError("label smoothing " + number_text(loss.label_smoothing) + ", expected at least 0 and below 1");
  }
  if (parameter && !(loss.parameter >= parameter->minimum && std::isfinite(loss.parameter))) {
    throw UsageError(std::string(parameter->name) + " " + number_text(loss.parameter) + ", expected " +
                     expected_number(parameter->minimum));
  }
  float largest = loss.class_weights.empty() ? 1.0f : 0.0f;
  for (const float weight : loss.class_weights) {
    if (!(weight >= 0 && std::isfinite(weight))) {
      throw UsageError("class weight " + number_text(weight) + ", expected a finite number, 0 or more");
    }
    largest = std::max(largest, weight);
  }
  if (largest == 0) throw UsageError("all class weights are 0, expected one above 0");
}

LossInputs loss_inputs(const Loss& loss, const Network& network, const Dataset& data) {
  check_loss(loss);
  check_head(loss, network);
  const int outputs = output_width(network);
  LossInputs inputs;
  if (loss.kind == LossKind::cross_entropy) {
    if (data.classes() == 0) {
      throw UsageError("cross_entropy needs class labels, but " + name_of(data) + " has target values: use mse");
    }
    check_classes(data, outputs);
    check_class_weights(loss, outputs);
    inputs = {.loss = loss, .head = head_of(loss.kind), .labels = true};
  } else {
    inputs = elementwise_inputs(loss, data, outputs);
  }
  check_total_weight(loss, data);
  inputs.weights = !data.weights().empty();
  return inputs;
}

double total_weight(const Loss& loss, const Dataset& data) {
  double total = 0;
  for (std::size_t row = 0; row < static_cast<std::size_t>(data.rows()); ++row) {
    const double weight = data.weights().empty() ? 1 : static_cast<double>(data.weights()[row]);
    total += loss.class_weights.empty()
                 ? weight
                 : weight * static_cast<double>(loss.class_weights[static_cast<std::size_t>(data.labels()[row])]);
  }
  return total;
}

}  // namespace minnow::engine
