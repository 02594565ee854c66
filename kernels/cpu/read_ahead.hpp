// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace minnow::kernels::cpu {

/// Rows of the dataset that the next batch will gather, in random order from all over memory. `gather` alone would wait
/// for memory; a product has time to fetch a cache line now and then. Fetching never faults, so the rows may be gone.
struct ReadAhead {
  const char* const* rows = nullptr;  ///< the first one not fetched yet
  const char* const* end = nullptr;
  std::size_t row_bytes = 0;
  std::size_t offset = 0;  ///< bytes of the first row that are fetched
};

}  // namespace minnow::kernels::cpu
