// SPDX-License-Identifier: Apache-2.0
#include "kernels/checks.hpp"

#include <algorithm>
#include <string>

#include "kernels/math/activation.hpp"
#include "kernels/math/summation.hpp"
#include "kernels/math/update_rule.hpp"
#include "minnow/error.hpp"

namespace minnow::kernels {

namespace {

[[noreturn]] void refuse(std::string_view op, const std::string& what) {
  throw InternalError(std::string(op) + ": " + what);
}

void expect_given(std::string_view op, std::string_view name, const void* pointer) {
  if (pointer == nullptr) refuse(op, std::string(name) + " is a null address");
}

/// An output of M > 1 models needs a matrix for each.
void expect_separate(std::string_view op, std::string_view name, const ConstView& view) {
  if (view.models > 1 && view.elements() > 0 && view.stride < view.elements()) {
    refuse(op, std::string(name) + " is written, but its " + std::to_string(view.models) + " models overlap: stride " +
                   std::to_string(view.stride) + ", expected at least " + std::to_string(view.elements()));
  }
}

void expect_output(std::string_view op, std::string_view name, const ConstView& view, int models, int rows, int cols) {
  expect_shape(op, name, view, models, rows, cols);
  expect_separate(op, name, view);
}

void expect_summable(std::string_view op, std::int64_t length) {
  if (length > math::sum_limit) {
    refuse(op,
           "a sum over " + std::to_string(length) + " elements, expected at most " + std::to_string(math::sum_limit));
  }
}

void expect_elementwise(std::string_view op, const Activation& activation) {
  if (activation.kind == ActivationKind::softmax) {
    refuse(op, "softmax is not elementwise: use softmax or softmax_cross_entropy");
  }
}

}  // namespace

void check_random(const View& x, std::span<const std::uint64_t> seeds) {
  expect_output("random", "x", x, x.models, x.rows, x.cols);
  if (static_cast<int>(seeds.size()) != x.models) {
    refuse("random", std::to_string(seeds.size()) + " seeds for " + std::to_string(x.models) + " models");
  }
}

void check_fill(const View& x) {
  expect_output("fill", "x", x, x.models, x.rows, x.cols);
}

void check_gather(const BatchView& batch, const DataView& data, const StepState* state) {
  const int models = batch.x.models, rows = batch.x.rows;
  expect_shape("gather", "x", batch.x, models, rows, data.cols);
  if (batch.x.stride != 0) expect_separate("gather", "x", batch.x);
  expect_given("gather", "state", state);
  if (batch.x.elements() > 0) expect_given("gather", "data.values", data.values);
  if (batch.labels) expect_given("gather", "data.labels", data.labels);
  if (batch.targets) {
    expect_shape("gather", "targets", batch.targets, models, rows, data.target_cols);
    if (batch.targets.stride != 0) expect_separate("gather", "targets", batch.targets);
    expect_given("gather", "data.targets", data.targets);
  }
  if (batch.weights) {
    expect_shape("gather", "weights", batch.weights, models, rows, 1);
    if (batch.weights.stride != 0) expect_separate("gather", "weights", batch.weights);
    expect_given("gather", "data.weights", data.weights);
  }
}

void check_gemm(const ConstView& c, const ConstView& a, bool transpose_a, const ConstView& b, bool transpose_b) {
  const int depth = transpose_a ? a.rows : a.cols;
  expect_output("gemm", "c", c, c.models, c.rows, c.cols);
  expect_shape("gemm", "a", a, c.models, transpose_a ? depth : c.rows, transpose_a ? c.rows : depth);
  expect_shape("gemm", "b", b, c.models, transpose_b ? c.cols : depth, transpose_b ? depth : c.cols);
  expect_summable("gemm", depth);
}

void check_bias_activation(const ConstView& y, const ConstView& z, const ConstView& bias,
                           const Activation& activation) {
  expect_elementwise("bias_activation", activation);
  expect_output("bias_activation", "y", y, y.models, y.rows, y.cols);
  expect_output("bias_activation", "z", z, y.models, y.rows, y.cols);
  if (bias) expect_shape("bias_activation", "bias", bias, y.models, 1, y.cols);
}

void check_activation_backward(const ConstView& dz, const ConstView& dy, const ConstView& z, const ConstView& y,
                               const Activation& activation) {
  constexpr std::string_view op = "activation_backward";
  expect_elementwise(op, activation);
  expect_output(op, "dz", dz, dz.models, dz.rows, dz.cols);
  expect_shape(op, "dy", dy, dz.models, dz.rows, dz.cols);
  expect_shape(op, "y", y, dz.models, dz.rows, dz.cols);
  if (z || math::needs_input(activation.kind)) expect_shape(op, "z", z, dz.models, dz.rows, dz.cols);
}

void check_column_sum(const ConstView& sums, const ConstView& x) {
  expect_output("column_sum", "sums", sums, x.models, 1, x.cols);
  expect_shape("column_sum", "x", x, x.models, x.rows, x.cols);
  expect_summable("column_sum", x.rows);
}

namespace {

void expect_normalization(std::string_view op, const ConstView& y, const ConstView& x, const ConstView& gamma,
                          const ConstView& beta) {
  expect_output(op, "y", y, x.models, x.rows, x.cols);
  expect_shape(op, "gamma", gamma, x.models, 1, x.cols);
  expect_shape(op, "beta", beta, x.models, 1, x.cols);
}

void expect_normalization_backward(std::string_view op, const ConstView& dx, const ConstView& dgamma,
                                   const ConstView& dbeta, const ConstView& dy, const ConstView& x,
                                   const ConstView& gamma) {
  expect_output(op, "dx", dx, x.models, x.rows, x.cols);
  expect_output(op, "dgamma", dgamma, x.models, 1, x.cols);
  expect_output(op, "dbeta", dbeta, x.models, 1, x.cols);
  expect_shape(op, "dy", dy, x.models, x.rows, x.cols);
  expect_shape(op, "gamma", gamma, x.models, 1, x.cols);
  expect_summable(op, x.rows);
  expect_summable(op, x.cols);
}

}  // namespace

void check_batch_norm(const ConstView& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                      const ConstView& statistics, const ConstView& running_mean, const ConstView& running_variance) {
  constexpr std::string_view op = "batch_norm";
  expect_normalization(op, y, x, gamma, beta);
  expect_output(op, "statistics", statistics, x.models, 2, x.cols);
  expect_output(op, "running_mean", running_mean, x.models, 1, x.cols);
  expect_output(op, "running_variance", running_variance, x.models, 1, x.cols);
  if (x.rows < 2) refuse(op, std::to_string(x.rows) + " rows have no variance, expected at least 2");
  expect_summable(op, x.rows);
}

void check_batch_norm_inference(const ConstView& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                                const ConstView& running_mean, const ConstView& running_variance) {
  constexpr std::string_view op = "batch_norm_inference";
  expect_normalization(op, y, x, gamma, beta);
  expect_shape(op, "running_mean", running_mean, x.models, 1, x.cols);
  expect_shape(op, "running_variance", running_variance, x.models, 1, x.cols);
}

void check_batch_norm_backward(const ConstView& dx, const ConstView& dgamma, const ConstView& dbeta,
                               const ConstView& dy, const ConstView& x, const ConstView& gamma,
                               const ConstView& statistics) {
  expect_normalization_backward("batch_norm_backward", dx, dgamma, dbeta, dy, x, gamma);
  expect_shape("batch_norm_backward", "statistics", statistics, x.models, 2, x.cols);
}

void check_layer_norm(const ConstView& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                      const ConstView& statistics) {
  expect_normalization("layer_norm", y, x, gamma, beta);
  if (statistics) expect_output("layer_norm", "statistics", statistics, x.models, 2, x.rows);
  expect_summable("layer_norm", x.cols);
}

void check_layer_norm_backward(const ConstView& dx, const ConstView& dgamma, const ConstView& dbeta,
                               const ConstView& dy, const ConstView& x, const ConstView& gamma,
                               const ConstView& statistics) {
  expect_normalization_backward("layer_norm_backward", dx, dgamma, dbeta, dy, x, gamma);
  expect_shape("layer_norm_backward", "statistics", statistics, x.models, 2, x.rows);
}

void check_dropout(const ConstView& x, const DropoutRate* rates, const StepState* state, const ModelState* models) {
  expect_output("dropout", "x", x, x.models, x.rows, x.cols);
  expect_given("dropout", "rates", rates);
  expect_given("dropout", "state", state);
  expect_given("dropout", "models", models);
}

void check_softmax_cross_entropy(const ConstView& dlogits, const ConstView& logits, const LossRows& rows,
                                 const Tally* tally) {
  constexpr std::string_view op = "softmax_cross_entropy";
  expect_shape(op, "logits", logits, logits.models, logits.rows, logits.cols);
  if (dlogits) expect_output(op, "dlogits", dlogits, logits.models, logits.rows, logits.cols);
  if (rows.weights) expect_shape(op, "weights", rows.weights, logits.models, logits.rows, 1);
  if (logits.cols < 1) refuse(op, "logits have no classes");
  expect_summable(op, logits.rows);
  expect_summable(op, logits.cols);
  expect_given(op, "labels", rows.labels.values);
  expect_given(op, "tally", tally);
}

void check_elementwise_loss(const ConstView& dy, const ConstView& y, const ConstView& targets, const LossRows& rows,
                            const Tally* tally) {
  constexpr std::string_view op = "elementwise_loss";
  expect_shape(op, "y", y, y.models, y.rows, y.cols);
  expect_shape(op, "targets", targets, y.models, y.rows, y.cols);
  if (dy) expect_output(op, "dy", dy, y.models, y.rows, y.cols);
  if (rows.weights) expect_shape(op, "weights", rows.weights, y.models, y.rows, 1);
  expect_summable(op, y.rows);
  expect_summable(op, y.cols);
  expect_given(op, "tally", tally);
}

void check_clip_norm(const ConstView& chunk_sums, const ConstView& gradients, const ModelState* models) {
  constexpr std::string_view op = "clip_norm";
  expect_shape(op, "gradients", gradients, gradients.models, 1, gradients.cols);
  const auto chunks = static_cast<int>((gradients.elements() + math::sum_chunk - 1) / math::sum_chunk);
  expect_output(op, "chunk_sums", chunk_sums, gradients.models, 1, chunks);
  expect_given(op, "models", models);
}

void check_update(OptimizerKind kind, const ConstView& parameters, const ConstView& gradients, const ConstView& state,
                  const ModelState* models) {
  expect_output("update", "parameters", parameters, parameters.models, 1, parameters.cols);
  expect_shape("update", "gradients", gradients, parameters.models, 1, parameters.cols);
  Optimizer least;
  least.kind = kind;
  if (state || math::state_slots(least) > 0) {
    expect_output("update", "state", state, parameters.models, std::max(state.rows, math::state_slots(least)),
                  parameters.cols);
  }
  expect_given("update", "models", models);
}

void check_optimizers(OptimizerKind kind, const ConstView& parameters, const ConstView& state,
                      const ModelState* models) {
  for (int m = 0; m < parameters.models; ++m) {
    const Optimizer& optimizer = models[m].optimizer;
    if (optimizer.kind != kind) refuse("update", "models differ in their kind of rule");
    if (math::state_slots(optimizer) > state.rows) {
      refuse("update", "state has " + std::to_string(state.rows) + " slots, expected " +
                           std::to_string(math::state_slots(optimizer)));
    }
  }
}

void check_softmax(const ConstView& p, const ConstView& logits) {
  expect_output("softmax", "p", p, logits.models, logits.rows, logits.cols);
  expect_shape("softmax", "logits", logits, logits.models, logits.rows, logits.cols);
  expect_summable("softmax", logits.cols);
}

void check_count_classes(const ClassCounts& counts, const ConstView& outputs,
                         const RowIntegers<const std::int32_t>& labels) {
  constexpr std::string_view op = "count_classes";
  expect_shape(op, "outputs", outputs, outputs.models, outputs.rows, outputs.cols);
  if (outputs.cols < 1) refuse(op, "outputs have no columns");
  if (counts.k < 1) refuse(op, "k is " + std::to_string(counts.k) + ", expected at least 1");
  if (counts.classes != std::max(outputs.cols, 2)) {
    refuse(op, std::to_string(counts.classes) + " classes for " + std::to_string(outputs.cols) + " outputs");
  }
  if (counts.scores != nullptr && counts.classes != 2) {
    refuse(op, "scores are kept of two classes, not of " + std::to_string(counts.classes));
  }
  expect_given(op, "counts", counts.values);
  expect_given(op, "labels", labels.values);
}

void check_sum_errors(const ErrorSum* sums, const ConstView& y, const ConstView& targets, Head head) {
  constexpr std::string_view op = "sum_errors";
  if (head == Head::softmax) refuse(op, "the errors of a softmax are not supported");
  expect_shape(op, "y", y, y.models, y.rows, y.cols);
  expect_shape(op, "targets", targets, y.models, y.rows, y.cols);
  expect_summable(op, y.rows);
  expect_given(op, "sums", sums);
}

void check_linear_forward(const ConstView& y, const ConstView& z, const ConstView& x, const ConstView& w,
                          const ConstView& bias, const Activation& activation) {
  constexpr std::string_view op = "linear_forward";
  expect_elementwise(op, activation);
  expect_output(op, "y", y, y.models, y.rows, y.cols);
  expect_output(op, "z", z, y.models, y.rows, y.cols);
  expect_shape(op, "x", x, y.models, y.rows, x.cols);
  expect_shape(op, "w", w, y.models, x.cols, y.cols);
  if (bias) expect_shape(op, "bias", bias, y.models, 1, y.cols);
  expect_summable(op, x.cols);
}

void check_linear_backward(const ConstView& dx, const ConstView& dw, const ConstView& dbias, const ConstView& dz,
                           const ConstView& x, const ConstView& w) {
  constexpr std::string_view op = "linear_backward";
  expect_shape(op, "dz", dz, dz.models, dz.rows, dz.cols);
  expect_shape(op, "x", x, dz.models, dz.rows, x.cols);
  expect_shape(op, "w", w, dz.models, x.cols, dz.cols);
  expect_output(op, "dw", dw, dz.models, x.cols, dz.cols);
  if (dbias) expect_output(op, "dbias", dbias, dz.models, 1, dz.cols);
  if (dx) expect_output(op, "dx", dx, dz.models, dz.rows, x.cols);
  expect_summable(op, dz.rows);
  expect_summable(op, dz.cols);
}

}  // namespace minnow::kernels
