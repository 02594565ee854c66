// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend.hpp"

#include <cfenv>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/checks.hpp"
#include "minnow/error.hpp"

namespace minnow::kernels {

void Memory::Release::operator()(void* data) const noexcept {
  if (backend != nullptr) backend->release(data);
}

void Backend::linear_forward(const View& y, const View& z, const ConstView& x, const ConstView& w,
                             const ConstView& bias, const Activation& activation) {
  check_linear_forward(y, z, x, w, bias, activation);
  gemm(z, x, false, w, false);
  bias_activation(y, z, bias, activation);
}

void Backend::linear_backward(const View& dx, const View& dw, const View& dbias, const ConstView& dz,
                              const ConstView& x, const ConstView& w) {
  check_linear_backward(dx, dw, dbias, dz, x, w);
  gemm(dw, x, true, dz, false);
  if (dbias) column_sum(dbias, dz);
  if (dx) gemm(dx, dz, false, w, true);
}

namespace {

void expect_count(const char* op, std::size_t found, const ConstView& view) {
  const auto expected = static_cast<std::size_t>(view.models) * static_cast<std::size_t>(view.elements());
  if (found != expected) {
    throw InternalError(std::string(op) + ": " + std::to_string(found) + " host values for a view of " +
                        std::to_string(expected));
  }
}

/// Calls transfer(model, first host element) for each matrix of the view.
template <class Transfer>
void for_each_matrix(const ConstView& view, const Transfer& transfer) {
  const auto elements = static_cast<std::size_t>(view.elements());
  if (elements == 0) return;
  for (int m = 0; m < view.models; ++m) transfer(m, static_cast<std::size_t>(m) * elements);
}

template <class Real, class Host>
void upload_as(Backend& backend, const View& view, std::span<const Host> values) {
  const auto elements = static_cast<std::size_t>(view.elements());
  std::vector<Real> converted;
  for_each_matrix(view, [&](int m, std::size_t first) {
    const Host* host = values.data() + first;
    if constexpr (std::is_same_v<Real, Host>) {
      backend.upload(view.data<Real>(m), host, elements * sizeof(Real));
    } else {
      converted.assign(elements, Real{});
      for (std::size_t i = 0; i < elements; ++i) converted[i] = static_cast<Real>(host[i]);
      backend.upload(view.data<Real>(m), converted.data(), elements * sizeof(Real));
    }
  });
}

template <class Real, class Host>
void download_as(Backend& backend, std::span<Host> values, const ConstView& view) {
  const auto elements = static_cast<std::size_t>(view.elements());
  std::vector<Real> converted;
  for_each_matrix(view, [&](int m, std::size_t first) {
    Host* host = values.data() + first;
    if constexpr (std::is_same_v<Real, Host>) {
      backend.download(host, view.data<Real>(m), elements * sizeof(Real));
    } else {
      converted.assign(elements, Real{});
      backend.download(converted.data(), view.data<Real>(m), elements * sizeof(Real));
      for (std::size_t i = 0; i < elements; ++i) host[i] = static_cast<Host>(converted[i]);
    }
  });
}

template <class Host>
void upload_values(Backend& backend, const View& view, std::span<const Host> values) {
  expect_count("upload_reals", values.size(), view);
  if (backend.real_size() == sizeof(float)) {
    upload_as<float>(backend, view, values);
  } else {
    upload_as<double>(backend, view, values);
  }
}

template <class Host>
void download_values(Backend& backend, std::span<Host> values, const ConstView& view) {
  expect_count("download_reals", values.size(), view);
  if (backend.real_size() == sizeof(float)) {
    download_as<float>(backend, values, view);
  } else {
    download_as<double>(backend, values, view);
  }
}

}  // namespace

void Backend::upload_reals(const View& view, std::span<const float> values) {
  upload_values(*this, view, values);
}
void Backend::upload_reals(const View& view, std::span<const double> values) {
  upload_values(*this, view, values);
}
void Backend::download_reals(std::span<float> values, const ConstView& view) {
  download_values(*this, values, view);
}
void Backend::download_reals(std::span<double> values, const ConstView& view) {
  download_values(*this, values, view);
}

Device pick_device(const Device& wanted) {
  if (wanted.kind != DeviceKind::automatic) return wanted;
  return {cuda_device_count() > 0 ? DeviceKind::cuda : DeviceKind::cpu, 0};
}

namespace {

/// kernels/arithmetic.cpp says what was compiled; a program can still be linked with -ffast-math, which flushes
/// denormal numbers in every thread, or set another rounding.
void check_arithmetic() {
  const volatile float smallest = std::numeric_limits<float>::min();
  const volatile float denormal = smallest / 2;
  if (denormal * 2 != smallest) {
    throw UsageError(
        "denormal numbers are flushed to zero in this thread, with which training has other results: link the program "
        "without -ffast-math and -Ofast, and leave the flush-to-zero modes off");
  }
  if (std::fegetround() != FE_TONEAREST) {
    throw UsageError(
        "this thread does not round to nearest, with which training has other results: call "
        "fesetround(FE_TONEAREST) first");
  }
}

}  // namespace

std::unique_ptr<Backend> make_backend(const Runtime& runtime) {
  check_arithmetic();
  if (runtime.numerics > Numerics::strict) {
    throw UsageError("numerics " + std::to_string(static_cast<int>(runtime.numerics)) + " do not exist");
  }
  const Device device = pick_device(runtime.device);
  switch (device.kind) {
    case DeviceKind::reference:
      return make_reference_backend();
    case DeviceKind::cpu:
      return make_cpu_backend(runtime.threads);
    case DeviceKind::cuda:
      return make_cuda_backend(device.index, runtime.numerics);
    case DeviceKind::automatic:
      break;
  }
  throw UsageError("device kind " + std::to_string(static_cast<int>(device.kind)) + " does not exist");
}

}  // namespace minnow::kernels
