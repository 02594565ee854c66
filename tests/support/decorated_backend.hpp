// SPDX-License-Identifier: Apache-2.0
/// A backend around another one. Everything that computes on the device goes through Derived::perform(call), where
/// call() passes it on, with its arguments by value; what allocates, waits or draws is left to Derived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "kernels/backend.hpp"

namespace minnow::test {

template <class Derived>
class DecoratedBackend : public kernels::Backend {
 protected:
  using ClassWeighting = kernels::ClassWeighting;
  using ConstView = kernels::ConstView;
  using ElementwiseLoss = kernels::ElementwiseLoss;
  using LossRows = kernels::LossRows;
  using View = kernels::View;

 public:
  /// `inner` must outlive this.
  explicit DecoratedBackend(kernels::Backend& inner) : inner_(inner) {}

  std::string name() const override { return inner_.name(); }
  std::string description() const override { return inner_.description(); }
  std::size_t real_size() const override { return inner_.real_size(); }
  void throttle() override { inner_.throttle(); }

  void fill(const View& x, double value) override {
    perform([=, this] { inner_.fill(x, value); });
  }
  void gather(const kernels::BatchView& batch, const kernels::DataView& data, const std::uint32_t* order,
              const kernels::StepState* state) override {
    perform([=, this] { inner_.gather(batch, data, order, state); });
  }
  void gemm(const View& c, const ConstView& a, bool transpose_a, const ConstView& b, bool transpose_b) override {
    perform([=, this] { inner_.gemm(c, a, transpose_a, b, transpose_b); });
  }
  void bias_activation(const View& y, const View& z, const ConstView& bias, const Activation& activation) override {
    perform([=, this] { inner_.bias_activation(y, z, bias, activation); });
  }
  void activation_backward(const View& dz, const ConstView& dy, const ConstView& z, const ConstView& y,
                           const Activation& activation) override {
    perform([=, this] { inner_.activation_backward(dz, dy, z, y, activation); });
  }
  void column_sum(const View& sums, const ConstView& x) override {
    perform([=, this] { inner_.column_sum(sums, x); });
  }
  void batch_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                  const View& statistics, const View& running_mean, const View& running_variance, float momentum,
                  float epsilon) override {
    perform([=, this] {
      inner_.batch_norm(y, x, gamma, beta, statistics, running_mean, running_variance, momentum, epsilon);
    });
  }
  void batch_norm_inference(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                            const ConstView& running_mean, const ConstView& running_variance, float epsilon) override {
    perform([=, this] { inner_.batch_norm_inference(y, x, gamma, beta, running_mean, running_variance, epsilon); });
  }
  void batch_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                           const ConstView& x, const ConstView& gamma, const ConstView& statistics) override {
    perform([=, this] { inner_.batch_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics); });
  }
  void layer_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                  const View& statistics, float epsilon) override {
    perform([=, this] { inner_.layer_norm(y, x, gamma, beta, statistics, epsilon); });
  }
  void layer_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                           const ConstView& x, const ConstView& gamma, const ConstView& statistics) override {
    perform([=, this] { inner_.layer_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics); });
  }
  void dropout(const View& x, std::uint32_t layer, const kernels::DropoutRate* rates, const kernels::StepState* state,
               const kernels::ModelState* models) override {
    perform([=, this] { inner_.dropout(x, layer, rates, state, models); });
  }
  void softmax_cross_entropy(const View& dlogits, const ConstView& logits, const LossRows& rows,
                             const ClassWeighting& classes, kernels::Tally* tally,
                             const kernels::StepState* state) override {
    perform([=, this] { inner_.softmax_cross_entropy(dlogits, logits, rows, classes, tally, state); });
  }
  void elementwise_loss(const ElementwiseLoss& loss, const View& dy, const ConstView& y, const ConstView& targets,
                        const LossRows& rows, kernels::Tally* tally, const kernels::StepState* state) override {
    perform([=, this] { inner_.elementwise_loss(loss, dy, y, targets, rows, tally, state); });
  }
  void clip_norm(const View& chunk_sums, const ConstView& gradients, kernels::ModelState* models) override {
    perform([=, this] { inner_.clip_norm(chunk_sums, gradients, models); });
  }
  void update(OptimizerKind kind, const View& parameters, const ConstView& gradients, const View& state,
              const kernels::ModelState* models) override {
    perform([=, this] { inner_.update(kind, parameters, gradients, state, models); });
  }
  void advance(kernels::StepState* state, kernels::ModelState* models, int model_count, std::uint32_t rows) override {
    perform([=, this] { inner_.advance(state, models, model_count, rows); });
  }
  void softmax(const View& p, const ConstView& logits) override {
    perform([=, this] { inner_.softmax(p, logits); });
  }
  void count_classes(const kernels::ClassCounts& counts, const ConstView& outputs,
                     const kernels::RowIntegers<const std::int32_t>& labels, const kernels::StepState* state) override {
    perform([=, this] { inner_.count_classes(counts, outputs, labels, state); });
  }
  void sum_errors(kernels::ErrorSum* sums, const ConstView& y, const ConstView& targets, Head head) override {
    perform([=, this] { inner_.sum_errors(sums, y, targets, head); });
  }
  void linear_forward(const View& y, const View& z, const ConstView& x, const ConstView& w, const ConstView& bias,
                      const Activation& activation) override {
    perform([=, this] { inner_.linear_forward(y, z, x, w, bias, activation); });
  }
  void linear_backward(const View& dx, const View& dw, const View& dbias, const ConstView& dz, const ConstView& x,
                       const ConstView& w) override {
    perform([=, this] { inner_.linear_backward(dx, dw, dbias, dz, x, w); });
  }

 protected:
  kernels::Backend& inner_;

 private:
  /// Never called: what `allocate` gives belongs to the inner backend.
  void release(void*) noexcept override {}
  template <class Call>
  void perform(Call call) {
    static_cast<Derived*>(this)->perform(std::move(call));
  }
};

}  // namespace minnow::test
