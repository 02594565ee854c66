// SPDX-License-Identifier: Apache-2.0
// The names of what a schedule says, by the rules of names.cpp.
#include <algorithm>
#include <iterator>

#include "kernels/math/schedule.hpp"
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

std::vector<Name<ScheduleKind>> schedules() {
  return engine::names_in_structs<ScheduleKind>(schedule_count,
                                                [](ScheduleKind kind, const auto& f) { math::visit(kind, f); });
}

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

bool reads(ScheduleKind kind, ScheduleField field) {
  return math::visit(kind, [&](auto rule) {
    return std::ranges::find(decltype(rule)::fields, field) != std::end(decltype(rule)::fields);
  });
}

ScheduleKind parse_schedule(std::string_view text) {
  return parse_name<ScheduleKind>("schedule", text, schedules());
}
std::string to_string(ScheduleKind kind) {
  return name_of<ScheduleKind>(kind, schedules());
}
std::vector<std::string> schedule_names() {
  return written_names<ScheduleKind>(schedules());
}

}  // namespace minnow
