// SPDX-License-Identifier: Apache-2.0
#include "src/io/atomic_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

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

/// It used to become a file: "a link stays a link" held for links to something only.
TEST(AtomicFile, WritesThroughALinkToNothing) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "below");
  std::filesystem::create_symlink("below/second", folder / "first");
  std::filesystem::create_symlink(folder / "below/file", folder / "below/second");
  replace(folder / "first", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "first"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "below/second"));
  EXPECT_EQ(read_file(folder / "below/file"), "new");
  std::filesystem::create_symlink("nowhere/file", folder / "lost");
  expect_error<DataError>([&] { replace(folder / "lost", "new"); }, {"nowhere/file", "is the folder there?"});
  std::filesystem::create_symlink("loop", folder / "loop");
  expect_error<DataError>([&] { replace(folder / "loop", "new"); }, {"loop", "leads back to itself"});
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "loop"));
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status = {};
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_mode & 07777u;
}

/// A replaced file's 600 used to become 644.
TEST(AtomicFile, KeepsTheModeOfWhatItReplaces) {
  const test::TemporaryFolder folder;
  const mode_t mask = umask(022);
  for (const mode_t mode : {0600u, 0640u, 0666u, 0755u, 0400u}) {
    write_file(folder / "file", "old");
    ASSERT_EQ(chmod((folder / "file").c_str(), mode), 0);
    AtomicFile file(folder / "file");
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      EXPECT_EQ(mode_of(entry.path()), mode) << entry.path() << " was open to more for a moment";
    }
    file.write("new");
    file.commit();
    EXPECT_EQ(mode_of(folder / "file"), mode);
  }
  replace(folder / "another", "new");
  EXPECT_EQ(mode_of(folder / "another"), 0644u);
  umask(mask);
}

/// What root writes for others stays theirs.
TEST(AtomicFile, KeepsTheOwnerOfWhatItReplaces) {
  if (geteuid() != 0) GTEST_SKIP() << "only the superuser may give files away";
  const test::TemporaryFolder folder;
  write_file(folder / "file", "old");
  if (chown((folder / "file").c_str(), 12345, 54321) != 0) GTEST_SKIP() << "this file system keeps no owners";
  replace(folder / "file", "new");
  struct stat status = {};
  ASSERT_EQ(stat((folder / "file").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 12345u);
  EXPECT_EQ(status.st_gid, 54321u);
}

/// From 244 bytes on, the temporary name was too long.
TEST(AtomicFile, TakesEveryNameThatAFileCanHave) {
  const test::TemporaryFolder folder;
  for (const std::size_t length : {1, 243, 244, 254, 255}) {
    const std::string name(length, 'n');
    replace(folder / name, "text");
    EXPECT_EQ(read_file(folder / name), "text");
  }
  EXPECT_EQ(test::entry_count(folder.path()), 5);
  expect_error<DataError>([&] { replace(folder / std::string(256, 'n'), "text"); }, {"choose a shorter name"});
  EXPECT_EQ(test::entry_count(folder.path()), 5);
}

/// The temporary file lies in the target's folder, so a path may be as long as the system takes.
TEST(AtomicFile, TakesThePathsThatASystemTakes) {
  const test::TemporaryFolder folder;
  std::filesystem::path path = folder.path();
  while (path.native().size() < 4095 - 202) {
    path /= std::string(200, 'd');
    ASSERT_TRUE(std::filesystem::create_directory(path));
  }
  path /= std::string(4095 - 1 - path.native().size(), 'n');
  ASSERT_EQ(path.native().size(), 4095u);
  replace(path, "text");
  EXPECT_EQ(read_file(path), "text");
}

TEST(AtomicFile, LeavesWhatAProcessHasOpenedAlone) {
  const test::TemporaryFolder folder;
  write_file(folder / "file", "old");
  const FileDescriptor file(open((folder / "file").c_str(), O_WRONLY | O_CLOEXEC));
  const std::string name = "/dev/fd/" + std::to_string(file.number());
  std::filesystem::create_symlink(name, folder / "link");
  for (const std::filesystem::path& path : {std::filesystem::path(name), folder / "link"}) {
    expect_error<DataError>([&] { AtomicFile{path}; }, {"a process has opened", "name another one"});
  }
  EXPECT_EQ(read_file(folder / "file"), "old");
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
  expect_error<DataError>([&] { AtomicFile{folder / "new/"}; }, {"new/", "is a folder"});
  expect_error<DataError>([] { AtomicFile("/dev/null"); }, {"/dev/null", "device"});
}

}  // namespace
}  // namespace minnow::engine
