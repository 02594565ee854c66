# SPDX-License-Identifier: Apache-2.0
# Decides whether the CUDA backend is built, and for which architectures: never `native`, which needs a GPU.
set(MINNOW_HAS_CUDA OFF)
set(wanted ${MINNOW_CUDA})
if(NOT wanted STREQUAL "OFF" AND NOT DEFINED CMAKE_CUDA_ARCHITECTURES AND "$ENV{CUDAARCHS}" STREQUAL "")
  # Machine code from Turing to Blackwell, and PTX of the newest for what comes after.
  set(every_architecture 75-real 80-real 86-real 89-real 90-real 100-real 120)
  if(PROJECT_IS_TOP_LEVEL)
    set(CMAKE_CUDA_ARCHITECTURES ${every_architecture} CACHE STRING "GPU architectures")
  elseif(wanted STREQUAL "ON")
    set(CMAKE_CUDA_ARCHITECTURES ${every_architecture})  # here alone: the parent's own targets are its business
  else()
    message(STATUS "CUDA backend: the parent project names no CMAKE_CUDA_ARCHITECTURES; "
                   "MINNOW_CUDA=ON builds for every supported one")
    set(wanted OFF)
  endif()
endif()
if(NOT wanted STREQUAL "OFF")
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    find_package(CUDAToolkit 12.4 QUIET)
  endif()
  if(CMAKE_CUDA_COMPILER AND CUDAToolkit_FOUND)
    set(MINNOW_HAS_CUDA ON)
  elseif(MINNOW_CUDA STREQUAL "ON")
    message(FATAL_ERROR "MINNOW_CUDA is ON, but no CUDA toolkit (12.4 or newer, with nvcc and cuBLAS) was found: "
                        "put nvcc on PATH or set CUDACXX, or use -DMINNOW_CUDA=OFF")
  endif()
endif()

if(MINNOW_HAS_CUDA)
  if(NOT "cuda_std_20" IN_LIST CMAKE_CUDA_COMPILE_FEATURES)  # CMake 3.25 does not know that nvcc speaks C++20
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
    list(APPEND CMAKE_CUDA_COMPILE_FEATURES cuda_std_20)
  endif()
  set(CMAKE_CUDA_STANDARD 20)
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
  message(STATUS "CUDA backend: on (nvcc ${CMAKE_CUDA_COMPILER_VERSION}, architectures ${CMAKE_CUDA_ARCHITECTURES})")
else()
  message(STATUS "CUDA backend: off")
endif()

# The emulation compiles the CUDA sources as C++ against the toolkit's headers; it needs no compiler of CUDA.
if(MINNOW_EMULATION AND NOT MINNOW_HAS_CUDA)
  find_package(CUDAToolkit 12.4 QUIET)
  if(NOT CUDAToolkit_FOUND)
    message(STATUS "CUDA emulation: off (no CUDA toolkit headers found)")
    set(MINNOW_EMULATION OFF)
  endif()
endif()
