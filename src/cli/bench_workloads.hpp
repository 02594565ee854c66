// SPDX-License-Identifier: Apache-2.0
/// Which workloads `minnow bench` was asked for, and the data of each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "minnow/benchmark.hpp"
#include "src/cli/settings.hpp"

namespace minnow::cli {

/// A workload and what it trains on; `data` lives until the next one is prepared.
struct PreparedWorkload {
  Workload workload;
  const Dataset* data = nullptr;
  std::string description;  ///< of the data
};

class BenchWorkloads {
 public:
  /// Throws UsageError for a name that there is not, and for settings of a network that nobody asked for.
  explicit BenchWorkloads(const Invocation& invocation);

  /// "W0", ..., "own"
  const std::vector<std::string>& names() const { return names_; }
  PreparedWorkload prepare(const std::string& name);

 private:
  PreparedWorkload prepare_own();
  const DataSplits& loaded();
  bool wants_noise() const;

  const Invocation& invocation_;
  std::vector<Workload> standard_;
  std::vector<std::string> names_;
  std::optional<DataSplits> loaded_;  ///< when first needed
  Dataset drawn_;
};

}  // namespace minnow::cli
