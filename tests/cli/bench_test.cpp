// SPDX-License-Identifier: Apache-2.0
/// minnow bench: peers, networks of one's own, and what is handed out to other programs.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <regex>

#include "tests/cli/harness.hpp"

namespace minnow::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> quick_bench(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"bench",  "--rounds",  "3", "--steps",  "2",
                                        "--json", "--threads", "1", "--device", "cpu"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

template <class T>
std::vector<T> array_of(const fs::path& path) {
  const std::string bytes = read_text(path);
  std::vector<T> values(bytes.size() / sizeof(T));
  std::copy_n(bytes.data(), values.size() * sizeof(T), reinterpret_cast<char*>(values.data()));
  return values;
}

/// Before, the first failure of a peer ended the whole benchmark, and no figure at all was printed.
TEST(BenchPeers, OneThatFailsCostsNobodyElsesFigures) {
  const Outcome outcome =
      minnow(quick_bench({"W2", "--peer", "bad=false", "--peer", "good=echo '{\"us_per_step\": 1000}' #"}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "warning: W2: peer \"bad\" (false): ended with exit code 1"));
  const Json workload = json_of(outcome).at("workloads").at(0);
  EXPECT_GT(workload.at("timings").at(0).at("us_per_step").get<double>(), 0);
  ASSERT_EQ(workload.at("peers").size(), 2u);
  EXPECT_EQ(workload.at("peers").at(0).at("name"), "bad");
  EXPECT_TRUE(contains(workload.at("peers").at(0).at("failed").get<std::string>(), "exit code 1"));
  EXPECT_FALSE(workload.at("peers").at(0).contains("us_per_step"));
  EXPECT_EQ(workload.at("peers").at(1).at("us_per_step"), 1000);
}

TEST(BenchPeers, OneThatPrintsWithoutEndIsStopped) {
  const Outcome outcome = minnow(quick_bench({"W2", "--peer", "endless=yes #"}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "peer \"endless\" (yes #): printed more than 1")) << outcome.err;
}

TEST(BenchPeers, RatiosAreThePeersTimesOverMinnows) {
  const std::vector<std::string> arguments = quick_bench({"W2", "--peer", "slow=echo '{\"us_per_step\": 1e9}' #"});
  const Json workload = json_of(minnow(arguments)).at("workloads").at(0), timing = workload.at("timings").at(0);
  const Json peer = workload.at("peers").at(0);
  EXPECT_DOUBLE_EQ(peer.at("times_minnow").at("cpu").get<double>(), 1e9 / timing.at("us_per_step").get<double>());
  EXPECT_DOUBLE_EQ(peer.at("times_minnow_best").at("cpu").get<double>(),
                   1e9 / timing.at("us_per_step_min").get<double>());
  std::vector<std::string> plain = arguments;
  std::erase(plain, "--json");
  const std::string text = minnow(plain).out;
  std::smatch found;
  ASSERT_TRUE(std::regex_search(text, found, std::regex("  ([0-9.]+) times cpu \\(best ([0-9.]+)\\)"))) << text;
  EXPECT_GT(std::stod(found[1]), 1000);
  EXPECT_GE(std::stod(found[2]), std::stod(found[1]));
}

TEST(BenchPeers, VariantsAreTimedAndFailApart) {
  const Outcome outcome = minnow(quick_bench(
      {"W2", "--peer",
       "p=printf '%s\\n' '{\"variant\": \"a\", \"us_per_step\": 5, \"loss_error\": 1e-7}' "
       "'{\"variant\": \"b\", \"failed\": \"out of memory\"}' '{\"variant\": \"c\", \"us_per_step\": null}' #"}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "peer \"p b\""));
  const Json peers = json_of(outcome).at("workloads").at(0).at("peers");
  ASSERT_EQ(peers.size(), 2u);
  EXPECT_EQ(peers.at(0).at("name"), "p a");
  EXPECT_EQ(peers.at(0).at("us_per_step"), 5);
  EXPECT_EQ(peers.at(0).at("loss_error"), 1e-7);
  EXPECT_TRUE(contains(peers.at(1).at("failed").get<std::string>(), "out of memory"));
}

/// Before, a peer inherited that Minnow ignores SIGPIPE and SIGXFSZ: it outlived its reader, and wrote past limits.
TEST(BenchPeers, StartWithTheSignalsThatAShellGives) {
  const std::string say_mask =
      "p=printf '{\"us_per_step\": 1, \"variant\": \"%s\"}\\n' $(sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status) "
      "#";
  const Json peers = json_of(minnow(quick_bench({"W2", "--peer", say_mask}))).at("workloads").at(0).at("peers");
  ASSERT_EQ(peers.size(), 1u);
  const std::string name = peers.at(0).at("name").get<std::string>();
  ASSERT_EQ(name.size(), std::string("p ").size() + 16) << name;
  const std::uint64_t ignored = std::stoull(name.substr(2), nullptr, 16);
  for (const int signal : {SIGPIPE, SIGXFSZ}) EXPECT_EQ(ignored >> (signal - 1) & 1, 0u) << signal;
}

TEST(BenchPeers, AreAskedForTheNumberOfModels) {
  const std::string echo_name = "p=f() { echo \"{\\\"us_per_step\\\": 1, \\\"variant\\\": \\\"$1\\\"}\"; }; f";
  const Json peers =
      json_of(minnow(quick_bench({"W2", "--models", "3", "--peer", echo_name}))).at("workloads").at(0).at("peers");
  ASSERT_EQ(peers.size(), 1u);
  EXPECT_EQ(peers.at(0).at("name"), "p W2x3");
}

/// Before, only the built-in workloads could be timed.
TEST(BenchOwn, TimesTheNetworkOfTheSettings) {
  const TemporaryFolder folder;
  write_text(folder / "net.toml",
             "[optimizer]\ntype = \"rmsprop\"\n[[model.layer]]\nunits = 12\nactivation = \"gelu\"\n"
             "[[model.layer]]\ntype = \"layer_norm\"\n[[model.layer]]\nunits = 10\n");
  const Json flags = json_of(minnow(quick_bench({"--dataset", "blobs", "--hidden", "9,7", "--activation", "tanh",
                                                 "--batch", "16", "--optimizer", "adamw"})))
                         .at("workloads");
  ASSERT_EQ(flags.size(), 1u);
  EXPECT_EQ(flags.at(0).at("name"), "own");
  EXPECT_TRUE(contains(flags.at(0).at("description").get<std::string>(), "-9-7-"));
  EXPECT_TRUE(contains(flags.at(0).at("description").get<std::string>(), " tanh, batch 16, adamw"));
  EXPECT_GT(flags.at(0).at("timings").at(0).at("us_per_step").get<double>(), 0);

  const Json file =
      json_of(minnow(quick_bench({"W2", "own", "--dataset", "noise", "-c", (folder / "net.toml").string()})))
          .at("workloads");
  ASSERT_EQ(file.size(), 2u);
  EXPECT_EQ(file.at(0).at("name"), "W2");
  EXPECT_EQ(file.at(1).at("description"), "784-12-10 gelu, batch 64, rmsprop with layer_norm");
}

/// It said that the device is off by -nan, of a limit of -nan.
TEST(BenchOwn, AReferenceThatDivergesIsNoFaultOfADevice) {
  const Outcome outcome =
      minnow(quick_bench({"--dataset", "blobs", "--hidden", "8", "--lr", "1e30", "--optimizer", "sgd"}));
  EXPECT_EQ(outcome.code, 5);
  EXPECT_TRUE(
      contains(outcome.err, "own: 3 steps of the double reference end with weights that are not finite; lower the"));
}

/// Before, data of another shape than the images' ended the benchmark.
TEST(BenchOwn, DataThatDoNotFitAStandardWorkloadAreForOwnAlone) {
  const Json both = json_of(minnow(quick_bench({"own", "W2", "--dataset", "blobs", "--hidden", "5"}))).at("workloads");
  ASSERT_EQ(both.size(), 2u);
  EXPECT_TRUE(contains(both.at(0).at("data").get<std::string>(), "clusters, seed 1: 10,000 training"));
  EXPECT_EQ(both.at(1).at("data"), "10 Gaussian clusters");
}

TEST(BenchOwn, SettingsThatNobodyAskedForAreRefused) {
  const Outcome outcome = minnow(quick_bench({"W2", "--hidden", "5"}));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(
      contains(outcome.err, "--hidden: model.hidden describes a network of your own; add the workload 'own' to W2"));
  EXPECT_TRUE(contains(minnow(quick_bench({"W9"})).err, "there are W0, W1, W2, W3, W4, S1b, own\n"));
}

TEST(BenchHandout, HoldsWhatAnEqualStartNeeds) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(
      quick_bench({"W2", "--models", "2", "--dataset", "noise", "--handout", (folder / "new/handout").string(),
                   "--peer", "p=f() { test -f \"$MINNOW_HANDOUT/$1.json\" && echo '{\"us_per_step\": 1}'; }; f"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const fs::path handout = folder / "new/handout";
  const Json entry = Json::parse(read_text(handout / "W2x2.json"));
  EXPECT_EQ(entry.at("models"), 2);
  const std::size_t count = entry.at("parameter_count").get<std::size_t>();
  EXPECT_EQ(count, 5575u);
  const auto parameters = array_of<float>(handout / entry.at("parameters").get<std::string>());
  ASSERT_EQ(parameters.size(), 2 * count);
  EXPECT_FALSE(std::equal(parameters.begin(), parameters.begin() + 100, parameters.begin() + 5575));
  // Each model's order holds every row once.
  auto order = array_of<std::uint32_t>(handout / entry.at("order").get<std::string>());
  ASSERT_EQ(order.size(), 100000u);
  EXPECT_FALSE(std::equal(order.begin(), order.begin() + 50000, order.begin() + 50000));
  EXPECT_FALSE(std::is_sorted(order.begin(), order.begin() + 50000));
  std::vector<std::uint32_t> rows(50000);
  std::iota(rows.begin(), rows.end(), 0u);
  for (int m = 0; m < 2; ++m) {
    std::sort(order.begin() + m * 50000, order.begin() + (m + 1) * 50000);
    EXPECT_TRUE(std::equal(rows.begin(), rows.end(), order.begin() + m * 50000)) << m;
  }
  EXPECT_EQ(array_of<std::uint8_t>(handout / entry.at("data").at("x").get<std::string>()).size(), 50000u * 784);
  EXPECT_EQ(array_of<std::int32_t>(handout / entry.at("data").at("labels").get<std::string>()).size(), 50000u);
  EXPECT_EQ(entry.at("layers").at(0).at("weight").at("rows"), 784);
  EXPECT_EQ(entry.at("layers").at(1).at("bias").at("cols"), 10);
  ASSERT_EQ(entry.at("losses").size(), 40u);  // [20 steps, 2 models]
  for (const Json& loss : entry.at("losses")) EXPECT_NEAR(loss.get<double>(), 2.4, 0.5);
}

TEST(BenchHandout, AFolderThatCannotBeMadeIsNamed) {
  const TemporaryFolder folder;
  write_text(folder / "file", "");
  const Outcome outcome = minnow(quick_bench({"W2", "--handout", (folder / "file/below").string()}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "file/below: cannot be made"));
}

/// The command with two GiB of address space, so that what fills memory is seen before the machine suffers.
class SmallMemory {
 public:
  SmallMemory() {
    const char* present = std::getenv("MINNOW_BINARY");
    if (present != nullptr) before_ = present;
    const std::string command = present != nullptr ? present : MINNOW_BINARY;
    const std::string script = (folder_ / "minnow").string();
    write_text(script, "#!/bin/sh\nulimit -v 2097152\nexec '" + command + "' \"$@\"\n");
    fs::permissions(script, fs::perms::owner_all);
    setenv("MINNOW_BINARY", script.c_str(), 1);
  }
  ~SmallMemory() {
    if (before_.empty()) unsetenv("MINNOW_BINARY");
    if (!before_.empty()) setenv("MINNOW_BINARY", before_.c_str(), 1);
  }

 private:
  TemporaryFolder folder_;
  std::string before_;
};

/// Before, both filled the memory of the machine with models, and were killed or refused when it was full.
TEST(AbsurdNumbersOfModels, AreRefusedBeforeAnythingIsAllocated) {
  const SmallMemory small;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"bench", "W2", "--device", "cpu", "--models", "2147483647"},
        {"gradcheck", "--device", "cpu", "--models", "2147483647"},
        {"gradcheck", "--device", "cpu", "--hidden", "20000", "--models", "20000"}}) {
    const Outcome outcome = minnow(arguments);
    EXPECT_EQ(outcome.code, 8) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, " needs ")) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, ", but this machine has ")) << outcome.err;
  }
}

}  // namespace
}  // namespace minnow::test
