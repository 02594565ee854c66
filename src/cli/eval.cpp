// SPDX-License-Identifier: Apache-2.0
/// minnow eval MODEL
#include <fmt/format.h>

#include "src/cli/commands.hpp"
#include "src/cli/console.hpp"
#include "src/cli/data_source.hpp"
#include "src/cli/device.hpp"
#include "src/cli/json.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {

int run_eval(const Invocation& invocation) {
  const Model model = load_model(invocation.positional.front());
  Settings settings = invocation.settings;
  const DataSplits data = load_splits_for(model, invocation, settings);
  const Dataset& rows = part_of(data, invocation.split);
  check_fit(model, rows);
  const std::string stored_loss = metadata_of(model, "loss");
  if (!invocation.was_given("loss.type") && !stored_loss.empty()) settings.training.loss = parse_loss(stored_loss);

  settings.runtime.device = picked_device(settings.runtime.device);
  const Metrics metrics = evaluate(model, rows, settings.training.loss, settings.runtime);
  if (invocation.json) {
    print("{}", line_of({{"model", invocation.positional.front()},
                         {"dataset", settings.data.dataset},
                         {"substituted", data.substituted},
                         {"split", to_string(invocation.split)},
                         {"device", to_string(settings.runtime.device)},
                         {"loss_type", to_string(settings.training.loss)},
                         {"rows", metrics.rows},
                         {"loss", metrics.loss},
                         {"accuracy", metrics.accuracy},
                         {"weights_hash", hex(model.weights_hash())}}));
    return 0;
  }
  print("{} ({} rows)  loss {:.4f}  accuracy {:.2f} %\n", to_string(invocation.split), with_commas(metrics.rows),
        metrics.loss, 100 * metrics.accuracy);
  return 0;
}

}  // namespace minnow::cli
