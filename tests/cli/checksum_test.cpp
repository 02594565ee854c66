// SPDX-License-Identifier: Apache-2.0
#include "src/cli/checksum.hpp"

#include "minnow/error.hpp"
#include "tests/cli/harness.hpp"

namespace minnow::test {
namespace {

/// FIPS 180-4's examples of one block, of two, and of a million bytes; and no bytes at all.
TEST(Checksum, IsSha256) {
  const TemporaryFolder folder;
  const auto checksum_of = [&](const std::string& bytes) {
    write_text(folder / "file", bytes);
    return cli::sha256_of_file(folder / "file");
  };
  EXPECT_EQ(checksum_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(checksum_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(checksum_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(checksum_of(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Checksum, NamesAFileThatCannotBeRead) {
  const TemporaryFolder folder;
  for (const std::filesystem::path& path : {folder.path(), folder / "gone"}) {
    try {
      cli::sha256_of_file(path);
      ADD_FAILURE() << path;
    } catch (const DataError& error) {
      EXPECT_TRUE(contains(error.what(), path.string() + ": cannot be read"));
    }
  }
}

}  // namespace
}  // namespace minnow::test
