// SPDX-License-Identifier: Apache-2.0
// The command's JSON values against the JSON library.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "src/cli/json_value.hpp"

namespace minnow {
namespace {

using cli::Json;
using cli::parse_json;
using Library = nlohmann::ordered_json;

Json parsed(const std::string& text) {
  std::string problem;
  const std::optional<Json> json = parse_json(text, problem);
  EXPECT_TRUE(json) << text << ": " << problem;
  return json.value_or(Json());
}

std::string problem_of(const std::string& text) {
  std::string problem;
  EXPECT_FALSE(parse_json(text, problem)) << text.substr(0, 80);
  return problem;
}

TEST(JsonValue, IsWrittenAsTheLibraryWritesIt) {
  const std::vector<double> rounds = {0.5, 1e-7, 123456.75, 1e300};
  const Json value = {{"text", "a \"quote\", \\, \n and \x1f, \u00e4"},
                      {"list", {1, -2, 3u, true, nullptr, "x"}},
                      {"rounds", rounds},
                      {"none", Json::array()},
                      {"empty", Json::object()},
                      {"nested", {{"one", {{"two", 0.1}}}}},
                      {"large", std::numeric_limits<std::uint64_t>::max()}};
  const Library expected = {{"text", "a \"quote\", \\, \n and \x1f, \u00e4"},
                            {"list", {1, -2, 3u, true, nullptr, "x"}},
                            {"rounds", rounds},
                            {"none", Library::array()},
                            {"empty", Library::object()},
                            {"nested", {{"one", {{"two", 0.1}}}}},
                            {"large", std::numeric_limits<std::uint64_t>::max()}};
  EXPECT_EQ(value.dump(), expected.dump());
  EXPECT_EQ(value.dump(true), expected.dump(2));
  EXPECT_EQ(parsed(value.dump()).dump(), expected.dump());
}

TEST(JsonValue, EveryByteOfTextSurvives) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = std::string("<") + static_cast<char>(byte) + ">";
    const std::string written = Json(text).dump();
    const std::string expected = byte < 0x80 ? text : "<\uFFFD>";  // a lone byte above 7f is no UTF-8
    EXPECT_EQ(Library::parse(written).get<std::string>(), expected) << byte;
    EXPECT_EQ(parsed(written).get<std::string>(), expected) << byte;
  }
}

TEST(JsonValue, NumbersReadBackAsTheSameBits) {
  for (const double value : {0.0, -0.0, 1.0, -3.0, 0.1, 1e15, 1e16, 5e-324, 1.7976931348623157e308, 1.0 / 3}) {
    const std::string written = Json(value).dump();
    EXPECT_EQ(Library::parse(written).get<double>(), value) << written;
    EXPECT_TRUE(Library::parse(written).is_number_float()) << written;
    EXPECT_EQ(std::signbit(parsed(written).get<double>()), std::signbit(value)) << written;
    EXPECT_EQ(parsed(written).get<double>(), value) << written;
  }
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double value : {infinity, -infinity, std::nan("")}) EXPECT_EQ(Json(value).dump(), "null");
}

TEST(JsonValue, MembersAreFoundChangedAndErased) {
  Json json;
  json["b"] = 1;
  json["a"]["inside"] = "text";
  json.update({{"b", 2}, {"c", 3}});
  EXPECT_EQ(json.dump(), R"({"b":2,"a":{"inside":"text"},"c":3})");
  json.erase("a");
  EXPECT_FALSE(json.contains("a"));
  EXPECT_EQ(json["c"].get<double>(), 3);
  const Json& constant = json;
  EXPECT_THROW(constant["a"], std::out_of_range);
}

TEST(JsonValue, WhatIsNotTrustedIsRefusedWithTheReason) {
  EXPECT_NE(problem_of(R"({"a": 1, "a": 2})"), "");
  EXPECT_EQ(problem_of(R"({"a": 1, "a": 2})"), "key \"a\" stands twice in one object");
  for (const char* text : {"", "{", "[1,]", "{\"a\" 1}", "nul", "1 2", "\"\xff\"", "NaN", "[1e999]"}) {
    EXPECT_NE(problem_of(text), "") << text;
  }
}

// A recursive copy or destructor of what 600 kB of brackets can hold overflows the stack.
TEST(JsonValue, DepthIsBounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  parsed(nested(64));
  for (const std::size_t depth : {std::size_t{65}, std::size_t{100'000}}) {
    EXPECT_EQ(problem_of(nested(depth)), "nested more than 64 levels deep");
    EXPECT_EQ(problem_of(std::string(depth, '[')), "nested more than 64 levels deep");
  }
}

}  // namespace
}  // namespace minnow
