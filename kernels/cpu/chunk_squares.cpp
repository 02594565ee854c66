// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

/// Blocks of `lanes` chunks that are summed side by side: enough chains to hide the latency of an fma.
constexpr std::size_t blocks = 2;

/// sums[0 .. blocks * lanes) of as many whole chunks, one per lane.
MINNOW_INLINE void square_blocks(float* sums, const float* x) {
  ColumnReader first(x, sum_chunk), second(x + lanes * sum_chunk, sum_chunk);
  Vec sum[blocks] = {zero(), zero()};
  Vec column[quad];
  for (std::size_t c = 0; c < sum_chunk; c += quad) {
    first.read(column);
    for (const Vec& v : column) accumulate(sum[0], v, v);
    second.read(column);
    for (const Vec& v : column) accumulate(sum[1], v, v);
  }
  store(sums, sum[0]);
  store(sums + lanes, sum[1]);
}

MINNOW_INLINE float square_chunk(const float* x, std::size_t count) {
  float sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum = __builtin_fmaf(x[i], x[i], sum);
  return sum;
}

void square_chunks(float* sums, const float* x, std::size_t elements, Range chunks) {
  std::size_t c = chunks.first;
  const std::size_t whole = elements / sum_chunk < chunks.last ? elements / sum_chunk : chunks.last;
  for (; c + blocks * lanes <= whole; c += blocks * lanes) square_blocks(sums + c, x + c * sum_chunk);
  for (; c < chunks.last; ++c) {
    const std::size_t left = elements - c * sum_chunk;
    sums[c] = square_chunk(x + c * sum_chunk, left < sum_chunk ? left : sum_chunk);
  }
}

}  // namespace

void chunk_squares(const ChunkSquaresArguments& a, std::size_t part, std::size_t parts) {
  const std::size_t chunks = (a.elements + sum_chunk - 1) / sum_chunk;
  const Range all = share(a.models * chunks, blocks * lanes, part, parts);
  for (std::size_t m = 0; m < a.models; ++m) {
    const auto model = static_cast<std::ptrdiff_t>(m);
    square_chunks(a.sums.data + model * a.sums.stride, a.x.data + model * a.x.stride, a.elements,
                  within_model(all, m, chunks));
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
