// SPDX-License-Identifier: Apache-2.0
#include "tests/support/recording_backend.hpp"

#include <memory>

#include "minnow/error.hpp"

namespace minnow::test {

using namespace kernels;

void RecordingBackend::refuse_while_recording(const char* call) const {
  if (recording_ != nullptr) throw InternalError(std::string(call) + " while a step is being recorded");
}

Memory RecordingBackend::allocate(std::size_t bytes) {
  refuse_while_recording("allocate");
  return inner_.allocate(bytes);
}
void RecordingBackend::upload(void* device, const void* host, std::size_t bytes) {
  refuse_while_recording("upload");
  inner_.upload(device, host, bytes);
}
void RecordingBackend::download(void* host, const void* device, std::size_t bytes) {
  refuse_while_recording("download");
  inner_.download(host, device, bytes);
}
void RecordingBackend::synchronize() {
  refuse_while_recording("synchronize");
  inner_.synchronize();
}
void RecordingBackend::random(const View& x, const Distribution& distribution, std::span<const std::uint64_t> seeds,
                              Purpose purpose, std::uint32_t layer) {
  refuse_while_recording("random");
  inner_.random(x, distribution, seeds, purpose, layer);
}
void RecordingBackend::shuffle(std::uint32_t* order, std::uint32_t n, std::span<const std::uint64_t> seeds,
                               std::uint32_t epoch) {
  refuse_while_recording("shuffle");
  inner_.shuffle(order, n, seeds, epoch);
}

std::function<void()> RecordingBackend::record(const std::function<void()>& step) {
  if (mode_ == Mode::direct) return step;
  auto calls = std::make_shared<std::vector<std::function<void()>>>();
  recording_ = calls.get();
  try {
    step();
  } catch (...) {
    recording_ = nullptr;
    throw;
  }
  recording_ = nullptr;
  return [calls] {
    for (const auto& call : *calls) call();
  };
}

void RecordingBackend::copy(void* to, const void* from, std::size_t bytes) {
  perform([=, this] { inner_.copy(to, from, bytes); });
}
void RecordingBackend::zero(void* device, std::size_t bytes) {
  perform([=, this] { inner_.zero(device, bytes); });
}
void RecordingBackend::fill(const View& x, double value) {
  perform([=, this] { inner_.fill(x, value); });
}
void RecordingBackend::gather(const BatchView& batch, const DataView& data, const std::uint32_t* order,
                              const StepState* state) {
  perform([=, this] { inner_.gather(batch, data, order, state); });
}
void RecordingBackend::gemm(const View& c, const ConstView& a, bool transpose_a, const ConstView& b, bool transpose_b) {
  perform([=, this] { inner_.gemm(c, a, transpose_a, b, transpose_b); });
}
void RecordingBackend::bias_activation(const View& y, const View& z, const ConstView& bias,
                                       const Activation& activation) {
  perform([=, this] { inner_.bias_activation(y, z, bias, activation); });
}
void RecordingBackend::activation_backward(const View& dz, const ConstView& dy, const ConstView& z, const ConstView& y,
                                           const Activation& activation) {
  perform([=, this] { inner_.activation_backward(dz, dy, z, y, activation); });
}
void RecordingBackend::column_sum(const View& sums, const ConstView& x) {
  perform([=, this] { inner_.column_sum(sums, x); });
}
void RecordingBackend::batch_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                                  const View& statistics, const View& running_mean, const View& running_variance,
                                  float momentum, float epsilon) {
  perform([=, this] {
    inner_.batch_norm(y, x, gamma, beta, statistics, running_mean, running_variance, momentum, epsilon);
  });
}
void RecordingBackend::batch_norm_inference(const View& y, const ConstView& x, const ConstView& gamma,
                                            const ConstView& beta, const ConstView& running_mean,
                                            const ConstView& running_variance, float epsilon) {
  perform([=, this] { inner_.batch_norm_inference(y, x, gamma, beta, running_mean, running_variance, epsilon); });
}
void RecordingBackend::batch_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                           const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  perform([=, this] { inner_.batch_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics); });
}
void RecordingBackend::layer_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                                  const View& statistics, float epsilon) {
  perform([=, this] { inner_.layer_norm(y, x, gamma, beta, statistics, epsilon); });
}
void RecordingBackend::layer_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                           const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  perform([=, this] { inner_.layer_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics); });
}
void RecordingBackend::dropout(const View& x, std::uint32_t layer, const DropoutRate* rates, const StepState* state,
                               const ModelState* models) {
  perform([=, this] { inner_.dropout(x, layer, rates, state, models); });
}
void RecordingBackend::softmax_cross_entropy(const View& dlogits, const ConstView& logits,
                                             const kernels::LossRows& rows, const kernels::ClassWeighting& classes,
                                             Tally* tally, const StepState* state) {
  perform([=, this] { inner_.softmax_cross_entropy(dlogits, logits, rows, classes, tally, state); });
}

void RecordingBackend::elementwise_loss(const kernels::ElementwiseLoss& loss, const View& dy, const ConstView& y,
                                        const ConstView& targets, const kernels::LossRows& rows, Tally* tally,
                                        const StepState* state) {
  perform([=, this] { inner_.elementwise_loss(loss, dy, y, targets, rows, tally, state); });
}
void RecordingBackend::clip_norm(const View& chunk_sums, const ConstView& gradients, ModelState* models) {
  perform([=, this] { inner_.clip_norm(chunk_sums, gradients, models); });
}
void RecordingBackend::update(OptimizerKind kind, const View& parameters, const ConstView& gradients, const View& state,
                              const ModelState* models) {
  perform([=, this] { inner_.update(kind, parameters, gradients, state, models); });
}
void RecordingBackend::advance(StepState* state, ModelState* models, int model_count, std::uint32_t rows) {
  perform([=, this] { inner_.advance(state, models, model_count, rows); });
}
void RecordingBackend::softmax(const View& p, const ConstView& logits) {
  perform([=, this] { inner_.softmax(p, logits); });
}
void RecordingBackend::argmax(const RowIntegers<std::int32_t>& indices, const ConstView& x) {
  perform([=, this] { inner_.argmax(indices, x); });
}
void RecordingBackend::linear_forward(const View& y, const View& z, const ConstView& x, const ConstView& w,
                                      const ConstView& bias, const Activation& activation) {
  perform([=, this] { inner_.linear_forward(y, z, x, w, bias, activation); });
}
void RecordingBackend::linear_backward(const View& dx, const View& dw, const View& dbias, const ConstView& dz,
                                       const ConstView& x, const ConstView& w) {
  perform([=, this] { inner_.linear_backward(dx, dw, dbias, dz, x, w); });
}

}  // namespace minnow::test
