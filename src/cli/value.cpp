// SPDX-License-Identifier: Apache-2.0
#include "src/cli/value.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

/// "[1, 2]" or "1,2"; "none" or "[]": empty, but not nothing at all, which a script may have passed by mistake. Throws
/// UsageError `expected`.
template <class List>
Value parse_list(std::string_view text, const char* expected) {
  std::string body = trim(text);
  if (body.empty()) throw UsageError(expected);
  if (body.starts_with('[') && body.ends_with(']')) body = trim(std::string_view(body).substr(1, body.size() - 2));
  List list;
  if (body.empty() || same_word(body, "none")) return list;
  for (const std::string& part : split(body, ',')) {
    typename List::value_type number = 0;
    if (!parse_number(trim(part), number)) throw UsageError(expected);
    list.push_back(number);
  }
  return list;
}

/// Fields are floats, and shown as such; only what no float holds is shown as it was typed.
std::string real_text(double real) {
  const auto narrow = static_cast<float>(real);
  const bool held = std::isfinite(narrow) == std::isfinite(real) && (narrow == 0) == (real == 0);
  return held ? shortest(narrow) : fmt::format("{}", real);
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (code < 0x20 || code == 0x7f) {
      result += fmt::format("\\u{:04X}", code);
    } else {
      result += c;
    }
  }
  return result + '"';
}

}  // namespace

bool Range::contains(long double value) const {
  if (!std::isfinite(value)) return false;
  return (low_open ? value > low : value >= low) && (high_open ? value < high : value <= high);
}

std::string Range::text() const {
  const bool has_low = std::isfinite(low), has_high = std::isfinite(high);
  if (has_low && has_high && !low_open && !high_open) return fmt::format("from {:.0f} to {:.0f}", low, high);
  if (has_low && has_high) return fmt::format("in {}{}, {}{}", low_open ? '(' : '[', low, high, high_open ? ')' : ']');
  if (has_low) return fmt::format("{} {}", low_open ? ">" : ">=", low);
  if (has_high) return fmt::format("{} {}", high_open ? "<" : "<=", high);
  return {};
}

Range at_least(double low) {
  return {.low = low};
}
Range above(double low) {
  return {.low = low, .low_open = true};
}
Range integers(double low, double high) {
  return {.low = low, .high = high};
}
Range counts() {
  return integers(0, 9007199254740992.0);
}
Range inside(double low, double high) {
  return {.low = low, .high = high, .low_open = true, .high_open = true};
}
Range half_open(double low, double high) {
  return {.low = low, .high = high, .high_open = true};
}

std::string expected_text(ValueKind kind, const Range& range) {
  std::string noun;
  switch (kind) {
    case ValueKind::boolean:
      return "true or false";
    case ValueKind::integer:
      noun = "an integer";
      break;
    case ValueKind::portion:
      return "auto, a share in (0, 1) or an integer " + range.text();
    case ValueKind::real:
      noun = "a finite number";
      break;
    case ValueKind::integers:
      noun = "a list of integers";
      break;
    case ValueKind::reals:
      noun = "a list of finite numbers";
      break;
    case ValueKind::text:
    case ValueKind::texts:
      return "text";
    case ValueKind::name:
      return "a name";
  }
  const std::string limits = range.text();
  const bool is_list = kind == ValueKind::integers || kind == ValueKind::reals;
  return noun + (limits.empty() ? "" : ' ' + limits) + (is_list ? ", or none" : "");
}

Value parse_value(ValueKind kind, std::string_view text) {
  std::int64_t integer = 0;
  double real = 0;
  switch (kind) {
    case ValueKind::boolean:
      if (text == "true") return true;
      if (text == "false") return false;
      throw UsageError("expected true or false");
    case ValueKind::portion:
      if (same_word(text, "auto")) return std::string("auto");
      if (parse_number(text, integer)) return integer;
      if (parse_number(text, real)) return real;
      throw UsageError("expected auto, a share or an integer");
    case ValueKind::integer:
      if (parse_number(text, integer)) return integer;
      throw UsageError("expected an integer");
    case ValueKind::real:
      if (parse_number(text, real)) return real;
      throw UsageError("expected a number");
    case ValueKind::integers:
      return parse_list<Integers>(text, "expected integers with commas between them, as in 128,64");
    case ValueKind::reals:
      return parse_list<std::vector<double>>(text, "expected numbers with commas between them, as in 1,0.5");
    case ValueKind::text:
    case ValueKind::texts:
    case ValueKind::name:
      break;
  }
  return std::string(text);
}

std::string toml_text(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *integer);
  if (const auto* real = std::get_if<double>(&value)) {
    std::string text = real_text(*real);
    if (text.find_first_of(".en") == std::string::npos) text += ".0";
    return text;
  }
  if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  if (const auto* reals = std::get_if<std::vector<double>>(&value)) {
    std::vector<std::string> texts;
    for (const double real : *reals) texts.push_back(toml_text(real));
    return fmt::format("[{}]", fmt::join(texts, ", "));
  }
  return fmt::format("[{}]", fmt::join(std::get<Integers>(value), ", "));
}

std::string plain_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* real = std::get_if<double>(&value)) return real_text(*real);
  if (const auto* list = std::get_if<Integers>(&value)) return fmt::format("{}", fmt::join(*list, ","));
  if (const auto* reals = std::get_if<std::vector<double>>(&value)) {
    std::vector<std::string> texts;
    for (const double real : *reals) texts.push_back(real_text(real));
    return fmt::format("{}", fmt::join(texts, ","));
  }
  return toml_text(value);
}

Value convert_value(ValueKind kind, const Range& range, const Value& value) {
  const auto fail = [&](std::string_view more = "") {
    return UsageError("expected " + expected_text(kind, range) + std::string(more));
  };
  const auto other_kind = [&] {
    constexpr std::array kinds = {", found a boolean", ", found an integer", ", found a number",
                                  ", found text",      ", found a list",     ", found a list"};
    return fail(kinds[value.index()]);
  };
  const auto* integer = std::get_if<std::int64_t>(&value);
  const auto* text = std::get_if<std::string>(&value);
  const bool none = text != nullptr && same_word(*text, "none");
  const auto fits = [&](std::int64_t number) { return range.contains(static_cast<long double>(number)); };
  switch (kind) {
    case ValueKind::boolean:
      if (!std::holds_alternative<bool>(value)) throw other_kind();
      return value;
    case ValueKind::portion:
      if (text != nullptr && same_word(*text, "auto")) return value;
      if (const auto* share = std::get_if<double>(&value)) {
        if (!inside(0, 1).contains(static_cast<float>(*share))) throw fail();
        return double{static_cast<float>(*share)};  // as the field holds it
      }
      [[fallthrough]];
    case ValueKind::integer:
      if (integer == nullptr) throw other_kind();
      if (!fits(*integer)) throw fail();
      return value;
    case ValueKind::real: {
      const auto* given = std::get_if<double>(&value);
      if (given == nullptr && integer == nullptr) throw other_kind();
      const double wide = given != nullptr ? *given : static_cast<double>(*integer);
      const double real = static_cast<float>(wide);  // as the field holds it: 1e-60 is not above 0 there
      if (!range.contains(real)) throw fail(range.contains(wide) ? " as a 32-bit float (1e-45 to 3e38)" : "");
      return real;
    }
    case ValueKind::integers: {
      if (none) return Integers();
      const auto* list = std::get_if<Integers>(&value);
      if (list == nullptr) throw other_kind();
      for (const std::int64_t item : *list) {
        if (!fits(item)) throw fail();
      }
      return value;
    }
    case ValueKind::reals: {
      if (none) return std::vector<double>();
      std::vector<double> list;
      if (const auto* whole = std::get_if<Integers>(&value)) {
        list.assign(whole->begin(), whole->end());
      } else if (const auto* reals = std::get_if<std::vector<double>>(&value)) {
        list = *reals;
      } else {
        throw other_kind();
      }
      for (double& item : list) {
        item = static_cast<float>(item);  // as the field holds it
        if (!range.contains(item)) throw fail();
      }
      return list;
    }
    case ValueKind::text:
    case ValueKind::texts:
    case ValueKind::name:
      if (text == nullptr) throw other_kind();
      return value;
  }
  throw fail();
}

std::string Codec<Activation>::choices() {
  std::vector<std::string> names = activation_names();
  names.pop_back();  // softmax, which is for the last layer alone
  return join(names, ", ");
}
std::string Codec<LossKind>::choices() {
  return join(loss_names(), ", ");
}
std::string Codec<OptimizerKind>::choices() {
  return join(optimizer_names(), ", ");
}
std::string Codec<WeightDecay>::choices() {
  return join(weight_decay_names(), ", ");
}
std::string Codec<Interval>::choices() {
  return join(interval_names(), ", ");
}
std::string Codec<Annealing>::choices() {
  return join(annealing_names(), ", ");
}
std::string Codec<ThresholdMode>::choices() {
  return join(threshold_mode_names(), ", ");
}
std::string Codec<ScheduleKind>::choices() {
  return join(schedule_names(), ", ");
}
std::string Codec<Initializer>::choices() {
  return join(initializer_names(), ", ");
}
std::string Codec<LayerKind>::choices() {
  return join(layer_kind_names(), ", ");
}
std::string Codec<Numerics>::choices() {
  return join(numerics_names(), ", ");
}
std::string Codec<MetricsScope>::choices() {
  return join(metrics_scope_names(), ", ");
}
std::string Codec<Device>::choices() {
  std::vector<std::string> names = device_names();
  for (std::string& name : names) name += name == "cuda" ? "[:N]" : "";
  return join(names, ", ");
}
std::string Codec<Monitor>::choices() {
  return "val/ or train/ and one of " + join(metric_names(), ", ");
}
std::string Codec<Sampling>::choices() {
  return join(sampling_names(), ", ");
}
std::string Codec<Split>::choices() {
  return join(split_names(), ", ");
}

}  // namespace minnow::cli
