// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/throttle.hpp"

#include <algorithm>

namespace minnow::kernels::cuda {

void Throttle::operator()(cudaStream_t stream) {
  if (++pieces_ < size_) return;
  pieces_ = 0;
  Event& end = ends_[static_cast<std::size_t>(windows_) % 2];
  const Event& before = ends_[static_cast<std::size_t>(windows_ + 1) % 2];
  if (end == nullptr) end = make_event();
  check(cudaEventRecord(end.get(), stream), "cudaEventRecord");
  if (windows_++ == 0) {
    begin_ = Clock::now();
    last_size_ = size_;
    return;
  }
  check(cudaEventSynchronize(before.get()), "cudaEventSynchronize for the steps before");
  resize();
}

/// By what the window that has just ended took: the time since the end of the one before it.
void Throttle::resize() {
  constexpr double most = 1 << 20;
  const Clock::time_point now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double fitting = last_size_ * std::chrono::duration<double>(target).count() / std::max(seconds, 1e-9);
  begin_ = now;
  last_size_ = size_;
  // Doubled at most: the first steps of a recording may be slow, and the next ones another recording.
  size_ = static_cast<int>(std::clamp(fitting, 1.0, std::min(2.0 * size_, most)));
}

}  // namespace minnow::kernels::cuda
