// SPDX-License-Identifier: Apache-2.0
#include "src/io/safetensors.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>

#include "minnow/error.hpp"
#include "tests/support/files.hpp"
#include "tests/support/safetensors_bytes.hpp"

namespace minnow::engine {
namespace {

using test::expect_error;
using test::safetensors_bytes;
using test::write_file;

class Safetensors : public testing::Test {
 protected:
  /// A file of this header and `data_size` bytes of data must be refused with these words and its name.
  void expect_refused(std::string_view header, std::size_t data_size, std::initializer_list<std::string_view> words) {
    write_file(path_, safetensors_bytes(header, std::string(data_size, 'x')));
    expect_error<ModelError>([&] { SafetensorsFile file(path_); }, words);
    expect_error<ModelError>([&] { SafetensorsFile file(path_); }, {path_.string()});
  }
  void write_two() {
    write_safetensors(path_, {{"b", "2"}, {"a", "\xc3\xa9\n\"quoted\""}},
                      std::vector<TensorToStore>{{"w", {2, 3}, weights_}, {"bias", {3}, biases_}});
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "file.safetensors";
  // NaN with a payload, infinity, -0 and a denormal keep their bits.
  std::vector<float> weights_ = {1,     -2.5f, std::bit_cast<float>(0x7fc12345u), std::bit_cast<float>(0x7f800000u),
                                 -0.0f, 1e-42f};
  std::vector<float> biases_ = {7, 8, 9};
};

constexpr std::string_view one_tensor = R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

TEST_F(Safetensors, GivesBackWhatWasWritten) {
  write_two();
  const SafetensorsFile file(path_);
  const SafetensorsHeader& header = file.header();
  EXPECT_EQ(header.metadata, (TextPairs{{"a", "\xc3\xa9\n\"quoted\""}, {"b", "2"}}));
  ASSERT_EQ(header.tensors.size(), 2u);
  EXPECT_EQ(header.tensors[0].name, "w");
  EXPECT_EQ(header.tensors[0].shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(header.tensors[1].name, "bias");
  std::vector<float> weights(6), biases(3);
  file.read(header.tensors[0], weights);
  file.read(header.tensors[1], biases);
  EXPECT_EQ(std::memcmp(weights.data(), weights_.data(), sizeof(float) * 6), 0);
  EXPECT_EQ(biases, biases_);
}

TEST_F(Safetensors, WritesTheFormatItself) {
  write_safetensors(path_, {{"k", "v"}}, std::vector<TensorToStore>{{"t", {1}, std::span(biases_).first(1)}});
  std::string header = R"({"__metadata__":{"k":"v"},"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  header.append((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(test::read_file(path_), safetensors_bytes(header, std::string("\0\0\xe0\x40", 4)));
}

TEST_F(Safetensors, RefusesAFileCutAtAnyByte) {
  write_two();
  const std::string whole = test::read_file(path_);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_file(path_, whole.substr(0, length));
    expect_error<ModelError>([&] { SafetensorsFile file(path_); }, {path_.string()});
  }
  write_file(path_, whole + "x");
  expect_error<ModelError>([&] { SafetensorsFile file(path_); }, {"37 bytes of data", "end at byte 36"});
}

TEST_F(Safetensors, RefusesAHeaderLengthThatCannotBe) {
  for (const std::uint64_t length : {largest_header + 1, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    std::string bytes = safetensors_bytes(one_tensor, "12345678");
    std::memcpy(bytes.data(), &length, sizeof(length));
    write_file(path_, bytes);
    expect_error<ModelError>([&] { SafetensorsFile file(path_); }, {std::to_string(length), "at most"});
  }
  std::string bytes = safetensors_bytes(one_tensor, "12345678");
  bytes[0] = 127;
  write_file(path_, bytes);
  expect_error<ModelError>([&] { SafetensorsFile file(path_); }, {"header of 127 bytes", "cut short"});
}

TEST_F(Safetensors, ReadsTheLargestHeaderThatIsAllowed) {
  std::string header(one_tensor);
  header.resize(largest_header, ' ');
  write_file(path_, safetensors_bytes(header, "12345678"));
  EXPECT_EQ(SafetensorsFile(path_).header().tensors.size(), 1u);
}

TEST_F(Safetensors, RefusesWhatIsNoHeader) {
  expect_refused("", 0, {"'{'"});
  expect_refused(" {}", 0, {"'{'"});
  expect_refused("[]", 0, {"'{'"});
  expect_refused("{", 0, {"not valid JSON"});
  expect_refused("{}x", 0, {"not valid JSON"});
  expect_refused("{\"\xff\":1}", 0, {"not valid JSON"});
  expect_refused(R"({"t":[[[[1]]]]})", 0, {"nested"});
  expect_refused("{\"t\":" + std::string(100000, '['), 0, {"nested"});
  expect_refused(R"({"t":1})", 0, {"'t'", "dtype"});
  expect_refused(R"({"__metadata__":{"a":1}})", 0, {"'a'", "no text"});
  expect_refused(R"({"__metadata__":[]})", 0, {"__metadata__"});
}

TEST_F(Safetensors, RefusesAKeyThatStandsTwice) {
  const std::string entry = R"("t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  expect_refused("{" + entry + "," + entry + "}", 8, {"'t'", "twice"});
  expect_refused(R"({"__metadata__":{"k":"1","k":"2"}})", 0, {"'k'", "twice"});
  expect_refused(R"({"t":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8, {"'dtype'", "twice"});
  expect_refused(R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\u0074":{}})", 8, {"'t'", "twice"});
}

TEST_F(Safetensors, RefusesEntriesThatAreNotATensor) {
  const auto entry = [](std::string_view dtype, std::string_view shape, std::string_view offsets) {
    return R"({"t":{"dtype":)" + std::string(dtype) + R"(,"shape":)" + std::string(shape) + R"(,"data_offsets":)" +
           std::string(offsets) + "}}";
  };
  expect_refused(entry(R"("F64")", "[1]", "[0,8]"), 8, {"'t'", "F64", "expected \"F32\""});
  expect_refused(entry("1", "[2]", "[0,8]"), 8, {"dtype 1"});
  expect_refused(entry(R"("F32")", "[3]", "[0,8]"), 8, {"8 bytes", "[3] needs 12"});
  expect_refused(entry(R"("F32")", "[-2]", "[0,8]"), 8, {"shape"});
  expect_refused(entry(R"("F32")", "[2.0]", "[0,8]"), 8, {"shape"});
  expect_refused(entry(R"("F32")", "2", "[0,8]"), 8, {"shape"});
  expect_refused(entry(R"("F32")", "[2]", "[0]"), 8, {"data_offsets"});
  expect_refused(entry(R"("F32")", "[2]", "[0,8,8]"), 8, {"data_offsets"});
  expect_refused(entry(R"("F32")", "[2]", R"(["0",8])"), 8, {"data_offsets"});
  expect_refused(R"({"t":{"dtype":"F32","shape":[2]}})", 8, {"data_offsets"});
  expect_refused(R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}})", 8, {"nothing else"});
}

TEST_F(Safetensors, RefusesSizesThatOverflow) {
  const auto entry = [](std::string_view shape, std::string_view offsets) {
    return R"({"t":{"dtype":"F32","shape":)" + std::string(shape) + R"(,"data_offsets":)" + std::string(offsets) + "}}";
  };
  expect_refused(entry("[2]", "[0,9223372036854775808]"), 8, {"9223372036854775808", "within the 8 bytes"});
  expect_refused(entry("[2]", "[9223372036854775800,9223372036854775808]"), 8, {"within the 8 bytes"});
  expect_refused(entry("[2]", "[18446744073709551615,7]"), 8, {"within"});
  expect_refused(entry("[2]", "[0,18446744073709551624]"), 8, {"data_offsets"});  // beyond 64 bits
  expect_refused(entry("[2]", "[8,0]"), 8, {"within"});
  expect_refused(entry("[4611686018427387906]", "[0,8]"), 8, {"more than 2^63"});  // 4 * shape = 8 modulo 2^64
  expect_refused(entry("[4294967296,4294967296,2]", "[0,8]"), 8, {"more than 2^63"});
  expect_refused(entry("[9223372036854775808]", "[0,8]"), 8, {"more than 2^63"});
}

TEST_F(Safetensors, RefusesOverlapsHolesAndCrookedPlaces) {
  const auto two = [](std::string_view a, std::string_view b) {
    return R"({"a":{"dtype":"F32","shape":[2],"data_offsets":)" + std::string(a) +
           R"(},"b":{"dtype":"F32","shape":[2],"data_offsets":)" + std::string(b) + "}}";
  };
  expect_refused(two("[0,8]", "[4,12]"), 12, {"'b'", "byte 4", "inside", "byte 8"});
  expect_refused(two("[0,8]", "[0,8]"), 8, {"inside"});
  expect_refused(two("[0,8]", "[12,20]"), 20, {"'b'", "hole"});
  expect_refused(two("[4,12]", "[12,20]"), 20, {"'a'", "hole"});
  expect_refused(two("[0,8]", "[8,16]"), 20, {"20 bytes of data", "byte 16"});
  expect_refused(two("[0,8]", "[9,17]"), 17, {"'b'", "multiple of 4"});
}

TEST_F(Safetensors, SaysWhyAFileCannotBeRead) {
  expect_error<DataError>([&] { SafetensorsFile file(folder_ / "none"); }, {"none", "No such file"});
  expect_error<DataError>([&] { SafetensorsFile file(folder_.path()); }, {"is a folder"});
  expect_error<DataError>([] { SafetensorsFile file("/dev/zero"); }, {"/dev/zero", "device"});
}

TEST_F(Safetensors, WritesNothingThatItWouldRefuse) {
  const auto write = [&](const TextPairs& metadata) { write_safetensors(path_, metadata, {}); };
  expect_error<UsageError>([&] { write({{"k", "1"}, {"k", "2"}}); }, {"'k'", "twice"});
  expect_error<UsageError>([&] { write({{"k", "\xff"}}); }, {"UTF-8"});
  expect_error<UsageError>([&] { write({{"k", std::string(largest_header, 'a')}}); }, {"header", "shorten"});
  EXPECT_FALSE(std::filesystem::exists(path_));
  write({});
  EXPECT_TRUE(SafetensorsFile(path_).header().tensors.empty());
}

}  // namespace
}  // namespace minnow::engine
