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
#include "src/train/estimate.hpp"
#include "src/train/loss_inputs.hpp"

namespace minnow::engine {
namespace {

/// Errors that share a source are not independent, as the model has it: n of them add up to sqrt(n) times more.
constexpr double deviations = 16;

/// The error of one formula's float result: its ulp limit, an ulp being at most 2 roundoffs of the value.
double formula_error(std::string_view name, double value) {
  const math::Accuracy accuracy = math::accuracy_of(name);
  return accuracy.ulp * 2 * roundoff * std::max(std::abs(value), accuracy.floor);
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
      return std::hypot(logits.error[i], roundoff * (largest - logits.value[i]), formula_error("exp", 1));
    };
    for (int c = 0; c < logits.cols; ++c) {
      const std::size_t i = logits.at(row, c);
      shared += square(std::exp(logits.value[i] - largest) / sum * moved(i));
    }
    const int label = data.labels()[static_cast<std::size_t>(row)];
    const double factor = factors[static_cast<std::size_t>(row)];
    const auto shares =
        math::ClassShares<double>::of(loss.label_smoothing, class_weight(label), weight_sum, logits.cols);
    for (int c = 0; c < logits.cols; ++c) {
      const std::size_t i = logits.at(row, c);
      const double p = std::exp(logits.value[i] - largest) / sum;
      const double relative = std::sqrt(square(moved(i)) + shared + square(roundoff) * (logits.cols + 1));
      const double unscaled = math::CrossEntropy::slope(shares, p, c == label, class_weight(c));
      slope.value[i] = unscaled * factor;
      slope.error[i] = std::hypot(p * shares.total * relative * factor,
                                  4 * roundoff * factor * (p * shares.total + std::abs(unscaled)));
    }
  }
  return slope;
}

/// The slope of a mean over elements: what y may move it by, the formula's own error, and the row's factor.
Estimate elementwise_slope(const Estimate& y, const std::vector<double>& targets, const Dataset& data,
                           const Loss& loss) {
  Estimate slope(y.rows, y.cols);
  const std::vector<double> factors = row_factors(data, loss);
  math::visit_elementwise(loss.kind, loss.parameter, [&](const auto& formula) {
    const std::string name = std::string(formula.names[0]) + " slope";
    for (std::size_t i = 0; i < y.value.size(); ++i) {
      const double factor = factors[i / static_cast<std::size_t>(y.cols)] / y.cols;
      const double exact = formula.slope(y.value[i], targets[i]);
      double error = 0;
      for (const double moved : {y.value[i] - y.error[i], y.value[i] + y.error[i]}) {
        error = std::max(error, std::abs(formula.slope(moved, targets[i]) - exact));
      }
      slope.value[i] = exact * factor;
      slope.error[i] = std::hypot(error * factor, formula_error(name, exact) * factor, 4 * roundoff * slope.value[i]);
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
        z.error[k] = std::hypot(z.error[k], roundoff * z.value[k]);
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
      y.error[k] = std::hypot(y.error[k], roundoff * y.value[k]);
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
