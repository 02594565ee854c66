// SPDX-License-Identifier: Apache-2.0
#include "kernels/checks.hpp"
#include "kernels/math/activation.hpp"
#include "kernels/reference/backend.hpp"

namespace minnow::kernels::reference {

void ReferenceBackend::gemm(const View& c, const ConstView& a, bool transpose_a, const ConstView& b, bool transpose_b) {
  check_gemm(c, a, transpose_a, b, transpose_b);
  const std::int64_t depth = transpose_a ? a.rows : a.cols;
  for (int m = 0; m < c.models; ++m) {
    const double* left = a.data<double>(m);
    const double* right = b.data<double>(m);
    for (std::int64_t i = 0; i < c.rows; ++i) {
      for (std::int64_t j = 0; j < c.cols; ++j) {
        double sum = 0;
        for (std::int64_t k = 0; k < depth; ++k) {
          sum += left[transpose_a ? k * a.cols + i : i * a.cols + k] *
                 right[transpose_b ? j * b.cols + k : k * b.cols + j];
        }
        c.data<double>(m)[i * c.cols + j] = sum;
      }
    }
  }
}

void ReferenceBackend::bias_activation(const View& y, const View& z, const ConstView& bias,
                                       const Activation& activation) {
  check_bias_activation(y, z, bias, activation);
  math::visit_elementwise(activation, [&](const auto& formula) {
    for (int m = 0; m < y.models; ++m) {
      for (std::int64_t i = 0; i < y.elements(); ++i) {
        double& value = z.data<double>(m)[i];
        if (bias) value += bias.data<double>(m)[i % y.cols];
        y.data<double>(m)[i] = formula.template forward<double>(value);
      }
    }
  });
}

void ReferenceBackend::activation_backward(const View& dz, const ConstView& dy, const ConstView& z, const ConstView& y,
                                           const Activation& activation) {
  check_activation_backward(dz, dy, z, y, activation);
  math::visit_elementwise(activation, [&](const auto& formula) {
    for (int m = 0; m < dz.models; ++m) {
      for (std::int64_t i = 0; i < dz.elements(); ++i) {
        const double input = z ? z.data<double>(m)[i] : 0;
        const double slope = formula.template slope<double>(input, y.data<double>(m)[i]);
        dz.data<double>(m)[i] = dy.data<double>(m)[i] * slope;
      }
    }
  });
}

void ReferenceBackend::column_sum(const View& sums, const ConstView& x) {
  check_column_sum(sums, x);
  for (int m = 0; m < x.models; ++m) {
    for (std::int64_t j = 0; j < x.cols; ++j) {
      double sum = 0;
      for (std::int64_t b = 0; b < x.rows; ++b) sum += x.data<double>(m)[b * x.cols + j];
      sums.data<double>(m)[j] = sum;
    }
  }
}

}  // namespace minnow::kernels::reference
