// SPDX-License-Identifier: Apache-2.0
/// minnow predict MODEL
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>

#include "minnow/metrics.hpp"
#include "src/cli/commands.hpp"
#include "src/cli/console.hpp"
#include "src/cli/data_source.hpp"
#include "src/cli/json.hpp"

namespace minnow::cli {
namespace {

/// outputs[N, O] of the data's rows; probabilities where the loss has a head.
struct Predictions {
  std::vector<float> outputs;
  std::size_t width = 0;
  bool probabilities = false;
  bool undecided = false;  ///< one output for other than two classes: it says class 0

  std::span<const float> row(std::size_t index) const { return std::span(outputs).subspan(index * width, width); }
  int predicted(std::size_t index) const { return undecided ? 0 : predicted_class(row(index)); }
};

Dataset first_rows(const Dataset& data, int limit) {
  std::vector<std::uint32_t> rows(static_cast<std::size_t>(std::min(limit, data.rows())));
  std::iota(rows.begin(), rows.end(), 0u);
  return data.select(rows);
}

std::string csv_of(const Predictions& predictions, const Dataset& data) {
  std::string text = data.classes() > 0 ? "row,label,predicted" : "row";
  for (std::size_t c = 0; c < predictions.width; ++c) {
    text += fmt::format(",{}{}", predictions.probabilities ? "probability_" : "output_", c);
  }
  text += '\n';
  for (std::size_t r = 0; r < static_cast<std::size_t>(data.rows()); ++r) {
    text += data.classes() > 0 ? fmt::format("{},{},{}", r, data.labels()[r], predictions.predicted(r))
                               : fmt::format("{}", r);
    for (const float value : predictions.row(r)) fmt::format_to(std::back_inserter(text), ",{}", value);
    text += '\n';
  }
  return text;
}

std::string json_of(const Predictions& predictions, const Dataset& data, Json head) {
  Json rows = Json::array();
  for (std::size_t r = 0; r < static_cast<std::size_t>(data.rows()); ++r) {
    Json row = {{"row", r}};
    if (data.classes() > 0) {
      row["label"] = data.labels()[r];
      row["predicted"] = predictions.predicted(r);
    }
    Json values = Json::array();
    for (const float value : predictions.row(r)) values.push_back(tidy(value));
    row[predictions.probabilities ? "probabilities" : "outputs"] = std::move(values);
    rows.push_back(std::move(row));
  }
  head["rows"] = std::move(rows);
  return line_of(head);
}

}  // namespace

int run_predict(const Invocation& invocation) {
  auto [model, settings, splits] = load_model_and_data(invocation);
  const Dataset& part = part_of(splits, invocation.split);
  const Dataset data = first_rows(part, invocation.limit > 0 ? invocation.limit : part.rows());
  check_fit(model, data);

  Predictions predictions;
  settings.runtime.device = pick_device(settings.runtime.device);
  const Head head = head_of(settings.training.loss.kind);
  predictions.probabilities = head != Head::none;
  predictions.outputs = predict(model, data, head, settings.runtime);
  predictions.width = static_cast<std::size_t>(model.outputs());
  predictions.undecided = model.outputs() == 1 && data.classes() != 2;

  const std::string text = invocation.json ? json_of(predictions, data,
                                                     {{"model", invocation.positional.front()},
                                                      {"dataset", settings.data.dataset},
                                                      {"substituted", splits.substituted},
                                                      {"split", to_string(invocation.split)},
                                                      {"device", to_string(settings.runtime.device)}})
                                           : csv_of(predictions, data);
  if (invocation.output_file.empty()) {
    write_output(text);
  } else {
    write_text_file(invocation.output_file, text);
  }
  return 0;
}

}  // namespace minnow::cli
