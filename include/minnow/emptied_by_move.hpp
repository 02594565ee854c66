// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>

namespace minnow {

/// A member that moves as a vector does: a T() stays behind, so that what was moved from is empty as a whole.
template <class T>
class EmptiedByMove {
 public:
  EmptiedByMove() = default;
  EmptiedByMove(T value) noexcept(std::is_nothrow_move_constructible_v<T>) : value_(std::move(value)) {}
  EmptiedByMove(EmptiedByMove&& other) noexcept : value_(std::exchange(other.value_, T())) {}
  EmptiedByMove& operator=(EmptiedByMove&& other) noexcept {
    T taken = std::exchange(other.value_, T());
    if (this != &other) value_ = std::move(taken);  // moved to itself it is empty, as a vector is
    return *this;
  }
  EmptiedByMove(const EmptiedByMove&) = delete;
  EmptiedByMove& operator=(const EmptiedByMove&) = delete;
  ~EmptiedByMove() = default;
  operator const T&() const noexcept { return value_; }
  const T& get() const noexcept { return value_; }

 private:
  T value_ = T();
};

}  // namespace minnow
