// SPDX-License-Identifier: Apache-2.0
/// The ops of kernels/backend.hpp as functions that enqueue kernels on a stream; their contracts stand there, and the
/// backend has checked the shapes. Each is defined in the .cu file of its name.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <span>

#include "kernels/backend.hpp"
#include "kernels/cuda/runtime.hpp"

namespace minnow::kernels::cuda {

void fill(cudaStream_t stream, const View& x, float value);
void random(cudaStream_t stream, const View& x, const Distribution& distribution, std::span<const std::uint64_t> seeds,
            Purpose purpose, std::uint32_t layer);
void gather(cudaStream_t stream, const BatchView& batch, const DataView& data, const std::uint32_t* order,
            const StepState* state);
void bias_activation(cudaStream_t stream, const View& y, const View& z, const ConstView& bias,
                     const Activation& activation);
void activation_backward(cudaStream_t stream, const View& dz, const ConstView& dy, const ConstView& z,
                         const ConstView& y, const Activation& activation);
void column_sum(cudaStream_t stream, const View& sums, const ConstView& x);
void batch_norm(cudaStream_t stream, const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                const View& statistics, const View& running_mean, const View& running_variance, float momentum,
                float epsilon);
void batch_norm_inference(cudaStream_t stream, const View& y, const ConstView& x, const ConstView& gamma,
                          const ConstView& beta, const ConstView& running_mean, const ConstView& running_variance,
                          float epsilon);
void batch_norm_backward(cudaStream_t stream, const View& dx, const View& dgamma, const View& dbeta,
                         const ConstView& dy, const ConstView& x, const ConstView& gamma, const ConstView& statistics);
void layer_norm(cudaStream_t stream, const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                const View& statistics, float epsilon);
void layer_norm_backward(cudaStream_t stream, const View& dx, const View& dgamma, const View& dbeta,
                         const ConstView& dy, const ConstView& x, const ConstView& gamma, const ConstView& statistics);
void dropout(cudaStream_t stream, const View& x, std::uint32_t layer, const DropoutRate* rates, const StepState* state,
             const ModelState* models);
void softmax_cross_entropy(cudaStream_t stream, Scratch& scratch, const View& dlogits, const ConstView& logits,
                           const LossRows& rows, const ClassWeighting& classes, Tally* tally, const StepState* state);
void elementwise_loss(cudaStream_t stream, Scratch& scratch, const ElementwiseLoss& loss, const View& dy,
                      const ConstView& y, const ConstView& targets, const LossRows& rows, Tally* tally,
                      const StepState* state);
void clip_norm(cudaStream_t stream, const View& chunk_sums, const ConstView& gradients, ModelState* models);
void update(cudaStream_t stream, OptimizerKind kind, const View& parameters, const ConstView& gradients,
            const View& state, const ModelState* models);
void advance(cudaStream_t stream, StepState* state, ModelState* models, int model_count, std::uint32_t rows);
void softmax(cudaStream_t stream, const View& p, const ConstView& logits);
void count_classes(cudaStream_t stream, const ClassCounts& counts, const ConstView& outputs,
                   const RowIntegers<const std::int32_t>& labels, const StepState* state);
void sum_errors(cudaStream_t stream, ErrorSum* sums, const ConstView& y, const ConstView& targets, Head head);

/// How strict_gemm cuts C into blocks; every choice gives the same bits.
enum class Tiling : std::uint8_t { tile128, tile64, tile32, tile32_split, tile16, tile16_split };
inline constexpr int tiling_count = 6;
/// The tiling with the least estimated time on a device with `multiprocessors` of them.
Tiling choose_tiling(const View& c, int depth, int multiprocessors);
/// gemm in the order of the summation rule.
void strict_gemm(cudaStream_t stream, const View& c, const ConstView& a, bool transpose_a, const ConstView& b,
                 bool transpose_b, Tiling tiling);

}  // namespace minnow::kernels::cuda
