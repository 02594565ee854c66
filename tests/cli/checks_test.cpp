// SPDX-License-Identifier: Apache-2.0
/// gradcheck, bench and doctor.
#include "tests/cli/harness.hpp"

namespace minnow::test {
namespace {

/// The seeds alone of so many models took 17 GB before anything was refused.
TEST(Gradcheck, WhatNoMachineHoldsIsRefusedAtOnce) {
  const Outcome models = minnow({"gradcheck", "--device", "cpu", "--models", "2147483647"});
  EXPECT_EQ(models.code, 8);
  EXPECT_TRUE(contains(models.err, "a gradient check of 2147483647 models and 5 rows needs "));
  const Outcome rows = minnow({"gradcheck", "--device", "cpu", "--samples", "2147483647"});
  EXPECT_EQ(rows.code, 2);
  EXPECT_TRUE(contains(rows.err, "--samples 2147483647: expected an integer from 1 to 2097152"));
  EXPECT_EQ(minnow({"gradcheck", "--device", "cpu", "--samples", "2097152", "--hidden", "100000"}).code, 8);
}

TEST(GradCheck, PassesOnEveryBackend) {
  const Outcome outcome =
      minnow({"gradcheck", "--inputs", "6", "--classes", "3", "--hidden", "5,4", "--activation", "tanh", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  const Json json = json_of(outcome);
  EXPECT_EQ(json.at("passed"), true);
  ASSERT_GE(json.at("backends").size(), 2u);
  EXPECT_EQ(json.at("backends").at(0).at("device"), "reference");
  EXPECT_EQ(json.at("backends").at(1).at("device"), "cpu");
  for (const Json& backend : json.at("backends")) {
    const auto& worst = backend.at("worst");
    EXPECT_LE(worst.at("error").get<double>(), worst.at("limit").get<double>());
    EXPECT_EQ(backend.at("tensors").size(), 6u);
  }
  EXPECT_LT(json.at("backends").at(0).at("worst").at("error").get<double>(), 1e-6);
}

TEST(GradCheck, NamesTensorsAndElements) {
  const Outcome outcome = minnow({"gradcheck", "--inputs", "4", "--classes", "2", "--hidden", "3", "--device", "cpu"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "cpu: passed"));
  EXPECT_TRUE(contains(outcome.out, "dense1.weight["));
}

TEST(Bench, VerifiesAndTimes) {
  const Outcome outcome =
      minnow({"bench", "W2", "--rounds", "3", "--steps", "5", "--threads", "1", "--device", "cpu", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json workload = json_of(outcome).at("workloads").at(0);
  EXPECT_EQ(workload.at("name"), "W2");
  EXPECT_LE(workload.at("verified").at(0).at("error").get<double>(),
            workload.at("verified").at(0).at("limit").get<double>());
  const Json timing = workload.at("timings").at(0);
  EXPECT_EQ(timing.at("rounds").size(), 3u);
  for (const char* key : {"us_per_step", "samples_per_s", "gflop_per_s", "gemm_share"}) {
    EXPECT_GT(timing.at(key).get<double>(), 0) << key;
  }
}

TEST(Bench, SharesAreOfTheCeilingThatIsReported) {
  const std::vector<std::string> quick = {"bench", "w2",        "W0", "--rounds", "3",  "--steps",
                                          "2",     "--threads", "1",  "--device", "cpu"};
  std::vector<std::string> arguments = quick;
  arguments.emplace_back("--json");
  const Json json = json_of(minnow(arguments));
  const double ceiling = json.at("gemm_gflop_per_s").at("cpu").get<double>();
  for (const Json& workload : json.at("workloads")) {
    const Json timing = workload.at("timings").at(0);
    EXPECT_NEAR(timing.at("gemm_share").get<double>(), timing.at("gflop_per_s").get<double>() / ceiling, 1e-12);
  }
  arguments.back() = "-q";
  arguments.insert(arguments.end(), {"--peer", "fixed=echo '{\"us_per_step\": 1000}' #"});
  const Outcome text = minnow(arguments);
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "GEMM on cpu reaches "));
  EXPECT_TRUE(contains(text.out, " times cpu (best "));
}

TEST(Bench, RunsPeersInTurns) {
  const Outcome outcome =
      minnow({"bench", "W2", "--rounds", "3", "--steps", "5", "--device", "cpu", "--json", "--peer",
              "fixed=echo '{\"us_per_step\": 1000}' #", "--peer", "absent=echo '{\"us_per_step\": null}' #"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json workload = json_of(outcome).at("workloads").at(0);
  ASSERT_EQ(workload.at("peers").size(), 1u);
  const Json peer = workload.at("peers").at(0);
  EXPECT_EQ(peer.at("us_per_step"), 1000);
  EXPECT_EQ(peer.at("rounds").size(), 3u);
  EXPECT_NEAR(peer.at("times_minnow").at("cpu").get<double>(),
              1000 / workload.at("timings").at(0).at("us_per_step").get<double>(), 1e-9);
}

TEST(Bench, PeersThatFailAreNamed) {
  const std::vector<std::string> quick = {"bench", "W2", "--rounds", "3", "--steps", "1", "--device", "cpu", "--peer"};
  for (const char* peer : {"bad=false", "bad=echo nothing", "bad=echo '{\"us_per_step\": -1}' #"}) {
    std::vector<std::string> arguments = quick;
    arguments.emplace_back(peer);
    const Outcome outcome = minnow(arguments);
    EXPECT_EQ(outcome.code, 3) << peer;
    EXPECT_TRUE(contains(outcome.err, "peer \"bad\""));
  }
  EXPECT_EQ(minnow({"bench", "W2", "--peer", "nothing"}).code, 2);
}

TEST(Doctor, SaysWhatIsUsedAndWhyNot) {
  const TemporaryFolder folder;
  const Surroundings nowhere = {.environment = {{"MINNOW_DATA", folder.path().string()}}};
  const Json json = json_of(minnow({"doctor", "--json"}, nowhere));
  EXPECT_EQ(json.at("devices").at(0).at("device"), "cpu");
  EXPECT_FALSE(json.at("device_reason").get<std::string>().empty());
  EXPECT_GT(json.at("threads").get<int>(), 0);
  EXPECT_EQ(json.at("data").at("from"), "$MINNOW_DATA");
  EXPECT_EQ(json.at("data").at("mnist"), false);
  const Outcome text = minnow({"doctor"}, nowhere);
  EXPECT_EQ(text.code, 0);
  for (const char* part : {"CUDA", "device", "threads", "data"}) EXPECT_TRUE(contains(text.out, part));
}

}  // namespace
}  // namespace minnow::test
