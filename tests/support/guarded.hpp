// SPDX-License-Identifier: Apache-2.0
/// Device buffers for tests: guard words on both sides (and between the models), contents poisoned with NaN until they
/// are set. A write outside the view fails the test when the buffer goes.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "kernels/backend.hpp"

namespace minnow::test {

/// Bytes that no op writes by chance.
inline constexpr unsigned char guard_byte = 0xA5;

/// x[models, rows, cols] of the backend's scalar. The view starts at an odd offset, so that no op can rely on
/// alignment.
class GuardedReals {
 public:
  static constexpr std::int64_t guard = 19;  ///< scalars before, after and between the models

  GuardedReals(kernels::Backend& backend, int models, int rows, int cols);
  GuardedReals(kernels::Backend& backend, int models, int rows, int cols, std::span<const double> values);
  GuardedReals(kernels::Backend& backend, int models, int rows, int cols, std::span<const float> values);
  GuardedReals(GuardedReals&&) noexcept = default;
  GuardedReals& operator=(GuardedReals&&) = delete;
  ~GuardedReals();

  const kernels::View& view() const { return view_; }
  operator const kernels::View&() const { return view_; }
  operator kernels::ConstView() const { return view_; }

  void set(std::span<const double> values) { backend_->upload_reals(view_, values); }
  void set(std::span<const float> values) { backend_->upload_reals(view_, values); }
  /// Values as doubles: exact for every backend.
  std::vector<double> values() const;
  /// Values as floats: exact for a backend in float.
  std::vector<float> floats() const;
  testing::AssertionResult intact() const;

 private:
  void poison();

  kernels::Backend* backend_;
  kernels::Memory memory_;
  kernels::View view_;
};

/// count elements of a plain type in device memory.
template <class Element>
class GuardedArray {
 public:
  GuardedArray(kernels::Backend& backend, const std::vector<Element>& values)
      : backend_(&backend), count_(values.size()), memory_(backend.allocate((count_ + 2 * guard) * sizeof(Element))) {
    const std::vector<unsigned char> bytes(memory_.bytes(), guard_byte);
    backend.upload(memory_.data(), bytes.data(), bytes.size());
    set(values);
  }
  GuardedArray(GuardedArray&&) noexcept = default;
  GuardedArray& operator=(GuardedArray&&) = delete;
  ~GuardedArray() { EXPECT_TRUE(memory_.data() == nullptr || intact()); }

  Element* data() const { return memory_.as<Element>() + guard; }

  void set(const std::vector<Element>& values) {
    if (count_ > 0) backend_->upload(data(), values.data(), count_ * sizeof(Element));
  }
  std::vector<Element> values() const {
    std::vector<Element> result(count_);
    if (count_ > 0) backend_->download(result.data(), data(), count_ * sizeof(Element));
    return result;
  }
  testing::AssertionResult intact() const {
    std::vector<unsigned char> bytes(memory_.bytes());
    backend_->download(bytes.data(), memory_.data(), bytes.size());
    const std::size_t first = guard * sizeof(Element), last = first + count_ * sizeof(Element);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if ((i < first || i >= last) && bytes[i] != guard_byte) {
        return testing::AssertionFailure() << "byte " << static_cast<std::int64_t>(i) - static_cast<std::int64_t>(first)
                                           << " of an array of " << (last - first) << " bytes was overwritten";
      }
    }
    return testing::AssertionSuccess();
  }

 private:
  static constexpr std::size_t guard = 8;

  kernels::Backend* backend_;
  std::size_t count_;
  kernels::Memory memory_;
};

}  // namespace minnow::test
