// SPDX-License-Identifier: Apache-2.0
/// Decides what `record` does, for any backend: a step must give the same bits directly and replayed, and may depend on
/// nothing but device memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "tests/support/decorated_backend.hpp"

namespace minnow::test {

class RecordingBackend : public DecoratedBackend<RecordingBackend> {
 public:
  enum class Mode {
    direct,  ///< record returns the step itself
    replay,  ///< record keeps the calls with their arguments and repeats them, as a captured graph does
  };
  /// `inner` must outlive this.
  RecordingBackend(kernels::Backend& inner, Mode mode) : DecoratedBackend(inner), mode_(mode) {}

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

 private:
  friend DecoratedBackend;
  void refuse_while_recording(const char* call) const;
  template <class Call>
  void perform(Call call) {
    if (recording_ != nullptr) {
      recording_->push_back(std::move(call));
    } else {
      call();
    }
  }

  Mode mode_;
  std::vector<std::function<void()>>* recording_ = nullptr;
};

}  // namespace minnow::test
