// SPDX-License-Identifier: Apache-2.0
#include "kernels/math/normalization.hpp"

#include "kernels/checks.hpp"
#include "kernels/reference/backend.hpp"

namespace minnow::kernels::reference {

namespace {

using math::Normalization;

/// `count` elements that are normalized together, `step` apart: a column of a batch, or a row.
struct Group {
  std::int64_t first, step, count;
  std::int64_t at(std::int64_t i) const { return first + i * step; }
};
Group column(const ConstView& x, std::int64_t j) {
  return {j, x.cols, x.rows};
}
Group row(const ConstView& x, std::int64_t b) {
  return {b * x.cols, 1, x.cols};
}

double mean_of(const double* x, const Group& group) {
  double sum = 0;
  for (std::int64_t i = 0; i < group.count; ++i) sum += x[group.at(i)];
  return Normalization::mean(sum, group.count);
}

double variance_of(const double* x, const Group& group, double mean) {
  double sum = 0;
  for (std::int64_t i = 0; i < group.count; ++i) sum += Normalization::squared_deviation(x[group.at(i)], mean);
  return Normalization::mean(sum, group.count);
}

/// gamma and beta belong to columns.
void normalize(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta, int m,
               const Group& group, double mean, double inverse) {
  for (std::int64_t i = 0; i < group.count; ++i) {
    const std::int64_t at = group.at(i), j = at % x.cols;
    const double normalized = Normalization::normalized(x.data<double>(m)[at], mean, inverse);
    y.data<double>(m)[at] = Normalization::output(normalized, gamma.data<double>(m)[j], beta.data<double>(m)[j]);
  }
}

/// dx of one group, and its share of dgamma and dbeta. statistics: entry `index`.
void normalize_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy, const ConstView& x,
                        const ConstView& gamma, const ConstView& statistics, int m, const Group& group, int index) {
  const double mean = statistics.data<double>(m)[index], inverse = statistics.data<double>(m)[statistics.cols + index];
  double sum = 0, sum_normalized = 0;
  for (std::int64_t i = 0; i < group.count; ++i) {
    const std::int64_t at = group.at(i), j = at % x.cols;
    const double normalized = Normalization::normalized(x.data<double>(m)[at], mean, inverse);
    const double gradient = dy.data<double>(m)[at], g = gamma.data<double>(m)[j] * gradient;
    sum += g;
    sum_normalized += g * normalized;
    dbeta.data<double>(m)[j] += gradient;
    dgamma.data<double>(m)[j] += gradient * normalized;
  }
  for (std::int64_t i = 0; i < group.count; ++i) {
    const std::int64_t at = group.at(i);
    const double normalized = Normalization::normalized(x.data<double>(m)[at], mean, inverse);
    const double g = gamma.data<double>(m)[at % x.cols] * dy.data<double>(m)[at];
    dx.data<double>(m)[at] = Normalization::slope(g, normalized, Normalization::mean(sum, group.count),
                                                  Normalization::mean(sum_normalized, group.count), inverse);
  }
}

}  // namespace

void ReferenceBackend::batch_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                                  const View& statistics, const View& running_mean, const View& running_variance,
                                  float momentum, float epsilon) {
  check_batch_norm(y, x, gamma, beta, statistics, running_mean, running_variance);
  for (int m = 0; m < x.models; ++m) {
    for (int j = 0; j < x.cols; ++j) {
      const Group group = column(x, j);
      const double mean = mean_of(x.data<double>(m), group), variance = variance_of(x.data<double>(m), group, mean);
      const double inverse = Normalization::inverse_deviation<double>(variance, epsilon);
      statistics.data<double>(m)[j] = mean;
      statistics.data<double>(m)[x.cols + j] = inverse;
      double& moving_mean = running_mean.data<double>(m)[j];
      double& moving_variance = running_variance.data<double>(m)[j];
      moving_mean = Normalization::moved<double>(moving_mean, mean, momentum);
      moving_variance =
          Normalization::moved<double>(moving_variance, Normalization::unbiased(variance, group.count), momentum);
      normalize(y, x, gamma, beta, m, group, mean, inverse);
    }
  }
}

void ReferenceBackend::batch_norm_inference(const View& y, const ConstView& x, const ConstView& gamma,
                                            const ConstView& beta, const ConstView& running_mean,
                                            const ConstView& running_variance, float epsilon) {
  check_batch_norm_inference(y, x, gamma, beta, running_mean, running_variance);
  for (int m = 0; m < x.models; ++m) {
    for (int j = 0; j < x.cols; ++j) {
      const double variance = running_variance.data<double>(m)[j];
      normalize(y, x, gamma, beta, m, column(x, j), running_mean.data<double>(m)[j],
                Normalization::inverse_deviation<double>(variance, epsilon));
    }
  }
}

void ReferenceBackend::batch_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                           const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  check_batch_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics);
  fill(dgamma, 0);
  fill(dbeta, 0);
  for (int m = 0; m < x.models; ++m) {
    for (int j = 0; j < x.cols; ++j) {
      normalize_backward(dx, dgamma, dbeta, dy, x, gamma, statistics, m, column(x, j), j);
    }
  }
}

void ReferenceBackend::layer_norm(const View& y, const ConstView& x, const ConstView& gamma, const ConstView& beta,
                                  const View& statistics, float epsilon) {
  check_layer_norm(y, x, gamma, beta, statistics);
  for (int m = 0; m < x.models; ++m) {
    for (int b = 0; b < x.rows; ++b) {
      const Group group = row(x, b);
      const double mean = mean_of(x.data<double>(m), group), variance = variance_of(x.data<double>(m), group, mean);
      const double inverse = Normalization::inverse_deviation<double>(variance, epsilon);
      if (statistics) {
        statistics.data<double>(m)[b] = mean;
        statistics.data<double>(m)[x.rows + b] = inverse;
      }
      normalize(y, x, gamma, beta, m, group, mean, inverse);
    }
  }
}

void ReferenceBackend::layer_norm_backward(const View& dx, const View& dgamma, const View& dbeta, const ConstView& dy,
                                           const ConstView& x, const ConstView& gamma, const ConstView& statistics) {
  check_layer_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics);
  fill(dgamma, 0);
  fill(dbeta, 0);
  for (int m = 0; m < x.models; ++m) {
    for (int b = 0; b < x.rows; ++b) {
      normalize_backward(dx, dgamma, dbeta, dy, x, gamma, statistics, m, row(x, b), b);
    }
  }
}

}  // namespace minnow::kernels::reference
