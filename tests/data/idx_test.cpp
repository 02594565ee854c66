// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "minnow/dataset.hpp"
#include "minnow/error.hpp"
#include "tests/support/files.hpp"
#include "tests/support/idx_files.hpp"

namespace minnow {
namespace {

using test::counting;
using test::expect_error;
using test::gzip;
using test::idx_bytes;
using test::write_file;

/// Five 3 x 2 images 0, 1, 2, ... and the labels 0, 1, 2, 3, 0.
class Idx : public testing::Test {
 protected:
  Idx() {
    write_file(images_, image_bytes_);
    write_file(labels_, label_bytes_);
  }
  /// The images file replaced by `bytes` must be refused with these words and its own name.
  void expect_images_refused(std::string_view bytes, std::initializer_list<std::string_view> words) {
    write_file(images_, bytes);
    expect_error<DataError>([&] { read_idx(images_, labels_); }, words);
    expect_error<DataError>([&] { read_idx(images_, labels_); }, {images_.string()});
  }

  test::TemporaryFolder folder_;
  std::filesystem::path images_ = folder_ / "images";
  std::filesystem::path labels_ = folder_ / "labels";
  std::string image_bytes_ = idx_bytes({5, 3, 2}, counting(30, 256));
  std::string label_bytes_ = idx_bytes({5}, counting(5, 4));
};

TEST_F(Idx, ReadsPlainFiles) {
  const Dataset data = read_idx(images_, labels_);
  EXPECT_EQ(data.rows(), 5);
  EXPECT_EQ(data.features(), 6);
  EXPECT_EQ(data.classes(), 4);
  EXPECT_EQ(data.bytes()[29], 29);
  EXPECT_EQ(data.labels()[3], 3);
  EXPECT_EQ(data.scale(), 1.0f / 255);
  EXPECT_EQ(read_idx(images_, labels_, 10).classes(), 10);
}

TEST_F(Idx, TellsGzipByContentNotByName) {
  const std::uint64_t plain = read_idx(images_, labels_).fingerprint();
  write_file(images_, gzip(image_bytes_));
  EXPECT_EQ(read_idx(images_, labels_).fingerprint(), plain);
  write_file(folder_ / "labels.gz", label_bytes_);
  EXPECT_EQ(read_idx(images_, folder_ / "labels.gz").fingerprint(), plain);
}

TEST_F(Idx, ReadsManyPiecesAndGzipMembers) {
  const std::string rows = counting(300 * 1000, 251);
  const std::string bytes = idx_bytes({300, 1000}, rows);  // rows that are not images: two dimensions
  write_file(images_, gzip(bytes.substr(0, 100000)) + gzip(bytes.substr(100000)));
  write_file(labels_, idx_bytes({300}, counting(300, 10)));
  const Dataset data = read_idx(images_, labels_);
  EXPECT_EQ(data.features(), 1000);
  ASSERT_EQ(data.bytes().size(), rows.size());
  EXPECT_TRUE(std::equal(rows.begin(), rows.end(), data.bytes().begin(),
                         [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }));
}

TEST_F(Idx, RefusesAFileThatIsNotThere) {
  expect_error<DataError>([&] { read_idx(folder_ / "nothing", labels_); }, {"nothing", "No such file"});
  expect_error<DataError>([&] { read_idx(folder_.path(), labels_); }, {"is a folder"});
  expect_error<DataError>([&] { read_idx("/dev/null", labels_); }, {"/dev/null", "regular file"});
}

TEST_F(Idx, RefusesAFileCutAtAnyByte) {
  for (std::size_t length = 0; length < image_bytes_.size(); ++length) {
    expect_images_refused(image_bytes_.substr(0, length), {length < 16 ? "header" : "promises 5 x 3 x 2"});
  }
}

TEST_F(Idx, RefusesGzipCutAtAnyByte) {
  const std::string packed = gzip(image_bytes_);
  for (std::size_t length = 0; length < packed.size(); ++length) expect_images_refused(packed.substr(0, length), {});
  expect_images_refused(packed.substr(0, packed.size() - 1), {"truncated"});
}

TEST_F(Idx, RefusesCorruptGzip) {
  const std::string packed = gzip(image_bytes_);
  for (const std::size_t place : {packed.size() - 8, packed.size() - 1, packed.size() / 2}) {  // CRC, length, data
    std::string corrupt = packed;
    corrupt[place] = static_cast<char>(corrupt[place] ^ 0x40);
    expect_images_refused(corrupt, {"gzip", "corrupt"});
  }
}

TEST_F(Idx, RefusesAWrongMagicNumber) {
  expect_images_refused(label_bytes_, {"0x00000801", "expected 0x00000802 to 0x00000803"});
  std::string floats = image_bytes_;
  floats[2] = 0x0d;
  expect_images_refused(floats, {"0x00000d03"});
  expect_images_refused("PNG image, surely", {"magic number"});
  write_file(images_, image_bytes_);
  write_file(labels_, image_bytes_);
  expect_error<DataError>([&] { read_idx(images_, labels_); }, {labels_.string(), "expected 0x00000801", "exchanged"});
}

TEST_F(Idx, BelievesNoHeaderThatPromisesTooMuch) {
  constexpr std::uint32_t huge = 0x7fffffff;
  const std::string few = counting(30, 256);
  expect_images_refused(idx_bytes({huge, huge, huge}, few), {"promises 2147483647 x 2147483647 x 2147483647"});
  expect_images_refused(idx_bytes({huge, 1, 1}, few), {"at most 30 values"});
  expect_images_refused(gzip(idx_bytes({huge, huge, huge}, few)), {"promises"});
  expect_images_refused(gzip(idx_bytes({huge, 1, 1}, few)), {"at most"});
  expect_images_refused(gzip(idx_bytes({5, 7, 1}, few)), {"holds 30 of the 35 values"});
  expect_images_refused(idx_bytes({0xffffffff, 1, 1}, few), {"length 4294967295"});
  expect_images_refused(idx_bytes({5, 0, 2}, few), {"dimension 1 has length 0"});
}

/// Only the images' own size used to be looked at: 10 MB of gzip took 10 GB.
TEST_F(Idx, RefusesByItsHeadersWhatNoNetworkReads) {
  // Gzip of zeros may hold a thousand times its size, so neither header can be refused by that.
  const std::string zeros(3 * 2097153, '\0');
  write_file(images_, gzip(idx_bytes({3, 2097153, 1}, zeros)));
  write_file(labels_, gzip(idx_bytes({3}, counting(3, 3))));
  expect_error<DataError>([&] { read_idx(images_, labels_); },
                          {images_.string(), "2097153 values per image", "2097152"});
  write_file(images_, gzip(idx_bytes({3, 2097152, 1}, zeros.substr(3))));
  EXPECT_EQ(read_idx(images_, labels_).features(), 2097152);
}

/// Two thousand million labels beside a few images took 2 GB before the counts were compared.
TEST_F(Idx, ComparesTheHeadersBeforeItUnpacks) {
  write_file(labels_, gzip(idx_bytes({40000000}, std::string(1000, '\0'))) + std::string(60000, '\0'));
  expect_error<DataError>([&] { read_idx(images_, labels_); }, {"5 images", "40000000 labels", "of one set"});
  write_file(labels_, label_bytes_);
  write_file(images_, gzip(idx_bytes({40000000, 1, 1}, std::string(1000, '\0'))) + std::string(60000, '\0'));
  expect_error<DataError>([&] { read_idx(images_, labels_); }, {"40000000 images", "5 labels", "of one set"});
}

/// The bound before reading: the size of a plain file, 1032 times that of gzip (RFC 1951).
TEST_F(Idx, BelievesAsMuchAsAFileCanHold) {
  const std::string zeros(2000000, '\0'), packed = gzip(idx_bytes({2000, 1000}, zeros));
  ASSERT_GT(zeros.size(), 1000 * packed.size()) << "as dense as gzip can be";
  write_file(images_, packed);
  write_file(labels_, idx_bytes({2000}, counting(2000, 10)));
  EXPECT_EQ(read_idx(images_, labels_).rows(), 2000);
  write_file(labels_, label_bytes_);
  expect_images_refused(idx_bytes({5, 1000}, counting(30, 256)), {"at most 30 values", "promises 5 x 1000"});
  const std::string few = gzip(idx_bytes({5, 2000000}, counting(30, 256)));
  expect_images_refused(few, {"at most " + std::to_string(1032 * few.size() - 12) + " values"});
}

TEST_F(Idx, SaysWhatToDoAboutAFileThatCannotBeRead) {
  if (geteuid() == 0) GTEST_SKIP() << "the superuser may read everything";
  ASSERT_EQ(chmod(images_.c_str(), 0), 0);
  expect_error<DataError>([&] { read_idx(images_, labels_); },
                          {images_.string(), "cannot be read", "make it readable"});
}

TEST_F(Idx, RefusesBytesThatAreLeftOver) {
  expect_images_refused(image_bytes_ + "x", {"goes on", "5 x 3 x 2", "0x00000803"});
  expect_images_refused(gzip(image_bytes_ + "x"), {"goes on"});
}

TEST_F(Idx, RefusesCountsThatDisagree) {
  expect_images_refused(idx_bytes({6, 5, 1}, counting(30, 256)), {"6 images", "5 labels", labels_.string()});
}

TEST_F(Idx, NamesTheRowOfALabelOutOfRange) {
  expect_error<DataError>([&] { read_idx(images_, labels_, 3); },
                          {labels_.string(), "label 3 at row 3", "expected 0 to 2"});
  expect_error<UsageError>([&] { read_idx(images_, labels_, -1); }, {"-1 classes"});
}

}  // namespace
}  // namespace minnow
