// SPDX-License-Identifier: Apache-2.0
#include "src/train/gradient_bound.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kernels/math/accuracy.hpp"
#include "kernels/math/activation.hpp"
#include "kernels/math/loss.hpp"
#include "minnow/error.hpp"

namespace minnow::engine {
namespace {

constexpr double u = 0x1p-24;
/// Errors that share a source are not independent, as the model has it: n of them add up to sqrt(n) times more.
constexpr double deviations = 16;

double square(double x) {
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

/// The error of one formula's float result: its ulp limit, an ulp being at most 2 u of the value.
double formula_error(std::string_view name, double value) {
  for (const math::Accuracy& accuracy : math::accuracies) {
    if (accuracy.formula == name) return accuracy.ulp * 2 * u * std::max(std::abs(value), accuracy.floor);
  }
  throw InternalError("no accuracy is stated for " + std::string(name));
}

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

/// a b: error collects variances while the sums grow.
Estimate product(const Estimate& a, const Estimate& b) {
  Estimate c(a.rows, b.cols);
  for (int i = 0; i < a.rows; ++i) {
    for (int k = 0; k < a.cols; ++k) {
      const double av = a.value[a.at(i, k)], variance = square(a.error[a.at(i, k)]);
      for (int j = 0; j < b.cols; ++j) {
        const double bv = b.value[b.at(k, j)], be = b.error[b.at(k, j)];
        double& sum = c.value[c.at(i, j)];
        sum += av * bv;
        c.error[c.at(i, j)] += variance * square(bv) + square(av * be) + variance * square(be) + square(u * sum);
      }
    }
  }
  for (double& error : c.error) error = std::sqrt(error);
  return c;
}

/// y = activation(z); slope likewise, of z and of the y that was computed.
struct Activated {
  Estimate y, slope;
};

template <class Formula>
void activate(const Formula& formula, const Estimate& z, Activated& out) {
  const std::string name(Formula::names[0]);
  for (std::size_t i = 0; i < z.value.size(); ++i) {
    const double value = z.value[i], reach = z.error[i];
    const double y = formula.template forward<double>(value);
    const double slope = formula.template slope<double>(value, y);
    double y_error = 0, slope_error = 0;
    for (const double moved : {value - reach, value + reach}) {
      y_error = std::max(y_error, std::abs(formula.template forward<double>(moved) - y));
    }
    y_error = std::hypot(y_error, formula_error(name, y));
    for (const double moved : {value - reach, value + reach}) {
      for (const double seen : {y - y_error, y + y_error}) {
        slope_error = std::max(slope_error, std::abs(formula.template slope<double>(moved, seen) - slope));
      }
    }
    out.y.value[i] = y;
    out.y.error[i] = y_error;
    out.slope.value[i] = slope;
    out.slope.error[i] = std::hypot(slope_error, formula_error(name + " slope", slope));
  }
}

Activated activated(const Activation& activation, const Estimate& z) {
  Activated out{Estimate(z.rows, z.cols), Estimate(z.rows, z.cols)};
  math::visit_elementwise(activation, [&](const auto& formula) { activate(formula, z, out); });
  return out;
}

/// Elementwise a * b, rounded once.
Estimate scaled(const Estimate& a, const Estimate& b) {
  Estimate c(a.rows, a.cols);
  for (std::size_t i = 0; i < c.value.size(); ++i) {
    const double av = a.value[i], ae = a.error[i], bv = b.value[i], be = b.error[i];
    c.value[i] = av * bv;
    c.error[i] = std::sqrt(square(av * be) + square(ae * bv) + square(ae * be) + square(u * av * bv));
  }
  return c;
}

/// The weights of the rows, or 1 each, over their sum where the labels count with their class's.
std::vector<double> row_factors(const Dataset& data, const Loss& loss) {
  std::vector<double> factors(static_cast<std::size_t>(data.rows()), 1);
  if (!data.weights().empty()) factors.assign(data.weights().begin(), data.weights().end());
  const double total = total_weight(loss, data);
  for (double& factor : factors) factor /= total;
  return factors;
}

/// The slope of the mean cross-entropy. A probability moves by p_j (e_j - sum p_k e_k), and by its own roundings: the
/// difference from the largest logit, exp, the sum over the classes, the division; then a handful of roundings of the
/// slope's two terms and of the row's factor.
Estimate cross_entropy_slope(const Estimate& logits, const Dataset& data, const Loss& loss) {
  Estimate slope(logits.rows, logits.cols);
  const std::vector<double> factors = row_factors(data, loss);
  const auto class_weight = [&](int c) {
    return loss.class_weights.empty() ? 1 : static_cast<double>(loss.class_weights[static_cast<std::size_t>(c)]);
  };
  double weight_sum = 0;
  for (int c = 0; c < logits.cols; ++c) weight_sum += class_weight(c);
  for (int row = 0; row < logits.rows; ++row) {
    const auto begin = logits.value.begin() + static_cast<std::ptrdiff_t>(logits.at(row, 0));
    const double largest = *std::max_element(begin, begin + logits.cols);
    double sum = 0, shared = 0;
    for (int c = 0; c < logits.cols; ++c) sum += std::exp(logits.value[logits.at(row, c)] - largest);
    const auto moved = [&](std::size_t i) {
      return std::hypot(logits.error[i], u * (largest - logits.value[i]), formula_error("exp", 1));
    };
    for (int c = 0; c < logits.cols; ++c) {
      const std::size_t i = logits.at(row, c);
      shared += square(std::exp(logits.value[i] - largest) / sum * moved(i));
    }
    const int label = data.labels()[static_cast<std::size_t>(row)];
    const double factor = factors[static_cast<std::size_t>(row)];
    const math::ClassShares<double> shares(loss.label_smoothing, class_weight(label), weight_sum, logits.cols);
    for (int c = 0; c < logits.cols; ++c) {
      const std::size_t i = logits.at(row, c);
      const double p = std::exp(logits.value[i] - largest) / sum;
      const double relative = std::sqrt(square(moved(i)) + shared + square(u) * (logits.cols + 1));
      const double unscaled = math::CrossEntropy::slope(shares, p, c == label, class_weight(c));
      slope.value[i] = unscaled * factor;
      slope.error[i] =
          std::hypot(p * shares.total * relative * factor, 4 * u * factor * (p * shares.total + std::abs(unscaled)));
    }
  }
  return slope;
}

/// The slope of a mean over elements: what y may move it by, the formula's own error, and the row's factor.
Estimate elementwise_slope(const Estimate& y, const std::vector<double>& targets, const Dataset& data,
                           const Loss& loss) {
  Estimate slope(y.rows, y.cols);
  const std::vector<double> factors = row_factors(data, loss);
  math::visit_elementwise(loss.kind, loss.delta, [&](const auto& formula) {
    const std::string name = std::string(formula.names[0]) + " slope";
    for (std::size_t i = 0; i < y.value.size(); ++i) {
      const double factor = factors[i / static_cast<std::size_t>(y.cols)] / y.cols;
      const double exact = formula.slope(y.value[i], targets[i]);
      double error = 0;
      for (const double moved : {y.value[i] - y.error[i], y.value[i] + y.error[i]}) {
        error = std::max(error, std::abs(formula.slope(moved, targets[i]) - exact));
      }
      slope.value[i] = exact * factor;
      slope.error[i] = std::hypot(error * factor, formula_error(name, exact) * factor, 4 * u * slope.value[i]);
    }
  });
  return slope;
}

Estimate tensor_of(const Model& model, int index) {
  const ParameterTensor& tensor = model.tensors()[static_cast<std::size_t>(index)];
  Estimate w(tensor.rows, tensor.cols);
  const auto begin = model.parameters().begin() + static_cast<std::ptrdiff_t>(tensor.offset);
  std::copy_n(begin, tensor.size(), w.value.begin());
  return w;
}

/// A normalization with its groups (the columns of a batch, or the rows of a layer) as rows.
struct Normalized {
  Estimate gamma, normalized;
  std::vector<double> inverse, inverse_error;  ///< 1 / deviation of each group, its relative error
};

/// The error of a float sum of n terms, over n.
double mean_error(const double* x, int n) {
  double sum = 0, variance = 0;
  for (int i = 0; i < n; ++i) variance += square(u * (sum += x[i]));
  return std::hypot(std::sqrt(variance) / n, u * sum / n);
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
    const double rounded = u * (std::sqrt(n) / 2 + 3);
    for (int i = 0; i < n; ++i) {
      out.normalized.error[x.at(group, i)] =
          std::sqrt(square(inverse * projected_error(normalized, error, n, i)) +
                    square(inverse * mean_error(value, n)) + square(normalized[i]) * (square(rounded) + 2 * square(u)));
    }
    out.inverse.push_back(inverse);
    out.inverse_error.push_back(std::hypot(std::sqrt(moved), rounded));
  }
  return out;
}

/// dx of dy, both with the groups as rows.
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
                        square(normalized[i] * mean_normalized_rounded) + square(u * sum) + square(u * difference) * 2 +
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

/// What the way forward leaves for the way back, per layer.
struct Trace {
  Estimate x, slope;  ///< slope: of the activation, or dropout's factor
  std::optional<Normalized> norm = {};
};

class Analysis {
 public:
  Analysis(const GradientRig& rig, int m, const Model& model) : rig_(rig), m_(m), model_(model) {}

  Estimate forward() {
    const kernels::View& input = rig_.net().batch().x;
    Estimate x(input.rows, input.cols);
    x.value = rig_.values(input, m_);
    for (std::size_t i = 0; i < rig_.layers().size(); ++i) x = forward_layer(i, x);
    return x;
  }

  std::vector<std::vector<double>> backward(Estimate dy) {
    std::vector<std::vector<double>> bounds(model_.tensors().size());
    for (std::size_t i = rig_.layers().size(); i-- > 0;) {
      const LayerPlan& plan = rig_.layers()[i];
      const auto tensor = static_cast<std::size_t>(plan.tensor);
      if (trace_[i].norm) {
        const Normalized& norm = *trace_[i].norm;
        const bool batch = plan.kind == LayerKind::batch_norm;
        const Estimate grouped = batch ? transposed(dy) : dy, terms = scaled(grouped, norm.normalized);
        bounds[tensor] = bound(column_sums(batch ? transposed(terms) : terms));
        bounds[tensor + 1] = bound(column_sums(dy));
        const Estimate dx = normalize_backward(norm, grouped);
        dy = batch ? transposed(dx) : dx;
        continue;
      }
      dy = scaled(dy, trace_[i].slope);
      if (plan.kind != LayerKind::dense) continue;
      bounds[tensor] = bound(product(transposed(trace_[i].x), dy));
      bounds[tensor + 1] = bound(column_sums(dy));
      dy = product(dy, transposed(tensor_of(model_, plan.tensor)));
    }
    return bounds;
  }

 private:
  static Estimate column_sums(const Estimate& x) {
    Estimate ones(1, x.rows);
    std::fill(ones.value.begin(), ones.value.end(), 1.0);
    return product(ones, x);
  }

  static std::vector<double> bound(Estimate gradient) {
    for (double& error : gradient.error) error *= deviations;
    return std::move(gradient.error);
  }

  Estimate forward_layer(std::size_t i, const Estimate& x) {
    const LayerPlan& plan = rig_.layers()[i];
    if (plan.kind == LayerKind::dropout) return drop(i, x);
    if (plan.kind == LayerKind::batch_norm || plan.kind == LayerKind::layer_norm) return normalize_layer(plan, x);
    Estimate z = x;
    if (plan.kind == LayerKind::dense) {
      z = product(x, tensor_of(model_, plan.tensor));
      const Estimate bias = tensor_of(model_, plan.tensor + 1);
      for (std::size_t k = 0; k < z.value.size(); ++k) {
        const double b = bias.value[k % bias.value.size()];
        z.value[k] += b;
        z.error[k] = std::hypot(z.error[k], u * z.value[k]);
      }
    }
    Activated out = activated(plan.activation, z);
    trace_.push_back({x, out.slope});
    return out.y;
  }

  Estimate normalize_layer(const LayerPlan& plan, const Estimate& x) {
    const bool batch = plan.kind == LayerKind::batch_norm;
    const Estimate gamma_row = tensor_of(model_, plan.tensor), beta = tensor_of(model_, plan.tensor + 1);
    Estimate gamma(x.rows, x.cols);
    for (std::size_t k = 0; k < gamma.value.size(); ++k) gamma.value[k] = gamma_row.value[k % beta.value.size()];
    Normalized norm =
        normalize(batch ? transposed(x) : x, batch ? transposed(gamma) : gamma, static_cast<double>(plan.epsilon));
    Estimate y = scaled(gamma, batch ? transposed(norm.normalized) : norm.normalized);
    for (std::size_t k = 0; k < y.value.size(); ++k) {
      y.value[k] += beta.value[k % beta.value.size()];
      y.error[k] = std::hypot(y.error[k], u * y.value[k]);
    }
    trace_.push_back({x, Estimate(0, 0), std::move(norm)});
    return y;
  }

  /// The mask is read off the reference's output; where its input is 0, the element counts as kept.
  Estimate drop(std::size_t i, const Estimate& x) {
    const std::vector<double> y = rig_.values(rig_.net().layers()[i].y, m_);
    const double scale = static_cast<double>(static_cast<float>(1 / (1 - static_cast<double>(rig_.layers()[i].rate))));
    Estimate factor(x.rows, x.cols);
    for (std::size_t k = 0; k < y.size(); ++k) factor.value[k] = y[k] == 0 && x.value[k] != 0 ? 0 : scale;
    trace_.push_back({x, factor});
    return scaled(x, factor);
  }

  const GradientRig& rig_;
  int m_;
  const Model& model_;
  std::vector<Trace> trace_;
};

}  // namespace

std::vector<std::vector<double>> gradient_bounds(const GradientRig& reference, int m, const Model& model,
                                                 const Dataset& data) {
  Analysis analysis(reference, m, model);
  const Estimate outputs = analysis.forward();
  const Loss& loss = reference.inputs().loss;
  if (loss.kind == LossKind::cross_entropy) return analysis.backward(cross_entropy_slope(outputs, data, loss));
  const std::vector<double> targets = reference.values(reference.net().batch().targets, m);
  return analysis.backward(elementwise_slope(outputs, targets, data, loss));
}

}  // namespace minnow::engine
