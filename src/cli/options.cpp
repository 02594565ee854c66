// SPDX-License-Identifier: Apache-2.0
/// The table of options.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "src/cli/option_table.hpp"

namespace minnow::cli {
namespace {

constexpr unsigned with_data = train_command | eval_command | predict_command;
constexpr unsigned with_loss = train_command | eval_command | gradcheck_command | bench_command;
constexpr unsigned with_model = train_command | gradcheck_command | bench_command;
constexpr unsigned with_device = with_data | gradcheck_command | bench_command | doctor_command;

template <LossKind kind>
Option<Invocation> only_for(Option<Invocation> option) {
  return only<Invocation>(
      "loss.type", [](const auto& i) { return i.settings.training.loss.kind == kind; }, option);
}

template <LayerKind... kinds>
Option<Layer> only_for(Option<Layer> option) {
  return only<Layer>(
      "type", [](const auto& l) { return ((l.kind == kinds) || ...); }, option);
}

template <class Access>
Option<Invocation> flag(std::string_view name, char letter, std::string_view argument, Range range, unsigned commands,
                        std::string_view help, Access access) {
  return option<Invocation>("", name, letter, argument, range, commands, help, access);
}

template <class Access>
Option<Layer> layer_key(std::string_view key, std::string_view argument, Range range, std::string_view help,
                        Access access) {
  return option<Layer>(key, "", 0, argument, range, 0, help, access);
}

/// The option of the parameter of this loss, if it has one.
template <LossKind kind>
void add_parameter(std::vector<Option<Invocation>>& all) {
  const std::optional<LossParameter> parameter = parameter_of(kind);
  if (!parameter) return;
  static const std::string key = fmt::format("loss.{}", parameter->name);
  static const std::string help = fmt::format("{}: {}", to_string(kind), parameter->meaning);
  all.push_back(only_for<kind>(setting(
      key, parameter->name, "X", parameter->minimum > 0 ? above(0) : at_least(static_cast<double>(parameter->minimum)),
      with_loss, help, [](auto& i) -> auto& { return i.settings.training.loss.parameter; })));
}

std::vector<Option<Invocation>> loss_parameters() {
  std::vector<Option<Invocation>> all;
  [&]<int... kinds>(std::integer_sequence<int, kinds...>) {
    (add_parameter<static_cast<LossKind>(kinds)>(all), ...);
  }
  (std::make_integer_sequence<int, loss_count>());
  return all;
}

std::vector<Option<Invocation>> data_and_model() {
  return {
      setting(
          "data.dataset", "dataset", "NAME", any, with_data | bench_command,
          "mnist, digits (drawn), blobs (generated), or a folder with IDX files; bench: or noise",
          [](auto& i) -> auto& { return i.settings.data.dataset; }),
      or_empty(setting(
          "data.dir", "data", "DIR", any, with_data | bench_command | doctor_command,
          "folder that holds mnist/; empty: $MINNOW_DATA, else ./data",
          [](auto& i) -> auto& { return i.settings.data.directory; })),
      setting(
          "data.validation", "validation", "ROWS", integers(0), with_data,
          "validation rows, taken from the training set: how many, or which share, as 0.2; auto: a sixth",
          [](auto& i) -> auto& { return i.settings.data.validation; }),
      setting(
          "data.sampling", "", "NAME", any, 0,
          "which rows they are: drawn (of each class its share, or any), or the last; auto: the last of mnist, digits "
          "and blobs, else stratified",
          [](auto& i) -> auto& { return i.settings.data.sampling; }),
      setting(
          "data.seed", "", "N", counts(), 0,
          "seed of generated data (digits, blobs) and of validation rows that are drawn",
          [](auto& i) -> auto& { return i.settings.data.seed; }),
      setting(
          "model.hidden", "hidden", "N,N,...", integers(1, largest_width), with_model,
          "widths of the hidden layers; none: a linear model", [](auto& i) -> auto& { return i.settings.hidden; }),
      setting(
          "model.activation", "activation", "NAME", any, with_model,
          "activation of the hidden layers, with parameters as in 'leaky_relu(0.2)'",
          [](auto& i) -> auto& { return i.settings.activation; }),
      setting(
          "model.dropout", "dropout", "RATE", half_open(0, 1), with_model,
          "share of hidden units that is zeroed in training", [](auto& i) -> auto& { return i.settings.dropout; }),
      setting(
          "model.init", "init", "MODEL", any, train_command,
          "start from the weights of this model file or run, whose layers count where none are described",
          [](auto& i) -> auto& { return i.settings.initial_model; }),
      setting(
          "loss.type", "loss", "NAME", any, with_loss, "what is minimized",
          [](auto& i) -> auto& { return i.settings.training.loss.kind; }),
      only_for<LossKind::cross_entropy>(setting(
          "loss.label_smoothing", "label-smoothing", "X", half_open(0, 1), with_loss,
          "cross_entropy: share of a label spread over all classes",
          [](auto& i) -> auto& { return i.settings.training.loss.label_smoothing; })),
      only_for<LossKind::cross_entropy>(setting(
          "loss.class_weights", "class-weights", "X,X,...", at_least(0), with_loss,
          "cross_entropy: weight of each class; none: 1 each",
          [](auto& i) -> auto& { return i.settings.training.loss.class_weights; })),
  };
}

std::vector<Option<Invocation>> run_settings() {
  return {
      setting(
          "train.epochs", "epochs", "N", integers(1, most_epochs), train_command, "passes over the training set",
          [](auto& i) -> auto& { return i.settings.training.epochs; }),
      setting(
          "train.batch", "batch", "N", integers(0, largest_width), train_command | bench_command,
          "rows per step; 0: 64, or all training rows where there are fewer",
          [](auto& i) -> auto& { return i.settings.training.batch; }),
      setting(
          "train.seed", "seed", "N", counts(), train_command | gradcheck_command, "seed of weights, order and dropout",
          [](auto& i) -> auto& { return i.settings.seed; }),
      setting(
          "train.time_limit", "time-limit", "SECONDS", at_least(0), train_command,
          "stop after this time, which schedules do not know of; 0: no limit",
          [](auto& i) -> auto& { return i.settings.training.time_limit; }),
      setting(
          "train.max_steps", "max-steps", "N", counts(), train_command,
          "stop after this many steps, where schedules end too; 0: no limit",
          [](auto& i) -> auto& { return i.settings.training.max_steps; }),
      setting(
          "train.metrics", "", "NAME", any, 0,
          "data whose predictions each epoch counts for more than loss and accuracy",
          [](auto& i) -> auto& { return i.settings.training.metrics; }),
      setting(
          "early_stopping.monitor", "", "NAME", any, 0, "figure that has to improve",
          [](auto& i) -> auto& { return i.settings.training.early_stopping.monitor; }),
      setting(
          "early_stopping.patience", "patience", "EPOCHS", integers(0, most_epochs), train_command,
          "stop after so many epochs without improvement; 0: never",
          [](auto& i) -> auto& { return i.settings.training.early_stopping.patience; }),
      setting(
          "early_stopping.min_delta", "", "X", at_least(0), 0, "a smaller improvement does not count",
          [](auto& i) -> auto& { return i.settings.training.early_stopping.minimum_change; }),
      only<Invocation>(
          "early_stopping.patience", [](const auto& i) { return i.settings.training.early_stopping.patience > 0; },
          setting(
              "early_stopping.start_from_epoch", "", "EPOCHS", integers(0, most_epochs), 0,
              "so many first epochs are neither the best nor counted",
              [](auto& i) -> auto& { return i.settings.training.early_stopping.start_from_epoch; })),
      only<Invocation>(
          "early_stopping.patience", [](const auto& i) { return i.settings.training.early_stopping.patience > 0; },
          setting(
              "early_stopping.restore_best", "", "BOOL", any, 0, "end with the weights of the best epoch",
              [](auto& i) -> auto& { return i.settings.training.early_stopping.restore_best; })),
      setting(
          "checkpoint.top", "", "N", integers(0, 1000), 0,
          "keep checkpoints/epoch-<n>.safetensors of the N best epochs by early_stopping.monitor",
          [](auto& i) -> auto& { return i.settings.top_checkpoints; }),
      setting(
          "runtime.device", "device", "NAME", any, with_device, "where to compute; auto: CUDA where it is usable",
          [](auto& i) -> auto& { return i.settings.runtime.device; }),
      setting(
          "runtime.threads", "threads", "N", integers(0, most_threads), with_device,
          "CPU threads; 0: one per core that may be used", [](auto& i) -> auto& { return i.settings.runtime.threads; }),
      setting(
          "runtime.numerics", "numerics", "NAME", any, with_device & ~doctor_command,
          "strict: the same bits on every device; fast: CUDA may sum in other orders",
          [](auto& i) -> auto& { return i.settings.runtime.numerics; }),
      setting(
          "output.dir", "out", "DIR", any, train_command | eval_command | predict_command | inspect_command,
          "folder for run directories", [](auto& i) -> auto& { return i.settings.output_directory; }),
      or_empty(setting(
          "output.name", "name", "NAME", any, train_command, "name of the run; empty: the dataset's",
          [](auto& i) -> auto& { return i.settings.run_name; })),
  };
}

std::vector<Option<Invocation>> flags() {
  constexpr unsigned with_config = with_data | gradcheck_command | bench_command;
  return {
      flag(
          "config", 'c', "FILE", any, with_config, "read settings from a TOML file; may be repeated, later files win",
          [](auto& i) -> auto& { return i.config_files; }),
      flag(
          "set", 0, "KEY=VALUE", any, with_config, "set any key, over the file; may be repeated",
          [](auto& i) -> auto& { return i.overrides; }),
      flag(
          "split", 0, "NAME", any, eval_command | predict_command, "which part of the data to read",
          [](auto& i) -> auto& { return i.split; }),
      flag(
          "fail-below", 0, "FIGURE=LIMIT", any, train_command | eval_command,
          "exit with 6 if the figure is lower, as in val/accuracy=0.97; may be repeated",
          [](auto& i) -> auto& { return i.fail_below; }),
      flag(
          "limit", 0, "ROWS", integers(0), predict_command, "predict the first rows only; 0: all",
          [](auto& i) -> auto& { return i.limit; }),
      flag(
          "output", 'o', "FILE", any, predict_command, "write there instead of to standard output",
          [](auto& i) -> auto& { return i.output_file; }),
      flag(
          "inputs", 0, "N", integers(1, largest_width), gradcheck_command, "features of the drawn data",
          [](auto& i) -> auto& { return i.inputs; }),
      flag(
          "classes", 0, "N", integers(1, largest_width), gradcheck_command,
          "classes, or target values, of the drawn data", [](auto& i) -> auto& { return i.classes; }),
      flag(
          "samples", 0, "N", integers(1, largest_width), gradcheck_command, "rows of the drawn data",
          [](auto& i) -> auto& { return i.samples; }),
      flag(
          "elements", 0, "N", integers(0), gradcheck_command, "elements checked per tensor, evenly spread; 0: all",
          [](auto& i) -> auto& { return i.elements; }),
      flag(
          "models", 0, "M", integers(1), gradcheck_command | bench_command, "models side by side",
          [](auto& i) -> auto& { return i.models; }),
      flag(
          "rounds", 0, "N", integers(3), bench_command, "timed rounds; every contestant runs in each",
          [](auto& i) -> auto& { return i.rounds; }),
      flag(
          "steps", 0, "N", integers(0), bench_command, "steps per round; 0: about 0.2 s of them",
          [](auto& i) -> auto& { return i.steps; }),
      flag(
          "peer", 0, "NAME=COMMAND", any, bench_command,
          "also run 'COMMAND WORKLOAD', which prints {\"us_per_step\": x}; may be repeated",
          [](auto& i) -> auto& { return i.peers; }),
      flag(
          "handout", 0, "DIR", any, bench_command,
          "write weights, order, data and first losses there, for peers that start alike ($MINNOW_HANDOUT)",
          [](auto& i) -> auto& { return i.handout; }),
      flag(
          "json", 0, "", any, all_commands, "print one JSON object", [](auto& i) -> auto& { return i.json; }),
      flag(
          "quiet", 'q', "", any, all_commands, "no progress and no log, only results and errors",
          [](auto& i) -> auto& { return i.quiet; }),
      flag(
          "dry-run", 0, "", any, train_command, "show shapes, memory and the whole configuration; train nothing",
          [](auto& i) -> auto& { return i.dry_run; }),
      flag(
          "overwrite", 0, "", any, train_command, "replace an earlier run of the same name",
          [](auto& i) -> auto& { return i.overwrite; }),
      flag(
          "help", 'h', "", any, all_commands, "show this text", [](auto& i) -> auto& { return i.help; }),
  };
}

}  // namespace

std::span<const Option<Invocation>> options() {
  static const std::vector<Option<Invocation>> table = [] {
    std::vector<Option<Invocation>> all;
    for (auto&& part :
         {data_and_model(), loss_parameters(), optimizer_settings(), schedule_settings(), run_settings(), flags()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return table;
}

std::span<const Option<Layer>> layer_options() {
  static const std::vector<Option<Layer>> table = {
      layer_key(
          "type", "NAME", any, "kind of layer", [](auto& l) -> auto& { return l.kind; }),
      only_for<LayerKind::dense>(layer_key(
          "units", "N", integers(1, largest_width), "dense: outputs", [](auto& l) -> auto& { return l.units; })),
      only_for<LayerKind::dense, LayerKind::activation>(layer_key(
          "activation", "NAME", any,
          "dense, activation: function applied to the outputs; the last layer may also have softmax",
          [](auto& l) -> auto& { return l.activation; })),
      layer_key(
          "name", "NAME", any, "unique; empty: the type and a number", [](auto& l) -> auto& { return l.name; }),
      only_for<LayerKind::dense>(layer_key(
          "init", "NAME", any, "dense: how the weights start, as in 'normal(0,0.01)'",
          [](auto& l) -> auto& { return l.weights; })),
      only_for<LayerKind::dense>(layer_key(
          "bias_init", "NAME", any, "dense: how the biases start", [](auto& l) -> auto& { return l.biases; })),
      only_for<LayerKind::dropout>(layer_key(
          "rate", "RATE", half_open(0, 1), "dropout: share of the units that is zeroed",
          [](auto& l) -> auto& { return l.rate; })),
      only_for<LayerKind::batch_norm>(layer_key(
          "momentum", "X", Range{0, 1}, "batch_norm: weight of a batch in the running statistics",
          [](auto& l) -> auto& { return l.momentum; })),
      only_for<LayerKind::batch_norm, LayerKind::layer_norm>(layer_key(
          "eps", "X", above(0), "batch_norm, layer_norm: added to the variance",
          [](auto& l) -> auto& { return l.epsilon; })),
  };
  return table;
}

}  // namespace minnow::cli
