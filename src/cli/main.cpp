// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>

#include "src/cli/command_line.hpp"
#include "src/cli/commands.hpp"
#include "src/cli/console.hpp"
#include "src/cli/failures.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

constexpr std::array all_of_them = {
    Command{
        "train", "", "train a network and save the run",
        "Trains a network on MNIST (or on drawn digits where MNIST is not found) or on other data, and keeps\n"
        "configuration, figures and weights in a new folder below runs/. Figures go to standard output, progress to\n"
        "standard error. Precedence: default < file < --set < flag.",
        train_command, run_train},
    Command{
        "eval", "[MODEL]", "figures of a saved model",
        "Prints loss, accuracy and further figures of MODEL (a .safetensors file or a run directory; without one, the\n"
        "latest run: runs/latest) on the test data.",
        eval_command, run_eval},
    Command{
        "predict", "[MODEL]", "labels and probabilities as CSV or JSON",
        "Prints what MODEL (a .safetensors file or a run directory; without one, the latest run: runs/latest) says\n"
        "about each row, as CSV or with --json.",
        predict_command, run_predict},
    Command{"gradcheck", "", "check gradients against finite differences",
            "Compares every parameter tensor's analytic gradient, on each usable backend, with central differences of\n"
            "the double-precision reference. Exit code 6 if one is off.",
            gradcheck_command, run_gradcheck},
    Command{
        "bench", "[WORKLOAD ...]", "time training steps, verified first",
        "Trains the workloads W0 to W4 and S1b (all of them, if none is named) or, as 'own', the network of the\n"
        "settings, on the CPU and, where one is usable, on a CUDA device, checks the weights against the\n"
        "double-precision reference, and only then times the steps. Contestants and peers take turns. Exit code 6 if\n"
        "results do not agree.",
        bench_command, run_bench},
    Command{
        "inspect", "[FILE]", "what a model file or a run directory holds",
        "Shows layers, shapes, parameters, metadata and weight hash of a model file, and what became of a run: of a\n"
        "run directory, or of the latest run (runs/latest) where nothing is named.",
        inspect_command, run_inspect},
    Command{"doctor", "", "what Minnow can use on this machine",
            "Says what was compiled in, which device would be used and why not the other, and where data is found.",
            doctor_command, run_doctor},
};

const Command& find_command(const std::string& name) {
  const auto found = std::ranges::find(all_of_them, name, &Command::name);
  if (found != all_of_them.end()) return *found;
  const bool option = name.starts_with('-');
  std::vector<std::string> names;
  for (const Command& command : all_of_them) names.emplace_back(command.name);
  if (option) names = {"--help", "--version", "-h", "-V"};
  const std::string hint = suggestion(name, names);
  throw UsageError(fmt::format("unknown {} \"{}\"{}", option ? "option" : "command", excerpt(name),
                               hint.empty() ? "; 'minnow --help' lists the commands" : hint));
}

std::string version_text() {
  const BuildInfo build = build_info();
  return fmt::format("minnow {} (commit {}, {}, {}, {})\n", build.version, build.commit, build.compiler,
                     build.build_type, build.cuda ? "CUDA " + build.cuda_architectures : "without CUDA");
}

int run(const std::vector<std::string>& arguments) {
  const std::string first = arguments.size() > 1 ? arguments[1] : "";
  if (first.empty()) {
    write_error(general_help(all_of_them));
    return static_cast<int>(ErrorCategory::usage);
  }
  const bool wants_help = first == "--help" || first == "-h" || first == "help";
  if (wants_help && first == "help" && arguments.size() > 2 && arguments[2] != "help" &&
      !arguments[2].starts_with('-')) {
    write_output(command_help(find_command(arguments[2])));
  } else if (wants_help) {
    write_output(general_help(all_of_them));
  } else if (first == "--version" || first == "-V" || first == "version") {
    write_output(version_text());
  } else if (first == "reference") {  // undocumented: the generated part of docs/cli.md
    write_output(reference_markdown(all_of_them));
  } else {
    const Command& command = find_command(first);
    Invocation invocation = parse_command_line(command, std::span(arguments).subspan(2));
    invocation.arguments = arguments;
    if (!invocation.help) return command.run(invocation);
    write_output(command_help(command));
  }
  return 0;
}

/// Takes no memory: there is none.
int fail_without_memory() noexcept {
  constexpr std::string_view before = "minnow: error: ", after = "\n";
  for (const std::string_view part : {before, out_of_memory, after}) {
    static_cast<void>(!::write(STDERR_FILENO, part.data(), part.size()));
  }
  return static_cast<int>(ErrorCategory::memory);
}

int fail(const std::exception_ptr& error) noexcept {
  try {
    const ErrorCategory category = category_of(error);
    write_message("error", message_of(error));
    if (category == ErrorCategory::internal) write_message("hint", "this is a bug in Minnow, please report it");
    return static_cast<int>(category);
  } catch (...) {
    return fail_without_memory();
  }
}

int guarded_run(int argc, char** argv) noexcept {
  try {
    const int code = run(std::vector<std::string>(argv, argv + argc));
    flush_output();
    return code;
  } catch (const OutputClosed&) {
    return 0;
  } catch (const std::bad_alloc&) {
    return fail_without_memory();
  } catch (...) {
    return fail(std::current_exception());
  }
}

std::terminate_handler default_terminate = nullptr;
std::atomic<bool> memory_ran_out = false;

[[noreturn]] void note_lack_of_memory() {
  memory_ran_out = true;
  throw std::bad_alloc();
}

/// Where memory runs out in what cannot throw (a destructor, a thread, parts of std::filesystem), nothing but the last
/// word is left.
[[noreturn]] void end_without_memory() {
  if (memory_ran_out) ::_exit(fail_without_memory());
  default_terminate();
  std::abort();
}

}  // namespace
}  // namespace minnow::cli

int main(int argc, char** argv) {
  // Neither a reader that closes the pipe nor a limit on the size of files must end a training; writing fails instead.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::set_new_handler(minnow::cli::note_lack_of_memory);
  minnow::cli::default_terminate = std::set_terminate(minnow::cli::end_without_memory);
  return minnow::cli::guarded_run(argc, argv);
}
