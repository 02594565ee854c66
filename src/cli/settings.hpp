// SPDX-License-Identifier: Apache-2.0
/// What the command line was told, and the one table that declares every option: the parser, --help, --set, the
/// TOML reader, the rendered config.toml, the suggestions in messages and docs/cli.md all walk it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/cli/value.hpp"

namespace minnow::cli {

/// Everything that a configuration file can say; equal settings give equal runs.
struct Settings {
  DataSource data;
  std::vector<int> hidden = {128, 64};
  Activation activation = make_activation(ActivationKind::relu);
  float dropout = 0;
  std::vector<Layer> layers;  ///< [[model.layer]]; stands in for hidden, activation and dropout where not empty
  std::string initial_model;  ///< whose weights the training starts from: a file or a run; empty: they are drawn
  Training training;
  int top_checkpoints = 0;  ///< best epochs that keep a file of their own
  std::uint64_t seed = 1;
  Runtime runtime;
  std::string output_directory = "runs";
  std::string run_name;  ///< empty: named after the dataset
  bool operator==(const Settings&) const = default;
};

/// Where a key was set: "run.toml:3:1", "--set", "--epochs".
struct Source {
  std::string_view key;
  std::string place;
  int rank = 0;  ///< files in order, then the command line
};

/// One use of the command line.
struct Invocation {
  std::vector<std::string> arguments;  ///< as typed, the program first
  Settings settings;
  std::vector<Source> sources;  ///< of the keys that a file, --set or a flag named
  int rank = 0;                 ///< of the source that is being read
  std::vector<std::string> positional;

  bool help = false;
  std::vector<std::string> config_files, overrides;
  bool json = false, quiet = false, dry_run = false;
  Split split = Split::test;            // eval, predict
  std::vector<std::string> fail_below;  // train, eval
  bool overwrite = false;               // train
  int limit = 0;                        // predict
  std::string output_file;              // predict
  int inputs = 20, classes = 10;        // gradcheck
  int samples = 5, elements = 0;        // gradcheck
  int models = 1;                       // gradcheck, bench
  int rounds = 9, steps = 0;            // bench
  std::vector<std::string> peers;       // bench
  std::string handout;                  // bench

  /// The last one, or null.
  const Source* source_of(std::string_view key) const;
  /// "run.toml:3:1: " for messages; empty for a default.
  std::string place_of(std::string_view key) const;
};

/// One bit per command; an option lists the commands that take its flag.
enum Commands : unsigned {
  train_command = 1,
  eval_command = 2,
  predict_command = 4,
  gradcheck_command = 8,
  bench_command = 16,
  inspect_command = 32,
  doctor_command = 64,
  all_commands = 127,
};

/// An option of Target: Invocation, or Layer for the keys of [[model.layer]].
template <class Target>
struct Option {
  std::string_view key;       ///< "train.epochs"; empty for what is no setting
  std::string_view flag;      ///< "epochs" for --epochs; empty for a setting without one
  char letter;                ///< 'c' for -c, or 0
  std::string_view argument;  ///< how help calls the value
  Range range;
  unsigned commands;
  std::string_view help;
  ValueKind kind;
  void (*assign)(Target&, const Value&);
  Value (*read)(const Target&);
  std::string (*choices)();  ///< null unless kind is name
  /// The key whose value decides whether this one means anything, and the decision; empty: it always does.
  std::string_view decider = {};
  bool (*applies)(const Target&) = nullptr;
  bool may_be_empty = false;  ///< text: the flag's value may be nothing, as the help says

  bool means_something(const Target& target) const { return applies == nullptr || applies(target); }
};

/// In the order in which help and config.toml show them.
std::span<const Option<Invocation>> options();
std::span<const Option<Layer>> layer_options();

/// "data", "model", ..., in order.
std::vector<std::string> sections();
/// All keys, "data.dataset" and so on.
std::vector<std::string> keys();
/// Keys of [[model.layer]].
std::vector<std::string> layer_keys();

/// The setting's option, or null.
const Option<Invocation>* find_option(std::string_view key);

/// Sets `option` from a value. Every UsageError begins with `what`: "run.toml:3:1: train.epochs = ten", "--epochs ten".
template <class Target>
void set_option(Target& target, const Option<Target>& option, const Value& value, const std::string& what);
/// Likewise from text.
template <class Target>
void set_from_text(Target& target, const Option<Target>& option, std::string_view text, const std::string& what);

/// Checks what concerns several settings at once, and forgets settings that another source's choice has made void.
/// Throws UsageError.
void check_settings(Invocation& invocation);

/// Throws UsageError unless the text can stand in the files of a run: UTF-8 without control characters.
void check_text(std::string_view what, std::string_view text);

/// The outputs that a network needs for these data: one per class or target value; with bce, one for two classes.
int outputs_for(const Settings& settings, const Dataset& data);

/// The network that the settings describe, for data of `inputs` features and `outputs` classes.
Network network_of(const Settings& settings, int inputs, int outputs);

}  // namespace minnow::cli
