// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/cli/json_value.hpp"

namespace minnow::cli {
namespace {

constexpr std::size_t deepest = 64;      // run.json has 6 levels
constexpr std::size_t most_keys = 4096;  // of one object, which are looked through one by one; run.json has 40

/// Builds the value from the parser's events, so that no value of the library, whose destructor may throw, is made.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Json root;
  std::string problem;

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value); }
  bool string(string_t& text) override { return add(std::move(text)); }
  bool binary(binary_t& /*bytes*/) override { return fail("binary data"); }  // JSON has none
  bool start_object(std::size_t /*members*/) override { return open(Json::object()); }
  bool start_array(std::size_t /*items*/) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (open_.back()->items().size() == most_keys)
      return fail(fmt::format("more than {} keys in one object", most_keys));
    if (open_.back()->contains(name)) return fail(fmt::format("key \"{}\" stands twice in one object", name));
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/, const nlohmann::json::exception&) override {
    return fail(fmt::format("byte {} is not what JSON may have there", position));
  }

 private:
  bool fail(std::string what) {
    problem = std::move(what);
    return false;
  }

  /// Where the next value stands: the root, the end of the open array, or at the key that was read last.
  Json& place() {
    if (open_.empty()) return root;
    return open_.back()->is_array() ? open_.back()->append() : (*open_.back())[key_];
  }

  bool add(Json value) {
    place() = std::move(value);
    return true;
  }

  bool open(Json value) {
    if (open_.size() == deepest) return fail(fmt::format("nested more than {} levels deep", deepest));
    Json& placed = place();
    placed = std::move(value);
    open_.push_back(&placed);  // stays where it is while it is open: nothing is added beside it
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<Json*> open_;
  std::string key_;
};

}  // namespace

std::optional<Json> parse_json(std::string_view text, std::string& problem) {
  Builder builder;
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
  problem = std::move(builder.problem);
  return std::nullopt;
}

}  // namespace minnow::cli
