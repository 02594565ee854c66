// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>

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
