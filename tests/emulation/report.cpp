// SPDX-License-Identifier: Apache-2.0
#include "tests/emulation/report.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <utility>

#include "tests/emulation/sanitizer.hpp"

namespace emulation {
namespace {

constexpr int exit_status_of_a_fault = 70;

struct State {
  Settings settings;
  Random random{1};
  Counters counters;
  std::vector<std::string> faults;
  bool unthrown_fault = false;
  std::string (*describe_work)() = nullptr;
  std::mutex mutex;
};

Settings from_environment() {
  Settings result;
  const auto value = [](const char* name) {
    const char* const text = std::getenv(name);
    return std::string_view(text == nullptr ? "" : text);
  };
  const auto refuse = [](std::string_view name, std::string_view found, std::string_view expected) {
    std::fprintf(stderr, "%s is '%s', expected %s\n", name.data(), found.data(), expected.data());
    std::_Exit(2);
  };
  const std::string_view schedule = value("MINNOW_EMULATION_SCHEDULE");
  if (schedule == "reverse")
    result.schedule = Schedule::reverse;
  else if (schedule == "random")
    result.schedule = Schedule::random;
  else if (schedule == "sticky")
    result.schedule = Schedule::sticky;
  else if (!schedule.empty() && schedule != "sequential")
    refuse("MINNOW_EMULATION_SCHEDULE", schedule, "sequential, reverse, random or sticky");
  const std::string_view streams = value("MINNOW_EMULATION_STREAMS");
  if (streams == "deferred")
    result.streams = Streams::deferred;
  else if (!streams.empty() && streams != "eager")
    refuse("MINNOW_EMULATION_STREAMS", streams, "eager or deferred");
  const std::string_view seed = value("MINNOW_EMULATION_SEED");
  if (!seed.empty()) {
    char* end = nullptr;
    result.seed = std::strtoull(seed.data(), &end, 10);
    if (*end != '\0') refuse("MINNOW_EMULATION_SEED", seed, "a number");
  }
  return result;
}

void check_at_exit();

/// Never destroyed: static objects of a test may release device memory after main.
State& state() {
  static State* const instance = [] {
    auto* const created = new State;
    created->settings = from_environment();
    created->random = Random(created->settings.seed);
    std::atexit(check_at_exit);
    return created;
  }();
  return *instance;
}

void check_at_exit() {
  const std::vector<std::string> left = live_objects();
  for (const std::string& object : left) std::fprintf(stderr, "emulation: leaked: %s\n", object.c_str());
  if (state().unthrown_fault) {
    for (const std::string& message : state().faults) std::fprintf(stderr, "emulation: %s\n", message.c_str());
  }
  if (!left.empty() || state().unthrown_fault) _exit(exit_status_of_a_fault);
}

std::string record(const std::string& message, bool thrown) {
  const TsanIgnore ignore;
  std::string text = message + " [" + describe(settings()) + "]";
  const std::scoped_lock lock(state().mutex);
  state().faults.push_back(text);
  if (!thrown) state().unthrown_fault = true;
  return text;
}

}  // namespace

Settings settings() {
  return state().settings;
}

void configure(const Settings& settings) {
  state().settings = settings;
  state().random = Random(settings.seed);
}

std::string describe(const Settings& settings) {
  static constexpr const char* schedules[] = {"sequential", "reverse", "random", "sticky"};
  return std::string("MINNOW_EMULATION_SCHEDULE=") + schedules[static_cast<int>(settings.schedule)] +
         " MINNOW_EMULATION_STREAMS=" + (settings.streams == Streams::eager ? "eager" : "deferred") +
         " MINNOW_EMULATION_SEED=" + std::to_string(settings.seed);
}

std::vector<std::string> take_faults() {
  const std::scoped_lock lock(state().mutex);
  state().unthrown_fault = false;
  return std::exchange(state().faults, {});
}

Counters counters() {
  return state().counters;
}
Counters& counters_now() {
  return state().counters;
}
Random& random() {
  return state().random;
}

void fault(const std::string& message) {
  throw Fault(record(message, true));
}

std::exception_ptr fault_exception(const std::string& message) {
  const TsanIgnore ignore;
  return std::make_exception_ptr(Fault(record(message, true)));
}

void fault_without_throw(const std::string& message) noexcept {
  record(message, false);
}

void fault_unless_unwinding(const std::string& message) {
  if (std::uncaught_exceptions() == 0) fault(message);
  fault_without_throw(message);
}

void describe_running_work(std::string (*describe)()) {
  state().describe_work = describe;
}

}  // namespace emulation

// AddressSanitizer calls this before it prints a report: its stack shows the kernel, this line the rest.
extern "C" void __asan_on_error() {
  using namespace emulation;
  const std::string work = state().describe_work == nullptr ? "in host code" : state().describe_work();
  std::fprintf(stderr, "emulation: %s [%s]\n", work.c_str(), describe(settings()).c_str());
}
