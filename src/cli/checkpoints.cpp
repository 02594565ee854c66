// SPDX-License-Identifier: Apache-2.0
#include "src/cli/checkpoints.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace minnow::cli {

namespace {

std::string name_of(int epoch) {
  return "epoch-" + std::to_string(epoch);
}

}  // namespace

Checkpoints::Checkpoints(RunDirectory& directory, const Model& model, int top, Monitor monitor)
    : directory_(directory), model_(model), top_(static_cast<std::size_t>(top)), monitor_(monitor) {
  ranking_.reserve(top_ + 1);  // so that an epoch whose file is written cannot fail to enter
}

void Checkpoints::epoch_ended(const EpochRecord& record) {
  rank(record);
  try_again();
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
  const bool saved = save(model_.parameters(), name_of(record.epoch));
  std::vector<float> weights;
  if (!saved) weights.assign(model_.parameters().begin(), model_.parameters().end());
  ranking_.insert(place, {figure, record.epoch, saved, std::move(weights)});
  if (ranking_.size() <= top_) return;
  const Ranked& last = ranking_.back();
  if (last.saved) {
    superfluous_.push_back(last.epoch);
  } else {
    directory_.forget_checkpoint(name_of(last.epoch));
  }
  ranking_.pop_back();
}

void Checkpoints::try_again() {
  std::erase_if(superfluous_, [&](int epoch) { return directory_.remove_checkpoint(name_of(epoch)); });
  for (Ranked& entry : ranking_) {
    if (entry.saved) continue;
    entry.saved = save(entry.weights, name_of(entry.epoch));
    if (!entry.saved) return;
    entry.weights = {};
  }
}

void Checkpoints::finish(std::span<const float> last) {
  try_again();
  write(last.empty() ? model_.parameters() : last);
}

void Checkpoints::write(std::span<const float> last) {
  if (last_waits_) last_waits_ = !save(last, "last");
  if (!best_.empty() && save(best_, "best")) best_.clear();
}

bool Checkpoints::save(std::span<const float> weights, const std::string& name) {
  if (weights.data() == model_.parameters().data()) return directory_.save_checkpoint(model_, name);
  Model copy(model_.network(), model_.seed());
  std::ranges::copy(weights, copy.parameters().begin());
  copy.preprocessing = model_.preprocessing;
  copy.metadata = model_.metadata;
  return directory_.save_checkpoint(copy, name);
}

}  // namespace minnow::cli
