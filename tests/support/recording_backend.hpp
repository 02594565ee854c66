// SPDX-License-Identifier: Apache-2.0
/// Decides what `record` does, for any backend: a step must give the same bits directly and replayed, and may depend on
/// nothing but device memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/backend.hpp"

namespace minnow::test {

class RecordingBackend : public kernels::Backend {
 public:
  enum class Mode {
    direct,  ///< record returns the step itself
    replay,  ///< record keeps the calls with their arguments and repeats them, as a captured graph does
  };
  /// `inner` must outlive this.
  RecordingBackend(kernels::Backend& inner, Mode mode) : inner_(inner), mode_(mode) {}

  std::string name() const override { return inner_.name(); }
  std::string description() const override { return inner_.description(); }
  std::size_t real_size() const override { return inner_.real_size(); }

  /// These throw while a step is being recorded: a graph cannot hold them.
  kernels::Memory allocate(std::size_t bytes) override;
  void upload(void* device, const void* host, std::size_t bytes) override;
  void download(void* host, const void* device, std::size_t bytes) override;
  void synchronize() override;
  void random(const kernels::View& x, const kernels::Distribution& distribution, std::span<const std::uint64_t> seeds,
              kernels::Purpose purpose, std::uint32_t layer) override;
  void shuffle(std::uint32_t* order, std::uint32_t n, std::span<const std::uint64_t> seeds,
               std::uint32_t epoch) override;
  std::function<void()> record(const std::function<void()>& step) override;

  void copy(void* to, const void* from, std::size_t bytes) override;
  void zero(void* device, std::size_t bytes) override;
  void fill(const kernels::View& x, double value) override;
  void gather(const kernels::BatchView& batch, const kernels::DataView& data, const std::uint32_t* order,
              const kernels::StepState* state) override;
  void gemm(const kernels::View& c, const kernels::ConstView& a, bool transpose_a, const kernels::ConstView& b,
            bool transpose_b) override;
  void bias_activation(const kernels::View& y, const kernels::View& z, const kernels::ConstView& bias,
                       const Activation& activation) override;
  void activation_backward(const kernels::View& dz, const kernels::ConstView& dy, const kernels::ConstView& z,
                           const kernels::ConstView& y, const Activation& activation) override;
  void column_sum(const kernels::View& sums, const kernels::ConstView& x) override;
  void batch_norm(const kernels::View& y, const kernels::ConstView& x, const kernels::ConstView& gamma,
                  const kernels::ConstView& beta, const kernels::View& statistics, const kernels::View& running_mean,
                  const kernels::View& running_variance, float momentum, float epsilon) override;
  void batch_norm_inference(const kernels::View& y, const kernels::ConstView& x, const kernels::ConstView& gamma,
                            const kernels::ConstView& beta, const kernels::ConstView& running_mean,
                            const kernels::ConstView& running_variance, float epsilon) override;
  void batch_norm_backward(const kernels::View& dx, const kernels::View& dgamma, const kernels::View& dbeta,
                           const kernels::ConstView& dy, const kernels::ConstView& x, const kernels::ConstView& gamma,
                           const kernels::ConstView& statistics) override;
  void layer_norm(const kernels::View& y, const kernels::ConstView& x, const kernels::ConstView& gamma,
                  const kernels::ConstView& beta, const kernels::View& statistics, float epsilon) override;
  void layer_norm_backward(const kernels::View& dx, const kernels::View& dgamma, const kernels::View& dbeta,
                           const kernels::ConstView& dy, const kernels::ConstView& x, const kernels::ConstView& gamma,
                           const kernels::ConstView& statistics) override;
  void dropout(const kernels::View& x, std::uint32_t layer, const kernels::DropoutRate* rates,
               const kernels::StepState* state, const kernels::ModelState* models) override;
  void softmax_cross_entropy(const kernels::View& dlogits, const kernels::ConstView& logits,
                             const kernels::LossRows& rows, const kernels::ClassWeighting& classes,
                             kernels::Tally* tally, const kernels::StepState* state) override;
  void elementwise_loss(const kernels::ElementwiseLoss& loss, const kernels::View& dy, const kernels::ConstView& y,
                        const kernels::ConstView& targets, const kernels::LossRows& rows, kernels::Tally* tally,
                        const kernels::StepState* state) override;
  void clip_norm(const kernels::View& chunk_sums, const kernels::ConstView& gradients,
                 kernels::ModelState* models) override;
  void update(OptimizerKind kind, const kernels::View& parameters, const kernels::ConstView& gradients,
              const kernels::View& state, const kernels::ModelState* models) override;
  void advance(kernels::StepState* state, kernels::ModelState* models, int model_count, std::uint32_t rows) override;
  void softmax(const kernels::View& p, const kernels::ConstView& logits) override;
  void argmax(const kernels::RowIntegers<std::int32_t>& indices, const kernels::ConstView& x) override;
  void linear_forward(const kernels::View& y, const kernels::View& z, const kernels::ConstView& x,
                      const kernels::ConstView& w, const kernels::ConstView& bias,
                      const Activation& activation) override;
  void linear_backward(const kernels::View& dx, const kernels::View& dw, const kernels::View& dbias,
                       const kernels::ConstView& dz, const kernels::ConstView& x, const kernels::ConstView& w) override;

 private:
  /// Never called: what `allocate` gives belongs to the inner backend.
  void release(void*) noexcept override {}
  void refuse_while_recording(const char* call) const;
  template <class Call>
  void perform(Call call) {
    if (recording_ != nullptr) {
      recording_->push_back(std::move(call));
    } else {
      call();
    }
  }

  kernels::Backend& inner_;
  Mode mode_;
  std::vector<std::function<void()>>* recording_ = nullptr;
};

}  // namespace minnow::test
