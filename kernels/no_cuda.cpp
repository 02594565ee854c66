// SPDX-License-Identifier: Apache-2.0
/// Stands in for kernels/cuda/ in a build without CUDA.
#include <memory>
#include <string>

#include "kernels/backend.hpp"
#include "minnow/error.hpp"

namespace minnow::kernels {

std::string cuda_unavailable_reason() {
  return "compiled without CUDA";
}

int cuda_device_count() {
  return 0;
}

std::unique_ptr<Backend> make_cuda_backend(int device, Numerics, double) {
  throw DeviceError("cuda:" + std::to_string(device) + ": " + cuda_unavailable_reason() +
                    "; configure with -DMINNOW_CUDA=ON on a machine with the CUDA toolkit, or use --device cpu");
}

}  // namespace minnow::kernels
