// SPDX-License-Identifier: Apache-2.0
#include "src/io/atomic_file.hpp"

#include <gtest/gtest.h>

#include "minnow/error.hpp"
#include "tests/io/file_size_limit.hpp"
#include "tests/support/files.hpp"

namespace minnow::engine {
namespace {

using test::expect_error;
using test::FileSizeLimit;
using test::read_file;
using test::write_file;

void replace(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

TEST(AtomicFile, CreatesAndReplaces) {
  const test::TemporaryFolder folder;
  replace(folder / "file", "first");
  EXPECT_EQ(read_file(folder / "file"), "first");
  replace(folder / "file", "2nd");
  EXPECT_EQ(read_file(folder / "file"), "2nd");
  EXPECT_EQ(test::entry_count(folder.path()), 1);
}

TEST(AtomicFile, TakesAPathInTheWorkingFolder) {
  const test::TemporaryFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  replace("file", "text");
  std::filesystem::current_path(before);
  EXPECT_EQ(read_file(folder / "file"), "text");
}

TEST(AtomicFile, LeavesTheOldFileWithoutCommit) {
  const test::TemporaryFolder folder;
  write_file(folder / "file", "old");
  {
    AtomicFile file(folder / "file");
    file.write("new, but not finished");
    EXPECT_EQ(read_file(folder / "file"), "old");
    EXPECT_EQ(test::entry_count(folder.path()), 2);
  }
  EXPECT_EQ(read_file(folder / "file"), "old");
  EXPECT_EQ(test::entry_count(folder.path()), 1);
}

TEST(AtomicFile, LeavesTheOldFileWholeWhenTheDiskIsFull) {
  const test::TemporaryFolder folder;
  write_file(folder / "file", "old");
  {
    const FileSizeLimit limit(1000);
    AtomicFile file(folder / "file");
    file.write(std::string(900, 'a'));
    expect_error<DataError>([&] { file.write(std::string(900, 'b')); },
                            {(folder / "file").string(), "cannot be written", "File too large", "ulimit -f"});
  }
  EXPECT_EQ(read_file(folder / "file"), "old");
  EXPECT_EQ(test::entry_count(folder.path()), 1);
}

TEST(AtomicFile, LeavesALinkALink) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "below");
  write_file(folder / "below/file", "old");
  std::filesystem::create_symlink("below/file", folder / "link");
  replace(folder / "link", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "below/file"), "new");
  EXPECT_EQ(test::entry_count(folder.path()), 2);
}

TEST(AtomicFile, SaysWhereItCannotWrite) {
  const test::TemporaryFolder folder;
  write_file(folder / "file", "text");
  expect_error<DataError>([&] { AtomicFile(folder / "file/below"); },
                          {(folder / "file/below").string(), "Not a directory"});
  expect_error<DataError>([&] { AtomicFile(folder / "none/below"); }, {"No such file or directory", "is the folder"});
  expect_error<DataError>([] { AtomicFile("/proc/minnow"); }, {"/proc/minnow", "cannot be written"});
}

TEST(AtomicFile, ReplacesRegularFilesOnly) {
  const test::TemporaryFolder folder;
  expect_error<DataError>([&] { AtomicFile{folder.path()}; }, {folder.path().string(), "is a folder"});
  expect_error<DataError>([] { AtomicFile("/dev/null"); }, {"/dev/null", "device"});
}

}  // namespace
}  // namespace minnow::engine
