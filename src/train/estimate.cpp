// SPDX-License-Identifier: Apache-2.0
#include "src/train/estimate.hpp"

#include <cmath>

namespace minnow::engine {
namespace {
/// The error of a float sum of n terms, over n.
double mean_error(const double* x, int n) {
  double sum = 0, variance = 0;
  for (int i = 0; i < n; ++i) variance += square(roundoff * (sum += x[i]));
  return std::hypot(std::sqrt(variance) / n, roundoff * sum / n);
}

/// How far errors[k] of k = 0..n-1 move (v - mean v - normalized * mean(v normalized)) of element i, where they belong
/// to v: the derivative of a normalization, and that of its derivative.
double projected_error(const double* normalized, const double* errors, int n, int i) {
  double variance = 0;
  for (int k = 0; k < n; ++k) {
    variance += square(((k == i ? 1.0 : 0.0) - (1 + normalized[i] * normalized[k]) / n) * errors[k]);
  }
  return std::sqrt(variance);
}

}  // namespace

Estimate transposed(const Estimate& a) {
  Estimate t(a.cols, a.rows);
  for (int i = 0; i < a.rows; ++i) {
    for (int j = 0; j < a.cols; ++j) {
      t.value[t.at(j, i)] = a.value[a.at(i, j)];
      t.error[t.at(j, i)] = a.error[a.at(i, j)];
    }
  }
  return t;
}

Estimate product(const Estimate& a, const Estimate& b) {
  Estimate c(a.rows, b.cols);  // error collects variances while the sums grow
  for (int i = 0; i < a.rows; ++i) {
    for (int k = 0; k < a.cols; ++k) {
      const double av = a.value[a.at(i, k)], variance = square(a.error[a.at(i, k)]);
      for (int j = 0; j < b.cols; ++j) {
        const double bv = b.value[b.at(k, j)], be = b.error[b.at(k, j)];
        double& sum = c.value[c.at(i, j)];
        sum += av * bv;
        c.error[c.at(i, j)] += variance * square(bv) + square(av * be) + variance * square(be) + square(roundoff * sum);
      }
    }
  }
  for (double& error : c.error) error = std::sqrt(error);
  return c;
}

Estimate scaled(const Estimate& a, const Estimate& b) {
  Estimate c(a.rows, a.cols);
  for (std::size_t i = 0; i < c.value.size(); ++i) {
    const double av = a.value[i], ae = a.error[i], bv = b.value[i], be = b.error[i];
    c.value[i] = av * bv;
    c.error[i] = std::sqrt(square(av * be) + square(ae * bv) + square(ae * be) + square(roundoff * av * bv));
  }
  return c;
}

Normalized normalize(const Estimate& x, const Estimate& gamma, double epsilon) {
  Normalized out{gamma, Estimate(x.rows, x.cols), {}, {}};
  const int n = x.cols;
  for (int group = 0; group < x.rows; ++group) {
    const double* value = x.value.data() + x.at(group, 0);
    const double* error = x.error.data() + x.at(group, 0);
    double* normalized = out.normalized.value.data() + x.at(group, 0);
    double mean = 0, variance = 0;
    for (int i = 0; i < n; ++i) mean += value[i] / n;
    for (int i = 0; i < n; ++i) variance += square(value[i] - mean) / n;
    const double inverse = 1 / std::sqrt(variance + epsilon);
    for (int i = 0; i < n; ++i) normalized[i] = (value[i] - mean) * inverse;
    // Of the sum of squares (up to n roundings), the division, the root and the division: relative to the inverse.
    double moved = 0;
    for (int k = 0; k < n; ++k) moved += square(normalized[k] * inverse * error[k] / n);
    const double rounded = roundoff * (std::sqrt(n) / 2 + 3);
    for (int i = 0; i < n; ++i) {
      out.normalized.error[x.at(group, i)] = std::sqrt(
          square(inverse * projected_error(normalized, error, n, i)) + square(inverse * mean_error(value, n)) +
          square(normalized[i]) * (square(rounded) + 2 * square(roundoff)));
    }
    out.inverse.push_back(inverse);
    out.inverse_error.push_back(std::hypot(std::sqrt(moved), rounded));
  }
  return out;
}

Estimate normalize_backward(const Normalized& norm, const Estimate& dy) {
  const Estimate g = scaled(norm.gamma, dy), g_normalized = scaled(g, norm.normalized);
  Estimate dx(g.rows, g.cols);
  const int n = g.cols;
  for (int group = 0; group < g.rows; ++group) {
    const std::size_t first = g.at(group, 0);
    const double* normalized = norm.normalized.value.data() + first;
    const double* normalized_error = norm.normalized.error.data() + first;
    const double inverse = norm.inverse[static_cast<std::size_t>(group)];
    double mean = 0, mean_normalized = 0;
    for (int i = 0; i < n; ++i) {
      mean += g.value[first + static_cast<std::size_t>(i)] / n;
      mean_normalized += g_normalized.value[first + static_cast<std::size_t>(i)] / n;
    }
    const double mean_rounded = mean_error(g.value.data() + first, n);
    const double mean_normalized_rounded = mean_error(g_normalized.value.data() + first, n);
    for (int i = 0; i < n; ++i) {
      const std::size_t at = first + static_cast<std::size_t>(i);
      const double sum = mean + normalized[i] * mean_normalized, difference = g.value[at] - sum;
      double variance = square(projected_error(normalized, g.error.data() + first, n, i)) + square(mean_rounded) +
                        square(normalized[i] * mean_normalized_rounded) + square(roundoff * sum) +
                        square(roundoff * difference) * 2 +
                        square(difference * norm.inverse_error[static_cast<std::size_t>(group)]);
      for (int k = 0; k < n; ++k) {
        const double slope =
            (k == i ? mean_normalized : 0.0) + normalized[i] * g.value[first + static_cast<std::size_t>(k)] / n;
        variance += square(slope * normalized_error[k]);
      }
      dx.value[at] = inverse * difference;
      dx.error[at] = inverse * std::sqrt(variance);
    }
  }
  return dx;
}

}  // namespace minnow::engine
