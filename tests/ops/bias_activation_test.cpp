// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "kernels/math/accuracy.hpp"
#include "tests/ops/activation_cases.hpp"
#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;

class BiasActivationTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, BiasActivationTest, testing::ValuesIn(backend_cases()), backend_case_name);

struct Layer {
  int models, rows, cols;
  Activation activation;
  Floats z, bias;
  bool biased = true, in_place = false;

  Layer(Shape s, const Activation& a) : models(s.models), rows(s.rows), cols(s.cols), activation(a) {
    z = draw(s.size(), 4, -6, 6);
    bias = draw(static_cast<std::size_t>(models * cols), 5);
  }
  Layer model(int m) const {
    Layer one = *this;
    one.models = 1;
    one.z = part(z, m, models);
    one.bias = part(bias, m, models);
    return one;
  }
};

/// The outputs, then z as the op leaves it.
Doubles run(Backend& backend, const Layer& in) {
  GuardedReals z(backend, in.models, in.rows, in.cols, in.z), y(backend, in.models, in.rows, in.cols);
  const GuardedReals bias(backend, in.models, 1, in.cols, in.bias);
  const kernels::ConstView bias_view = in.biased ? kernels::ConstView(bias) : kernels::ConstView();
  backend.bias_activation(in.in_place ? z : y, z, bias_view, in.activation);
  Doubles result = in.in_place ? z.values() : y.values();
  if (!in.in_place) append(result, z.values());
  return result;
}

/// The formula itself, in the scalar T, applied where the test stands.
template <class T>
Doubles formula(const Layer& in) {
  Doubles outputs, inputs;
  for (std::size_t i = 0; i < in.z.size(); ++i) {
    const std::size_t cols = static_cast<std::size_t>(in.cols),
                      matrix = in.z.size() / static_cast<std::size_t>(in.models);
    const T bias = in.bias[i / matrix * cols + i % cols];
    const T z = in.biased ? static_cast<T>(in.z[i]) + bias : static_cast<T>(in.z[i]);
    inputs.push_back(static_cast<double>(z));
    math::visit_elementwise(in.activation,
                            [&](const auto& f) { outputs.push_back(static_cast<double>(f.template forward<T>(z))); });
  }
  if (!in.in_place) append(outputs, inputs);
  return outputs;
}

Doubles expected(Backend& backend, const Layer& in) {
  return backend.real_size() == sizeof(float) ? formula<float>(in) : formula<double>(in);
}

TEST_P(BiasActivationTest, EveryActivationIsItsFormula) {
  for (const Activation& activation : elementwise_activations()) {
    for (bool biased : {true, false}) {
      Layer in({3, 13, 37}, activation);
      in.biased = biased;
      SCOPED_TRACE(to_string(activation));
      EXPECT_TRUE(same_bits(run(backend(), in), expected(backend(), in)));
      in.in_place = true;
      EXPECT_TRUE(same_bits(run(backend(), in), expected(backend(), in)));
    }
  }
}

/// The measured limit of each formula, from the table that tests/math enforces and docs/numerics.md shows.
TEST_P(BiasActivationTest, AgreesWithTheReference) {
  for (const math::Accuracy& accuracy : math::accuracies) {
    const auto named = [&](const Activation& a) {
      return math::visit(a, [&](auto f) { return f.names[0]; }) == accuracy.formula;
    };
    const std::vector<Activation> all = elementwise_activations();
    const auto activation = std::find_if(all.begin(), all.end(), named);
    if (activation == all.end()) continue;  // an elementary function, a slope, or other parameters
    Layer in({2, 31, 17}, *activation);
    in.biased = false;
    const Doubles expected = run(reference(), in);
    Doubles limits;
    for (double y : expected) limits.push_back(accuracy.ulp * ulp(std::max(std::abs(y), accuracy.floor)));
    EXPECT_TRUE(within(run(backend(), in), expected, limits)) << accuracy.formula;
  }
}

TEST_P(BiasActivationTest, EveryShape) {
  for (int rows : lengths()) {
    for (int cols : lengths()) {
      const Layer in({cols % 3 == 1 ? 3 : 1, rows, cols}, make_activation(ActivationKind::elu));
      SCOPED_TRACE(text({in.models, rows, cols}));
      EXPECT_TRUE(same_bits(run(backend(), in), expected(backend(), in)));
    }
  }
  std::vector<Shape> shapes = {{1, 3, 5000}, {1, 300, 601}, {3, 700, 203}};  // more than a block, more than a part
  for (int cols = 1; cols <= 17; ++cols) {  // fewer than a vector has lanes: its part, a tail, blocks, parts
    for (int rows : {1, 37, 1000}) shapes.push_back({1, rows, cols});
    shapes.push_back({1, 120'000 / cols, cols});
  }
  for (const Shape& shape : shapes) {
    const Layer in(shape, make_activation(ActivationKind::relu));
    EXPECT_TRUE(same_bits(run(backend(), in), expected(backend(), in))) << shape.text();
  }
}

TEST_P(BiasActivationTest, ModelsMayShareABias) {
  Layer in({3, 4, 5}, make_activation(ActivationKind::tanh));
  GuardedReals z(backend(), 3, 4, 5, in.z), y(backend(), 3, 4, 5);
  const GuardedReals bias(backend(), 1, 1, 5, part(in.bias, 0, 3));
  kernels::View shared = bias.view();
  shared.models = 3;
  shared.stride = 0;
  backend().bias_activation(y, z, shared, in.activation);
  in.bias = part(in.bias, 0, 3);
  const Floats one = in.bias;
  append(in.bias, one);
  append(in.bias, one);
  EXPECT_TRUE(same_bits(y.values(), part(expected(backend(), in), 0, 2)));
}

TEST_P(BiasActivationTest, RefusesWhatDoesNotFit) {
  const GuardedReals y(backend(), 1, 2, 3), z(backend(), 1, 2, 4), bias(backend(), 1, 1, 2);
  const Activation relu = make_activation(ActivationKind::relu);
  expect_refused([&] { backend().bias_activation(y, z, {}, relu); }, {"bias_activation", "z is [1, 2, 4]"});
  expect_refused([&] { backend().bias_activation(y, y, bias, relu); }, {"bias_activation", "bias is [1, 1, 2]"});
  expect_refused([&] { backend().bias_activation(y, y, {}, make_activation(ActivationKind::softmax)); },
                 {"bias_activation", "softmax"});
}

}  // namespace
}  // namespace minnow::test
