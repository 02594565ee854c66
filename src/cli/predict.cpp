// SPDX-License-Identifier: Apache-2.0
/// minnow predict MODEL
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

#include "minnow/metrics.hpp"
#include "src/cli/commands.hpp"
#include "src/cli/console.hpp"
#include "src/cli/data_source.hpp"
#include "src/cli/json.hpp"
#include "src/cli/text.hpp"

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

Json json_of_row(const Predictions& predictions, const Dataset& data, std::size_t r) {
  Json row = {{"row", r}};
  if (data.classes() > 0) {
    row["label"] = data.labels()[r];
    row["predicted"] = predictions.predicted(r);
  }
  Json values = Json::array();
  for (const float value : predictions.row(r)) values.push_back(tidy(value));
  row[predictions.probabilities ? "probabilities" : "outputs"] = std::move(values);
  return row;
}

std::string json_of(const Predictions& predictions, const Dataset& data, Json head) {
  Json rows = Json::array();
  for (std::size_t r = 0; r < static_cast<std::size_t>(data.rows()); ++r) {
    rows.push_back(json_of_row(predictions, data, r));
  }
  head["rows"] = std::move(rows);
  return line_of(head);
}

std::string json_lines_of(const Predictions& predictions, const Dataset& data) {
  std::string text;
  for (std::size_t r = 0; r < static_cast<std::size_t>(data.rows()); ++r) {
    text += line_of(json_of_row(predictions, data, r));
  }
  return text;
}

enum class Form { csv, json, json_lines };

/// By the extension of the file; a name without one, as of a pipe, and standard output say nothing.
Form form_of(const Invocation& invocation) {
  const Form asked = invocation.json ? Form::json : Form::csv;
  const std::string extension = std::filesystem::path(invocation.output_file).extension().string();
  if (extension.empty()) return asked;
  constexpr std::pair<std::string_view, Form> forms[] = {
      {".csv", Form::csv}, {".json", Form::json}, {".jsonl", Form::json_lines}};
  const auto* const found =
      std::ranges::find_if(forms, [&](const auto& form) { return same_word(form.first, extension); });
  if (found == std::end(forms)) {
    throw UsageError(
        fmt::format("--output {}: predictions are written as .csv, .json (one object) or .jsonl (one per row); a name "
                    "without an extension gets CSV, or with --json JSON",
                    invocation.output_file));
  }
  if (invocation.json && found->second != Form::json) {
    throw UsageError(
        fmt::format("--output {} and --json ask for two forms; leave one of them out", invocation.output_file));
  }
  return found->second;
}

void write_to(const std::string& file, const std::string& text) {
  try {
    write_text_file(file, text);
  } catch (const ReaderGone&) {  // as where standard output itself is a pipe
    throw OutputClosed{};
  }
}

}  // namespace

int run_predict(const Invocation& invocation) {
  const Form form = form_of(invocation);
  auto [path, model, settings, splits] = load_model_and_data(invocation);
  const Dataset& part = filled_part_of(splits, invocation.split);
  const Dataset data = first_rows(part, invocation.limit > 0 ? invocation.limit : part.rows());

  Predictions predictions;
  settings.runtime.device = pick_device(settings.runtime.device);
  const Head head = head_of(settings.training.loss.kind);
  predictions.probabilities = head != Head::none;
  predictions.outputs = blaming_model(invocation, path, [&, &model = model, &settings = settings] {
    check_fit(model, data);
    return predict(model, data, head, settings.runtime);
  });
  predictions.width = static_cast<std::size_t>(model.outputs());
  predictions.undecided = model.outputs() == 1 && data.classes() != 2;

  std::string text;
  if (form == Form::json) {
    text = json_of(predictions, data,
                   {{"model", path.string()},
                    {"dataset", settings.data.dataset},
                    {"substituted", splits.substituted},
                    {"split", to_string(invocation.split)},
                    {"device", to_string(settings.runtime.device)}});
  } else {
    text = form == Form::csv ? csv_of(predictions, data) : json_lines_of(predictions, data);
  }
  if (invocation.output_file.empty()) {
    write_output(text);
  } else {
    write_to(invocation.output_file, text);
  }
  return 0;
}

}  // namespace minnow::cli
