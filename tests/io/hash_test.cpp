// SPDX-License-Identifier: Apache-2.0
#include "src/io/hash.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace minnow::engine {
namespace {

std::uint64_t hash_of(std::string_view text) {
  Fingerprint fingerprint;
  fingerprint.add(std::span(text));
  return fingerprint.value();
}

// The vectors of draft-eastlake-fnv, appendix C.
TEST(Fingerprint, IsFnv1a64) {
  EXPECT_EQ(hash_of(""), 0xcbf29ce484222325ull);
  EXPECT_EQ(hash_of("a"), 0xaf63dc4c8601ec8cull);
  EXPECT_EQ(hash_of("foobar"), 0x85944171f73967e8ull);
}

TEST(Fingerprint, OfPartsIsThatOfTheWhole) {
  Fingerprint fingerprint;
  fingerprint.add(std::span<const char>("foo", 3));
  fingerprint.add(std::span<const char>("bar", 3));
  EXPECT_EQ(fingerprint.value(), hash_of("foobar"));
}

TEST(Fingerprint, TellsTheSignOfZero) {
  Fingerprint plus, minus;
  plus.add(0.0f);
  minus.add(-0.0f);
  EXPECT_NE(plus.value(), minus.value());
}

}  // namespace
}  // namespace minnow::engine
