// SPDX-License-Identifier: Apache-2.0
#include "src/cli/checkpoints.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace minnow::cli {

namespace {

std::string name_of(int epoch) {
  return "epoch-" + std::to_string(epoch);
}

}  // namespace

void Checkpoints::epoch_ended(const EpochRecord& record) {
  rank(record);
  last_waits_ = true;
  if (record.best) best_.assign(model_.parameters().begin(), model_.parameters().end());
  const Clock::time_point begin = Clock::now();
  if (begin < next_) return;
  write(model_.parameters());
  const Clock::time_point end = Clock::now();
  next_ = end + std::max<Clock::duration>(std::chrono::seconds(1), 20 * (end - begin));
}

void Checkpoints::rank(const EpochRecord& record) {
  if (top_ == 0) return;
  const double figure = record.monitored * (rises(monitor_.metric) ? -1 : 1);
  if (!std::isfinite(figure)) return;
  const auto place = std::ranges::upper_bound(ranking_, figure, {}, &Ranked::figure);
  if (place == ranking_.end() && ranking_.size() == top_) return;
  ranking_.insert(place, {figure, record.epoch});
  save(model_.parameters(), name_of(record.epoch));
  if (ranking_.size() <= top_) return;
  directory_.remove_checkpoint(name_of(ranking_.back().epoch));
  ranking_.pop_back();
}

void Checkpoints::finish(std::span<const float> last) {
  write(last.empty() ? model_.parameters() : last);
}

void Checkpoints::write(std::span<const float> last) {
  if (last_waits_) save(last, "last");
  last_waits_ = false;
  if (!best_.empty()) save(best_, "best");
  best_.clear();
}

void Checkpoints::save(std::span<const float> weights, const std::string& name) const {
  if (weights.data() == model_.parameters().data()) return directory_.save_checkpoint(model_, name);
  Model copy(model_.network(), model_.seed());
  std::ranges::copy(weights, copy.parameters().begin());
  copy.preprocessing = model_.preprocessing;
  copy.metadata = model_.metadata;
  directory_.save_checkpoint(copy, name);
}

}  // namespace minnow::cli
