// SPDX-License-Identifier: Apache-2.0
/// A JSON value. The JSON library is large, so that one file alone includes it: json_reader.cpp.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace minnow::cli {

/// null, a truth value, a number, text, an array, or an object that keeps the order in which keys were added. Copies
/// and destroys its members by recursion: deep nesting is refused where text becomes a value.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  /// A type of its own for the variant's sake: libstdc++ 12 believes that one of standard types alone is never empty,
  /// and destroys what is not there when copying it throws.
  struct Object : std::vector<Member> {
    using std::vector<Member>::vector;
  };

  Json() = default;
  Json(std::nullptr_t) {}
  template <std::integral T>
  Json(T value) {
    if constexpr (std::same_as<T, bool>) {
      value_ = value;
    } else if constexpr (std::signed_integral<T>) {
      value_ = std::int64_t{value};
    } else {
      value_ = std::uint64_t{value};
    }
  }
  Json(double value) : value_(value) {}
  Json(std::string text) : value_(std::move(text)) {}
  Json(std::string_view text) : value_(std::string(text)) {}
  Json(const char* text) : value_(std::string(text)) {}
  template <class T>
  Json(const std::vector<T>& items) : value_(Array(items.begin(), items.end())) {}
  /// {{"key", value}, ...} is an object, {value, ...} an array.
  Json(std::initializer_list<Json> items);
  static Json array() { return Array(); }
  static Json object();

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  bool is_number() const;
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  /// A std::string or an arithmetic type. Throws std::bad_variant_access for another kind of value.
  template <class T>
  T get() const {
    if constexpr (std::same_as<T, std::string>) {
      return std::get<std::string>(value_);
    } else if constexpr (std::same_as<T, bool>) {
      return std::get<bool>(value_);
    } else {
      static_assert(std::is_arithmetic_v<T>);
      return static_cast<T>(number());
    }
  }
  /// Of an array, of an object. Throw std::bad_variant_access for another kind of value.
  const Array& elements() const { return std::get<Array>(value_); }
  const Object& items() const { return std::get<Object>(value_); }

  bool contains(std::string_view key) const { return find(key) != nullptr; }
  /// The value of a key, added as null if it is not there; null becomes an object by it.
  Json& operator[](std::string_view key);
  /// Throws std::out_of_range for a key that is not there.
  const Json& operator[](std::string_view key) const;
  void erase(std::string_view key);
  /// Takes over every member of an object.
  void update(const Json& object);
  /// Appends to an array; null becomes an array by it.
  void push_back(Json item) { append() = std::move(item); }
  /// Appends null and returns it.
  Json& append();

  /// As text: one line, or indented by two. What JSON lacks is replaced: NaN and infinities by null, bytes that are no
  /// UTF-8 by U+FFFD.
  std::string dump(bool indented = false) const;

 private:
  double number() const;
  const Json* find(std::string_view key) const;
  void write(std::string& out, bool indented, std::size_t depth) const;

  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value_;
};

/// JSON from a file or a program that is not trusted. Nothing for text that is no JSON or no UTF-8, for a key that
/// stands twice in one object, for more than 4096 keys in one, and for nesting deeper than 64 levels; `problem` then
/// says so.
std::optional<Json> parse_json(std::string_view text, std::string& problem);

}  // namespace minnow::cli
