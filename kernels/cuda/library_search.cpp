// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/library_search.hpp"

#include <dlfcn.h>
#include <glob.h>

#include <cstdlib>

#include "minnow/error.hpp"

namespace minnow::kernels::cuda {
namespace {

void append_matches(const std::string& pattern, std::vector<std::string>& paths) {
  glob_t found = {};
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
    paths.insert(paths.end(), found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
}

}  // namespace

std::vector<std::string> library_places(const std::string& name) {
  std::vector<std::string> places;
  for (const char* variable : {"CUDA_PATH", "CUDA_HOME"}) {
    const char* const toolkit = std::getenv(variable);
    if (toolkit == nullptr || *toolkit == '\0') continue;
    places.push_back(std::string(toolkit) + "/lib64/" + name);
    append_matches(std::string(toolkit) + "/targets/*/lib/" + name, places);
  }
  append_matches("/usr/local/cuda*/lib64/" + name, places);
  append_matches("/usr/local/cuda*/targets/*/lib/" + name, places);
  return places;
}

void* open_library(const std::string& name, const std::string& remedy) {
  void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle != nullptr) return handle;
  std::string tried = dlerror();
  for (const std::string& place : library_places(name)) {
    handle = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle != nullptr) return handle;
    tried += std::string("; ") + dlerror();
  }
  throw DeviceError(name + " could not be loaded by its name (" + tried +
                    "); it was also looked for in lib64 and targets/*/lib of $CUDA_PATH, $CUDA_HOME and "
                    "/usr/local/cuda*: " +
                    remedy);
}

}  // namespace minnow::kernels::cuda
