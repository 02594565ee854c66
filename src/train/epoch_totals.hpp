// SPDX-License-Identifier: Apache-2.0
/// What the predictions of an epoch add up to, in device memory: M models' tallies, and what further metrics count.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernels/backend.hpp"
#include "minnow/dataset.hpp"
#include "minnow/metrics.hpp"
#include "src/train/loss_inputs.hpp"

namespace minnow::engine {

/// 0 without weight, as in Metrics.
inline double mean_loss(double loss, double weight) {
  return weight > 0 ? loss / weight : 0;
}

/// What the predictions of one dataset are counted for, besides loss and hits.
struct CountPlan {
  bool labels = false;                 ///< hits are counted
  kernels::ClassCounts classes = {};   ///< without values and scores; 0 classes: not counted
  int errors = 0;                      ///< outputs whose errors are summed, or 0
  std::vector<double> variances = {};  ///< of each target
};
/// `all`: what data and loss allow; classes where there are labels, errors where there are target values.
CountPlan plan_counts(const Dataset& data, const LossInputs& inputs, int outputs, bool all);

/// Where one dataset's predictions are counted, on the device.
struct Totals {
  kernels::Tally* tally = nullptr;      ///< [M]
  kernels::ClassCounts classes = {};    ///< no values: not counted
  kernels::ErrorSum* errors = nullptr;  ///< [M, O], or nullptr: not summed
};

class EpochTotals {
 public:
  EpochTotals(kernels::Backend& backend, int models, CountPlan training = {}, CountPlan validation = {});
  /// Bytes that the constructor allocates.
  static std::size_t bytes(int models, const CountPlan& training, const CountPlan& validation);

  const Totals& training() const { return training_.device; }
  const Totals& validation() const { return validation_.device; }
  void reset();
  /// Reads everything back at once. Waits for the device.
  void read();
  /// Reads the training tallies alone, likewise.
  std::span<const kernels::Tally> read_training_tallies();

  /// Model m, as last read.
  const kernels::Tally& training_tally(int m) const { return tally(training_, m); }
  const kernels::Tally& validation_tally(int m) const { return tally(validation_, m); }
  Metrics training_metrics(int m) const { return metrics(training_, m); }
  Metrics validation_metrics(int m) const { return metrics(validation_, m); }

 private:
  /// One dataset's totals: where they stand in memory_, and in host_ once they are read.
  struct Section {
    CountPlan plan;
    std::size_t tallies = 0, classes = 0, errors = 0, scores = 0;  ///< offsets
    Totals device = {};
  };
  /// Decides the offsets; returns the bytes in all.
  static std::size_t place(Section& training, Section& validation, int models);
  void attach(Section& section);
  template <class T>
  const T* host(std::size_t offset) const;
  const kernels::Tally& tally(const Section& section, int m) const;
  Metrics metrics(const Section& section, int m) const;

  kernels::Backend& backend_;
  int models_;
  Section training_, validation_;
  kernels::Memory memory_;
  std::vector<std::byte> host_;
};

}  // namespace minnow::engine
