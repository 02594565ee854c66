// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <csignal>

#include "minnow/error.hpp"
#include "minnow/files.hpp"
#include "src/io/file.hpp"
#include "tests/io/file_size_limit.hpp"
#include "tests/support/files.hpp"

namespace minnow::test {
namespace {

TEST(TextFile, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  const std::string text("a\0b\n\xff", 5);
  write_text_file(folder / "file", "old");
  write_text_file(folder / "file", text);
  EXPECT_EQ(read_text_file(folder / "file"), text);
  append_text_file(folder / "file", "more");
  EXPECT_EQ(read_text_file(folder / "file"), text + "more");
  append_text_file(folder / "new", "first");
  EXPECT_EQ(read_text_file(folder / "new"), "first");
  EXPECT_EQ(entry_count(folder.path()), 2);
}

TEST(TextFile, OverwritesInPlaceOrPutsBack) {
  const TemporaryFolder folder;
  write_file(folder / "file", "a long first text");
  std::filesystem::create_hard_link(folder / "file", folder / "same");
  overwrite_text_file(folder / "file", "short");
  EXPECT_EQ(read_file(folder / "same"), "short");
  {
    const FileSizeLimit limit(100);
    expect_error<DataError>([&] { overwrite_text_file(folder / "file", std::string(200, 'b')); }, {"File too large"});
  }
  EXPECT_EQ(read_file(folder / "file"), "short");
  expect_error<DataError>([&] { overwrite_text_file(folder / "none", ""); }, {"none", "cannot be read"});
}

TEST(TextFile, AppendsAllOrNothing) {
  const TemporaryFolder folder;
  write_text_file(folder / "file", std::string(900, 'a'));
  {
    const FileSizeLimit limit(1000);
    expect_error<DataError>([&] { append_text_file(folder / "file", std::string(200, 'b')); }, {"File too large"});
  }
  EXPECT_EQ(read_text_file(folder / "file"), std::string(900, 'a'));
}

TEST(TextFile, WritesIntoAPipe) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  const engine::FileDescriptor reader(open((folder / "pipe").c_str(), O_RDWR | O_CLOEXEC));
  write_text_file(folder / "pipe", "text");
  std::array<char, 8> text = {};
  EXPECT_EQ(read(reader.number(), text.data(), text.size()), 4);
  EXPECT_STREQ(text.data(), "text");
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "pipe"));
}

/// What stood in the file was thrown away: the name of the descriptor was resolved to the file's, and that one
/// replaced.
TEST(TextFile, WritesIntoWhatIsOpenAtItsPlace) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("/dev/fd", folder / "fd");
  for (const int flags : {O_APPEND, 0}) {
    write_file(folder / "log", "before\n");
    const engine::FileDescriptor log(open((folder / "log").c_str(), O_WRONLY | O_CLOEXEC | flags));
    const std::string number = std::to_string(log.number());
    ASSERT_EQ(lseek(log.number(), 0, SEEK_END), 7);
    write_text_file("/dev/fd/" + number, "first\n");
    write_text_file("/proc/self/fd/" + number, "second\n");
    write_text_file(folder / "fd" / number, "third\n");
    ASSERT_EQ(write(log.number(), "after\n", 6), 6);
    EXPECT_EQ(read_file(folder / "log"), "before\nfirst\nsecond\nthird\nafter\n");
  }
  expect_error<DataError>([] { write_text_file("/dev/fd/1000000", "text"); }, {"/dev/fd/1000000", "cannot be written"});
  expect_error<DataError>([] { write_text_file("/dev/fd/none", "text"); }, {"/dev/fd/none", "cannot be written"});
}

/// The descriptor of another process is opened anew, and added to.
TEST(TextFile, AddsToWhatAnotherProcessHasOpened) {
  const TemporaryFolder folder;
  write_file(folder / "log", "before\n");
  const pid_t child = fork();
  if (child == 0) {
    dup2(open((folder / "log").c_str(), O_WRONLY), 9);
    pause();
    _exit(0);
  }
  const std::string name = "/proc/" + std::to_string(child) + "/fd/9";
  for (int waits = 0; waits < 1000 && access(name.c_str(), F_OK) != 0; ++waits) usleep(10000);
  write_text_file(name, "more\n");
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(read_file(folder / "log"), "before\nmore\n");
}

TEST(TextFile, WritesIntoASocket) {
  std::array<int, 2> ends = {};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const engine::FileDescriptor reader(ends[0]), writer(ends[1]);
  write_text_file("/dev/fd/" + std::to_string(writer.number()), "text");
  std::array<char, 8> text = {};
  EXPECT_EQ(read(reader.number(), text.data(), text.size()), 4);
}

TEST(TextFile, TellsThatAPipesReaderIsGone) {
  auto* const handler = std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends = {};
  ASSERT_EQ(pipe(ends.data()), 0);
  const engine::FileDescriptor writer(ends[1]);
  close(ends[0]);
  expect_error<ReaderGone>([&] { write_text_file("/dev/fd/" + std::to_string(writer.number()), "text"); },
                           {"Broken pipe"});
  std::signal(SIGPIPE, handler);
}

TEST(TextFile, ReplacesKeepingTheModeAndTheLink) {
  const TemporaryFolder folder;
  write_file(folder / "file", "old");
  ASSERT_EQ(chmod((folder / "file").c_str(), 0600), 0);
  std::filesystem::create_symlink("file", folder / "link");
  write_text_file(folder / "link", "new");
  EXPECT_EQ(read_file(folder / "file"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(std::filesystem::status(folder / "file").permissions(), std::filesystem::perms(0600));
}

TEST(TextFile, SaysWhyAndWhatToDo) {
  const TemporaryFolder folder;
  expect_error<DataError>([&] { read_text_file(folder / "none"); }, {"none: cannot be read", "check the path"});
  expect_error<DataError>([&] { read_text_file(folder.path()); }, {"cannot be read: Is a directory", "name a file"});
  expect_error<DataError>([&] { write_text_file(folder.path(), ""); }, {"is a folder"});
  expect_error<DataError>([&] { write_text_file(folder / "none/file", ""); }, {"is the folder there?"});
  expect_error<DataError>([&] { append_text_file(folder.path(), ""); }, {"cannot be written: Is a directory"});
}

}  // namespace
}  // namespace minnow::test
