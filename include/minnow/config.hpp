// SPDX-License-Identifier: Apache-2.0
/// Plain value types that describe a network and its training. Every name has one spelling; parse_* accept the
/// spellings of PyTorch, Keras and scikit-learn too, and throw UsageError with a suggestion for anything else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace minnow {

/// Elementwise activations, by PyTorch's definitions. `softmax` stands last: it is the output head of a classifier.
enum class ActivationKind : std::uint8_t {
  linear,
  relu,
  relu6,
  leaky_relu,
  elu,
  selu,
  celu,
  gelu,
  gelu_tanh,
  silu,
  hardswish,
  mish,
  sigmoid,
  logsigmoid,
  hardsigmoid,
  tanh,
  tanhshrink,
  hardtanh,
  softplus,
  softsign,
  softshrink,
  hardshrink,
  threshold,
  softmax,
};
inline constexpr int activation_count = static_cast<int>(ActivationKind::softmax) + 1;

/// An activation and its parameters, in the order of its struct in kernels/math/activation.hpp; unused ones are 0.
/// Text form: `relu`, `leaky_relu(0.2)`, `hardtanh(-2,2)`.
struct Activation {
  ActivationKind kind = ActivationKind::linear;
  float alpha = 0;
  float beta = 0;
  bool operator==(const Activation&) const = default;
};

/// `kind` with PyTorch's default parameters.
Activation make_activation(ActivationKind kind);
/// "leaky_relu" or "leaky_relu(0.2)". Throws UsageError.
Activation parse_activation(std::string_view text);
std::string to_string(const Activation& activation);

/// What is minimized, by PyTorch's definitions with mean reduction; formulas in docs/losses.md.
enum class LossKind : std::uint8_t {
  cross_entropy,  ///< softmax cross-entropy of logits
  bce,            ///< binary cross-entropy of logits
  mse,            ///< mean squared error
  mae,            ///< mean absolute error
  huber,          ///< squared up to `delta`, absolute beyond
};
inline constexpr int loss_count = static_cast<int>(LossKind::huber) + 1;

/// A loss and its constants. cross_entropy and bce read logits: the last layer is linear, or softmax (cross_entropy)
/// or sigmoid (bce), which then belongs to the loss. The others read the outputs as they are.
struct Loss {
  LossKind kind = LossKind::cross_entropy;
  float label_smoothing = 0;              ///< cross_entropy: share of a label spread over all classes, in [0, 1)
  std::vector<float> class_weights = {};  ///< cross_entropy: [C], finite, >= 0, not all 0; empty: 1 each
  float delta = 1;                        ///< huber: where it becomes linear, > 0
  bool operator==(const Loss&) const = default;
};
/// What turns logits into the probabilities that a loss compares with its targets.
enum class Head : std::uint8_t { none, softmax, sigmoid };
/// softmax for cross_entropy, sigmoid for bce, none for the others, which read outputs as they are.
Head head_of(LossKind loss);
LossKind parse_loss(std::string_view text);
std::string to_string(LossKind loss);

enum class OptimizerKind : std::uint8_t { sgd, rmsprop, adam, adamw };
inline constexpr int optimizer_count = static_cast<int>(OptimizerKind::adamw) + 1;

/// An update rule and its constants; each rule reads the fields it names in kernels/math/update_rule.hpp.
/// The defaults are PyTorch's.
struct Optimizer {
  OptimizerKind kind = OptimizerKind::adam;
  float learning_rate = 1e-3f;
  float momentum = 0;      ///< sgd, rmsprop
  bool nesterov = false;   ///< sgd; needs momentum > 0
  float alpha = 0.99f;     ///< rmsprop: smoothing of the squared gradient
  float beta1 = 0.9f;      ///< adam, adamw
  float beta2 = 0.999f;    ///< adam, adamw
  float epsilon = 1e-8f;   ///< rmsprop, adam, adamw: outside the root
  float weight_decay = 0;  ///< added to the gradient, except adamw: decoupled
  bool operator==(const Optimizer&) const = default;
};
OptimizerKind parse_optimizer(std::string_view text);
std::string to_string(OptimizerKind kind);

enum class ScheduleKind : std::uint8_t { constant, step, cosine };

/// The learning rate as a function of the step counter. Lengths are in epochs (fractions allowed), evaluated per step.
struct Schedule {
  ScheduleKind kind = ScheduleKind::constant;
  float period = 10;   ///< step: epochs between two reductions
  float gamma = 0.1f;  ///< step: factor of a reduction
  float minimum = 0;   ///< cosine: the rate at the end of training, reached after all epochs of the run
  float warmup = 0;    ///< epochs of linear increase from 0, before any of them
  bool operator==(const Schedule&) const = default;
};
ScheduleKind parse_schedule(std::string_view text);
std::string to_string(ScheduleKind kind);

enum class InitializerKind : std::uint8_t {
  zeros,
  constant,
  uniform,
  normal,
  xavier_uniform,
  xavier_normal,
  kaiming_uniform,
  kaiming_normal,
};

/// How a tensor of parameters starts. Text form: `zeros`, `constant(0.1)`, `uniform(-0.1,0.1)`, `normal(0,0.01)`,
/// `xavier_uniform`, `kaiming_normal`. xavier and kaiming use the gain of the layer's activation
/// (torch.nn.init.calculate_gain), kaiming with fan_in.
struct Initializer {
  InitializerKind kind = InitializerKind::kaiming_uniform;
  float alpha = 0;  ///< constant: value; uniform: low; normal: mean
  float beta = 0;   ///< uniform: high (exclusive); normal: standard deviation
  bool operator==(const Initializer&) const = default;
};
Initializer parse_initializer(std::string_view text);
std::string to_string(const Initializer& initializer);

enum class LayerKind : std::uint8_t { dense, activation, dropout };

/// One layer of a network; the fields that its kind does not name are ignored.
struct Layer {
  LayerKind kind = LayerKind::dense;
  std::string name;                                     ///< unique; filled by the model if empty ("dense1", ...)
  int units = 0;                                        ///< dense: outputs O
  Activation activation = {};                           ///< dense, activation
  Initializer weights = {};                             ///< dense
  Initializer biases = {InitializerKind::zeros, 0, 0};  ///< dense
  float rate = 0;                                       ///< dropout: probability that an element is zeroed, in [0, 1)
  bool operator==(const Layer&) const = default;
};
LayerKind parse_layer_kind(std::string_view text);
std::string to_string(LayerKind kind);

/// A network: a list of layers on `inputs` features. A classifier ends in a dense layer with one unit per class and
/// the linear activation (its outputs are logits) or softmax (the same, said aloud).
struct Network {
  int inputs = 0;
  std::vector<Layer> layers;
  bool operator==(const Network&) const = default;
};

/// dense(h)+activation [+ dropout] for each hidden width, then dense(outputs), linear.
Network make_mlp(int inputs, const std::vector<int>& hidden, int outputs, const Activation& activation, float dropout);

enum class DeviceKind : std::uint8_t { automatic, cpu, cuda, reference };

/// Where to compute. `reference` is the double-precision oracle: correct, slow, for checks.
struct Device {
  DeviceKind kind = DeviceKind::automatic;
  int index = 0;  ///< cuda: device number
  bool operator==(const Device&) const = default;
};
/// "auto", "cpu", "cuda", "cuda:1", "reference". Throws UsageError.
Device parse_device(std::string_view text);
std::string to_string(const Device& device);

/// strict: every sum in one specified order, the same bits on every CPU and GPU. fast: CUDA may use cuBLAS.
/// The CPU always computes strictly.
enum class Numerics : std::uint8_t { fast, strict };
Numerics parse_numerics(std::string_view text);
std::string to_string(Numerics numerics);

/// How and where to run; none of it changes a result on the CPU.
struct Runtime {
  Device device = {};
  int threads = 0;  ///< CPU threads; 0: one per core
  Numerics numerics = Numerics::fast;
  bool operator==(const Runtime&) const = default;
};

/// Stop when a validation figure has not improved for `patience` epochs.
struct EarlyStopping {
  enum class Monitor : std::uint8_t { val_loss, val_accuracy };
  int patience = 0;  ///< epochs; 0: never stop early
  Monitor monitor = Monitor::val_loss;
  float minimum_change = 0;  ///< a smaller improvement does not count
  bool restore_best = true;  ///< end with the best epoch's weights instead of the last one's
  bool operator==(const EarlyStopping&) const = default;
};
EarlyStopping::Monitor parse_monitor(std::string_view text);
std::string to_string(EarlyStopping::Monitor monitor);

/// A training run.
struct Training {
  Loss loss = {};
  Optimizer optimizer = {};
  Schedule schedule = {};
  EarlyStopping early_stopping = {};
  int epochs = 10;
  int batch = 64;
  std::uint64_t max_steps = 0;  ///< stop after this many steps in all; 0: no limit
  bool operator==(const Training&) const = default;
};

}  // namespace minnow
