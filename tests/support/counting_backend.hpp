// SPDX-License-Identifier: Apache-2.0
/// Forwards every call to another backend and counts it: a training step must allocate, wait and read back zero times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "tests/support/decorated_backend.hpp"

namespace minnow::test {

struct CallCounts {
  int allocations = 0;
  int uploads = 0;
  int downloads = 0;
  int synchronizations = 0;
  int copies = 0;  ///< copy and zero
  int recordings = 0;
  int replays = 0;           ///< of recorded steps
  int late_allocations = 0;  ///< after the first replay
  int operations = 0;        ///< everything that computes; a fused op counts once
  bool operator==(const CallCounts&) const = default;
};

class CountingBackend final : public DecoratedBackend<CountingBackend> {
 public:
  using DecoratedBackend::DecoratedBackend;

  const CallCounts& counts() const { return counts_; }
  /// In all, whatever `reset` forgets.
  std::size_t allocated_bytes() const { return allocated_bytes_; }
  void reset() { counts_ = {}; }

  kernels::Memory allocate(std::size_t bytes) override;
  void upload(void* device, const void* host, std::size_t bytes) override;
  void download(void* host, const void* device, std::size_t bytes) override;
  void copy(void* to, const void* from, std::size_t bytes) override;
  void zero(void* device, std::size_t bytes) override;
  void synchronize() override;
  std::function<void()> record(const std::function<void()>& step) override;

  void random(const kernels::View& x, const kernels::Distribution& distribution, std::span<const std::uint64_t> seeds,
              kernels::Purpose purpose, std::uint32_t layer) override;
  void shuffle(std::uint32_t* order, std::uint32_t n, std::span<const std::uint64_t> seeds,
               std::uint32_t epoch) override;

 private:
  friend DecoratedBackend;
  template <class Call>
  void perform(Call call) {
    ++counts_.operations;
    call();
  }

  CallCounts counts_;
  std::size_t allocated_bytes_ = 0;
};

}  // namespace minnow::test
