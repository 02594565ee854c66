// SPDX-License-Identifier: Apache-2.0
#include "src/train/epoch_totals.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "kernels/math/loss.hpp"
#include "src/train/metrics.hpp"

namespace minnow::engine {

using kernels::ErrorSum;
using kernels::Tally;

namespace {

/// Each array starts on a line of its own.
constexpr std::size_t line = 64;
std::size_t lines(std::size_t bytes) {
  return (bytes + line - 1) / line * line;
}
std::size_t class_bytes(const Counted& counted, int models) {
  if (counted.classes.classes == 0) return 0;
  return static_cast<std::size_t>(models) * static_cast<std::size_t>(counted.classes.size()) * sizeof(std::uint32_t);
}
std::size_t error_bytes(const Counted& counted, int models) {
  return static_cast<std::size_t>(models) * static_cast<std::size_t>(counted.errors) * sizeof(ErrorSum);
}

/// A single output above this stands for class 1; softmax gives a single one no choice.
float boundary_of(const Loss& loss) {
  if (loss.kind == LossKind::cross_entropy) return std::numeric_limits<float>::infinity();
  float boundary = 0;
  math::visit_elementwise(loss.kind, loss.delta, [&](const auto& formula) { boundary = formula.boundary; });
  return boundary;
}

std::vector<double> variances(const Dataset& data) {
  const auto rows = static_cast<std::size_t>(data.rows()), targets = static_cast<std::size_t>(data.target_count());
  std::vector<double> result(targets);
  for (std::size_t t = 0; t < targets; ++t) {
    double mean = 0;
    for (std::size_t row = 0; row < rows; ++row) mean += static_cast<double>(data.targets()[row * targets + t]);
    mean /= static_cast<double>(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      const double difference = static_cast<double>(data.targets()[row * targets + t]) - mean;
      result[t] += difference * difference / static_cast<double>(rows);
    }
  }
  return result;
}

}  // namespace

Counted counted(const Dataset& data, const LossInputs& inputs, int outputs) {
  Counted counted;
  if (inputs.labels) {
    const int classes = std::max(outputs, 2);
    counted.classes = {nullptr, classes, top_k_of(classes), boundary_of(inputs.loss)};
  } else if (data.target_count() > 0) {
    counted.errors = outputs;
    counted.variances = variances(data);
  }
  return counted;
}

std::size_t EpochTotals::place(Section& section, int models, std::size_t offset) {
  section.tallies = offset;
  section.classes = section.tallies + lines(static_cast<std::size_t>(models) * sizeof(Tally));
  section.errors = section.classes + lines(class_bytes(section.counted, models));
  return section.errors + lines(error_bytes(section.counted, models));
}

std::size_t EpochTotals::bytes(int models, const Counted& training, const Counted& validation) {
  Section first{.counted = training}, second{.counted = validation};
  return place(second, models, place(first, models, 0));
}

EpochTotals::EpochTotals(kernels::Backend& backend, int models, Counted training, Counted validation)
    : backend_(backend),
      models_(models),
      training_{.counted = std::move(training)},
      validation_{.counted = std::move(validation)},
      host_(place(validation_, models, place(training_, models, 0))) {
  memory_ = backend.allocate(host_.size());
  attach(training_);
  attach(validation_);
  reset();
}

void EpochTotals::attach(Section& section) {
  std::byte* const base = memory_.as<std::byte>();
  section.device.tally = reinterpret_cast<Tally*>(base + section.tallies);
  section.device.classes = section.counted.classes;
  if (section.counted.classes.classes > 0) {
    section.device.classes.values = reinterpret_cast<std::uint32_t*>(base + section.classes);
  }
  if (section.counted.errors > 0) section.device.errors = reinterpret_cast<ErrorSum*>(base + section.errors);
}

void EpochTotals::reset() {
  const std::vector<Tally> none(static_cast<std::size_t>(models_));
  backend_.zero(memory_.as<std::byte>(), host_.size());
  for (const Section* section : {&training_, &validation_}) {
    backend_.upload(section->device.tally, none.data(), none.size() * sizeof(Tally));
  }
}

void EpochTotals::read() {
  backend_.download(host_.data(), memory_.as<std::byte>(), host_.size());
}

std::span<const Tally> EpochTotals::read_training_tallies() {
  const std::size_t count = static_cast<std::size_t>(models_);
  backend_.download(host_.data() + training_.tallies, training_.device.tally, count * sizeof(Tally));
  return {host<Tally>(training_.tallies), count};
}

template <class T>
const T* EpochTotals::host(std::size_t offset) const {
  return reinterpret_cast<const T*>(host_.data() + offset);
}

const Tally& EpochTotals::tally(const Section& section, int m) const {
  return host<Tally>(section.tallies)[m];
}

Metrics EpochTotals::metrics(const Section& section, int m) const {
  const Tally& sums = tally(section, m);
  Metrics metrics;
  metrics.rows = sums.rows;
  if (sums.weight > 0) metrics.loss = sums.loss / sums.weight;
  if (sums.rows == 0) return metrics;
  metrics.accuracy = static_cast<double>(sums.hits) / static_cast<double>(sums.rows);
  kernels::ClassCounts classes = section.counted.classes;
  if (classes.classes > 0) {
    const std::uint32_t* values = host<std::uint32_t>(section.classes) + m * classes.size();
    metrics.classification = classification_of(classes, values);
  }
  if (section.counted.errors > 0) {
    const ErrorSum* sum = host<ErrorSum>(section.errors) + std::int64_t{m} * section.counted.errors;
    metrics.regression =
        regression_of({sum, static_cast<std::size_t>(section.counted.errors)}, section.counted.variances, sums.rows);
  }
  return metrics;
}

}  // namespace minnow::engine
