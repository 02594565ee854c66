// SPDX-License-Identifier: Apache-2.0
/// Plain value types that describe a network and its training. Every name has one spelling; parse_* accept the
/// spellings of PyTorch, Keras and scikit-learn too, and throw UsageError with a suggestion for anything else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minnow {

// What is more is refused.
inline constexpr int largest_width = 2097152;           ///< of layers and batches: sums have no more terms
inline constexpr int most_epochs = 1000000000;          ///< to train, and of patience and the like
inline constexpr int most_period_multiplier = 1000000;  ///< Schedule::period_multiplier
inline constexpr int most_threads = 4096;               ///< Runtime::threads

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
  huber,          ///< squared up to its parameter delta, absolute beyond
};
inline constexpr int loss_count = static_cast<int>(LossKind::huber) + 1;

/// A loss and its constants. cross_entropy and bce read logits: the last layer is linear, or softmax (cross_entropy)
/// or sigmoid (bce), which then belongs to the loss. The others read the outputs as they are.
struct Loss {
  LossKind kind = LossKind::cross_entropy;
  float label_smoothing = 0;              ///< cross_entropy: share of a label spread over all classes, in [0, 1)
  std::vector<float> class_weights = {};  ///< cross_entropy: [C], finite, >= 0, not all 0; empty: 1 each
  float parameter = 1;                    ///< of a loss that has one; huber: delta, > 0
  bool operator==(const Loss&) const = default;
};
/// The parameter of a loss that has one.
struct LossParameter {
  std::string_view name;     ///< "delta"
  std::string_view meaning;  ///< in a few words
  float initial = 0;
  float minimum = 0;  ///< the smallest value, if it is above 0 any that is
};
std::optional<LossParameter> parameter_of(LossKind loss);
/// With its parameter's default.
Loss make_loss(LossKind kind);
/// What turns logits into the probabilities that a loss compares with its targets.
enum class Head : std::uint8_t { none, softmax, sigmoid };
/// softmax for cross_entropy, sigmoid for bce, none for the others, which read outputs as they are.
Head head_of(LossKind loss);
LossKind parse_loss(std::string_view text);
std::string to_string(LossKind loss);

enum class OptimizerKind : std::uint8_t { sgd, rmsprop, adagrad, adadelta, adam, adamw, nadam, lion };
inline constexpr int optimizer_count = static_cast<int>(OptimizerKind::lion) + 1;

/// How weight decay enters a step; w is a parameter, g its gradient. Text form: `auto`, `gradient`, `sum_of_squares`,
/// `decoupled`.
enum class WeightDecay : std::uint8_t {
  automatic,       ///< the rule's custom: decoupled for adamw and lion, gradient for the others
  gradient,        ///< g + weight_decay w, the gradient of weight_decay / 2 * sum w^2 (PyTorch)
  sum_of_squares,  ///< g + 2 weight_decay w, the gradient of weight_decay * sum w^2 (Keras: regularizers.L2)
  decoupled,       ///< w - lr weight_decay w before the rule (Loshchilov, Hutter, ICLR 2019)
};
WeightDecay parse_weight_decay(std::string_view text);
std::string to_string(WeightDecay decay);

/// An update rule, its constants, and what happens to a gradient before it. docs/optimizers.md has the formulas and
/// says which rule reads which constant; the defaults here are those of adam, `make_optimizer` has every rule's.
struct Optimizer {
  OptimizerKind kind = OptimizerKind::adam;
  float learning_rate = 1e-3f;
  float momentum = 0;             ///< share of the velocity that is kept, in [0, 1)
  float dampening = 0;            ///< share of the gradient that the velocity leaves out, in [0, 1)
  bool nesterov = false;          ///< looks ahead along the velocity; needs momentum > 0 and dampening 0
  float alpha = 0.99f;            ///< smoothing of the squared gradient (rmsprop), in [0, 1)
  bool centered = false;          ///< divides by the deviation of the gradient instead of its root mean square
  float rho = 0.9f;               ///< smoothing of squared gradients and squared steps (adadelta), in [0, 1)
  float beta1 = 0.9f;             ///< smoothing of the gradient, in [0, 1)
  float beta2 = 0.999f;           ///< smoothing of the squared gradient (lion: of the kept mean), in [0, 1)
  float epsilon = 1e-8f;          ///< keeps the divisor from 0; > 0
  bool epsilon_inside = false;    ///< rmsprop: epsilon is added under the root instead of outside
  float lr_decay = 0;             ///< adagrad: the rate of step t (from 0) is learning_rate / (1 + lr_decay t)
  float initial_accumulator = 0;  ///< adagrad: what the sum of squares starts from
  float momentum_decay = 4e-3f;   ///< nadam: how fast its momentum rises to beta1
  float weight_decay = 0;         ///< strength of the decay; 0: none
  WeightDecay decay = WeightDecay::automatic;
  bool decay_biases = true;  ///< whether the decay reaches biases, gammas and betas too
  float clip_value = 0;      ///< gradients are cut to [-clip_value, clip_value]; 0: not
  float clip_norm = 0;       ///< a model's gradients are scaled down to this Euclidean norm, before clip_value;
                             ///< 0: not (torch.nn.utils.clip_grad_norm_)
  bool operator==(const Optimizer&) const = default;
};
/// `kind` with the defaults of PyTorch (lion: of its paper).
Optimizer make_optimizer(OptimizerKind kind);
OptimizerKind parse_optimizer(std::string_view text);
std::string to_string(OptimizerKind kind);

/// The fields of Optimizer that only some rules read.
enum class OptimizerConstant : std::uint8_t {
  momentum,
  dampening,
  nesterov,
  alpha,
  centered,
  rho,
  beta1,
  beta2,
  epsilon,
  epsilon_inside,
  lr_decay,
  initial_accumulator,
  momentum_decay,
};
/// Whether the rule depends on the constant.
bool reads(OptimizerKind kind, OptimizerConstant constant);

/// A figure of predictions on a dataset; defined in minnow/metrics.hpp.
enum class Metric : std::uint8_t { loss, accuracy, top_accuracy, macro_f1, auroc, mae, rmse, r2 };
inline constexpr int metric_count = static_cast<int>(Metric::r2) + 1;
std::string to_string(Metric metric);
/// Whether more of it is better.
bool rises(Metric metric);

/// The figure that decisions rest on: "val/loss", "train/accuracy", ...
struct Monitor {
  Metric metric = Metric::loss;
  bool validation = true;  ///< else the running figure of training
  bool operator==(const Monitor&) const = default;
};
/// Also as other libraries write it: "val_loss", "validation_acc". Throws UsageError.
Monitor parse_monitor(std::string_view text);
std::string to_string(const Monitor& monitor);

/// Of which data each epoch gives the metrics beyond loss and accuracy; those that are monitored, it always gives.
enum class MetricsScope : std::uint8_t { none, validation, all };
MetricsScope parse_metrics_scope(std::string_view text);
std::string to_string(MetricsScope scope);

enum class ScheduleKind : std::uint8_t {
  constant,
  step,
  multi_step,
  linear,
  exponential,
  polynomial,
  cosine,
  cosine_restarts,
  one_cycle,
  subtractive_step,
  plateau,
};
inline constexpr int schedule_count = static_cast<int>(ScheduleKind::plateau) + 1;

/// A field of Schedule that some kinds do not read.
enum class ScheduleField : std::uint8_t {
  interval,
  period,
  period_multiplier,
  milestones,
  gamma,
  amount,
  length,
  factor,
  start_factor,
  end_factor,
  power,
  minimum,
  pct_start,
  div_factor,
  final_div_factor,
  annealing,
  monitor,
  patience,
  cooldown,
  threshold,
  threshold_mode,
};
bool reads(ScheduleKind kind, ScheduleField field);

/// Whether a schedule moves with every step, or holds the rate that each epoch starts with.
enum class Interval : std::uint8_t { step, epoch };
Interval parse_interval(std::string_view text);
std::string to_string(Interval interval);

/// The curve of one_cycle's rise and fall.
enum class Annealing : std::uint8_t { cosine, linear };
Annealing parse_annealing(std::string_view text);
std::string to_string(Annealing annealing);

/// plateau: an improvement exceeds `threshold` times the best figure, or `threshold` itself.
enum class ThresholdMode : std::uint8_t { relative, absolute };
ThresholdMode parse_threshold_mode(std::string_view text);
std::string to_string(ThresholdMode mode);

/// The learning rate over time, from Optimizer::learning_rate. Lengths are in epochs (fractions allowed) and count from
/// the end of the warm-up. docs/schedules.md has the formulas and says which kind reads which field; the defaults are
/// PyTorch's where it has one.
struct Schedule {
  ScheduleKind kind = ScheduleKind::constant;
  float period = 10;   ///< step: between two reductions; cosine_restarts: the first cycle
  float gamma = 0.1f;  ///< factor of a reduction; exponential: of an epoch
  float minimum = 0;   ///< the rate is never lower; decays end there
  float warmup = 0;    ///< epochs of linear increase from 0, step by step, before any schedule
  Interval interval = Interval::step;
  float length = 0;                         ///< of constant's factor and of a decay; 0: to the end of the run, the
                                            ///< earlier of epochs and max_steps; a time limit is no such end
  float factor = 1;                         ///< constant: of the first `length` epochs
  float start_factor = 1.0f / 3;            ///< linear: first rate / learning rate
  float end_factor = 1;                     ///< linear: last rate / learning rate
  float power = 1;                          ///< polynomial; > 0
  float amount = 0;                         ///< subtractive_step: subtracted at each milestone; > 0
  std::vector<int> milestones = {};         ///< multi_step, subtractive_step: rising epochs, from 0; at least one
  int period_multiplier = 1;                ///< cosine_restarts: each cycle is so many times as long as the last
  float pct_start = 0.3f;                   ///< one_cycle: share of the steps that rise, in (0, 1)
  float div_factor = 25;                    ///< one_cycle: learning rate / first rate
  float final_div_factor = 1e4f;            ///< one_cycle: first rate / last rate
  Annealing annealing = Annealing::cosine;  ///< one_cycle
  Monitor monitor = {};                     ///< plateau
  int patience = 10;                        ///< plateau: epochs without improvement that are borne
  int cooldown = 0;                         ///< plateau: epochs after a reduction that do not count
  float threshold = 1e-4f;                  ///< plateau: what an improvement must exceed
  ThresholdMode threshold_mode = ThresholdMode::relative;
  bool operator==(const Schedule&) const = default;
};
ScheduleKind parse_schedule(std::string_view text);
std::string to_string(ScheduleKind kind);

enum class InitializerKind : std::uint8_t {
  zeros,
  constant,
  uniform,
  normal,
  input_uniform,
  xavier_uniform,
  xavier_normal,
  kaiming_uniform,
  kaiming_normal,
};

/// How a tensor of parameters starts. Text form: `zeros`, `ones`, `constant(0.1)`, `uniform(-0.1,0.1)`,
/// `normal(0,0.01)`, `input_uniform`, `xavier_uniform`, `kaiming_normal`, `kaiming_normal(fan_out)`. xavier and kaiming
/// use the gain of the layer's activation (torch.nn.init.calculate_gain); input_uniform lies in +-1 / sqrt(I), I the
/// inputs of the network.
struct Initializer {
  enum class Fan : std::uint8_t { in, out };
  InitializerKind kind = InitializerKind::kaiming_uniform;
  float alpha = 0;    ///< constant: value; uniform: low; normal: mean
  float beta = 0;     ///< uniform: high (exclusive); normal: standard deviation
  Fan fan = Fan::in;  ///< kaiming: whether the variance is kept on the way forward (in) or back (out)
  bool operator==(const Initializer&) const = default;
};
Initializer parse_initializer(std::string_view text);
std::string to_string(const Initializer& initializer);

enum class LayerKind : std::uint8_t { dense, activation, dropout, batch_norm, layer_norm };
inline constexpr int layer_kind_count = static_cast<int>(LayerKind::layer_norm) + 1;

/// One layer of a network; the fields that its kind does not name are ignored.
struct Layer {
  LayerKind kind = LayerKind::dense;
  std::string name;                                     ///< unique; filled by the model if empty ("dense1", ...)
  int units = 0;                                        ///< dense: outputs O
  Activation activation = {};                           ///< dense, activation
  Initializer weights = {};                             ///< dense
  Initializer biases = {InitializerKind::zeros, 0, 0};  ///< dense
  float rate = 0;                                       ///< dropout: probability that an element is zeroed, in [0, 1)
  float momentum = 0.1f;  ///< batch_norm: weight of a batch's statistics in the running ones, in [0, 1] (PyTorch's)
  float epsilon = 1e-5f;  ///< batch_norm, layer_norm: added to the variance, > 0
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
  int threads = 0;  ///< CPU threads; 0: default_threads()
  Numerics numerics = Numerics::fast;
  bool operator==(const Runtime&) const = default;
};

/// Stop when the monitored figure has not improved for `patience` epochs.
struct EarlyStopping {
  int patience = 0;  ///< epochs; 0: never stop early
  Monitor monitor = {};
  float minimum_change = 0;  ///< a smaller improvement does not count
  int start_from_epoch = 0;  ///< so many first epochs are neither the best nor counted (Keras' start_from_epoch)
  bool restore_best = true;  ///< end with the best epoch's weights instead of the last one's
  bool operator==(const EarlyStopping&) const = default;
};

/// What the models of a shoal may each have of their own. The optimizers are of one kind.
struct Hyperparameters {
  Optimizer optimizer = {};
  Schedule schedule = {};
  EarlyStopping early_stopping = {};
  bool operator==(const Hyperparameters&) const = default;
};

/// A training run.
struct Training {
  Loss loss = {};
  Optimizer optimizer = {};
  Schedule schedule = {};
  EarlyStopping early_stopping = {};
  std::vector<Hyperparameters> models = {};  ///< of each model, in place of the three above; empty: those, for all
  int epochs = 10;
  int batch = 0;                ///< rows per step; 0: 64, or all training rows where there are fewer
  std::uint64_t max_steps = 0;  ///< stop after this many steps in all; 0: no limit
  float time_limit = 0;         ///< seconds; the step and the validation in which they end are finished. 0: no limit.
                                ///< Schedules do not know of it
  MetricsScope metrics = MetricsScope::none;  ///< counted on the device: one op more for each batch
  bool operator==(const Training&) const = default;
};
/// Training::batch on so many training rows.
int batch_of(const Training& training, int rows);
/// Those of model m.
Hyperparameters hyperparameters(const Training& training, std::size_t m);

}  // namespace minnow
