// SPDX-License-Identifier: Apache-2.0
#include "tests/ops/activation_cases.hpp"
#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;

class ActivationBackwardTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, ActivationBackwardTest, testing::ValuesIn(backend_cases()), backend_case_name);

struct Slopes {
  int models, rows, cols;
  Activation activation;
  Floats dy, z;
  bool in_place = false, with_input = true;

  Slopes(Shape s, const Activation& a)
      : models(s.models),
        rows(s.rows),
        cols(s.cols),
        activation(a),
        dy(draw(s.size(), 6)),
        z(draw(s.size(), 7, -6, 6)) {}
  Slopes model(int m) const {
    Slopes one = *this;
    one.models = 1;
    one.dy = part(dy, m, models);
    one.z = part(z, m, models);
    return one;
  }
};

template <class T>
Doubles outputs(const Slopes& in) {
  Doubles result;
  math::visit_elementwise(in.activation, [&](const auto& f) {
    for (float z : in.z) result.push_back(static_cast<double>(f.template forward<T>(z)));
  });
  return result;
}

template <class T>
Doubles formula(const Slopes& in) {
  Doubles result;
  const Doubles y = outputs<T>(in);
  math::visit_elementwise(in.activation, [&](const auto& f) {
    for (std::size_t i = 0; i < y.size(); ++i) {
      const T slope = f.template slope<T>(static_cast<T>(in.z[i]), static_cast<T>(y[i]));
      result.push_back(static_cast<double>(static_cast<T>(in.dy[i]) * slope));
    }
  });
  return result;
}

Doubles run(Backend& backend, const Slopes& in) {
  GuardedReals dz(backend, in.models, in.rows, in.cols), dy(backend, in.models, in.rows, in.cols, in.dy);
  const GuardedReals z(backend, in.models, in.rows, in.cols, in.z);
  const bool is_float = backend.real_size() == sizeof(float);
  const GuardedReals y(backend, in.models, in.rows, in.cols, is_float ? outputs<float>(in) : outputs<double>(in));
  backend.activation_backward(in.in_place ? dy : dz, dy, in.with_input ? kernels::ConstView(z) : kernels::ConstView(),
                              y, in.activation);
  return in.in_place ? dy.values() : dz.values();
}

Doubles expected(Backend& backend, const Slopes& in) {
  return backend.real_size() == sizeof(float) ? formula<float>(in) : formula<double>(in);
}

TEST_P(ActivationBackwardTest, EveryActivationIsItsFormula) {
  for (const Activation& activation : elementwise_activations()) {
    SCOPED_TRACE(to_string(activation));
    Slopes in({3, 13, 37}, activation);
    EXPECT_TRUE(same_bits(run(backend(), in), expected(backend(), in)));
    in.in_place = true;
    EXPECT_TRUE(same_bits(run(backend(), in), expected(backend(), in)));
    in.with_input = math::needs_input(activation.kind);
    EXPECT_TRUE(same_bits(run(backend(), in), expected(backend(), in))) << "z is not needed";
  }
}

TEST_P(ActivationBackwardTest, EveryShape) {
  for (int rows : lengths()) {
    for (int cols : lengths()) {
      const Slopes in({rows % 3 == 1 ? 3 : 1, rows, cols}, make_activation(ActivationKind::gelu));
      SCOPED_TRACE(text({in.models, rows, cols}));
      EXPECT_TRUE(same_bits(run(backend(), in), expected(backend(), in)));
    }
  }
  const Slopes in({3, 700, 203}, make_activation(ActivationKind::relu));  // more than a part
  EXPECT_TRUE(same_bits(run(backend(), in), expected(backend(), in)));
}

TEST_P(ActivationBackwardTest, RefusesWhatDoesNotFit) {
  const GuardedReals fits(backend(), 1, 2, 3), other(backend(), 1, 3, 2);
  const Activation relu = make_activation(ActivationKind::relu), gelu = make_activation(ActivationKind::gelu);
  const char* op = "activation_backward";
  expect_refused([&] { backend().activation_backward(fits, other, {}, fits, relu); }, {op, "dy is [1, 3, 2]"});
  expect_refused([&] { backend().activation_backward(fits, fits, {}, other, relu); }, {op, "y is [1, 3, 2]"});
  expect_refused([&] { backend().activation_backward(fits, fits, {}, fits, gelu); }, {op, "z is [0, 0, 0]"});
  expect_refused([&] { backend().activation_backward(fits, fits, other, fits, gelu); }, {op, "z is [1, 3, 2]"});
}

}  // namespace
}  // namespace minnow::test
