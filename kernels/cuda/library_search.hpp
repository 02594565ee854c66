// SPDX-License-Identifier: Apache-2.0
/// Finding a shared library of the CUDA toolkit, which often is installed where the system's loader does not look.
#pragma once

#include <string>
#include <vector>

namespace minnow::kernels::cuda {

/// The files called `name` in the folders of installed toolkits: those of $CUDA_PATH and $CUDA_HOME, then those below
/// /usr/local. The first two are listed whether or not the file is there.
std::vector<std::string> library_places(const std::string& name);

/// Loads the library where the system's loader finds it, else from the first of library_places that can be loaded.
/// Throws DeviceError that names every place and ends with `remedy`.
void* open_library(const std::string& name, const std::string& remedy);

}  // namespace minnow::kernels::cuda
