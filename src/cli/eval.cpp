// SPDX-License-Identifier: Apache-2.0
/// minnow eval MODEL
#include <fmt/format.h>

#include <cmath>

#include "minnow/metrics.hpp"
#include "src/cli/commands.hpp"
#include "src/cli/console.hpp"
#include "src/cli/data_source.hpp"
#include "src/cli/json.hpp"
#include "src/cli/limits.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

constexpr int most_columns = 20;  // of the confusion matrix that is printed

std::string text_of(const Classification& result) {
  std::string text = fmt::format("\n{:<12}{:>11}{:>9}{:>9}{:>10}\n", "class", "precision", "recall", "f1", "support");
  for (int c = 0; c < result.classes; ++c) {
    text += fmt::format("{:<12}{:>11.4f}{:>9.4f}{:>9.4f}{:>10}\n", c, result.precision(c), result.recall(c),
                        result.f1(c), with_commas(result.support(c)));
  }
  text += fmt::format("macro f1 {:.4f}", result.macro_f1());
  if (result.classes > 2) text += fmt::format(", top-{} accuracy {:.2f} %", result.k, 100 * result.top_accuracy);
  if (!std::isnan(result.auroc)) text += fmt::format(", AUROC {:.4f}", result.auroc);
  text += '\n';
  if (result.classes > most_columns) return text;
  text += "\nlabels down, predicted across\n";
  for (int c = 0; c < result.classes; ++c) {
    text += fmt::format("{:<4}", c);
    for (int predicted = 0; predicted < result.classes; ++predicted) {
      text += fmt::format("{:>8}", result.count(c, predicted));
    }
    text += '\n';
  }
  return text;
}

}  // namespace

int run_eval(const Invocation& invocation) {
  const Split split = invocation.split;
  const std::vector<Limit> limits = parse_limits(invocation.fail_below, {split});
  auto [path, model, settings, data] = load_model_and_data(invocation);
  const Dataset& rows = filled_part_of(data, split);
  settings.runtime.device = pick_device(settings.runtime.device);
  const Metrics metrics = blaming_model(invocation, path, [&, &model = model, &settings = settings] {
    check_fit(model, rows);
    return evaluate(model, rows, settings.training.loss, settings.runtime);
  });
  Json json = {{"model", path.string()},
               {"dataset", settings.data.dataset},
               {"substituted", data.substituted},
               {"split", to_string(split)},
               {"device", to_string(settings.runtime.device)},
               {"loss_type", to_string(settings.training.loss.kind)}};
  add_figures(json, split, metrics);
  std::string text =
      fmt::format("{} ({} rows)  loss {:.4f}", to_string(split), with_commas(metrics.rows), metrics.loss);
  if (rows.classes() > 0) text += fmt::format("  accuracy {:.2f} %\n", 100 * metrics.accuracy);
  if (metrics.classification) {
    add_classes(json, split, *metrics.classification);
    text += text_of(*metrics.classification);
  } else if (metrics.regression) {
    const Regression& result = *metrics.regression;
    text += fmt::format("\nMAE {:.6g}, RMSE {:.6g}, R2 {:.4f}\n", result.mae, result.rmse, result.r2);
  }
  json["weights_hash"] = hex(model.weights_hash());
  print("{}", invocation.json ? line_of(json) : text);
  check_limits(limits, {{split, metrics}});
  return 0;
}

}  // namespace minnow::cli
