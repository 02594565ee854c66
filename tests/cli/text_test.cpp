// SPDX-License-Identifier: Apache-2.0
#include "src/cli/text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace minnow::cli {
namespace {

TEST(Text, SecondsAreRoundedWithinTheirUnit) {
  EXPECT_EQ(seconds_text(0), "0 ms");
  EXPECT_EQ(seconds_text(0.0304), "30 ms");
  EXPECT_EQ(seconds_text(0.9994), "999 ms");
  EXPECT_EQ(seconds_text(0.9996), "1.0 s");  // was "1000 ms"
  EXPECT_EQ(seconds_text(12.44), "12.4 s");
  EXPECT_EQ(seconds_text(59.94), "59.9 s");
  EXPECT_EQ(seconds_text(59.96), "1 min 00 s");  // was "60.0 s"
  EXPECT_EQ(seconds_text(60), "1 min 00 s");
  EXPECT_EQ(seconds_text(185.4), "3 min 05 s");
  EXPECT_EQ(seconds_text(3599.4), "59 min 59 s");
  EXPECT_EQ(seconds_text(3599.6), "1 h 00 min");
  EXPECT_EQ(seconds_text(5000), "1 h 23 min");
  EXPECT_EQ(seconds_text(7199), "2 h 00 min");
  EXPECT_EQ(seconds_text(90000), "25 h 00 min");
}

TEST(Text, KeptWeightsAreThoseOfAnEpoch) {
  EXPECT_EQ(kept_text("3"), "of epoch 3");
  EXPECT_EQ(kept_text("0"), "the initial ones");
}

TEST(Text, BytesAreRoundedWithinTheirUnit) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1000), "1 kB");
  EXPECT_EQ(bytes_text(1400), "1.4 kB");
  EXPECT_EQ(bytes_text(999499), "999 kB");
  EXPECT_EQ(bytes_text(999999), "1 MB");  // was "1e+03 kB"
  EXPECT_EQ(bytes_text(2.314e9), "2.31 GB");
  EXPECT_EQ(bytes_text(5e12), "5 TB");
  EXPECT_EQ(bytes_text(7e17), "700 PB");
}

TEST(Text, Numbers) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(123456), "123,456");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
  EXPECT_EQ(hex(0xabcu), "0000000000000abc");
  EXPECT_EQ(shortest(0.1f), "0.1");
  EXPECT_EQ(shortest(16777216), "16777216");
  EXPECT_FALSE(std::signbit(unsigned_nan(-std::numeric_limits<double>::quiet_NaN())));
  EXPECT_EQ(unsigned_nan(-2.5), -2.5);
}

TEST(Text, ParametersOfWords) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), std::vector<std::string>{""});
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(join(std::vector<std::string>{"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_TRUE(same_word("Batch-Size", "batch_size"));
  EXPECT_FALSE(same_word("batchsize", "batch_size"));
}

TEST(Text, Distances) {
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("bacth", "batch"), 1);  // neighbors that changed places
  EXPECT_EQ(edit_distance("ba", "ab"), 1);
  EXPECT_EQ(edit_distance("ca", "abc"), 3);  // of no part that is edited again
}

TEST(Text, TheClosestWord) {
  const std::vector<std::string> words = {"train", "eval", "optimizer.lr", "optimizer.momentum"};
  EXPECT_EQ(closest("trian", words), "train");
  EXPECT_EQ(closest("trainx", words), "train");
  EXPECT_EQ(closest("momentun", words), "optimizer.momentum");
  EXPECT_EQ(closest("OPTIMIZER-LR", words), "optimizer.lr");
  EXPECT_EQ(closest("evaluate", words), "eval");  // a beginning of at least three letters
  EXPECT_EQ(closest("evxy", words), "");          // two of four letters are too many
  EXPECT_EQ(closest("xr", words), "optimizer.lr");
  EXPECT_EQ(closest("ab", words), "");
  EXPECT_EQ(closest("op", words), "") << "two letters begin many words";
  EXPECT_EQ(closest("bet", std::vector<std::string>{"bat", "bit"}), "bat") << "the first of equals";
  EXPECT_EQ(closest("optimizer.momnntxx", words), "optimizer.momentum");  // three of many
  EXPECT_EQ(closest("optimizer.mxxxntum", words), "optimizer.momentum");
  EXPECT_EQ(closest("optimizer.mxxxxtum", words), "");
}

TEST(Text, WhatATerminalWouldObeyIsShown) {
  EXPECT_EQ(printable("a\x1b[2J\nb\x7f"), "a\\x1b[2J\\x0ab\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"), "\\u009b");
  EXPECT_EQ(printable("h\xc3\xa4t \xf0\x9f\x90\x9f"), "h\xc3\xa4t \xf0\x9f\x90\x9f");
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // half of a surrogate pair
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // behind the last of Unicode
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");                    // '/' in two bytes
}

TEST(Text, LinesAreBrokenBetweenWords) {
  EXPECT_EQ(wrapped("one two three", 0, 7), "one two\nthree");
  EXPECT_EQ(wrapped("one two three", 0, 6), "one\ntwo\nthree");
  EXPECT_EQ(wrapped("one two three", 2, 9), "one two\n  three");
  EXPECT_EQ(wrapped(" one\n two ", 0, 20), "one two");
  EXPECT_EQ(wrapped("a verylongword b", 0, 4), "a\nverylongword\nb");
  EXPECT_EQ(wrapped("", 4, 10), "");
}

TEST(Text, PiecesGoWhereThereIsNoRoom) {
  const std::vector<Piece> pieces = {{"head"}, {" fill", 3}, {" loss", 1}, {" x", 2, 4}};
  EXPECT_EQ(fitted(pieces, 0), "head fill loss x");
  EXPECT_EQ(fitted(pieces, 18), "head fill loss x");
  EXPECT_EQ(fitted(pieces, 17), "head loss x") << "x may need four columns in another line";
  EXPECT_EQ(fitted(pieces, 12), "head loss");
  EXPECT_EQ(fitted(pieces, 8), "head");
  EXPECT_EQ(fitted(pieces, 1), "head") << "what has rank 0 stays";
}

TEST(Text, TheTimeThatIsLeft) {
  EXPECT_EQ(seconds_left(100, 400, 10, 0), 30);
  EXPECT_EQ(seconds_left(400, 400, 10, 0), 0);
  EXPECT_EQ(seconds_left(500, 400, 10, 0), 0);
  EXPECT_EQ(seconds_left(100, 400, 10, 25), 15) << "the time limit comes first";
  EXPECT_EQ(seconds_left(100, 400, 10, 100), 30);
  EXPECT_EQ(seconds_left(100, 400, 10, 5), 0);
}

TEST(Text, TheMiddleOfALongTextIsLeftOut) {
  EXPECT_EQ(without_middle("0123456789", 10), "0123456789");
  EXPECT_EQ(without_middle("0123456789a", 4), "01 ... (7 bytes) ... 9a");
  EXPECT_EQ(without_middle("\xc3\xa4\xc3\xa4\xc3\xa4", 2), " ... (6 bytes) ... ");  // no half of a character
}

}  // namespace
}  // namespace minnow::cli
