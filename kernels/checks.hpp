// SPDX-License-Identifier: Apache-2.0
/// The door of every op: the shapes that its contract in backend.hpp asks for, checked in one place for all backends.
/// Each throws InternalError that names the op and the operand.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/backend.hpp"

namespace minnow::kernels {

void check_random(const View& x, std::span<const std::uint64_t> seeds);
void check_fill(const View& x);
void check_gather(const BatchView& batch, const DataView& data, const StepState* state);
void check_gemm(const ConstView& c, const ConstView& a, bool transpose_a, const ConstView& b, bool transpose_b);
void check_bias_activation(const ConstView& y, const ConstView& z, const ConstView& bias, const Activation& activation);
void check_activation_backward(const ConstView& dz, const ConstView& dy, const ConstView& z, const ConstView& y,
                               const Activation& activation);
void check_column_sum(const ConstView& sums, const ConstView& x);
void check_batch_norm(const ConstView& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                      const ConstView& statistics, const ConstView& running_mean, const ConstView& running_variance);
void check_batch_norm_inference(const ConstView& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                                const ConstView& running_mean, const ConstView& running_variance);
void check_batch_norm_backward(const ConstView& dx, const ConstView& dgamma, const ConstView& dbeta,
                               const ConstView& dy, const ConstView& x, const ConstView& gamma,
                               const ConstView& statistics);
void check_layer_norm(const ConstView& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                      const ConstView& statistics);
void check_layer_norm_backward(const ConstView& dx, const ConstView& dgamma, const ConstView& dbeta,
                               const ConstView& dy, const ConstView& x, const ConstView& gamma,
                               const ConstView& statistics);
void check_dropout(const ConstView& x, const DropoutRate* rates, const StepState* state, const ModelState* models);
void check_softmax_cross_entropy(const ConstView& dlogits, const ConstView& logits, const LossRows& rows,
                                 const Tally* tally);
void check_elementwise_loss(const ConstView& dy, const ConstView& y, const ConstView& targets, const LossRows& rows,
                            const Tally* tally);
void check_clip_norm(const ConstView& chunk_sums, const ConstView& gradients, const ModelState* models);
void check_update(OptimizerKind kind, const ConstView& parameters, const ConstView& gradients, const ConstView& state,
                  const ModelState* models);
/// Further, where `models` is host memory: all of this kind, and enough slots for each.
void check_optimizers(OptimizerKind kind, const ConstView& parameters, const ConstView& state,
                      const ModelState* models);
void check_softmax(const ConstView& p, const ConstView& logits);
void check_count_classes(const ClassCounts& counts, const ConstView& outputs,
                         const RowIntegers<const std::int32_t>& labels);
void check_sum_errors(const ErrorSum* sums, const ConstView& y, const ConstView& targets, Head head);
void check_linear_forward(const ConstView& y, const ConstView& z, const ConstView& x, const ConstView& w,
                          const ConstView& bias, const Activation& activation);
void check_linear_backward(const ConstView& dx, const ConstView& dw, const ConstView& dbias, const ConstView& dz,
                           const ConstView& x, const ConstView& w);

}  // namespace minnow::kernels
