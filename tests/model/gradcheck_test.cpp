// SPDX-License-Identifier: Apache-2.0
/// Gradients of whole networks on every backend, against central differences of the double reference.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "minnow/error.hpp"
#include "src/train/gradcheck.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/recording_backend.hpp"

namespace minnow::test {
namespace {

/// Two hidden layers with the activation, the second one as a layer of its own behind dropout.
Network net_with(ActivationKind kind) {
  Network network;
  network.inputs = 6;
  Layer dense, dropout, activation;
  dense.units = 7;
  dense.activation = make_activation(kind);
  dropout.kind = LayerKind::dropout;
  dropout.rate = 0.25f;
  activation.kind = LayerKind::activation;
  activation.activation = make_activation(kind);
  network.layers = {dense, dropout};
  dense.units = 5;
  dense.activation = {};
  network.layers.insert(network.layers.end(), {dense, dropout, activation});
  dense.units = 3;
  network.layers.push_back(dense);
  return network;
}

class GradientTest : public BackendTest {
 protected:
  GradientCheck check(const Network& network, const GradientCheckOptions& options) {
    return engine::check_gradients(backend(), network, options);
  }
};

TEST_P(GradientTest, EveryActivationTwoLossesOneModelAndThree) {
  for (int kind = 0; kind < activation_count - 1; ++kind) {  // all but softmax, which is an output
    for (const LossKind loss : {LossKind::cross_entropy, LossKind::mse}) {
      for (const int models : {1, 3}) {
        const auto activation = static_cast<ActivationKind>(kind);
        const GradientCheck result = check(
            net_with(activation), {.loss = {.kind = loss}, .batch = 5, .models = models, .seed = 7, .elements = 0});
        const std::string name = to_string(make_activation(activation)) + " with " + to_string(loss);
        EXPECT_TRUE(result.passed) << name << ", " << models << " models: error " << result.worst.error << ", limit "
                                   << result.worst.limit;
        EXPECT_EQ(result.tensors.size(), 6u * static_cast<std::size_t>(models));
        EXPECT_LT(result.worst.limit, is_float() ? 1e-3 : 1.01e-6) << name << ": the bound says nothing";
      }
    }
  }
}

Layer layer_of(LayerKind kind, int units = 0, ActivationKind activation = ActivationKind::linear, float rate = 0) {
  Layer layer;
  layer.kind = kind;
  layer.units = units;
  layer.activation = make_activation(activation);
  layer.rate = rate;
  return layer;
}

/// A few elements of each tensor: EveryActivationTwoLossesOneModelAndThree looks at all of them.
TEST_P(GradientTest, EveryActivationEveryLossEveryLayerKindOneModelAndThree) {
  using enum LayerKind;
  for (int kind = 0; kind < activation_count - 1; ++kind) {  // all but softmax, which is an output
    const auto activation_kind = static_cast<ActivationKind>(kind);
    for (const LayerKind between : {dense, dropout, batch_norm, layer_norm}) {
      const Network network = {
          6,
          {layer_of(dense, 7), layer_of(between, between == dense ? 7 : 0, {}, 0.25f),
           layer_of(activation, 0, activation_kind), layer_of(dense, 5, activation_kind), layer_of(dense, 3)}};
      for (int k = 0; k < loss_count; ++k) {
        for (const int models : {1, 3}) {
          const auto loss = static_cast<LossKind>(k);
          const GradientCheck result =
              check(network, {.loss = {.kind = loss}, .batch = 5, .models = models, .seed = 7, .elements = 3});
          EXPECT_TRUE(result.passed) << to_string(make_activation(activation_kind)) << ", " << to_string(loss) << ", "
                                     << to_string(between) << ", " << models << " models: " << result.worst.tensor
                                     << " error " << result.worst.error << ", limit " << result.worst.limit;
          EXPECT_LT(result.worst.limit, is_float() ? 5e-2 : 1.01e-6) << "the bound says nothing";
        }
      }
    }
  }
}

/// Normalizations behind a linear layer, behind an activation, on the inputs and on the outputs.
TEST_P(GradientTest, NormalizationsAnywhereEveryLossOneModelAndThree) {
  using enum LayerKind;
  for (const LayerKind norm : {batch_norm, layer_norm}) {
    const std::vector<Network> networks = {
        {6,
         {layer_of(dense, 7), layer_of(norm), layer_of(activation, 0, ActivationKind::silu),
          layer_of(dropout, 0, {}, 0.25f), layer_of(dense, 5, ActivationKind::tanh), layer_of(norm),
          layer_of(dense, 3)}},
        {6, {layer_of(norm), layer_of(dense, 8, ActivationKind::gelu), layer_of(dense, 4), layer_of(norm)}},
        {6, {layer_of(dense, 7), layer_of(batch_norm), layer_of(layer_norm), layer_of(dense, 3)}}};
    for (const Network& network : networks) {
      for (int k = 0; k < loss_count; ++k) {
        const auto loss = static_cast<LossKind>(k);
        for (const int models : {1, 3}) {
          const GradientCheck result =
              check(network, {.loss = {.kind = loss}, .batch = 9, .models = models, .seed = 5});
          EXPECT_TRUE(result.passed) << to_string(norm) << ", " << to_string(loss) << ", " << models
                                     << " models: " << result.worst.tensor << " error " << result.worst.error
                                     << ", limit " << result.worst.limit;
          for (const TensorCheck& tensor : result.tensors) {
            // A bias before batch normalization has no effect: what is left of its gradient is rounding.
            const bool is_bias = tensor.tensor.starts_with("dense") && tensor.tensor.ends_with(".bias");
            const double most = is_bias ? 5e-2 : 1e-3;
            EXPECT_LT(tensor.limit, is_float() ? most : 1.01e-6) << tensor.tensor << ": the bound says nothing";
            EXPECT_EQ(tensor.tensor.find("running"), std::string::npos);
          }
        }
      }
    }
  }
}

/// Every loss with each head that it takes, with sample weights, and cross-entropy smoothed and weighted.
TEST_P(GradientTest, EveryLossAndHead) {
  for (int k = 0; k < loss_count; ++k) {
    const auto kind = static_cast<LossKind>(k);
    std::vector<ActivationKind> heads = {ActivationKind::linear};
    if (head_of(kind) == Head::none) heads.insert(heads.end(), {ActivationKind::tanh, ActivationKind::sigmoid});
    if (head_of(kind) == Head::softmax) heads.push_back(ActivationKind::softmax);
    if (head_of(kind) == Head::sigmoid) heads.push_back(ActivationKind::sigmoid);
    std::vector<Loss> losses = {{.kind = kind}};
    if (kind == LossKind::cross_entropy) losses.push_back({.label_smoothing = 0.2f, .class_weights = {0.5f, 2, 1.25f}});
    if (kind == LossKind::huber) losses.push_back({.kind = kind, .parameter = 0.4f});
    for (const Loss& loss : losses) {
      for (const ActivationKind head : heads) {
        for (const bool weights : {false, true}) {
          Network network = make_mlp(6, {8, 7}, 3, make_activation(ActivationKind::tanh), 0.2f);
          network.layers.back().activation = make_activation(head);
          const GradientCheck result =
              check(network, {.loss = loss, .sample_weights = weights, .batch = 5, .models = 2, .seed = 5});
          const std::string name = to_string(kind) + " with head " + to_string(make_activation(head));
          EXPECT_TRUE(result.passed) << name << ": error " << result.worst.error << ", limit " << result.worst.limit;
          EXPECT_LT(result.worst.limit, is_float() ? 1e-3 : 1.01e-6) << name << ": the bound says nothing";
        }
      }
    }
  }
}

TEST_P(GradientTest, BatchNormalizationNeedsTwoRows) {
  const Network network = {6, {layer_of(LayerKind::batch_norm), layer_of(LayerKind::dense, 3)}};
  EXPECT_THROW(check(network, {.batch = 1}), UsageError);
}

/// One logit, whose loss has a sigmoid folded into it.
TEST_P(GradientTest, BinaryCrossEntropyOfOneOutput) {
  Network network = make_mlp(4, {6}, 1, make_activation(ActivationKind::gelu), 0);
  network.layers.back().activation = make_activation(ActivationKind::sigmoid);
  const GradientCheck result = check(network, {.loss = {.kind = LossKind::bce}, .models = 3, .seed = 6});
  EXPECT_TRUE(result.passed) << "error " << result.worst.error << ", limit " << result.worst.limit;
}

TEST_P(GradientTest, OtherParametersOfActivations) {
  for (const char* text : {"leaky_relu(0.3)", "elu(0.5)", "celu(2)", "hardtanh(-0.3,0.6)", "softplus(3)",
                           "softshrink(0.2)", "hardshrink(0.1)", "threshold(-0.2,0.7)"}) {
    Network network = make_mlp(5, {8, 6}, 4, parse_activation(text), 0.1f);
    const GradientCheck result = check(network, {.models = 2, .seed = 3});
    EXPECT_TRUE(result.passed) << text << ": error " << result.worst.error << ", limit " << result.worst.limit;
  }
}

TEST_P(GradientTest, ALayerWithoutParametersFirstAndSoftmaxLast) {
  Network network = make_mlp(5, {8}, 4, make_activation(ActivationKind::silu), 0);
  Layer dropout, activation;
  dropout.kind = LayerKind::dropout;
  dropout.rate = 0.5f;
  activation.kind = LayerKind::activation;
  activation.activation = make_activation(ActivationKind::softsign);
  network.layers.insert(network.layers.begin(), {activation, dropout});
  network.layers.back().activation = make_activation(ActivationKind::softmax);
  const GradientCheck result = check(network, {.models = 2});
  EXPECT_TRUE(result.passed) << "error " << result.worst.error << ", limit " << result.worst.limit;
}

TEST_P(GradientTest, ADeepNetWithSomeElementsOnly) {
  const Network network = make_mlp(20, {12, 11, 10, 9, 8, 7}, 10, make_activation(ActivationKind::elu), 0.1f);
  const GradientCheck result = check(network, {.seed = 2, .elements = 11});
  EXPECT_TRUE(result.passed) << "error " << result.worst.error << ", limit " << result.worst.limit;
  EXPECT_EQ(result.tensors.size(), 14u);
}

/// Computes one thing wrongly.
class FaultyBackend : public RecordingBackend {
 public:
  enum class Fault { none, slope, bias_sum, one_nan, other_mask, row_weights };
  FaultyBackend(kernels::Backend& inner, Fault fault) : RecordingBackend(inner, Mode::direct), fault_(fault) {}

  void activation_backward(const kernels::View& dz, const kernels::ConstView& dy, const kernels::ConstView& z,
                           const kernels::ConstView& y, const Activation& activation) override {
    Activation wrong = activation;
    if (fault_ == Fault::slope) wrong.alpha += 2e-4f;
    RecordingBackend::activation_backward(dz, dy, z, y, wrong);
  }
  void linear_backward(const kernels::View& dx, const kernels::View& dw, const kernels::View& dbias,
                       const kernels::ConstView& dz, const kernels::ConstView& x,
                       const kernels::ConstView& w) override {
    RecordingBackend::linear_backward(dx, dw, dbias, dz, x, w);
    kernels::View last = dw.model(0);
    last.offset += last.elements() - 1;
    last.rows = last.cols = 1;
    if (fault_ == Fault::one_nan) fill(last, std::numeric_limits<double>::quiet_NaN());
    if (fault_ == Fault::bias_sum) column_sum(dbias, dz.first_rows(dz.rows - 1));
  }
  void softmax_cross_entropy(const kernels::View& dlogits, const kernels::ConstView& logits,
                             const kernels::LossRows& rows, const kernels::ClassWeighting& classes,
                             kernels::Tally* tally, const kernels::StepState* state) override {
    kernels::LossRows used = rows;
    if (fault_ == Fault::row_weights) used.weights = {};
    RecordingBackend::softmax_cross_entropy(dlogits, logits, used, classes, tally, state);
  }
  void dropout(const kernels::View& x, std::uint32_t layer, const kernels::DropoutRate* rates,
               const kernels::StepState* state, const kernels::ModelState* models) override {
    RecordingBackend::dropout(x, fault_ == Fault::other_mask ? layer + ++calls_ : layer, rates, state, models);
  }

 private:
  Fault fault_;
  std::uint32_t calls_ = 0;
};

TEST_P(GradientTest, FindsFaults) {
  using Fault = FaultyBackend::Fault;
  const Network network = make_mlp(6, {9, 7}, 3, parse_activation("leaky_relu(0.1)"), 0.25f);
  for (const Fault fault :
       {Fault::none, Fault::slope, Fault::bias_sum, Fault::one_nan, Fault::other_mask, Fault::row_weights}) {
    FaultyBackend faulty(backend(), fault);
    const GradientCheck result =
        engine::check_gradients(faulty, network, {.sample_weights = true, .models = 2, .seed = 4});
    EXPECT_EQ(result.passed, fault == Fault::none)
        << "fault " << static_cast<int>(fault) << ", error " << result.worst.error << ", limit " << result.worst.limit;
    EXPECT_EQ(std::isnan(result.worst.error), fault == Fault::one_nan);
  }
}

/// A net of MNIST's size: the bound must still tell a wrong gradient from a rounded one.
TEST_P(GradientTest, TheBoundStaysTightForWideNets) {
  const Network network = make_mlp(784, {100, 50}, 10, make_activation(ActivationKind::gelu), 0.2f);
  const GradientCheck result = check(network, {.batch = 3, .seed = 2, .elements = 3});
  EXPECT_TRUE(result.passed) << "error " << result.worst.error << ", limit " << result.worst.limit;
  for (const TensorCheck& tensor : result.tensors) {
    EXPECT_LT(tensor.limit, 2e-4) << tensor.tensor;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, GradientTest, testing::ValuesIn(backend_cases()), backend_case_name);

TEST(GradientCheckTest, RefusesBadOptions) {
  const Network network = make_mlp(3, {4}, 2, make_activation(ActivationKind::tanh), 0);
  Runtime runtime;
  runtime.device.kind = DeviceKind::reference;
  EXPECT_THROW(check_gradients(network, {.batch = 0}, runtime), UsageError);
  EXPECT_THROW(check_gradients(network, {.models = 0}, runtime), UsageError);
  EXPECT_THROW(check_gradients(network, {.elements = -1}, runtime), UsageError);
  EXPECT_THROW(check_gradients(Network{}, {}, runtime), UsageError);
  EXPECT_EQ(check_gradients(network, {}, runtime).device, "reference");
}

}  // namespace
}  // namespace minnow::test
