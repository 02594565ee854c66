// SPDX-License-Identifier: Apache-2.0
#include "src/io/strict_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "minnow/error.hpp"
#include "tests/support/files.hpp"

namespace minnow::engine {
namespace {

using test::expect_error;

/// `depth` arrays within one another.
std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(StrictJson, ReadsAsDeepAsItIsToldAndNoDeeper) {
  EXPECT_EQ(parse_strict_json(nested(3), "w", 3).dump(), "[[[]]]");
  EXPECT_EQ(parse_strict_json(R"({"a":[{}]})", "w", 3)["a"].size(), 1u);
  expect_error<ModelError>([] { parse_strict_json(nested(4), "w", 3); }, {"w: JSON nested more than 3 levels deep"});
  expect_error<ModelError>([] { parse_strict_json(R"({"a":[{"b":{}}]})", "w", 3); }, {"more than 3 levels"});
  expect_error<ModelError>([] { parse_strict_json(std::string(1000000, '['), "w", 3); }, {"more than 3 levels"});
}

TEST(StrictJson, RefusesWhatIsNoJson) {
  for (const char* text : {"", "{", "[1,]", "{} x", "nan", "'a'", "{\"a\":01}", "\"\xff\"", "[1e999]"}) {
    expect_error<ModelError>([&] { parse_strict_json(text, "where", 3); }, {"where: is not valid JSON"});
  }
  expect_error<ModelError>([] { parse_strict_json(R"([{"a":1,"b":2,"a":3}])", "w", 3); }, {"'a' stands twice"});
  EXPECT_EQ(parse_strict_json(R"([{"a":1},{"a":2}])", "w", 3).size(), 2u) << "the same key in two objects";
}

/// Messages used to hold the whole key, or all that the parser had read last.
TEST(StrictJson, QuotesALittleOfWhatItRefuses) {
  const std::string name(300000, 'k'), pair = "\"" + name + "\":1";
  for (const std::string& text : {"{" + pair + "," + pair + "}", "[\"" + name}) {
    try {
      parse_strict_json(text, "w", 3);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const ModelError& error) {
      EXPECT_LT(std::string_view(error.what()).size(), 400u);
    }
  }
}

}  // namespace
}  // namespace minnow::engine
