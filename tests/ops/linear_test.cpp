// SPDX-License-Identifier: Apache-2.0
/// The fused ops against their default bodies, which are their specification.
#include "tests/ops/activation_cases.hpp"
#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::ConstView;
using kernels::View;

class LinearTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, LinearTest, testing::ValuesIn(backend_cases()), backend_case_name);

struct Layer {
  int models, rows, inputs, outputs;
  Activation activation = make_activation(ActivationKind::linear);
  Floats x, w, bias, dz;
  bool in_place = false, biased = true, first = false;

  Layer(int m, int b, int i, int o) : models(m), rows(b), inputs(i), outputs(o) {
    x = draw(Shape{m, b, i}.size(), 23);
    w = draw(Shape{m, i, o}.size(), 24);
    bias = draw(Shape{m, 1, o}.size(), 25);
    dz = draw(Shape{m, b, o}.size(), 26);
  }
  Layer model(int m) const {
    Layer one = *this;
    one.models = 1;
    one.x = part(x, m, models);
    one.w = part(w, m, models);
    one.bias = part(bias, m, models);
    one.dz = part(dz, m, models);
    return one;
  }
};

enum class Body { own, specified };

Doubles forward(Backend& backend, const Layer& in, Body body) {
  const GuardedReals x(backend, in.models, in.rows, in.inputs, in.x),
      w(backend, in.models, in.inputs, in.outputs, in.w);
  const GuardedReals bias(backend, in.models, 1, in.outputs, in.bias);
  GuardedReals z(backend, in.models, in.rows, in.outputs), y(backend, in.models, in.rows, in.outputs);
  const View target = in.in_place ? z.view() : y.view();
  const ConstView bias_view = in.biased ? ConstView(bias) : ConstView();
  if (body == Body::own) {
    backend.linear_forward(target, z, x, w, bias_view, in.activation);
  } else {
    backend.Backend::linear_forward(target, z, x, w, bias_view, in.activation);
  }
  Doubles result = z.values();
  if (!in.in_place) append(result, y.values());
  return result;
}

Doubles backward(Backend& backend, const Layer& in, Body body) {
  const GuardedReals x(backend, in.models, in.rows, in.inputs, in.x),
      w(backend, in.models, in.inputs, in.outputs, in.w);
  const GuardedReals dz(backend, in.models, in.rows, in.outputs, in.dz);
  GuardedReals dx(backend, in.models, in.rows, in.inputs), dw(backend, in.models, in.inputs, in.outputs);
  GuardedReals dbias(backend, in.models, 1, in.outputs);
  const View dx_view = in.first ? View() : dx.view();
  const View dbias_view = in.biased ? dbias.view() : View();
  if (body == Body::own) {
    backend.linear_backward(dx_view, dw, dbias_view, dz, x, w);
  } else {
    backend.Backend::linear_backward(dx_view, dw, dbias_view, dz, x, w);
  }
  Doubles result;
  for (int m = 0; m < in.models; ++m) {
    append(result, part(dw.values(), m, in.models));
    if (in.biased) append(result, part(dbias.values(), m, in.models));
    if (!in.first) append(result, part(dx.values(), m, in.models));
  }
  return result;
}

std::vector<Layer> layers() {
  return {{1, 1, 1, 1},     {3, 7, 5, 3},    {1, 64, 130, 33}, {1, 64, 64, 10}, {2, 16, 784, 7},
          {3, 33, 129, 31}, {1, 130, 17, 5}, {1, 0, 3, 2},     {1, 3, 0, 2}};
}

TEST_P(LinearTest, ForwardIsItsDefaultBody) {
  for (Layer layer : layers()) {
    for (ActivationKind kind : {ActivationKind::relu, ActivationKind::gelu}) {
      for (bool biased : {true, false}) {
        layer.activation = make_activation(kind);
        layer.biased = biased;
        SCOPED_TRACE(text({layer.rows, layer.inputs, layer.outputs}) + " " + to_string(layer.activation));
        layer.in_place = false;
        EXPECT_TRUE(same_bits(forward(backend(), layer, Body::own), forward(backend(), layer, Body::specified)));
        layer.in_place = true;
        EXPECT_TRUE(same_bits(forward(backend(), layer, Body::own), forward(backend(), layer, Body::specified)));
      }
    }
  }
}

TEST_P(LinearTest, BackwardIsItsDefaultBody) {
  for (Layer layer : layers()) {
    for (bool biased : {true, false}) {
      for (bool first : {true, false}) {
        layer.biased = biased;
        layer.first = first;
        SCOPED_TRACE(text({layer.rows, layer.inputs, layer.outputs}));
        EXPECT_TRUE(same_bits(backward(backend(), layer, Body::own), backward(backend(), layer, Body::specified)));
        expect_specified_bits(layer, [](Backend& b, const Layer& l) { return backward(b, l, Body::own); });
      }
    }
  }
}

TEST_P(LinearTest, ForwardHasTheSpecifiedBits) {
  for (Layer layer : layers()) {
    layer.activation = make_activation(ActivationKind::relu);
    layer.in_place = true;
    expect_specified_bits(layer, [](Backend& b, const Layer& l) { return forward(b, l, Body::own); });
  }
}

TEST_P(LinearTest, KnownLayer) {
  Layer layer(1, 1, 2, 2);
  layer.x = {1, 2};
  layer.w = {1, -2, 3, -4};
  layer.bias = {0.5f, 0.25f};
  layer.dz = {1, 10};
  layer.activation = make_activation(ActivationKind::relu);
  EXPECT_EQ(forward(backend(), layer, Body::own), (Doubles{7.5, -9.75, 7.5, 0}));
  EXPECT_EQ(backward(backend(), layer, Body::own), (Doubles{1, 10, 2, 20, 1, 10, -19, -37}));
}

TEST_P(LinearTest, RefusesWhatDoesNotFit) {
  const GuardedReals x(backend(), 1, 4, 3), w(backend(), 1, 3, 2), y(backend(), 1, 4, 2), bias(backend(), 1, 1, 2);
  const GuardedReals other(backend(), 1, 2, 3);
  const Activation relu = make_activation(ActivationKind::relu);
  const char *f = "linear_forward", *b = "linear_backward";
  expect_refused([&] { backend().linear_forward(y, y, x, other, bias, relu); },
                 {f, "w is [1, 2, 3], expected [1, 3, 2]"});
  expect_refused([&] { backend().linear_forward(y, other, x, w, bias, relu); },
                 {f, "z is [1, 2, 3], expected [1, 4, 2]"});
  expect_refused([&] { backend().linear_forward(y, y, x, w, other, relu); }, {f, "bias is [1, 2, 3]"});
  expect_refused([&] { backend().linear_backward({}, other, bias, y, x, w); },
                 {b, "dw is [1, 2, 3], expected [1, 3, 2]"});
  expect_refused([&] { backend().linear_backward(other, w, bias, y, x, w); },
                 {b, "dx is [1, 2, 3], expected [1, 4, 3]"});
}

}  // namespace
}  // namespace minnow::test
