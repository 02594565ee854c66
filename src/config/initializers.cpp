// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "minnow/config.hpp"
#include "minnow/error.hpp"
#include "minnow/names.hpp"
#include "src/config/name_table.hpp"
#include "src/config/validity.hpp"
#include "src/model/number_text.hpp"

namespace minnow {

using engine::Name;
using engine::name_of;
using engine::NamedCall;
using engine::parse_name;
using engine::written_names;

namespace {

constexpr Name<InitializerKind> initializers[] = {
    {InitializerKind::zeros, "zeros"},
    {InitializerKind::constant, "constant"},
    {InitializerKind::uniform, "uniform"},
    {InitializerKind::uniform, "random_uniform"},
    {InitializerKind::normal, "normal"},
    {InitializerKind::normal, "random_normal"},
    {InitializerKind::input_uniform, "input_uniform"},
    {InitializerKind::xavier_uniform, "xavier_uniform"},
    {InitializerKind::xavier_uniform, "glorot_uniform"},
    {InitializerKind::xavier_normal, "xavier_normal"},
    {InitializerKind::xavier_normal, "glorot_normal"},
    {InitializerKind::kaiming_uniform, "kaiming_uniform"},
    {InitializerKind::kaiming_uniform, "he_uniform"},
    {InitializerKind::kaiming_normal, "kaiming_normal"},
    {InitializerKind::kaiming_normal, "he_normal"},
};

constexpr Name<Initializer::Fan> fans[] = {
    {Initializer::Fan::in, "fan_in"},
    {Initializer::Fan::out, "fan_out"},
};

bool is_kaiming(InitializerKind kind) {
  return kind == InitializerKind::kaiming_uniform || kind == InitializerKind::kaiming_normal;
}

/// How many numbers an initializer takes.
std::size_t argument_count(InitializerKind kind) {
  if (kind == InitializerKind::constant) return 1;
  return kind == InitializerKind::uniform || kind == InitializerKind::normal ? 2 : 0;
}

}  // namespace

Initializer parse_initializer(std::string_view text) {
  NamedCall call = engine::parse_call("initializer", text);
  if (engine::same_name(call.name, "ones") && call.arguments.empty()) return {InitializerKind::constant, 1, 0};
  Initializer initializer{parse_name<InitializerKind>("initializer", call.name, initializers), 0, 0};
  const std::size_t count = argument_count(initializer.kind);
  if (is_kaiming(initializer.kind) && call.arguments.size() == 1) {
    initializer.fan = parse_name<Initializer::Fan>("fan of an initializer", call.arguments[0], fans);
    call.arguments.clear();
  }
  engine::expect_arguments("initializer", text, call, count, count);
  if (count > 0) initializer.alpha = engine::parse_number("initializer", text, call.arguments[0]);
  if (count > 1) initializer.beta = engine::parse_number("initializer", text, call.arguments[1]);
  const std::string fault = engine::fault_in(initializer);
  if (!fault.empty()) throw UsageError("initializer " + engine::quoted(text) + ": " + fault);
  return initializer;
}

std::string to_string(const Initializer& initializer) {
  std::string text = name_of<InitializerKind>(initializer.kind, initializers);
  const std::size_t count = argument_count(initializer.kind);
  if (initializer.fan != Initializer::Fan::in)
    return text + "(" + name_of<Initializer::Fan>(initializer.fan, fans) + ")";
  if (count == 0) return text;
  text += "(" + engine::number_text(initializer.alpha);
  if (count > 1) text += "," + engine::number_text(initializer.beta);
  return text + ")";
}
std::vector<std::string> initializer_names() {
  return written_names<InitializerKind>(initializers);
}

}  // namespace minnow
