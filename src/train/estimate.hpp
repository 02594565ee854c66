// SPDX-License-Identifier: Apache-2.0
/// Matrices with their running errors: what float arithmetic is off by, standard deviation by standard deviation. The
/// model of rounding is that of gradient_bound.hpp.
#pragma once

#include <cstddef>
#include <vector>

namespace minnow::engine {

/// Unit roundoff of float.
inline constexpr double roundoff = 0x1p-24;

inline double square(double x) {
  return x * x;
}

/// A matrix [rows, cols], row-major, and the standard deviation of the float one from it.
struct Estimate {
  int rows = 0, cols = 0;
  std::vector<double> value, error;

  Estimate(int row_count, int col_count)
      : rows(row_count),
        cols(col_count),
        value(static_cast<std::size_t>(row_count) * static_cast<std::size_t>(col_count)),
        error(value.size()) {}
  std::size_t at(int row, int col) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(cols) + static_cast<std::size_t>(col);
  }
};

Estimate transposed(const Estimate& a);
/// a b.
Estimate product(const Estimate& a, const Estimate& b);
/// Elementwise a * b, rounded once.
Estimate scaled(const Estimate& a, const Estimate& b);

/// A normalization with its groups (the columns of a batch, or the rows of a layer) as rows.
struct Normalized {
  Estimate gamma, normalized;
  std::vector<double> inverse, inverse_error;  ///< 1 / deviation of each group, its relative error
};

Normalized normalize(const Estimate& x, const Estimate& gamma, double epsilon);
/// dx of dy, both with the groups as rows.
Estimate normalize_backward(const Normalized& norm, const Estimate& dy);

}  // namespace minnow::engine
