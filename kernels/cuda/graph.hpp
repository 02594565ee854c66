// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "kernels/cuda/runtime.hpp"

namespace minnow::kernels::cuda {

/// Captures what `step` enqueues on `stream` into a graph and returns a callable that launches it there. Nothing is
/// executed while it is recorded. If `step` throws, the capture is ended and the exception goes on. One thread records
/// at a time.
std::function<void()> record_graph(cudaStream_t stream, const std::function<void()>& step);

}  // namespace minnow::kernels::cuda
