// SPDX-License-Identifier: Apache-2.0
/// The ops of the CPU backend: each checks its shapes, lays out its kernel's arguments and says how much work it is.
#include <algorithm>

#include "kernels/checks.hpp"
#include "kernels/cpu/backend.hpp"
#include "kernels/cpu/order.hpp"
#include "kernels/math/schedule.hpp"
#include "kernels/math/summation.hpp"
#include "kernels/math/update_rule.hpp"
#include "minnow/error.hpp"

namespace minnow::kernels::cpu {

namespace {

/// Cycles per element, measured on one AVX-512 core (Cascade Lake) and rounded down; they only decide how work is
/// split.
constexpr double cycles_of_fill = 0.1, cycles_of_gather = 0.2, cycles_of_formula = 0.3, cycles_of_column_sum = 0.1,
                 cycles_of_chunk_squares = 0.3, cycles_of_normalization = 0.5;
constexpr double cycles_of_update = 0.4, cycles_of_random = 2, cycles_of_row = 4;
/// What ThreadPool::parts_for counts work in.
constexpr double flops_per_cycle = 64;

Matrix matrix(const View& view) {
  return {view ? view.data<float>() : nullptr, view.stride};
}
ConstMatrix matrix(const ConstView& view) {
  return {view ? view.data<float>() : nullptr, view.stride};
}
std::size_t size(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

template <class AnyView>
double scalars(const AnyView& view) {
  return static_cast<double>(view.models) * static_cast<double>(view.elements());
}

}  // namespace

template <class Arguments>
void CpuBackend::run(void (*kernel)(const Arguments&, std::size_t, std::size_t), const Arguments& arguments,
                     double cycles, std::size_t most_parts) {
  const std::size_t parts = std::min(pool_.parts_for(cycles * flops_per_cycle), std::max<std::size_t>(most_parts, 1));
  pool_.parallel_for(parts, [&](std::size_t part) { kernel(arguments, part, parts); });
}

void CpuBackend::random(const View& x, const Distribution& distribution, std::span<const std::uint64_t> seeds,
                        Purpose purpose, std::uint32_t layer) {
  check_random(x, seeds);
  run(kernels_.random,
      RandomArguments{.models = size(x.models),
                      .elements = size(x.elements()),
                      .x = matrix(x),
                      .seeds = seeds.data(),
                      .purpose = static_cast<std::uint32_t>(purpose),
                      .layer = layer,
                      .normal = distribution.kind == Distribution::Kind::normal,
                      .a = distribution.a,
                      .b = distribution.b},
      scalars(x) * cycles_of_random);
}

void CpuBackend::fill(const View& x, double value) {
  check_fill(x);
  run(kernels_.fill,
      FillArguments{
          .models = size(x.models), .elements = size(x.elements()), .x = matrix(x), .value = static_cast<float>(value)},
      scalars(x) * cycles_of_fill);
}

void CpuBackend::shuffle(std::uint32_t* order, std::uint32_t n, std::span<const std::uint64_t> seeds,
                         std::uint32_t epoch) {
  for (std::size_t m = 0; m < seeds.size(); ++m) epoch_order({order + m * n, n}, seeds[m], epoch);
}

void CpuBackend::gather(const BatchView& batch, const DataView& data, const std::uint32_t* order,
                        const StepState* state) {
  check_gather(batch, data, state);
  const bool shared = batch.x.stride == 0;
  const std::size_t rows = size(batch.x.rows);
  if (state->cursor + rows > size(data.rows)) {
    throw InternalError("gather: rows " + std::to_string(state->cursor) + " to " +
                        std::to_string(state->cursor + rows) + " of a dataset of " + std::to_string(data.rows));
  }
  const bool bytes = data.storage == DataView::Storage::u8;
  const GatherArguments arguments{
      .models = shared ? 1 : size(batch.x.models),
      .rows = rows,
      .cols = size(data.cols),
      .target_cols = size(data.target_cols),
      .data_rows = size(data.rows),
      .x = matrix(batch.x),
      .labels = batch.labels.values,
      .labels_stride = batch.labels.stride,
      .targets = matrix(batch.targets),
      .weights = matrix(batch.weights),
      .bytes = bytes ? static_cast<const std::uint8_t*>(data.values) : nullptr,
      .reals = bytes ? nullptr : static_cast<const float*>(data.values),
      .scale = data.scale,
      .shift = data.shift,
      .data_labels = data.labels,
      .data_targets = data.targets,
      .data_weights = data.weights,
      .order = order,
      .cursor = state->cursor,
  };
  run(kernels_.gather, arguments, scalars(batch.x) * cycles_of_gather);
}

void CpuBackend::gemm(const View& c, const ConstView& a, bool transpose_a, const ConstView& b, bool transpose_b) {
  check_gemm(c, a, transpose_a, b, transpose_b);
  const GemmArguments arguments{
      .models = size(c.models),
      .rows = size(c.rows),
      .cols = size(c.cols),
      .depth = size(transpose_a ? a.rows : a.cols),
      .transpose_a = transpose_a,
      .transpose_b = transpose_b,
      .a = matrix(a).data,
      .lda = size(a.cols),
      .stride_a = size(a.stride),
      .b = matrix(b).data,
      .ldb = size(b.cols),
      .stride_b = size(b.stride),
      .c = matrix(c).data,
      .ldc = size(c.cols),
      .stride_c = size(c.stride),
  };
  run(kernels_.gemm, arguments, gemm_flops(arguments) / flops_per_cycle);
}

void CpuBackend::bias_activation(const View& y, const View& z, const ConstView& bias, const Activation& activation) {
  check_bias_activation(y, z, bias, activation);
  run(kernels_.bias_activation,
      BiasActivationArguments{.models = size(y.models),
                              .rows = size(y.rows),
                              .cols = size(y.cols),
                              .y = matrix(y),
                              .z = matrix(z),
                              .bias = matrix(bias),
                              .activation = activation},
      scalars(y) * cycles_of_formula);
}

void CpuBackend::activation_backward(const View& dz, const ConstView& dy, const ConstView& z, const ConstView& y,
                                     const Activation& activation) {
  check_activation_backward(dz, dy, z, y, activation);
  run(kernels_.activation_backward,
      ActivationBackwardArguments{.models = size(dz.models),
                                  .elements = size(dz.elements()),
                                  .dz = matrix(dz),
                                  .dy = matrix(dy),
                                  .z = matrix(z),
                                  .y = matrix(y),
                                  .activation = activation},
      scalars(dz) * cycles_of_formula);
}

void CpuBackend::column_sum(const View& sums, const ConstView& x) {
  check_column_sum(sums, x);
  run(kernels_.column_sum,
      ColumnSumArguments{
          .models = size(x.models), .rows = size(x.rows), .cols = size(x.cols), .sums = matrix(sums), .x = matrix(x)},
      scalars(x) * cycles_of_column_sum);
}

void CpuBackend::batch_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                            const View& statistics, const View& running_mean, const View& running_variance,
                            float momentum, float epsilon) {
  check_batch_norm(y, x, gamma, beta, statistics, running_mean, running_variance);
  run(kernels_.batch_norm,
      BatchNormArguments{.models = size(x.models),
                         .rows = size(x.rows),
                         .cols = size(x.cols),
                         .y = matrix(y),
                         .x = matrix(x),
                         .gamma = matrix(gamma),
                         .beta = matrix(beta),
                         .statistics = matrix(statistics),
                         .running_mean = matrix(running_mean),
                         .running_variance = matrix(running_variance),
                         .momentum = momentum,
                         .epsilon = epsilon},
      scalars(x) * cycles_of_normalization);
}

void CpuBackend::batch_norm_inference(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                                      const ConstView& running_mean, const ConstView& running_variance, float epsilon) {
  check_batch_norm_inference(y, x, gamma, beta, running_mean, running_variance);
  run(kernels_.batch_norm_inference,
      BatchNormInferenceArguments{.models = size(x.models),
                                  .rows = size(x.rows),
                                  .cols = size(x.cols),
                                  .y = matrix(y),
                                  .x = matrix(x),
                                  .gamma = matrix(gamma),
                                  .beta = matrix(beta),
                                  .running_mean = matrix(running_mean),
                                  .running_variance = matrix(running_variance),
                                  .epsilon = epsilon},
      scalars(x) * cycles_of_formula);
}

namespace {

NormBackwardArguments norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                    const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  return {.models = size(x.models),
          .rows = size(x.rows),
          .cols = size(x.cols),
          .dx = matrix(dx),
          .dgamma = matrix(dgamma),
          .dbeta = matrix(dbeta),
          .dy = matrix(dy),
          .x = matrix(x),
          .gamma = matrix(gamma),
          .statistics = matrix(statistics)};
}

}  // namespace

void CpuBackend::batch_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                     const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  check_batch_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics);
  run(kernels_.batch_norm_backward, norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics),
      scalars(x) * cycles_of_normalization);
}

void CpuBackend::layer_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                            const View& statistics, float epsilon) {
  check_layer_norm(y, x, gamma, beta, statistics);
  run(kernels_.layer_norm,
      LayerNormArguments{.models = size(x.models),
                         .rows = size(x.rows),
                         .cols = size(x.cols),
                         .y = matrix(y),
                         .x = matrix(x),
                         .gamma = matrix(gamma),
                         .beta = matrix(beta),
                         .statistics = matrix(statistics),
                         .epsilon = epsilon},
      scalars(x) * cycles_of_normalization);
}

void CpuBackend::layer_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                     const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  check_layer_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics);
  const NormBackwardArguments arguments = norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics);
  run(kernels_.layer_norm_parameters, arguments, scalars(x) * cycles_of_formula);  // reads dy, which dx may replace
  run(kernels_.layer_norm_backward, arguments, scalars(x) * cycles_of_normalization);
}

void CpuBackend::dropout(const View& x, std::uint32_t layer, const DropoutRate* rates, const StepState* state,
                         const ModelState* models) {
  check_dropout(x, rates, state, models);
  run(kernels_.dropout,
      DropoutArguments{.models = size(x.models),
                       .elements = size(x.elements()),
                       .x = matrix(x),
                       .layer = layer,
                       .step = state->step,
                       .rates = rates,
                       .states = models},
      scalars(x) * cycles_of_random);
}

void CpuBackend::softmax_cross_entropy(const View& dlogits, const ConstView& logits, const LossRows& rows,
                                       const ClassWeighting& classes, Tally* tally, const StepState* state) {
  check_softmax_cross_entropy(dlogits, logits, rows, tally);
  run(kernels_.softmax_cross_entropy,
      SoftmaxCrossEntropyArguments{
          .models = size(logits.models),
          .rows = size(logits.rows),
          .cols = size(logits.cols),
          .dlogits = matrix(dlogits),
          .logits = matrix(logits),
          .labels = {rows.labels.values, rows.labels.stride},
          .weights = matrix(rows.weights),
          .label_smoothing = classes.label_smoothing,
          .class_weights = classes.weights,
          .class_weight_sum = static_cast<float>(classes.weights == nullptr ? logits.cols : classes.weight_sum),
          .tally = tally,
          .step = state == nullptr ? 0 : state->step},
      scalars(logits) * cycles_of_row, size(logits.models));
}

void CpuBackend::elementwise_loss(const ElementwiseLoss& loss, const View& dy, const ConstView& y,
                                  const ConstView& targets, const LossRows& rows, Tally* tally,
                                  const StepState* state) {
  check_elementwise_loss(dy, y, targets, rows, tally);
  run(kernels_.elementwise_loss,
      ElementwiseLossArguments{.models = size(y.models),
                               .rows = size(y.rows),
                               .cols = size(y.cols),
                               .kind = loss.kind,
                               .parameter = loss.parameter,
                               .dy = matrix(dy),
                               .y = matrix(y),
                               .targets = matrix(targets),
                               .labels = {rows.labels.values, rows.labels.stride},
                               .weights = matrix(rows.weights),
                               .tally = tally,
                               .step = state == nullptr ? 0 : state->step},
      scalars(y) * cycles_of_row, size(y.models));
}

void CpuBackend::clip_norm(const View& chunk_sums, const ConstView& gradients, ModelState* models) {
  check_clip_norm(chunk_sums, gradients, models);
  run(kernels_.chunk_squares,
      ChunkSquaresArguments{.models = size(gradients.models),
                            .elements = size(gradients.elements()),
                            .sums = matrix(chunk_sums),
                            .x = matrix(gradients)},
      scalars(gradients) * cycles_of_chunk_squares);
  for (int m = 0; m < gradients.models; ++m) {
    math::ChunkedSum<float> total;
    for (std::int64_t first = 0; first < chunk_sums.cols; first += math::sum_chunk) {
      const std::int64_t count = std::min(math::sum_chunk, chunk_sums.cols - first);
      total.add(math::sum_of_group(chunk_sums.data<float>(m) + first, count));
    }
    models[m].rates.gradient_scale = math::clip_scale(models[m].optimizer, total.result());
  }
}

void CpuBackend::update(OptimizerKind kind, const View& parameters, const ConstView& gradients, const View& state,
                        const ModelState* models) {
  check_update(kind, parameters, gradients, state, models);
  check_optimizers(kind, parameters, state, models);
  run(kernels_.update,
      UpdateArguments{.models = size(parameters.models),
                      .elements = size(parameters.elements()),
                      .parameters = matrix(parameters),
                      .gradients = matrix(gradients),
                      .state = matrix(state),
                      .kind = kind,
                      .states = models},
      scalars(parameters) * cycles_of_update);
}

void CpuBackend::advance(StepState* state, ModelState* models, int model_count, std::uint32_t rows) {
  state->step += 1;
  state->cursor += rows;
  for (int m = 0; m < model_count; ++m) math::prepare_next(models[m], state->step);
}

void CpuBackend::softmax(const View& p, const ConstView& logits) {
  check_softmax(p, logits);
  run(kernels_.softmax,
      SoftmaxArguments{.models = size(p.models),
                       .rows = size(p.rows),
                       .cols = size(p.cols),
                       .p = matrix(p),
                       .logits = matrix(logits)},
      scalars(p) * cycles_of_row);
}

void CpuBackend::count_classes(const ClassCounts& counts, const ConstView& outputs,
                               const RowIntegers<const std::int32_t>& labels, const StepState* state) {
  check_count_classes(counts, outputs, labels);
  const std::size_t cursor = state == nullptr ? 0 : state->cursor;
  if (counts.scores != nullptr && cursor + size(outputs.rows) > static_cast<std::size_t>(counts.capacity)) {
    throw InternalError("count_classes: scores of rows " + std::to_string(cursor) + " to " +
                        std::to_string(cursor + size(outputs.rows)) + " of " + std::to_string(counts.capacity));
  }
  run(kernels_.count_classes,
      CountClassesArguments{.models = size(outputs.models),
                            .rows = size(outputs.rows),
                            .cols = size(outputs.cols),
                            .cursor = cursor,
                            .counts = counts,
                            .outputs = matrix(outputs),
                            .labels = {labels.values, labels.stride}},
      scalars(outputs) * cycles_of_row, size(outputs.models));
}

void CpuBackend::sum_errors(ErrorSum* sums, const ConstView& y, const ConstView& targets, Head head) {
  check_sum_errors(sums, y, targets, head);
  run(kernels_.sum_errors,
      SumErrorsArguments{.models = size(y.models),
                         .rows = size(y.rows),
                         .cols = size(y.cols),
                         .sums = sums,
                         .y = matrix(y),
                         .targets = matrix(targets),
                         .logits = head == Head::sigmoid},
      scalars(y) * cycles_of_row, size(y.models));
}

}  // namespace minnow::kernels::cpu
