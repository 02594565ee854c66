// SPDX-License-Identifier: Apache-2.0
/// Files that are made to hurt: each is refused, soon and in a line that can be read.
#include <chrono>

#include "tests/cli/harness.hpp"
#include "tests/support/safetensors_bytes.hpp"

namespace minnow::test {
namespace {

/// `minnow inspect` of a folder with this run.json.
Outcome inspect_run(const std::string& json) {
  const TemporaryFolder folder;
  write_text(folder / "run.json", json);
  return minnow({"inspect", folder.path().string()});
}

/// It used to run out of its stack and crash.
TEST(HostileFiles, ARunFileMayNestAsDeepAsItLikes) {
  for (const std::string& json :
       {std::string(100000, '['), "{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}"}) {
    const Outcome outcome = inspect_run(json);
    EXPECT_EQ(outcome.code, 3);
    EXPECT_TRUE(contains(outcome.err, "run.json: is not valid JSON (nested more than 64 levels deep)"));
  }
}

/// 50,000 keys took eight seconds.
TEST(HostileFiles, ARunFileMayHaveAnyNumberOfKeys) {
  const auto object = [](int keys) {
    std::string json = "{";
    for (int k = 0; k < keys; ++k) json += (k > 0 ? ",\"" : "\"") + std::to_string(k) + "\":1";
    return json + "}";
  };
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = inspect_run(object(200000));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "more than 4096 keys in one object"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  EXPECT_EQ(inspect_run(object(4096)).code, 0);
}

/// Error lines reached 200 kB.
TEST(HostileFiles, AModelFileIsNotQuotedWhole) {
  const TemporaryFolder folder;
  const std::string file = folder / "model.safetensors", text(200000, 'x');
  for (const std::string& header :
       {"{\"" + text + "\":1}", R"({"a":{"dtype":")" + text + R"(","shape":[],"data_offsets":[0,4]}})",
        R"({"__metadata__":{"minnow":")" + text + "\"}}",
        R"({"__metadata__":{"minnow":"{\"format\":\")" + text + R"(\"}"}})"}) {
    write_text(file, safetensors_bytes(header, header.find("0,4") == std::string::npos ? "" : "1234"));
    for (const char* command : {"inspect", "eval", "predict"}) {
      const Outcome outcome = minnow({command, file});
      EXPECT_EQ(outcome.code, 7);
      EXPECT_TRUE(contains(outcome.err, file));
      EXPECT_LT(outcome.err.size(), 2000u) << outcome.err.substr(0, 2000);
    }
  }
}

}  // namespace
}  // namespace minnow::test
