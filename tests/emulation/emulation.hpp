// SPDX-License-Identifier: Apache-2.0
// CUDA on the CPU, for tests: the CUDA run time and cuBLAS calls that Minnow makes, defined at link time against the
// toolkit's own headers, and an execution of the unchanged kernels by fibers. This header is for tests of and with it.
//
// Kernels (and everything else) may be built with ThreadSanitizer, but the emulation's own sources may not: it gives
// every emulated thread an identity of its own, and its bookkeeping would look like a race between them.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace emulation {

/// In which order blocks and threads run. A thread runs until it waits, so the order is one of many legal ones.
enum class Schedule : std::uint8_t {
  sequential,
  reverse,
  random,  ///< uniform among the threads that can run
  sticky,  ///< one warp runs on as far as it can, then a random other one
};

/// eager: work runs when it is queued. deferred: only when something waits for it.
enum class Streams : std::uint8_t { eager, deferred };

struct Settings {
  Schedule schedule = Schedule::sequential;
  Streams streams = Streams::eager;
  std::uint64_t seed = 1;
  std::chrono::microseconds graph_time{0};  ///< that a replayed graph takes at least
};

/// Initially from MINNOW_EMULATION_SCHEDULE=sequential|reverse|random|sticky, MINNOW_EMULATION_STREAMS=eager|deferred
/// and MINNOW_EMULATION_SEED=number.
Settings settings();
/// Also restarts the random choices, so that equal settings before equal work repeat a run.
void configure(const Settings& settings);
std::string describe(const Settings& settings);

/// Settings for a scope.
class ScopedSettings {
 public:
  explicit ScopedSettings(const Settings& wanted) : before_(settings()) { configure(wanted); }
  ~ScopedSettings() { configure(before_); }
  ScopedSettings(const ScopedSettings&) = delete;
  ScopedSettings& operator=(const ScopedSettings&) = delete;

 private:
  Settings before_;
};

/// A broken rule of CUDA: thrown by the call that breaks it or, for work, by the call that runs it. The message names
/// kernel, thread and allocation where they matter, and ends with schedule, streams and seed.
class Fault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Every fault since the last call, thrown or not: calls that release something never throw. The program ends with
/// status 70 if a fault that could not be thrown was not taken.
std::vector<std::string> take_faults();

/// What exists now: allocations, streams, events, graphs, handles; for leak checks. The program ends with status 70 if
/// it leaves any of them.
std::vector<std::string> live_objects();

/// Counts since the start.
struct Counters {
  std::uint64_t launches = 0;  ///< kernels that ran
  std::uint64_t blocks = 0;
  std::uint64_t switches = 0;     ///< between contexts
  std::uint64_t graph_nodes = 0;  ///< replayed
  std::uint64_t graphs = 0;       ///< replayed to their ends
  std::uint64_t allocations = 0;  ///< of device and pinned memory
  std::uint64_t waits = 0;        ///< of the host, for a stream, an event or the device
  std::uint64_t host_copies = 0;  ///< between host and device, when they run
  std::uint64_t cublas_products = 0;
};
Counters counters();

}  // namespace emulation
