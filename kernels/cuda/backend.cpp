// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/backend.hpp"

#include <algorithm>
#include <utility>

#include "kernels/checks.hpp"
#include "kernels/cuda/graph.hpp"
#include "kernels/cuda/ops.hpp"
#include "minnow/error.hpp"

namespace minnow::kernels::cuda {

namespace {

/// Row results of the losses for 8,192 rows; larger batches grow it.
constexpr std::size_t scratch_bytes = std::size_t{1} << 16;

/// Thrown where a step that is being recorded is the first to need cuBLAS, which cannot be created during a capture.
struct BlasIsMissing {};

bool is_capturing(cudaStream_t stream) {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  check(cudaStreamIsCapturing(stream, &status), "cudaStreamIsCapturing");
  return status != cudaStreamCaptureStatusNone;
}

/// Everything that the constructor's member initializers need the device for.
int checked_device(int device) {
  const int count = count_devices();
  if (device < 0 || device >= count) {
    throw DeviceError(
        "cuda:" + std::to_string(device) + " does not exist: this machine has " + std::to_string(count) +
        (count == 1 ? " CUDA device, cuda:0" : " CUDA devices, cuda:0 to cuda:" + std::to_string(count - 1)));
  }
  check(cudaSetDevice(device), "cudaSetDevice");
  return device;
}

}  // namespace

CudaBackend::CudaBackend(int device, Numerics numerics, double min_blas_flops)
    : device_(checked_device(device)),
      numerics_(numerics),
      min_blas_flops_(min_blas_flops),
      multiprocessors_(multiprocessor_count(device)),
      stream_(make_stream()),
      scratch_(scratch_bytes) {}

CudaBackend::~CudaBackend() {
  // Members free memory that queued work may use.
  static_cast<void>(cudaSetDevice(device_));
  static_cast<void>(cudaStreamSynchronize(stream_.get()));
}

cudaStream_t CudaBackend::stream() const {
  check(cudaSetDevice(device_), "cudaSetDevice");
  return stream_.get();
}

const BlasGemm& CudaBackend::blas() {
  const cudaStream_t queue = stream();
  if (blas_ == nullptr) {
    if (is_capturing(queue)) throw BlasIsMissing();
    blas_ = std::make_unique<BlasGemm>(queue);
  }
  return *blas_;
}

std::string CudaBackend::description() const {
  return describe_device(device_) + (numerics_ == Numerics::strict ? ", strict numerics" : ", fast numerics");
}

Memory CudaBackend::allocate(std::size_t bytes) {
  const cudaStream_t queue = stream();
  DeviceMemory memory = make_device_memory(std::max<std::size_t>(bytes, 1));  // an empty buffer has an address too
  check(cudaMemsetAsync(memory.get(), 0, std::max<std::size_t>(bytes, 1), queue), "cudaMemsetAsync");
  return {this, memory.release(), bytes};
}

void CudaBackend::release(void* data) noexcept {
  static_cast<void>(cudaSetDevice(device_));
  static_cast<void>(cudaStreamSynchronize(stream_.get()));
  FreeDeviceMemory{}(data);
}

void CudaBackend::upload(void* device, const void* host, std::size_t bytes) {
  if (bytes == 0) return;
  const cudaStream_t queue = stream();
  check(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, queue), "cudaMemcpyAsync to the device");
  // The caller's buffer may die on return, and whether CUDA has read pageable memory by then is not promised.
  check(cudaStreamSynchronize(queue), "cudaStreamSynchronize after an upload");
}

void CudaBackend::download(void* host, const void* device, std::size_t bytes) {
  const cudaStream_t queue = stream();
  if (bytes > 0) {
    check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, queue), "cudaMemcpyAsync to the host");
  }
  check(cudaStreamSynchronize(queue), "cudaStreamSynchronize after a download");
}

void CudaBackend::copy(void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream()), "cudaMemcpyAsync on the device");
}

void CudaBackend::zero(void* device, std::size_t bytes) {
  if (bytes == 0) return;
  check(cudaMemsetAsync(device, 0, bytes, stream()), "cudaMemsetAsync");
}

void CudaBackend::synchronize() {
  check(cudaStreamSynchronize(stream()), "cudaStreamSynchronize");
  throttle_.restart();
}

void CudaBackend::throttle() {
  throttle_(stream());
}

std::function<void()> CudaBackend::record(const std::function<void()>& step) {
  std::function<void()> replay;
  try {
    replay = record_graph(stream(), step);
  } catch (const BlasIsMissing&) {
    static_cast<void>(blas());
    replay = record_graph(stream(), step);
  }
  return [this, replay = std::move(replay)] {
    stream();  // makes the device current
    replay();
  };
}

void CudaBackend::random(const View& x, const Distribution& distribution, std::span<const std::uint64_t> seeds,
                         Purpose purpose, std::uint32_t layer) {
  check_random(x, seeds);
  cuda::random(stream(), x, distribution, seeds, purpose, layer);
}

void CudaBackend::fill(const View& x, double value) {
  check_fill(x);
  cuda::fill(stream(), x, static_cast<float>(value));
}

void CudaBackend::shuffle(std::uint32_t* order, std::uint32_t n, std::span<const std::uint64_t> seeds,
                          std::uint32_t epoch) {
  shuffler_(stream(), order, n, seeds, epoch);
}

void CudaBackend::gather(const BatchView& batch, const DataView& data, const std::uint32_t* order,
                         const StepState* state) {
  check_gather(batch, data, state);
  cuda::gather(stream(), batch, data, order, state);
}

void CudaBackend::gemm(const View& c, const ConstView& a, bool transpose_a, const ConstView& b, bool transpose_b) {
  check_gemm(c, a, transpose_a, b, transpose_b);
  const int depth = transpose_a ? a.rows : a.cols;
  if (depth == 0) {
    cuda::fill(stream(), c, 0);
  } else if (numerics_ == Numerics::strict || flops_of(c, depth) < min_blas_flops_) {
    strict_gemm(stream(), c, a, transpose_a, b, transpose_b, choose_tiling(c, depth, multiprocessors_));
  } else {
    blas()(c, a, transpose_a, b, transpose_b);
  }
}

void CudaBackend::bias_activation(const View& y, const View& z, const ConstView& bias, const Activation& activation) {
  check_bias_activation(y, z, bias, activation);
  cuda::bias_activation(stream(), y, z, bias, activation);
}

void CudaBackend::activation_backward(const View& dz, const ConstView& dy, const ConstView& z, const ConstView& y,
                                      const Activation& activation) {
  check_activation_backward(dz, dy, z, y, activation);
  cuda::activation_backward(stream(), dz, dy, z, y, activation);
}

void CudaBackend::column_sum(const View& sums, const ConstView& x) {
  check_column_sum(sums, x);
  cuda::column_sum(stream(), sums, x);
}

void CudaBackend::batch_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                             const View& statistics, const View& running_mean, const View& running_variance,
                             float momentum, float epsilon) {
  check_batch_norm(y, x, gamma, beta, statistics, running_mean, running_variance);
  cuda::batch_norm(stream(), y, x, gamma, beta, statistics, running_mean, running_variance, momentum, epsilon);
}

void CudaBackend::batch_norm_inference(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                                       const ConstView& running_mean, const ConstView& running_variance,
                                       float epsilon) {
  check_batch_norm_inference(y, x, gamma, beta, running_mean, running_variance);
  cuda::batch_norm_inference(stream(), y, x, gamma, beta, running_mean, running_variance, epsilon);
}

void CudaBackend::batch_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                      const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  check_batch_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics);
  cuda::batch_norm_backward(stream(), dx, dgamma, dbeta, dy, x, gamma, statistics);
}

void CudaBackend::layer_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                             const View& statistics, float epsilon) {
  check_layer_norm(y, x, gamma, beta, statistics);
  cuda::layer_norm(stream(), y, x, gamma, beta, statistics, epsilon);
}

void CudaBackend::layer_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                      const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  check_layer_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics);
  cuda::layer_norm_backward(stream(), dx, dgamma, dbeta, dy, x, gamma, statistics);
}

void CudaBackend::dropout(const View& x, std::uint32_t layer, const DropoutRate* rates, const StepState* state,
                          const ModelState* models) {
  check_dropout(x, rates, state, models);
  cuda::dropout(stream(), x, layer, rates, state, models);
}

void CudaBackend::softmax_cross_entropy(const View& dlogits, const ConstView& logits, const LossRows& rows,
                                        const ClassWeighting& classes, Tally* tally, const StepState* state) {
  check_softmax_cross_entropy(dlogits, logits, rows, tally);
  cuda::softmax_cross_entropy(stream(), scratch_, dlogits, logits, rows, classes, tally, state);
}

void CudaBackend::elementwise_loss(const ElementwiseLoss& loss, const View& dy, const ConstView& y,
                                   const ConstView& targets, const LossRows& rows, Tally* tally,
                                   const StepState* state) {
  check_elementwise_loss(dy, y, targets, rows, tally);
  cuda::elementwise_loss(stream(), scratch_, loss, dy, y, targets, rows, tally, state);
}

void CudaBackend::clip_norm(const View& chunk_sums, const ConstView& gradients, ModelState* models) {
  check_clip_norm(chunk_sums, gradients, models);
  cuda::clip_norm(stream(), chunk_sums, gradients, models);
}

void CudaBackend::update(OptimizerKind kind, const View& parameters, const ConstView& gradients, const View& state,
                         const ModelState* models) {
  check_update(kind, parameters, gradients, state, models);
  cuda::update(stream(), kind, parameters, gradients, state, models);
}

void CudaBackend::advance(StepState* state, ModelState* models, int model_count, std::uint32_t rows) {
  cuda::advance(stream(), state, models, model_count, rows);
}

void CudaBackend::softmax(const View& p, const ConstView& logits) {
  check_softmax(p, logits);
  cuda::softmax(stream(), p, logits);
}

void CudaBackend::count_classes(const ClassCounts& counts, const ConstView& outputs,
                                const RowIntegers<const std::int32_t>& labels, const StepState* state) {
  check_count_classes(counts, outputs, labels);
  cuda::count_classes(stream(), counts, outputs, labels, state);
}

void CudaBackend::sum_errors(ErrorSum* sums, const ConstView& y, const ConstView& targets, Head head) {
  check_sum_errors(sums, y, targets, head);
  cuda::sum_errors(stream(), sums, y, targets, head);
}

}  // namespace minnow::kernels::cuda

namespace minnow::kernels {

std::unique_ptr<Backend> make_cuda_backend(int device, Numerics numerics, double min_blas_flops) {
  return std::make_unique<cuda::CudaBackend>(device, numerics, min_blas_flops);
}

std::string cuda_unavailable_reason() {
  try {
    cuda::count_devices();
    return {};
  } catch (const DeviceError& error) {
    return error.what();
  }
}

int cuda_device_count() {
  return cuda_unavailable_reason().empty() ? cuda::count_devices() : 0;
}

}  // namespace minnow::kernels
