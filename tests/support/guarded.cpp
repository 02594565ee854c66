// SPDX-License-Identifier: Apache-2.0
#include "tests/support/guarded.hpp"

#include <cstddef>
#include <limits>

namespace minnow::test {

namespace {

std::size_t allocation_bytes(const kernels::Backend& backend, int models, int rows, int cols) {
  const std::int64_t matrix = static_cast<std::int64_t>(rows) * cols + GuardedReals::guard;
  return static_cast<std::size_t>(GuardedReals::guard + models * matrix) * backend.real_size();
}

}  // namespace

GuardedReals::GuardedReals(kernels::Backend& backend, int models, int rows, int cols)
    : backend_(&backend),
      memory_(backend.allocate(allocation_bytes(backend, models, rows, cols))),
      view_{memory_.data(), guard, models, rows, cols, static_cast<std::int64_t>(rows) * cols + guard} {
  const std::vector<unsigned char> bytes(memory_.bytes(), guard_byte);
  backend.upload(memory_.data(), bytes.data(), bytes.size());
  poison();
}

GuardedReals::GuardedReals(kernels::Backend& backend, int models, int rows, int cols, std::span<const double> values)
    : GuardedReals(backend, models, rows, cols) {
  set(values);
}

GuardedReals::GuardedReals(kernels::Backend& backend, int models, int rows, int cols, std::span<const float> values)
    : GuardedReals(backend, models, rows, cols) {
  set(values);
}

GuardedReals::~GuardedReals() {
  EXPECT_TRUE(memory_.data() == nullptr || intact());
}

void GuardedReals::poison() {
  const auto count = static_cast<std::size_t>(view_.models) * static_cast<std::size_t>(view_.elements());
  set(std::vector<double>(count, std::numeric_limits<double>::quiet_NaN()));
}

std::vector<double> GuardedReals::values() const {
  std::vector<double> result(static_cast<std::size_t>(view_.models) * static_cast<std::size_t>(view_.elements()));
  backend_->download_reals(result, view_);
  return result;
}

std::vector<float> GuardedReals::floats() const {
  std::vector<float> result(static_cast<std::size_t>(view_.models) * static_cast<std::size_t>(view_.elements()));
  backend_->download_reals(result, view_);
  return result;
}

testing::AssertionResult GuardedReals::intact() const {
  std::vector<unsigned char> bytes(memory_.bytes());
  backend_->download(bytes.data(), memory_.data(), bytes.size());
  const auto real = static_cast<std::int64_t>(backend_->real_size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::int64_t scalar = static_cast<std::int64_t>(i) / real - guard;  // counted from the view's first
    const bool inside = scalar >= 0 && scalar % view_.stride < view_.elements();
    if (!inside && bytes[i] != guard_byte) {
      return testing::AssertionFailure() << "scalar " << scalar << " outside a view of [" << view_.models << ", "
                                         << view_.rows << ", " << view_.cols << "], stride " << view_.stride
                                         << ", was overwritten";
    }
  }
  return testing::AssertionSuccess();
}

}  // namespace minnow::test
