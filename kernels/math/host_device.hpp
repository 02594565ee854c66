// SPDX-License-Identifier: Apache-2.0
/// The only device #if of the repository. MINNOW_HD marks a function that runs on the host and on the device; on the
/// host it is always inlined, so that an object compiled for one instruction set never exports it to another.
#pragma once

#if defined(__CUDACC__)
#  define MINNOW_HD __host__ __device__ __forceinline__
#else
#  define MINNOW_HD inline __attribute__((always_inline))
#endif
