// SPDX-License-Identifier: Apache-2.0
#include "src/train/epoch_totals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "kernels/math/loss.hpp"
#include "src/train/cache_lines.hpp"
#include "src/train/metrics.hpp"

namespace minnow::engine {

using kernels::ErrorSum;
using kernels::ScoredRow;
using kernels::Tally;

namespace {

std::size_t class_bytes(const CountPlan& plan, int models) {
  if (plan.classes.classes == 0) return 0;
  return static_cast<std::size_t>(models) * static_cast<std::size_t>(plan.classes.size()) * sizeof(std::uint32_t);
}
std::size_t score_bytes(const CountPlan& plan, int models) {
  return static_cast<std::size_t>(models) * static_cast<std::size_t>(plan.classes.capacity) * sizeof(ScoredRow);
}
std::size_t error_bytes(const CountPlan& plan, int models) {
  return static_cast<std::size_t>(models) * static_cast<std::size_t>(plan.errors) * sizeof(ErrorSum);
}

/// A single output above this stands for class 1.
float boundary_of(const Loss& loss) {
  float boundary = 0;
  math::visit_elementwise(loss.kind, loss.parameter, [&](const auto& formula) { boundary = formula.boundary; });
  return boundary;
}

std::vector<double> variances(const Dataset& data) {
  std::vector<double> result;
  for (int t = 0; t < data.target_count(); ++t) result.push_back(squares_about_mean(data, t) / data.rows());
  return result;
}

}  // namespace

CountPlan plan_counts(const Dataset& data, const LossInputs& inputs, int outputs, bool all) {
  CountPlan plan{.labels = inputs.labels};
  if (!all) return plan;
  const bool softmax = inputs.head == Head::softmax;
  if (inputs.labels && outputs <= most_counted_classes && !(softmax && outputs == 1)) {
    const int classes = std::max(outputs, 2);
    plan.classes = {.capacity = classes == 2 ? data.rows() : 0,
                    .classes = classes,
                    .k = top_k_of(classes),
                    .boundary = softmax ? 0 : boundary_of(inputs.loss),
                    .logits = softmax};
  } else if (data.target_count() > 0) {
    plan.errors = outputs;
    plan.variances = variances(data);
  }
  return plan;
}

std::size_t EpochTotals::place(Section& training, Section& validation, int models) {
  training.tallies = 0;
  validation.tallies = static_cast<std::size_t>(models) * sizeof(Tally);
  std::size_t end = cache_lines(2 * validation.tallies);
  for (Section* section : {&training, &validation}) {
    section->classes = end;
    section->errors = section->classes + cache_lines(class_bytes(section->plan, models));
    end = section->errors + cache_lines(error_bytes(section->plan, models));
  }
  for (Section* section : {&training, &validation}) {  // last, since only they are not set back
    section->scores = end;
    end += cache_lines(score_bytes(section->plan, models));
  }
  return end;
}

std::size_t EpochTotals::bytes(int models, const CountPlan& training, const CountPlan& validation) {
  Section first{.plan = training}, second{.plan = validation};
  return place(first, second, models);
}

EpochTotals::EpochTotals(kernels::Backend& backend, int models, CountPlan training, CountPlan validation)
    : backend_(backend),
      models_(models),
      training_{.plan = std::move(training)},
      validation_{.plan = std::move(validation)},
      host_(place(training_, validation_, models)) {
  memory_ = backend.allocate(host_.size());
  attach(training_);
  attach(validation_);
  reset();
}

void EpochTotals::attach(Section& section) {
  std::byte* const base = memory_.as<std::byte>();
  section.device.tally = reinterpret_cast<Tally*>(base + section.tallies);
  section.device.classes = section.plan.classes;
  if (section.plan.classes.classes > 0) {
    section.device.classes.values = reinterpret_cast<std::uint32_t*>(base + section.classes);
  }
  if (section.plan.classes.capacity > 0) {
    section.device.classes.scores = reinterpret_cast<ScoredRow*>(base + section.scores);
  }
  if (section.plan.errors > 0) section.device.errors = reinterpret_cast<ErrorSum*>(base + section.errors);
}

void EpochTotals::reset() {
  const std::vector<Tally> none(2 * static_cast<std::size_t>(models_));
  const std::size_t tallies = none.size() * sizeof(Tally), counts = cache_lines(tallies);
  backend_.upload(memory_.as<std::byte>(), none.data(), tallies);
  if (training_.scores > counts) backend_.zero(memory_.as<std::byte>() + counts, training_.scores - counts);
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
  metrics.loss = mean_loss(sums.loss, sums.weight);
  if (sums.rows == 0) return metrics;
  if (std::isnan(metrics.loss)) {  // some output was NaN, and says nothing
    metrics.loss = std::numeric_limits<double>::quiet_NaN();
    return metrics;
  }
  if (section.plan.labels) metrics.accuracy = static_cast<double>(sums.hits) / static_cast<double>(sums.rows);
  const kernels::ClassCounts& classes = section.plan.classes;
  if (classes.classes > 0) {
    const std::uint32_t* values = host<std::uint32_t>(section.classes) + m * classes.size();
    const ScoredRow* scores = host<ScoredRow>(section.scores) + m * classes.capacity;
    const std::size_t scored = classes.capacity > 0 ? static_cast<std::size_t>(sums.rows) : 0;
    metrics.classification = classification_of(classes, values, {scores, scored});
  }
  if (section.plan.errors > 0) {
    const ErrorSum* sum = host<ErrorSum>(section.errors) + std::int64_t{m} * section.plan.errors;
    metrics.regression =
        regression_of({sum, static_cast<std::size_t>(section.plan.errors)}, section.plan.variances, sums.rows);
  }
  return metrics;
}

}  // namespace minnow::engine
