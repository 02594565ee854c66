// SPDX-License-Identifier: Apache-2.0
/// What the tests of the ops share: drawn inputs, and the three comparisons that every op must pass on every backend:
/// with the double reference, with the bits of the scalar CPU kernels, and of each model of a shoal with itself alone.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "kernels/backend.hpp"
#include "minnow/error.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/comparer.hpp"
#include "tests/support/guarded.hpp"

namespace minnow::test {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;
using Labels = std::vector<std::int32_t>;

/// [models, rows, cols].
struct Shape {
  int models = 1, rows = 1, cols = 1;
  std::size_t size() const {
    return static_cast<std::size_t>(models) * static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols);
  }
  std::string text() const {
    return "[" + std::to_string(models) + ", " + std::to_string(rows) + ", " + std::to_string(cols) + "]";
  }
};

inline std::string text(const Shape& shape) {
  return shape.text();
}

/// 0, 1, powers of two, primes, and both sides of a vector's and a chunk's length.
inline const std::vector<int>& lengths() {
  static const std::vector<int> values{0, 1, 2, 3, 7, 10, 16, 17, 31, 64, 127, 128, 129};
  return values;
}

/// Numbers in [low, high) that differ from seed to seed and repeat for the same one (splitmix64).
inline Floats draw(std::size_t count, std::uint64_t seed, double low = -2, double high = 2) {
  Floats values(count);
  std::uint64_t state = seed * 0x9E3779B97F4A7C15u;
  for (float& value : values) {
    state += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    value = static_cast<float>(low + (high - low) * (static_cast<double>(z >> 11) * 0x1p-53));
  }
  return values;
}

inline Labels draw_labels(std::size_t count, int classes, std::uint64_t seed) {
  Labels labels;
  for (float x : draw(count, seed, 0, classes)) labels.push_back(std::min(static_cast<int>(x), classes - 1));
  return labels;
}

/// Part m of M equal parts.
template <class T>
std::vector<T> part(const std::vector<T>& values, int m, int models) {
  const auto size = static_cast<std::ptrdiff_t>(values.size()) / models;
  return {values.begin() + m * size, values.begin() + (m + 1) * size};
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

class OpTest : public BackendTest {
 protected:
  /// `run(backend, inputs)` gives all outputs as doubles, which are exact. Inputs has `int models` and `model(m)`.
  /// Passes if a strict backend has the scalar kernels' bits, and model m has the same bits alone.
  template <class Inputs, class Run>
  void expect_specified_bits(const Inputs& inputs, const Run& run) {
    const Doubles together = run(backend(), inputs);
    if (has_scalar_bits()) {
      EXPECT_TRUE(same_bits(together, run(scalar(), inputs)));
    }
    if (inputs.models < 2) return;
    Doubles alone;
    for (int m = 0; m < inputs.models; ++m) append(alone, run(backend(), inputs.model(m)));
    EXPECT_TRUE(same_bits(together, alone)) << "a model of the shoal differs from the same model alone";
  }

  double roundoff() { return unit_roundoff(backend().real_size()); }
};

/// Passes if `call` throws InternalError whose message names each of `words`.
template <class Call>
void expect_refused(const Call& call, std::initializer_list<const char*> words) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown, expected an error that names " << *words.begin();
  } catch (const InternalError& error) {
    for (const char* word : words) {
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
          << "\"" << error.what() << "\" does not name \"" << word << "\"";
    }
  }
}

}  // namespace minnow::test
