// SPDX-License-Identifier: Apache-2.0
/// Option values between their text (a flag, --set, TOML) and the typed field they land in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "minnow/minnow.hpp"

namespace minnow::cli {

enum class ValueKind : std::uint8_t {
  boolean,
  integer,
  portion,  ///< auto, a number of rows, or a share of them
  real,
  text,
  name,      ///< one of a set of names, some with parameters
  integers,  ///< a list
  reals,     ///< a list
  texts,     ///< a flag that may be repeated; each use appends
};

/// A type of its own for the variant's sake: libstdc++ 12 believes that one of standard types alone is never empty, and
/// destroys what is not there when copying it throws.
struct Integers : std::vector<std::int64_t> {
  using std::vector<std::int64_t>::vector;
};
using Value = std::variant<bool, std::int64_t, double, std::string, Integers, std::vector<double>>;

/// The numbers that an option takes. NaN and infinities are in no range.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false, high_open = false;

  bool contains(long double value) const;  ///< a type that holds every 64-bit integer
  std::string text() const;                ///< ">= 1", "> 0", "in [0, 1)", "from 1 to 9"; empty: any finite number
};
Range at_least(double low);
Range above(double low);
/// Integers; both ends belong to the range.
Range integers(double low, double high = std::numeric_limits<std::int32_t>::max());
/// Integers from 0 to 2^53: what a double, and so every reader of JSON, holds exactly.
Range counts();
/// low <= value < high
Range half_open(double low, double high);
/// low < value < high
Range inside(double low, double high);

/// Reads a flag's or --set's text as `kind`. Throws UsageError that says what was expected.
Value parse_value(ValueKind kind, std::string_view text);
/// As TOML writes it: quoted text, reals with a point or an exponent.
std::string toml_text(const Value& value);
/// For messages and help: without quotes, lists as 128,64.
std::string plain_text(const Value& value);
/// "an integer from 1 to 9", "true or false", "a list of integers from 1 to 9".
std::string expected_text(ValueKind kind, const Range& range);

/// Brings a TOML or parsed value to `kind` (an integer may stand for a real) within `range`.
/// Throws UsageError "expected ...", with ", found ..." for a value of another kind.
Value convert_value(ValueKind kind, const Range& range, const Value& value);

/// How a field of type T is kept, set and read. `choices` lists its names.
template <class T>
struct Codec;

template <>
struct Codec<bool> {
  static constexpr ValueKind kind = ValueKind::boolean;
  static void assign(bool& field, const Value& value) { field = std::get<bool>(value); }
  static Value read(const bool& field) { return field; }
};

template <>
struct Codec<int> {
  static constexpr ValueKind kind = ValueKind::integer;
  static void assign(int& field, const Value& value) { field = static_cast<int>(std::get<std::int64_t>(value)); }
  static Value read(const int& field) { return std::int64_t{field}; }
};

template <>
struct Codec<std::optional<Portion>> {
  static constexpr ValueKind kind = ValueKind::portion;
  static void assign(std::optional<Portion>& field, const Value& value) {
    field = std::nullopt;
    if (const auto* rows = std::get_if<std::int64_t>(&value)) field = static_cast<int>(*rows);
    if (const auto* share = std::get_if<double>(&value)) field = *share;
  }
  static Value read(const std::optional<Portion>& field) {
    if (!field) return std::string("auto");
    return field->share > 0 ? Value(double{field->share}) : Value(std::int64_t{field->rows});
  }
};

template <>
struct Codec<std::uint64_t> {
  static constexpr ValueKind kind = ValueKind::integer;
  static void assign(std::uint64_t& field, const Value& value) {
    field = static_cast<std::uint64_t>(std::get<std::int64_t>(value));
  }
  static Value read(const std::uint64_t& field) { return static_cast<std::int64_t>(field); }
};

template <>
struct Codec<float> {
  static constexpr ValueKind kind = ValueKind::real;
  static void assign(float& field, const Value& value) { field = static_cast<float>(std::get<double>(value)); }
  static Value read(const float& field) { return double{field}; }
};

template <>
struct Codec<std::string> {
  static constexpr ValueKind kind = ValueKind::text;
  static void assign(std::string& field, const Value& value) { field = std::get<std::string>(value); }
  static Value read(const std::string& field) { return field; }
};

template <>
struct Codec<std::filesystem::path> {
  static constexpr ValueKind kind = ValueKind::text;
  static void assign(std::filesystem::path& field, const Value& value) { field = std::get<std::string>(value); }
  static Value read(const std::filesystem::path& field) { return field.string(); }
};

template <>
struct Codec<std::vector<int>> {
  static constexpr ValueKind kind = ValueKind::integers;
  static void assign(std::vector<int>& field, const Value& value) {
    const auto& list = std::get<Integers>(value);
    field.clear();
    for (const std::int64_t item : list) field.push_back(static_cast<int>(item));
  }
  static Value read(const std::vector<int>& field) { return Integers(field.begin(), field.end()); }
};

template <>
struct Codec<std::vector<float>> {
  static constexpr ValueKind kind = ValueKind::reals;
  static void assign(std::vector<float>& field, const Value& value) {
    field.clear();
    for (const double item : std::get<std::vector<double>>(value)) field.push_back(static_cast<float>(item));
  }
  static Value read(const std::vector<float>& field) { return std::vector<double>(field.begin(), field.end()); }
};

template <>
struct Codec<std::vector<std::string>> {
  static constexpr ValueKind kind = ValueKind::texts;
  static void assign(std::vector<std::string>& field, const Value& value) {
    field.push_back(std::get<std::string>(value));
  }
  static Value read(const std::vector<std::string>&) { return std::string(); }
};

/// A type with `parse` from text and to_string.
template <class T, auto parse>
struct NameCodec {
  static constexpr ValueKind kind = ValueKind::name;
  static void assign(T& field, const Value& value) { field = parse(std::get<std::string>(value)); }
  static Value read(const T& field) { return to_string(field); }
};

template <>
struct Codec<Activation> : NameCodec<Activation, parse_activation> {
  static std::string choices();
};
template <>
struct Codec<LossKind> : NameCodec<LossKind, parse_loss> {
  static std::string choices();
};
template <>
struct Codec<OptimizerKind> : NameCodec<OptimizerKind, parse_optimizer> {
  static std::string choices();
};
template <>
struct Codec<WeightDecay> : NameCodec<WeightDecay, parse_weight_decay> {
  static std::string choices();
};
template <>
struct Codec<Interval> : NameCodec<Interval, parse_interval> {
  static std::string choices();
};
template <>
struct Codec<Annealing> : NameCodec<Annealing, parse_annealing> {
  static std::string choices();
};
template <>
struct Codec<ThresholdMode> : NameCodec<ThresholdMode, parse_threshold_mode> {
  static std::string choices();
};
template <>
struct Codec<ScheduleKind> : NameCodec<ScheduleKind, parse_schedule> {
  static std::string choices();
};
template <>
struct Codec<Initializer> : NameCodec<Initializer, parse_initializer> {
  static std::string choices();
};
template <>
struct Codec<LayerKind> : NameCodec<LayerKind, parse_layer_kind> {
  static std::string choices();
};
template <>
struct Codec<Device> : NameCodec<Device, parse_device> {
  static std::string choices();
};
template <>
struct Codec<Numerics> : NameCodec<Numerics, parse_numerics> {
  static std::string choices();
};
template <>
struct Codec<Sampling> : NameCodec<Sampling, parse_sampling> {
  static std::string choices();
};
template <>
struct Codec<Monitor> : NameCodec<Monitor, parse_monitor> {
  static std::string choices();
};

template <>
struct Codec<MetricsScope> : NameCodec<MetricsScope, parse_metrics_scope> {
  static std::string choices();
};

template <>
struct Codec<Split> : NameCodec<Split, parse_split> {
  static std::string choices();
};

}  // namespace minnow::cli
