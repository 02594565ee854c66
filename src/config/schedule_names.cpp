// SPDX-License-Identifier: Apache-2.0
// The names of what a schedule says, by the rules of names.cpp.
#include "minnow/config.hpp"
#include "minnow/names.hpp"
#include "src/config/name_table.hpp"

namespace minnow {

using engine::Name;
using engine::name_of;
using engine::parse_name;
using engine::written_names;

namespace {

constexpr Name<Interval> intervals[] = {
    {Interval::step, "step"}, {Interval::step, "batch"}, {Interval::step, "iteration"}, {Interval::epoch, "epoch"}};

constexpr Name<Annealing> annealings[] = {
    {Annealing::cosine, "cosine"}, {Annealing::cosine, "cos"}, {Annealing::linear, "linear"}};

constexpr Name<ThresholdMode> threshold_modes[] = {{ThresholdMode::relative, "relative"},
                                                   {ThresholdMode::relative, "rel"},
                                                   {ThresholdMode::absolute, "absolute"},
                                                   {ThresholdMode::absolute, "abs"}};

constexpr Name<ScheduleKind> schedules[] = {
    {ScheduleKind::constant, "constant"},
    {ScheduleKind::constant, "none"},
    {ScheduleKind::constant, "constant_lr"},
    {ScheduleKind::step, "step"},
    {ScheduleKind::step, "step_lr"},
    {ScheduleKind::step, "step_decay"},
    {ScheduleKind::multi_step, "multi_step"},
    {ScheduleKind::multi_step, "multi_step_lr"},
    {ScheduleKind::linear, "linear"},
    {ScheduleKind::linear, "linear_lr"},
    {ScheduleKind::exponential, "exponential"},
    {ScheduleKind::exponential, "exponential_lr"},
    {ScheduleKind::exponential, "exponential_decay"},
    {ScheduleKind::polynomial, "polynomial"},
    {ScheduleKind::polynomial, "polynomial_lr"},
    {ScheduleKind::polynomial, "polynomial_decay"},
    {ScheduleKind::cosine, "cosine"},
    {ScheduleKind::cosine, "cosine_annealing"},
    {ScheduleKind::cosine, "cosine_annealing_lr"},
    {ScheduleKind::cosine, "cosine_decay"},
    {ScheduleKind::cosine_restarts, "cosine_restarts"},
    {ScheduleKind::cosine_restarts, "cosine_annealing_warm_restarts"},
    {ScheduleKind::cosine_restarts, "cosine_decay_restarts"},
    {ScheduleKind::cosine_restarts, "sgdr"},
    {ScheduleKind::one_cycle, "one_cycle"},
    {ScheduleKind::one_cycle, "one_cycle_lr"},
    {ScheduleKind::subtractive_step, "subtractive_step"},
    {ScheduleKind::plateau, "plateau"},
    {ScheduleKind::plateau, "reduce_on_plateau"},
    {ScheduleKind::plateau, "reduce_lr_on_plateau"},
};

}  // namespace

Interval parse_interval(std::string_view text) {
  return parse_name<Interval>("interval", text, intervals);
}
std::string to_string(Interval interval) {
  return name_of<Interval>(interval, intervals);
}
std::vector<std::string> interval_names() {
  return written_names<Interval>(intervals);
}

Annealing parse_annealing(std::string_view text) {
  return parse_name<Annealing>("annealing", text, annealings);
}
std::string to_string(Annealing annealing) {
  return name_of<Annealing>(annealing, annealings);
}
std::vector<std::string> annealing_names() {
  return written_names<Annealing>(annealings);
}

ThresholdMode parse_threshold_mode(std::string_view text) {
  return parse_name<ThresholdMode>("threshold mode", text, threshold_modes);
}
std::string to_string(ThresholdMode mode) {
  return name_of<ThresholdMode>(mode, threshold_modes);
}
std::vector<std::string> threshold_mode_names() {
  return written_names<ThresholdMode>(threshold_modes);
}

ScheduleKind parse_schedule(std::string_view text) {
  return parse_name<ScheduleKind>("schedule", text, schedules);
}
std::string to_string(ScheduleKind kind) {
  return name_of<ScheduleKind>(kind, schedules);
}
std::vector<std::string> schedule_names() {
  return written_names<ScheduleKind>(schedules);
}

}  // namespace minnow
