// SPDX-License-Identifier: Apache-2.0
#include "src/cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/cli/json.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

constexpr std::string_view dim = "\x1b[2m", bold = "\x1b[1m", plain = "\x1b[0m";

/// "epoch  3/10"
std::string position(int epoch, int epochs) {
  return fmt::format("epoch {:>{}}/{}", epoch, fmt::formatted_size("{}", epochs), epochs);
}

/// Loss and accuracy, the latter of a higher rank.
void add_figures(std::vector<Piece>& pieces, std::string_view name, const Metrics& metrics, int rank) {
  pieces.push_back({fmt::format("  {} loss {:.4f}", name, unsigned_nan(metrics.loss)), rank});
  if (std::isnan(metrics.accuracy)) return;
  pieces.push_back({fmt::format(" acc {:6.2f}%", 100 * metrics.accuracy), rank + 2});
}

/// At most `width` columns wide, 0: any, as far as epoch and training loss go.
std::string epoch_line(const EpochRecord& record, int epochs, std::size_t width) {
  std::vector<Piece> pieces = {{position(record.epoch, epochs)}};
  add_figures(pieces, "train", record.train, 0);
  if (record.validation.rows > 0) add_figures(pieces, "val", record.validation, 1);
  const auto rate = static_cast<std::uint64_t>(samples_per_second(record));
  pieces.push_back({fmt::format("  lr {:.3g}", record.learning_rate), 5, 13});
  pieces.push_back({fmt::format("  {} samples/s", with_commas(rate)), 6, 21});
  pieces.push_back({"  " + seconds_text(record.seconds), 4, 13});
  pieces.push_back({record.best ? "  best" : "", 0, 6});
  return fitted(std::move(pieces), width);
}

}  // namespace

Progress::Progress(const Training& training, bool quiet)
    : epochs_(training.epochs),
      max_steps_(training.max_steps),
      time_limit_(static_cast<double>(training.time_limit)),
      quiet_(quiet),
      terminal_(error_terminal()),
      begin_(std::chrono::steady_clock::now()) {}

void Progress::clear() {
  // Spaces instead of an escape code: it works on every terminal and under NO_COLOR.
  if (shown_ > 0) write_error('\r' + std::string(shown_, ' ') + '\r');
  shown_ = 0;
}

void Progress::step(int epoch, std::uint64_t step, std::uint64_t steps_per_epoch, double loss) {
  if (!has_bar() || steps_per_epoch == 0) return;
  const std::uint64_t done = (static_cast<std::uint64_t>(epoch) - 1) * steps_per_epoch + step;
  std::uint64_t all = static_cast<std::uint64_t>(epochs_) * steps_per_epoch;
  if (max_steps_ > 0) all = std::min(all, max_steps_);
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();

  constexpr std::size_t bar_width = 24;
  const auto filled = static_cast<std::size_t>(bar_width * std::min(step, steps_per_epoch) / steps_per_epoch);
  const std::string bar = '[' + std::string(filled, '=') + std::string(bar_width - filled, ' ') + ']';
  std::vector<Piece> pieces = {{position(epoch, epochs_) + ' '},
                               {bar, 3},
                               {fmt::format("{:4}%", 100 * std::min(step, steps_per_epoch) / steps_per_epoch)}};
  if (!std::isnan(loss)) pieces.push_back({fmt::format("  loss {:.4f}", loss), 2});
  pieces.push_back({fmt::format("  {} left", seconds_text(seconds_left(done, all, elapsed, time_limit_))), 1, 18});

  // The last column stays free: some terminals go to the next line behind it.
  const auto room = static_cast<std::size_t>(std::max(columns() - 1, 1));
  std::string line = fitted(std::move(pieces), room);
  if (line.size() > room) return;
  const std::size_t size = line.size();
  if (size < shown_) line += std::string(shown_ - size, ' ');  // over what is left of a longer one
  shown_ = std::max(shown_, size);
  const std::size_t at = line.find(bar);
  if (terminal_.color && at != std::string::npos) line.replace(at, bar.size(), fmt::format("{}{}{}", dim, bar, plain));
  write_error('\r' + line);
}

void Progress::epoch(const EpochRecord& record) {
  clear();
  if (quiet_) return;
  std::string line = epoch_line(record, epochs_, terminal_.interactive ? static_cast<std::size_t>(columns()) : 0);
  if (terminal_.color && record.best) line.replace(line.size() - 4, 4, fmt::format("{}best{}", bold, plain));
  write_error(line + '\n');
}

}  // namespace minnow::cli
