// SPDX-License-Identifier: Apache-2.0
/// The options of the update rule and of the learning rate over time.
#include "src/cli/option_table.hpp"

namespace minnow::cli {
namespace {

constexpr unsigned rule_commands = train_command | bench_command;

/// For the rules that read the constant.
template <OptimizerConstant constant>
Option<Invocation> read_as(Option<Invocation> option) {
  return only<Invocation>(
      "optimizer.type", [](const auto& i) { return reads(i.settings.training.optimizer.kind, constant); }, option);
}

Option<Invocation> with_decay(Option<Invocation> option) {
  return only<Invocation>(
      "optimizer.weight_decay", [](const auto& i) { return i.settings.training.optimizer.weight_decay > 0; }, option);
}

/// For the schedules that read the field.
template <ScheduleField field>
Option<Invocation> read_as(Option<Invocation> option) {
  return only<Invocation>(
      "schedule.type", [](const auto& i) { return reads(i.settings.training.schedule.kind, field); }, option);
}

}  // namespace

std::vector<Option<Invocation>> optimizer_settings() {
  return {
      setting(
          "optimizer.type", "optimizer", "NAME", any, rule_commands, "update rule",
          [](auto& i) -> auto& { return i.settings.training.optimizer.kind; }),
      setting(
          "optimizer.lr", "lr", "RATE", above(0), rule_commands,
          "learning rate; the default is the rule's, as those of the constants below",
          [](auto& i) -> auto& { return i.settings.training.optimizer.learning_rate; }),
      read_as<OptimizerConstant::momentum>(setting(
          "optimizer.momentum", "momentum", "X", half_open(0, 1), rule_commands, "share of the velocity that is kept",
          [](auto& i) -> auto& { return i.settings.training.optimizer.momentum; })),
      read_as<OptimizerConstant::dampening>(setting(
          "optimizer.dampening", "", "X", half_open(0, 1), 0, "share of the gradient that the velocity leaves out",
          [](auto& i) -> auto& { return i.settings.training.optimizer.dampening; })),
      read_as<OptimizerConstant::nesterov>(setting(
          "optimizer.nesterov", "", "BOOL", any, 0, "Nesterov's form of momentum; needs momentum > 0, dampening 0",
          [](auto& i) -> auto& { return i.settings.training.optimizer.nesterov; })),
      read_as<OptimizerConstant::alpha>(setting(
          "optimizer.alpha", "", "X", half_open(0, 1), 0, "smoothing of the squared gradient",
          [](auto& i) -> auto& { return i.settings.training.optimizer.alpha; })),
      read_as<OptimizerConstant::centered>(setting(
          "optimizer.centered", "", "BOOL", any, 0, "divide by the deviation of the gradient",
          [](auto& i) -> auto& { return i.settings.training.optimizer.centered; })),
      read_as<OptimizerConstant::rho>(setting(
          "optimizer.rho", "", "X", half_open(0, 1), 0, "smoothing of squared gradients and steps",
          [](auto& i) -> auto& { return i.settings.training.optimizer.rho; })),
      read_as<OptimizerConstant::beta1>(setting(
          "optimizer.beta1", "", "X", half_open(0, 1), 0, "smoothing of the gradient",
          [](auto& i) -> auto& { return i.settings.training.optimizer.beta1; })),
      read_as<OptimizerConstant::beta2>(setting(
          "optimizer.beta2", "", "X", half_open(0, 1), 0,
          "smoothing of the squared gradient; lion: of the mean that is kept",
          [](auto& i) -> auto& { return i.settings.training.optimizer.beta2; })),
      read_as<OptimizerConstant::epsilon>(setting(
          "optimizer.eps", "", "X", above(0), 0, "added to the divisor",
          [](auto& i) -> auto& { return i.settings.training.optimizer.epsilon; })),
      read_as<OptimizerConstant::epsilon_inside>(setting(
          "optimizer.eps_inside", "", "BOOL", any, 0, "add eps under the root instead of outside",
          [](auto& i) -> auto& { return i.settings.training.optimizer.epsilon_inside; })),
      read_as<OptimizerConstant::lr_decay>(setting(
          "optimizer.lr_decay", "", "X", at_least(0), 0, "the rate of step t is lr / (1 + lr_decay t)",
          [](auto& i) -> auto& { return i.settings.training.optimizer.lr_decay; })),
      read_as<OptimizerConstant::initial_accumulator>(setting(
          "optimizer.initial_accumulator", "", "X", at_least(0), 0, "what the sum of squares starts from",
          [](auto& i) -> auto& { return i.settings.training.optimizer.initial_accumulator; })),
      read_as<OptimizerConstant::momentum_decay>(setting(
          "optimizer.momentum_decay", "", "X", at_least(0), 0, "how fast the momentum rises to beta1",
          [](auto& i) -> auto& { return i.settings.training.optimizer.momentum_decay; })),
      setting(
          "optimizer.weight_decay", "weight-decay", "X", at_least(0), rule_commands, "strength of the weight decay",
          [](auto& i) -> auto& { return i.settings.training.optimizer.weight_decay; }),
      with_decay(setting(
          "optimizer.decay", "", "NAME", any, 0,
          "form of the weight decay; auto: decoupled for adamw and lion, else gradient",
          [](auto& i) -> auto& { return i.settings.training.optimizer.decay; })),
      with_decay(setting(
          "optimizer.decay_biases", "", "BOOL", any, 0, "whether biases, gammas and betas decay too",
          [](auto& i) -> auto& { return i.settings.training.optimizer.decay_biases; })),
      setting(
          "optimizer.clip_value", "", "X", at_least(0), 0, "cut every gradient to [-X, X]; 0: no",
          [](auto& i) -> auto& { return i.settings.training.optimizer.clip_value; }),
      setting(
          "optimizer.clip_norm", "clip-norm", "X", at_least(0), rule_commands,
          "scale a model's gradients down to this norm; 0: no",
          [](auto& i) -> auto& { return i.settings.training.optimizer.clip_norm; }),
  };
}

std::vector<Option<Invocation>> schedule_settings() {
  return {
      setting(
          "schedule.type", "schedule", "NAME", any, rule_commands, "learning rate over time",
          [](auto& i) -> auto& { return i.settings.training.schedule.kind; }),
      setting(
          "schedule.warmup", "warmup", "EPOCHS", at_least(0), rule_commands,
          "epochs of linear increase from 0 before the schedule",
          [](auto& i) -> auto& { return i.settings.training.schedule.warmup; }),
      read_as<ScheduleField::interval>(setting(
          "schedule.interval", "", "NAME", any, 0, "move with every step, or hold the rate within an epoch",
          [](auto& i) -> auto& { return i.settings.training.schedule.interval; })),
      read_as<ScheduleField::period>(setting(
          "schedule.period", "", "EPOCHS", above(0), 0,
          "step: epochs between two reductions; cosine_restarts: of the first cycle",
          [](auto& i) -> auto& { return i.settings.training.schedule.period; })),
      read_as<ScheduleField::period_multiplier>(setting(
          "schedule.period_multiplier", "", "N", integers(1, most_period_multiplier), 0,
          "cosine_restarts: how many times as long each next cycle is",
          [](auto& i) -> auto& { return i.settings.training.schedule.period_multiplier; })),
      read_as<ScheduleField::milestones>(setting(
          "schedule.milestones", "", "N,N,...", integers(0, most_epochs), 0,
          "multi_step, subtractive_step: epochs of the reductions",
          [](auto& i) -> auto& { return i.settings.training.schedule.milestones; })),
      read_as<ScheduleField::gamma>(setting(
          "schedule.gamma", "", "X", above(0), 0,
          "step, multi_step, plateau: factor of a reduction; exponential: of an epoch",
          [](auto& i) -> auto& { return i.settings.training.schedule.gamma; })),
      read_as<ScheduleField::amount>(setting(
          "schedule.amount", "", "RATE", above(0), 0, "subtractive_step: subtracted at each milestone",
          [](auto& i) -> auto& { return i.settings.training.schedule.amount; })),
      read_as<ScheduleField::length>(setting(
          "schedule.length", "", "EPOCHS", at_least(0), 0,
          "constant: epochs of the factor; linear, polynomial, cosine: of the decay; 0: all",
          [](auto& i) -> auto& { return i.settings.training.schedule.length; })),
      read_as<ScheduleField::factor>(setting(
          "schedule.factor", "", "X", at_least(0), 0, "constant: of the learning rate in its first epochs",
          [](auto& i) -> auto& { return i.settings.training.schedule.factor; })),
      read_as<ScheduleField::start_factor>(setting(
          "schedule.start_factor", "", "X", at_least(0), 0, "linear: first rate / lr",
          [](auto& i) -> auto& { return i.settings.training.schedule.start_factor; })),
      read_as<ScheduleField::end_factor>(setting(
          "schedule.end_factor", "", "X", at_least(0), 0, "linear: last rate / lr",
          [](auto& i) -> auto& { return i.settings.training.schedule.end_factor; })),
      read_as<ScheduleField::power>(setting(
          "schedule.power", "", "X", above(0), 0, "polynomial: exponent",
          [](auto& i) -> auto& { return i.settings.training.schedule.power; })),
      read_as<ScheduleField::minimum>(setting(
          "schedule.minimum", "", "RATE", at_least(0), 0, "lowest learning rate",
          [](auto& i) -> auto& { return i.settings.training.schedule.minimum; })),
      read_as<ScheduleField::pct_start>(setting(
          "schedule.pct_start", "", "X", inside(0, 1), 0, "one_cycle: share of the steps that rise",
          [](auto& i) -> auto& { return i.settings.training.schedule.pct_start; })),
      read_as<ScheduleField::div_factor>(setting(
          "schedule.div_factor", "", "X", above(0), 0, "one_cycle: lr / first rate",
          [](auto& i) -> auto& { return i.settings.training.schedule.div_factor; })),
      read_as<ScheduleField::final_div_factor>(setting(
          "schedule.final_div_factor", "", "X", above(0), 0, "one_cycle: first rate / last rate",
          [](auto& i) -> auto& { return i.settings.training.schedule.final_div_factor; })),
      read_as<ScheduleField::annealing>(setting(
          "schedule.annealing", "", "NAME", any, 0, "one_cycle: curve",
          [](auto& i) -> auto& { return i.settings.training.schedule.annealing; })),
      read_as<ScheduleField::monitor>(setting(
          "schedule.monitor", "", "NAME", any, 0, "plateau: figure that has to improve",
          [](auto& i) -> auto& { return i.settings.training.schedule.monitor; })),
      read_as<ScheduleField::patience>(setting(
          "schedule.patience", "", "EPOCHS", integers(0, most_epochs), 0,
          "plateau: epochs without improvement that are borne",
          [](auto& i) -> auto& { return i.settings.training.schedule.patience; })),
      read_as<ScheduleField::cooldown>(setting(
          "schedule.cooldown", "", "EPOCHS", integers(0, most_epochs), 0,
          "plateau: epochs after a reduction that do not count",
          [](auto& i) -> auto& { return i.settings.training.schedule.cooldown; })),
      read_as<ScheduleField::threshold>(setting(
          "schedule.threshold", "", "X", at_least(0), 0, "plateau: what an improvement must exceed",
          [](auto& i) -> auto& { return i.settings.training.schedule.threshold; })),
      read_as<ScheduleField::threshold_mode>(setting(
          "schedule.threshold_mode", "", "NAME", any, 0, "plateau: threshold relative to the best figure, or absolute",
          [](auto& i) -> auto& { return i.settings.training.schedule.threshold_mode; })),
  };
}

}  // namespace minnow::cli
