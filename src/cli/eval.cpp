// SPDX-License-Identifier: Apache-2.0
/// minnow eval MODEL
#include <fmt/format.h>

#include "src/cli/commands.hpp"
#include "src/cli/console.hpp"
#include "src/cli/data_source.hpp"
#include "src/cli/json.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {

int run_eval(const Invocation& invocation) {
  auto [model, settings, data] = load_model_and_data(invocation);
  const Dataset& rows = part_of(data, invocation.split);
  check_fit(model, rows);
  settings.runtime.device = pick_device(settings.runtime.device);
  const Metrics metrics = evaluate(model, rows, settings.training.loss, settings.runtime);
  if (invocation.json) {
    print("{}", line_of({{"model", invocation.positional.front()},
                         {"dataset", settings.data.dataset},
                         {"substituted", data.substituted},
                         {"split", to_string(invocation.split)},
                         {"device", to_string(settings.runtime.device)},
                         {"loss_type", to_string(settings.training.loss.kind)},
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
