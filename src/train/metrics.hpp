// SPDX-License-Identifier: Apache-2.0
/// Metrics from what the device has counted.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/prediction_counts.hpp"
#include "minnow/metrics.hpp"

namespace minnow::engine {

/// Sum of (target t - its mean)^2 over the rows.
double squares_about_mean(const Dataset& data, int t);
/// Classification::k for so many classes.
int top_k_of(int classes);
/// Of one model's integers, as ClassCounts has them, and the scores of the rows that were counted; none: not kept.
Classification classification_of(const kernels::ClassCounts& counts, const std::uint32_t* values,
                                 std::span<const kernels::ScoredRow> scores);
/// Of each target's sums over `rows` rows; `variances` are the targets' over the whole dataset.
Regression regression_of(std::span<const kernels::ErrorSum> sums, std::span<const double> variances,
                         std::uint64_t rows);

}  // namespace minnow::engine
