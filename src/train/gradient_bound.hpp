// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "minnow/dataset.hpp"
#include "minnow/model.hpp"
#include "src/train/gradient_rig.hpp"

namespace minnow::engine {

/// How far each element of each tensor's float gradient may lie from the exact one: a running error analysis along the
/// net that `reference`, a double backend's rig after forward(), has just computed for model m. Rounding errors count
/// as independent, of mean 0 and of at most u = 2^-24 relative (Higham, Mary: A new approach to probabilistic rounding
/// error analysis, SIAM J. Sci. Comput. 41, 2019), so that standard deviations add up in squares:
/// - a sum of products carries those of its terms, and u times each of its partial sums;
/// - an activation moves by what its input may move it, and by the ulp limit of kernels/math/accuracy.hpp.
/// The bound is `deviations` of these. Worst-case analysis (all errors of one sign) would bound a net of MNIST's width
/// by 5 % of its gradient, which would show no fault.
std::vector<std::vector<double>> gradient_bounds(const GradientRig& reference, int m, const Model& model,
                                                 const Dataset& data);

}  // namespace minnow::engine
