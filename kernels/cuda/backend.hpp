// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "kernels/backend.hpp"
#include "kernels/cuda/gemm.hpp"
#include "kernels/cuda/runtime.hpp"
#include "kernels/cuda/shuffle.hpp"
#include "kernels/cuda/throttle.hpp"

namespace minnow::kernels::cuda {

/// The seam on one GPU, in float. All work is enqueued on one stream of its own, so ops run in the order of the calls.
/// In `strict` numerics every op gives the bits of the CPU backend; in `fast` numerics products of `min_blas_flops` and
/// more are cuBLAS's. Which ones these are is a question of one model's shapes, never of their number.
class CudaBackend final : public Backend {
 public:
  CudaBackend(int device, Numerics numerics, double min_blas_flops);
  ~CudaBackend() override;

  std::string name() const override { return "cuda:" + std::to_string(device_); }
  std::string description() const override;
  std::size_t real_size() const override { return sizeof(float); }

  Memory allocate(std::size_t bytes) override;
  void upload(void* device, const void* host, std::size_t bytes) override;
  void download(void* host, const void* device, std::size_t bytes) override;
  void copy(void* to, const void* from, std::size_t bytes) override;
  void zero(void* device, std::size_t bytes) override;
  void synchronize() override;
  void throttle() override;
  /// A recorded step may contain every op but `random` and `shuffle`, whose host arguments would be frozen, and no
  /// upload, download, allocate or synchronize.
  std::function<void()> record(const std::function<void()>& step) override;

  void random(const View& x, const Distribution& distribution, std::span<const std::uint64_t> seeds, Purpose purpose,
              std::uint32_t layer) override;
  void fill(const View& x, double value) override;
  void shuffle(std::uint32_t* order, std::uint32_t n, std::span<const std::uint64_t> seeds,
               std::uint32_t epoch) override;

  void gather(const BatchView& batch, const DataView& data, const std::uint32_t* order,
              const StepState* state) override;
  void gemm(const View& c, const ConstView& a, bool transpose_a, const ConstView& b, bool transpose_b) override;
  void bias_activation(const View& y, const View& z, const ConstView& bias, const Activation& activation) override;
  void activation_backward(const View& dz, const ConstView& dy, const ConstView& z, const ConstView& y,
                           const Activation& activation) override;
  void column_sum(const View& sums, const ConstView& x) override;
  void batch_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                  const View& statistics, const View& running_mean, const View& running_variance, float momentum,
                  float epsilon) override;
  void batch_norm_inference(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                            const ConstView& running_mean, const ConstView& running_variance, float epsilon) override;
  void batch_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                           const ConstView& x, const ConstView& gamma, const ConstView& statistics) override;
  void layer_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                  const View& statistics, float epsilon) override;
  void layer_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                           const ConstView& x, const ConstView& gamma, const ConstView& statistics) override;
  void dropout(const View& x, std::uint32_t layer, const DropoutRate* rates, const StepState* state,
               const ModelState* models) override;
  void softmax_cross_entropy(const View& dlogits, const ConstView& logits, const LossRows& rows,
                             const ClassWeighting& classes, Tally* tally, const StepState* state) override;
  void elementwise_loss(const ElementwiseLoss& loss, const View& dy, const ConstView& y, const ConstView& targets,
                        const LossRows& rows, Tally* tally, const StepState* state) override;
  void clip_norm(const View& chunk_sums, const ConstView& gradients, ModelState* models) override;
  void update(OptimizerKind kind, const View& parameters, const ConstView& gradients, const View& state,
              const ModelState* models) override;
  void advance(StepState* state, ModelState* models, int model_count, std::uint32_t rows) override;

  void softmax(const View& p, const ConstView& logits) override;
  void count_classes(const ClassCounts& counts, const ConstView& outputs, const RowIntegers<const std::int32_t>& labels,
                     const StepState* state) override;
  void sum_errors(ErrorSum* sums, const ConstView& y, const ConstView& targets, Head head) override;

 private:
  void release(void* data) noexcept override;
  /// Makes this backend's device current in the calling thread.
  cudaStream_t stream() const;
  const BlasGemm& blas();

  int device_;
  Numerics numerics_;
  double min_blas_flops_;
  int multiprocessors_;
  Stream stream_;
  Scratch scratch_;
  Shuffler shuffler_;
  Throttle throttle_;
  std::unique_ptr<BlasGemm> blas_;  ///< made at its first use: cuBLAS takes a second to load and 100 MB
};

}  // namespace minnow::kernels::cuda
