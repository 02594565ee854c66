// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include "minnow/config.hpp"
#include "minnow/error.hpp"
#include "minnow/excerpt.hpp"
#include "tests/support/files.hpp"

namespace minnow::engine {
namespace {

TEST(Excerpt, IsTheTextUpToItsLimit) {
  EXPECT_EQ(excerpt("", 3), "");
  EXPECT_EQ(excerpt("abc", 3), "abc");
  EXPECT_EQ(excerpt("abcd", 3), "abc... (4 bytes)");
}

TEST(Excerpt, CutsBetweenCharacters) {
  EXPECT_EQ(excerpt("a\xc3\xa4z", 2), "a... (4 bytes)");
  EXPECT_EQ(excerpt("a\xc3\xa4z", 3), "a\xc3\xa4... (4 bytes)");
  EXPECT_EQ(excerpt(std::string(9, '\x80'), 4), "... (9 bytes)");
}

/// Whatever a name is, the message that refuses it can be read.
TEST(Excerpt, BoundsTheMessagesAboutNames) {
  const std::string name(300000, 'n');
  for (const std::string& text : {name, name + "(1)", "elu(" + name + ")"}) {
    try {
      parse_activation(text);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const UsageError& error) {
      EXPECT_LT(std::string_view(error.what()).size(), 2000u) << std::string_view(error.what()).substr(0, 2000);
    }
  }
}

}  // namespace
}  // namespace minnow::engine
