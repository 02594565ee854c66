// SPDX-License-Identifier: Apache-2.0
#include "src/cli/progress.hpp"

#include <algorithm>

#include "src/cli/json.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

constexpr std::string_view dim = "\x1b[2m", bold = "\x1b[1m", plain = "\x1b[0m";

std::string metrics_text(std::string_view name, const Metrics& metrics) {
  const std::string loss = fmt::format("  {} loss {:.4f}", name, unsigned_nan(metrics.loss));
  return std::isnan(metrics.accuracy) ? loss : loss + fmt::format(" acc {:6.2f}%", 100 * metrics.accuracy);
}

}  // namespace

void Progress::clear() {
  // Spaces instead of an escape code: it works on every terminal and under NO_COLOR.
  if (shown_ > 0) write_error('\r' + std::string(shown_, ' ') + '\r');
  shown_ = 0;
}

void Progress::step(int epoch, std::uint64_t step, std::uint64_t steps_per_epoch) {
  if (quiet_ || !terminal_.interactive || steps_per_epoch == 0) return;
  const std::string head = fmt::format("epoch {:>{}}/{} ", epoch, fmt::formatted_size("{}", epochs_), epochs_);
  const std::string tail = fmt::format(" {:3}% ", 100 * std::min(step, steps_per_epoch) / steps_per_epoch);
  const std::size_t room = static_cast<std::size_t>(std::max(terminal_.columns, 1));
  if (head.size() + tail.size() + 8 > room) return;
  const std::size_t width = std::min<std::size_t>(room - head.size() - tail.size() - 3, 40);
  const std::size_t filled = static_cast<std::size_t>(width * std::min(step, steps_per_epoch) / steps_per_epoch);
  const std::string bar = '[' + std::string(filled, '=') + std::string(width - filled, ' ') + ']';
  shown_ = head.size() + bar.size() + tail.size();
  write_error('\r' + head + (terminal_.color ? fmt::format("{}{}{}", dim, bar, plain) : bar) + tail);
}

void Progress::epoch(const EpochRecord& record) {
  clear();
  if (quiet_) return;
  std::string line = fmt::format("epoch {:>{}}/{}", record.epoch, fmt::formatted_size("{}", epochs_), epochs_);
  line += metrics_text("train", record.train);
  if (record.validation.rows > 0) line += metrics_text("val", record.validation);
  line +=
      fmt::format("  lr {:.3g}  {} samples/s  {}", record.learning_rate,
                  with_commas(static_cast<std::uint64_t>(samples_per_second(record))), seconds_text(record.seconds));
  if (record.best) line += terminal_.color ? fmt::format("  {}best{}", bold, plain) : "  best";
  write_error(line + '\n');
}

}  // namespace minnow::cli
