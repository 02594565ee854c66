// SPDX-License-Identifier: Apache-2.0
#include "tests/support/recording_backend.hpp"

#include <memory>
#include <string>

#include "minnow/error.hpp"

namespace minnow::test {

using namespace kernels;

void RecordingBackend::refuse_while_recording(const char* call) const {
  if (recording_ != nullptr) throw InternalError(std::string(call) + " while a step is being recorded");
}

Memory RecordingBackend::allocate(std::size_t bytes) {
  refuse_while_recording("allocate");
  return inner_.allocate(bytes);
}
void RecordingBackend::upload(void* device, const void* host, std::size_t bytes) {
  refuse_while_recording("upload");
  inner_.upload(device, host, bytes);
}
void RecordingBackend::download(void* host, const void* device, std::size_t bytes) {
  refuse_while_recording("download");
  inner_.download(host, device, bytes);
}
void RecordingBackend::synchronize() {
  refuse_while_recording("synchronize");
  inner_.synchronize();
}
void RecordingBackend::random(const View& x, const Distribution& distribution, std::span<const std::uint64_t> seeds,
                              Purpose purpose, std::uint32_t layer) {
  refuse_while_recording("random");
  inner_.random(x, distribution, seeds, purpose, layer);
}
void RecordingBackend::shuffle(std::uint32_t* order, std::uint32_t n, std::span<const std::uint64_t> seeds,
                               std::uint32_t epoch) {
  refuse_while_recording("shuffle");
  inner_.shuffle(order, n, seeds, epoch);
}

std::function<void()> RecordingBackend::record(const std::function<void()>& step) {
  if (mode_ == Mode::direct) return step;
  auto calls = std::make_shared<std::vector<std::function<void()>>>();
  recording_ = calls.get();
  try {
    step();
  } catch (...) {
    recording_ = nullptr;
    throw;
  }
  recording_ = nullptr;
  return [calls] {
    for (const auto& call : *calls) call();
  };
}

void RecordingBackend::copy(void* to, const void* from, std::size_t bytes) {
  perform([=, this] { inner_.copy(to, from, bytes); });
}
void RecordingBackend::zero(void* device, std::size_t bytes) {
  perform([=, this] { inner_.zero(device, bytes); });
}

}  // namespace minnow::test
