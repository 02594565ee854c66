// SPDX-License-Identifier: Apache-2.0
#include "tests/support/counting_backend.hpp"

namespace minnow::test {

using namespace kernels;

Memory CountingBackend::allocate(std::size_t bytes) {
  ++counts_.allocations;
  if (counts_.replays > 0) ++counts_.late_allocations;
  return inner_.allocate(bytes);
}

void CountingBackend::upload(void* device, const void* host, std::size_t bytes) {
  ++counts_.uploads;
  inner_.upload(device, host, bytes);
}

void CountingBackend::download(void* host, const void* device, std::size_t bytes) {
  ++counts_.downloads;
  inner_.download(host, device, bytes);
}

void CountingBackend::copy(void* to, const void* from, std::size_t bytes) {
  ++counts_.copies;
  inner_.copy(to, from, bytes);
}

void CountingBackend::zero(void* device, std::size_t bytes) {
  ++counts_.copies;
  inner_.zero(device, bytes);
}

void CountingBackend::synchronize() {
  ++counts_.synchronizations;
  inner_.synchronize();
}

std::function<void()> CountingBackend::record(const std::function<void()>& step) {
  ++counts_.recordings;
  return [this, replay = inner_.record(step)] {
    ++counts_.replays;
    replay();
  };
}

void CountingBackend::random(const View& x, const Distribution& distribution, std::span<const std::uint64_t> seeds,
                             Purpose purpose, std::uint32_t layer) {
  ++counts_.operations;
  inner_.random(x, distribution, seeds, purpose, layer);
}

void CountingBackend::fill(const View& x, double value) {
  ++counts_.operations;
  inner_.fill(x, value);
}

void CountingBackend::shuffle(std::uint32_t* order, std::uint32_t n, std::span<const std::uint64_t> seeds,
                              std::uint32_t epoch) {
  ++counts_.operations;
  inner_.shuffle(order, n, seeds, epoch);
}

void CountingBackend::gather(const BatchView& batch, const DataView& data, const std::uint32_t* order,
                             const StepState* state) {
  ++counts_.operations;
  inner_.gather(batch, data, order, state);
}

void CountingBackend::gemm(const View& c, const ConstView& a, bool transpose_a, const ConstView& b, bool transpose_b) {
  ++counts_.operations;
  inner_.gemm(c, a, transpose_a, b, transpose_b);
}

void CountingBackend::bias_activation(const View& y, const View& z, const ConstView& bias,
                                      const Activation& activation) {
  ++counts_.operations;
  inner_.bias_activation(y, z, bias, activation);
}

void CountingBackend::activation_backward(const View& dz, const ConstView& dy, const ConstView& z, const ConstView& y,
                                          const Activation& activation) {
  ++counts_.operations;
  inner_.activation_backward(dz, dy, z, y, activation);
}

void CountingBackend::column_sum(const View& sums, const ConstView& x) {
  ++counts_.operations;
  inner_.column_sum(sums, x);
}

void CountingBackend::batch_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                                 const View& statistics, const View& running_mean, const View& running_variance,
                                 float momentum, float epsilon) {
  ++counts_.operations;
  inner_.batch_norm(y, x, gamma, beta, statistics, running_mean, running_variance, momentum, epsilon);
}

void CountingBackend::batch_norm_inference(const View& y, const ConstView& x, const ConstView& gamma,
                                           const ConstView& beta, const ConstView& running_mean,
                                           const ConstView& running_variance, float epsilon) {
  ++counts_.operations;
  inner_.batch_norm_inference(y, x, gamma, beta, running_mean, running_variance, epsilon);
}

void CountingBackend::batch_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                          const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  ++counts_.operations;
  inner_.batch_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics);
}

void CountingBackend::layer_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                                 const View& statistics, float epsilon) {
  ++counts_.operations;
  inner_.layer_norm(y, x, gamma, beta, statistics, epsilon);
}

void CountingBackend::layer_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                          const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  ++counts_.operations;
  inner_.layer_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics);
}

void CountingBackend::dropout(const View& x, std::uint32_t layer, const DropoutRate* rates, const StepState* state,
                              const ModelState* models) {
  ++counts_.operations;
  inner_.dropout(x, layer, rates, state, models);
}

void CountingBackend::softmax_cross_entropy(const View& dlogits, const ConstView& logits, const kernels::LossRows& rows,
                                            const kernels::ClassWeighting& classes, Tally* tally,
                                            const StepState* state) {
  ++counts_.operations;
  inner_.softmax_cross_entropy(dlogits, logits, rows, classes, tally, state);
}

void CountingBackend::elementwise_loss(const kernels::ElementwiseLoss& loss, const View& dy, const ConstView& y,
                                       const ConstView& targets, const kernels::LossRows& rows, Tally* tally,
                                       const StepState* state) {
  ++counts_.operations;
  inner_.elementwise_loss(loss, dy, y, targets, rows, tally, state);
}

void CountingBackend::clip_norm(const View& chunk_sums, const ConstView& gradients, ModelState* models) {
  ++counts_.operations;
  inner_.clip_norm(chunk_sums, gradients, models);
}

void CountingBackend::update(OptimizerKind kind, const View& parameters, const ConstView& gradients, const View& state,
                             const ModelState* models) {
  ++counts_.operations;
  inner_.update(kind, parameters, gradients, state, models);
}

void CountingBackend::advance(StepState* state, ModelState* models, int model_count, std::uint32_t rows) {
  ++counts_.operations;
  inner_.advance(state, models, model_count, rows);
}

void CountingBackend::softmax(const View& p, const ConstView& logits) {
  ++counts_.operations;
  inner_.softmax(p, logits);
}

void CountingBackend::argmax(const RowIntegers<std::int32_t>& indices, const ConstView& x) {
  ++counts_.operations;
  inner_.argmax(indices, x);
}

void CountingBackend::linear_forward(const View& y, const View& z, const ConstView& x, const ConstView& w,
                                     const ConstView& bias, const Activation& activation) {
  ++counts_.operations;
  inner_.linear_forward(y, z, x, w, bias, activation);
}

void CountingBackend::linear_backward(const View& dx, const View& dw, const View& dbias, const ConstView& dz,
                                      const ConstView& x, const ConstView& w) {
  ++counts_.operations;
  inner_.linear_backward(dx, dw, dbias, dz, x, w);
}

}  // namespace minnow::test
