// SPDX-License-Identifier: Apache-2.0
/// What is known of each metric stands in one table, metric_table.cpp. To add one: an enumerator in config.hpp, a row
/// there, and its definition in docs/metrics.md.
#pragma once

#include <cstdint>

#include "minnow/metrics.hpp"

namespace minnow::engine {

/// What data and network must have for a metric. The tally gives the first two; for the others predictions are counted.
enum class Needs : std::uint8_t { nothing, labels, classes, two_classes, targets };
Needs needs_of(Metric metric);

}  // namespace minnow::engine
