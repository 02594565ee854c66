// SPDX-License-Identifier: Apache-2.0
/// The CPU kernels besides GEMM: their arguments, and one list of them. Each kernel computes share `part` of `parts` of
/// its work; the split does not change a bit, and neither does the instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/prediction_counts.hpp"
#include "kernels/step_state.hpp"
#include "minnow/config.hpp"

namespace minnow::kernels::cpu {

/// Model m's row-major matrix starts at data + m * stride.
struct Matrix {
  float* data = nullptr;
  std::ptrdiff_t stride = 0;
};
struct ConstMatrix {
  const float* data = nullptr;
  std::ptrdiff_t stride = 0;
};
/// Model m's labels start at data + m * stride.
struct Labels {
  const std::int32_t* data = nullptr;
  std::ptrdiff_t stride = 0;
};

struct FillArguments {
  std::size_t models = 0, elements = 0;
  Matrix x;
  float value = 0;
};

struct RandomArguments {
  std::size_t models = 0, elements = 0;
  Matrix x;
  const std::uint64_t* seeds = nullptr;  ///< [M]
  std::uint32_t purpose = 0, layer = 0;
  bool normal = false;  ///< mean a, standard deviation b; else uniform in [a, b)
  float a = 0, b = 1;
};

struct GatherArguments {
  std::size_t models = 0, rows = 0;
  std::size_t cols = 0, target_cols = 0;
  std::size_t data_rows = 0;
  Matrix x;                        ///< [M, B, I]
  std::int32_t* labels = nullptr;  ///< [M, B], or nullptr
  std::ptrdiff_t labels_stride = 0;
  Matrix targets;                       ///< [M, B, O], or nullptr
  Matrix weights;                       ///< [M, B], or nullptr
  const std::uint8_t* bytes = nullptr;  ///< data[N, I]: these, x = fma(byte, scale, shift), or
  const float* reals = nullptr;         ///< these, as they are
  float scale = 1, shift = 0;
  const std::int32_t* data_labels = nullptr;
  const float* data_targets = nullptr;
  const float* data_weights = nullptr;
  const std::uint32_t* order = nullptr;  ///< [M, N], or nullptr: in the dataset's order
  std::size_t cursor = 0;
};

struct BiasActivationArguments {
  std::size_t models = 0, rows = 0, cols = 0;
  Matrix y, z;
  ConstMatrix bias;  ///< or nullptr
  Activation activation;
};

struct ActivationBackwardArguments {
  std::size_t models = 0, elements = 0;
  Matrix dz;
  ConstMatrix dy, z, y;
  Activation activation;
};

struct ColumnSumArguments {
  std::size_t models = 0, rows = 0, cols = 0;
  Matrix sums;
  ConstMatrix x;
};

struct BatchNormArguments {
  std::size_t models = 0, rows = 0, cols = 0;
  Matrix y;
  ConstMatrix x, gamma, beta;
  Matrix statistics;                      ///< [M, 2, O]: mean, 1 / deviation of the batch
  Matrix running_mean, running_variance;  ///< [M, 1, O]
  float momentum = 0, epsilon = 0;
};

struct BatchNormInferenceArguments {
  std::size_t models = 0, rows = 0, cols = 0;
  Matrix y;
  ConstMatrix x, gamma, beta, running_mean, running_variance;
  float epsilon = 0;
};

struct LayerNormArguments {
  std::size_t models = 0, rows = 0, cols = 0;
  Matrix y;
  ConstMatrix x, gamma, beta;
  Matrix statistics;  ///< [M, 2, B]: mean, 1 / deviation of each row; or nullptr
  float epsilon = 0;
};

struct NormBackwardArguments {
  std::size_t models = 0, rows = 0, cols = 0;
  Matrix dx, dgamma, dbeta;
  ConstMatrix dy, x, gamma, statistics;
};

struct DropoutArguments {
  std::size_t models = 0, elements = 0;
  Matrix x;
  std::uint32_t layer = 0, step = 0;
  const DropoutRate* rates = nullptr;  ///< [M]
  const ModelState* states = nullptr;  ///< [M]
};

struct SoftmaxCrossEntropyArguments {
  std::size_t models = 0, rows = 0, cols = 0;
  Matrix dlogits;  ///< or nullptr
  ConstMatrix logits;
  Labels labels;
  ConstMatrix weights;  ///< [M, B], or nullptr
  float label_smoothing = 0;
  const float* class_weights = nullptr;  ///< [C], or nullptr
  float class_weight_sum = 0;
  Tally* tally = nullptr;  ///< [M]
  std::uint32_t step = 0;
};

struct ElementwiseLossArguments {
  std::size_t models = 0, rows = 0, cols = 0;
  LossKind kind = LossKind::mse;
  float parameter = 1;
  Matrix dy;  ///< or nullptr
  ConstMatrix y, targets;
  Labels labels;           ///< or nullptr
  ConstMatrix weights;     ///< [M, B], or nullptr
  Tally* tally = nullptr;  ///< [M]
  std::uint32_t step = 0;
};

/// The sum of the squares of each chunk of 128 elements.
struct ChunkSquaresArguments {
  std::size_t models = 0, elements = 0;
  Matrix sums;
  ConstMatrix x;
};

struct UpdateArguments {
  std::size_t models = 0, elements = 0;
  Matrix parameters;
  ConstMatrix gradients;
  Matrix state;  ///< [M, S, P]; slot s of model m starts at data + m * stride + s * elements
  OptimizerKind kind = OptimizerKind::sgd;
  const ModelState* states = nullptr;  ///< [M]
};

struct SoftmaxArguments {
  std::size_t models = 0, rows = 0, cols = 0;
  Matrix p;
  ConstMatrix logits;
};

struct CountClassesArguments {
  std::size_t models = 0, rows = 0, cols = 0;
  std::size_t cursor = 0;
  ClassCounts counts;
  ConstMatrix outputs;
  Labels labels;
};

struct SumErrorsArguments {
  std::size_t models = 0, rows = 0, cols = 0;
  ErrorSum* sums = nullptr;  ///< [M, O]
  ConstMatrix y, targets;
  bool logits = false;  ///< y: their sigmoid is compared
};

/// apply(name, arguments) for each of these kernels.
// clang-format off
#define MINNOW_CPU_OPERATIONS(apply)                           \
  apply(fill, FillArguments)                                   \
  apply(random, RandomArguments)                               \
  apply(gather, GatherArguments)                               \
  apply(bias_activation, BiasActivationArguments)              \
  apply(activation_backward, ActivationBackwardArguments)      \
  apply(column_sum, ColumnSumArguments)                        \
  apply(batch_norm, BatchNormArguments)                        \
  apply(batch_norm_inference, BatchNormInferenceArguments)     \
  apply(batch_norm_backward, NormBackwardArguments)            \
  apply(layer_norm, LayerNormArguments)                        \
  apply(layer_norm_parameters, NormBackwardArguments)          \
  apply(layer_norm_backward, NormBackwardArguments)            \
  apply(dropout, DropoutArguments)                             \
  apply(softmax_cross_entropy, SoftmaxCrossEntropyArguments)   \
  apply(elementwise_loss, ElementwiseLossArguments)            \
  apply(chunk_squares, ChunkSquaresArguments)                  \
  apply(update, UpdateArguments)                               \
  apply(softmax, SoftmaxArguments)                             \
  apply(count_classes, CountClassesArguments)                  \
  apply(sum_errors, SumErrorsArguments)
// clang-format on

#define MINNOW_DECLARE(name, Arguments) void name(const Arguments& arguments, std::size_t part, std::size_t parts);
namespace scalar {
MINNOW_CPU_OPERATIONS(MINNOW_DECLARE)
}
namespace avx2 {
MINNOW_CPU_OPERATIONS(MINNOW_DECLARE)
}
namespace avx512 {
MINNOW_CPU_OPERATIONS(MINNOW_DECLARE)
}
#undef MINNOW_DECLARE

}  // namespace minnow::kernels::cpu
