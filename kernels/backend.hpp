// SPDX-License-Identifier: Apache-2.0
/// The seam: the engine's only door to a device. One abstract class, three implementations: `reference` (double,
/// textbook loops), `cpu` and `cuda` (float). Every op takes M >= 1 models of one shape, and model m of M ends with
/// the same bits as the same model alone. Shapes are checked at the door; ops run in the order of the calls and may
/// return before they are done. Memory calls and `synchronize` may wait; the ops of a step never do, and allocate
/// nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "kernels/prediction_counts.hpp"
#include "kernels/step_state.hpp"
#include "kernels/view.hpp"
#include "minnow/config.hpp"

namespace minnow::kernels {

class Backend;

/// Device memory, zeroed, 64-byte aligned, released with its owner. It must not outlive its backend.
class Memory {
 public:
  Memory() noexcept : data_(nullptr, Release{}) {}
  Memory(Backend* backend, void* data, std::size_t bytes) : data_(data, Release{backend}), bytes_(bytes) {}
  void* data() const { return data_.get(); }
  std::size_t bytes() const { return bytes_; }
  template <class T>
  T* as() const {
    return static_cast<T*>(data_.get());
  }

 private:
  struct Release {
    Backend* backend = nullptr;
    void operator()(void* data) const noexcept;
  };
  std::unique_ptr<void, Release> data_;
  std::size_t bytes_ = 0;
};

/// What a random stream is for; with the seed (key), and (element / 4, step, layer) it makes Philox's counter.
enum class Purpose : std::uint32_t { weights = 1, biases = 2, order = 3, dropout = 4, synthetic = 6 };

/// What `random` draws.
struct Distribution {
  enum class Kind : std::uint8_t { uniform, normal };
  Kind kind = Kind::uniform;
  float a = 0;  ///< uniform: low; normal: mean
  float b = 1;  ///< uniform: high (exclusive); normal: standard deviation
};

/// A dataset in device memory: values[N, I] as u8 (x = fma(u, scale, shift)) or f32 (as they are), and for each row a
/// class label or `target_cols` target values.
struct DataView {
  enum class Storage : std::uint8_t { u8, f32 };
  const void* values = nullptr;
  Storage storage = Storage::u8;
  int rows = 0;  ///< N
  int cols = 0;  ///< I
  float scale = 1;
  float shift = 0;
  const std::int32_t* labels = nullptr;  ///< [N], or nullptr
  const float* targets = nullptr;        ///< [N, target_cols], or nullptr
  int target_cols = 0;
  const float* weights = nullptr;  ///< [N] of the samples, or nullptr
};

/// A batch that `gather` fills. With x.stride 0 all models share one batch.
struct BatchView {
  View x;                            ///< [M, B, I]
  RowIntegers<std::int32_t> labels;  ///< [M, B], or none
  View targets;                      ///< [M, B, O], or none
  View weights;                      ///< [M, B, 1], or none
};

/// What the loss ops know of a batch's rows.
struct LossRows {
  RowIntegers<const std::int32_t> labels;  ///< [M, B], or none
  ConstView weights;                       ///< [M, B, 1], or none: 1 each
};

/// How softmax_cross_entropy weighs its classes (torch.nn.CrossEntropyLoss).
struct ClassWeighting {
  float label_smoothing = 0;
  const float* weights = nullptr;  ///< [C] in device memory, or nullptr: 1 each
  double weight_sum = 0;           ///< of weights[C], where they are given
};

/// Which elementwise loss.
struct ElementwiseLoss {
  LossKind kind = LossKind::mse;
  float parameter = 1;  ///< of a loss that has one
};

class Backend {
 public:
  virtual ~Backend() = default;
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  /// "cpu", "cuda:0" or "reference".
  virtual std::string name() const = 0;
  /// For people: the processor, its vector instructions and threads; the GPU's name.
  virtual std::string description() const = 0;
  /// Bytes of this backend's scalar: 4 (float) or 8 (double).
  virtual std::size_t real_size() const = 0;

  // --- memory -------------------------------------------------------------------------------------------------------
  /// `bytes` of zeroed device memory. Throws MemoryError with the size.
  virtual Memory allocate(std::size_t bytes) = 0;
  virtual void upload(void* device, const void* host, std::size_t bytes) = 0;
  /// Waits for everything before it.
  virtual void download(void* host, const void* device, std::size_t bytes) = 0;
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;
  virtual void zero(void* device, std::size_t bytes) = 0;
  virtual void synchronize() = 0;
  /// To be called after each step: may wait, so that the caller is never more than a few hundredths of a second of
  /// device work ahead of the device, and what it decides by (the time, a request to stop) is about steps that are
  /// done.
  virtual void throttle() {}
  /// A callable that repeats the device work of `step`: the step itself on the CPU, a captured graph on CUDA.
  /// `step` runs, once or twice, while it is recorded where that is how recording works; its work then has not been
  /// done yet: recording has no effect on device memory.
  virtual std::function<void()> record(const std::function<void()>& step) = 0;

  // --- random -------------------------------------------------------------------------------------------------------
  /// x[m] of model m from key seeds[m] (host memory, M of them). Element i depends on (seed, purpose, layer, i) alone.
  virtual void random(const View& x, const Distribution& distribution, std::span<const std::uint64_t> seeds,
                      Purpose purpose, std::uint32_t layer) = 0;
  virtual void fill(const View& x, double value) = 0;
  /// order[m, 0..n) = the stable argsort of the Philox keys of (seeds[m], Purpose::order, epoch); order in device
  /// memory.
  virtual void shuffle(std::uint32_t* order, std::uint32_t n, std::span<const std::uint64_t> seeds,
                       std::uint32_t epoch) = 0;

  // --- one step, in its order ---------------------------------------------------------------------------------------
  /// Row b of model m is dataset row order[m * data.rows + cursor + b]; order == nullptr: row cursor + b for every
  /// model.
  virtual void gather(const BatchView& batch, const DataView& data, const std::uint32_t* order,
                      const StepState* state) = 0;
  /// c[m] = op(a[m]) op(b[m]), op = transpose where asked.
  virtual void gemm(const View& c, const ConstView& a, bool transpose_a, const ConstView& b, bool transpose_b) = 0;
  /// z += bias[M, 1, O] (or not, with an empty bias), y = activation(z). y may be z, which then is lost: only where
  /// the activation's slope needs no input.
  virtual void bias_activation(const View& y, const View& z, const ConstView& bias, const Activation& activation) = 0;
  /// dz = dy * slope(z, y). dz may be dy. z may be empty where the slope needs no input.
  virtual void activation_backward(const View& dz, const ConstView& dy, const ConstView& z, const ConstView& y,
                                   const Activation& activation) = 0;
  /// sums[M, 1, O] = sum of x[M, B, O] over its rows, by the summation rule.
  virtual void column_sum(const View& sums, const ConstView& x) = 0;
  /// Batch normalization in training (kernels/math/normalization.hpp): each column of x[M, B, O] over its rows, B >= 2.
  /// gamma and beta are [M, 1, O]. statistics[M, 2, O] = mean and 1 / deviation, for the way back. The running mean and
  /// variance [M, 1, O] move towards the batch's by `momentum`. y may be x, unless there is a way back.
  virtual void batch_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                          const View& statistics, const View& running_mean, const View& running_variance,
                          float momentum, float epsilon) = 0;
  /// Likewise by the running mean and variance. y may be x.
  virtual void batch_norm_inference(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                                    const ConstView& running_mean, const ConstView& running_variance,
                                    float epsilon) = 0;
  /// dgamma, dbeta [M, 1, O] and dx, which may be dy.
  virtual void batch_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                   const ConstView& x, const ConstView& gamma, const ConstView& statistics) = 0;
  /// Layer normalization: each row of x[M, B, O] over its columns. statistics[M, 2, B] = mean and 1 / deviation of each
  /// row, or empty where there is no way back. y may be x then.
  virtual void layer_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                          const View& statistics, float epsilon) = 0;
  /// dgamma, dbeta [M, 1, O] and dx, which may be dy.
  virtual void layer_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                   const ConstView& x, const ConstView& gamma, const ConstView& statistics) = 0;
  /// In place: x = survives ? x * scale : 0, where element i of row-major x[m] draws from (seed, dropout, step, layer).
  /// The same call on the gradient is its backward: the mask is drawn again. rates[M] in device memory.
  virtual void dropout(const View& x, std::uint32_t layer, const DropoutRate* rates, const StepState* state,
                       const ModelState* models) = 0;
  /// Counts each row of outputs[M, B, O] under its label and what it predicts: the largest output, the first of equals,
  /// or of a single one the side of counts.boundary. Row b's score is kept at cursor + b (no state: b).
  virtual void count_classes(const ClassCounts& counts, const ConstView& outputs,
                             const RowIntegers<const std::int32_t>& labels, const StepState* state) = 0;
  /// sums[M, O] += those over the batch's rows, by the summation rule; of sigmoid(y) with that head.
  virtual void sum_errors(ErrorSum* sums, const ConstView& y, const ConstView& targets, Head head) = 0;
  /// Adds each model's weighted loss sum, its weight, rows and hits to tally[M], and finds the gradient of the batch's
  /// mean: dlogits = (softmax(logits) - onehot(label)) / B where nothing is smoothed or weighted
  /// (kernels/math/loss.hpp). dlogits may be empty (evaluation) or logits itself. A NaN or infinite loss sum sets
  /// first_bad_step.
  virtual void softmax_cross_entropy(const View& dlogits, const ConstView& logits, const LossRows& rows,
                                     const ClassWeighting& classes, Tally* tally, const StepState* state) = 0;
  /// Likewise for a loss that is the mean over all B * O elements, each with its row's weight. The loss is summed over
  /// each row, then over the rows. Hits are counted where labels are given: the largest output stands at the label, or
  /// a single one on the label's side of the loss's boundary.
  virtual void elementwise_loss(const ElementwiseLoss& loss, const View& dy, const ConstView& y,
                                const ConstView& targets, const LossRows& rows, Tally* tally,
                                const StepState* state) = 0;
  /// models[m].rates.gradient_scale = what scales model m's gradients[M, 1, P] down to a Euclidean norm of
  /// optimizer.clip_norm (torch.nn.utils.clip_grad_norm_), 1 where that is 0. The squares are summed by the summation
  /// rule over all P, in chunk_sums[M, 1, ceil(P / 128)], which holds nothing of use afterwards.
  virtual void clip_norm(const View& chunk_sums, const ConstView& gradients, ModelState* models) = 0;
  /// parameters[M, 1, P] by each model's rule (models[m].optimizer, all of one kind) and rates; state[M, S, P] holds
  /// the rule's S slots. One launch for all layers of all models.
  virtual void update(OptimizerKind kind, const View& parameters, const ConstView& gradients, const View& state,
                      const ModelState* models) = 0;
  /// The end of a step: step += 1, cursor += rows, and each model's rates for the coming step.
  virtual void advance(StepState* state, ModelState* models, int model_count, std::uint32_t rows) = 0;

  // --- prediction ---------------------------------------------------------------------------------------------------
  /// p = softmax of each row of logits; p may be logits.
  virtual void softmax(const View& p, const ConstView& logits) = 0;

  // --- fused --------------------------------------------------------------------------------------------------------
  // The default body, written in ops, is the specification.
  /// y[M,B,O] = activation(x[M,B,I] w[M,I,O] + bias[M,1,O]); z as in bias_activation.
  virtual void linear_forward(const View& y, const View& z, const ConstView& x, const ConstView& w,
                              const ConstView& bias, const Activation& activation);
  /// dw[M,I,O] = x^T dz, dbias = column_sum(dz), dx[M,B,I] = dz w^T (dx may be empty: the first layer).
  virtual void linear_backward(const View& dx, const View& dw, const View& dbias, const ConstView& dz,
                               const ConstView& x, const ConstView& w);

  // --- host values in the backend's scalar
  // ----------------------------------------------------------------------------
  /// Copies models * rows * cols contiguous host values into the view (each model's in turn), converting.
  void upload_reals(const View& view, std::span<const float> values);
  void upload_reals(const View& view, std::span<const double> values);
  void download_reals(std::span<float> values, const ConstView& view);
  void download_reals(std::span<double> values, const ConstView& view);

 private:
  friend class Memory;
  /// Frees what `allocate` gave; waits for work that uses it.
  virtual void release(void* data) noexcept = 0;
};

/// `automatic` becomes cuda:0 if CUDA was compiled in and a device answers, else the CPU; others stay.
Device pick_device(const Device& wanted);
/// On pick_device(runtime.device). Throws DeviceError where it is not there.
std::unique_ptr<Backend> make_backend(const Runtime& runtime);

std::unique_ptr<Backend> make_reference_backend();
std::unique_ptr<Backend> make_cpu_backend(int threads);
/// The floating-point operations of one model's product from which on `fast` numerics leave it to cuBLAS, a call for
/// each model. On an H200 such a call takes 6 us and then computes 51 Tflop/s, where the strict kernels compute
/// 38 Tflop/s and need one launch for all models: per model they are the faster ones below 0.9 Gflop.
inline constexpr double worth_cublas = 1e9;
/// `min_blas_flops` instead of worth_cublas is for tests, whose products are small.
std::unique_ptr<Backend> make_cuda_backend(int device, Numerics numerics, double min_blas_flops = worth_cublas);
/// Why CUDA cannot be used here, or an empty string if it can.
std::string cuda_unavailable_reason();
/// 0 where CUDA cannot be used.
int cuda_device_count();

}  // namespace minnow::kernels
