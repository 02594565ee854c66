// SPDX-License-Identifier: Apache-2.0
// Where every violation ends, the settings and the random choices.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "tests/emulation/emulation.hpp"

namespace emulation {

/// Records the fault and throws it.
[[noreturn]] void fault(const std::string& message);
/// Records the fault; for calls that must not throw. Always returns.
void fault_without_throw(const std::string& message) noexcept;
/// fault(), or fault_without_throw() while an exception is on its way.
void fault_unless_unwinding(const std::string& message);
/// The exception that fault() would throw, recorded.
std::exception_ptr fault_exception(const std::string& message);

/// The name of a function of this program, demangled; its address if it has none.
std::string function_name(const void* function);

/// Set by the scheduler, printed with a sanitizer's report.
void describe_running_work(std::string (*describe)());

/// splitmix64 (Steele, Lea, Flood 2014); the only source of choices.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  unsigned below(unsigned bound) { return static_cast<unsigned>(((next() >> 32) * bound) >> 32); }

 private:
  std::uint64_t state_;
};

Random& random();
Counters& counters_now();

}  // namespace emulation
