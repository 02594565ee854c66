// SPDX-License-Identifier: Apache-2.0
/// How a run's folder appears among the others, and how the commands find it.
#include <csignal>
#include <set>

#include "tests/cli/harness.hpp"
#include "tests/support/file_faults.hpp"

namespace minnow::test {
namespace {

namespace fs = std::filesystem;

/// A quick training that keeps its run in ./runs of the folder that it is started in.
std::vector<std::string> named_training(const TemporaryFolder& folder, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = quick_training(folder, {"--out", "runs", "--name", "best"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

/// Without the hidden ones.
std::set<std::string> names_in(const fs::path& folder, bool hidden = false) {
  std::set<std::string> names;
  if (!fs::exists(folder)) return names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.') == hidden) names.insert(name);
  }
  return names;
}

/// a9641de knew neither the link nor a run by default: `eval runs/best` showed the first run after any number of them.
TEST(RunFolder, WithoutAnArgumentTheCommandsTakeTheLatestRun) {
  const TemporaryFolder folder;
  const Surroundings here = {.folder = folder.path()};
  const Outcome first = minnow(named_training(folder, {"--seed", "1"}), here);
  const Outcome second = minnow(named_training(folder, {"--seed", "2"}), here);
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_TRUE(first.out.ends_with("\nrun         runs/best\n")) << first.out;
  EXPECT_TRUE(
      second.out.ends_with("\nrun         runs/best-2 (runs/best is an earlier run; --overwrite replaces it)\n"))
      << second.out;
  EXPECT_EQ(fs::read_symlink(folder / "runs/latest"), "best-2");

  const std::string hash = run_of(folder / "runs/best-2").at("weights_hash");
  EXPECT_NE(run_of(folder / "runs/best").at("weights_hash"), hash);
  const Outcome evaluated = minnow({"eval", "--json"}, here);
  EXPECT_EQ(json_of(evaluated).at("weights_hash"), hash);
  EXPECT_EQ(json_of(evaluated).at("model"), "runs/best-2");
  EXPECT_TRUE(contains(evaluated.err, "model   runs/best-2\n"));
  EXPECT_EQ(json_of(minnow({"inspect", "--json"}, here)).at("model").at("weights_hash"), hash);
  EXPECT_EQ(json_of(minnow({"predict", "--json"}, here)).at("model"), "runs/best-2");
  EXPECT_EQ(json_of(minnow({"eval", "runs/best", "--json"}, here)).at("model"), "runs/best");
}

TEST(RunFolder, TheLatestRunIsThatOfTheFolderThatIsNamed) {
  const TemporaryFolder folder;
  const Json run = json_of(minnow(quick_training(folder, {"--json"})));
  for (const char* command : {"eval", "inspect"}) {
    const Outcome outcome = minnow({command, "--out", folder.path().string(), "--json"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(contains(outcome.out, run.at("weights_hash").get<std::string>()) || command == std::string("eval"));
  }
  EXPECT_EQ(minnow({"predict", "--out", folder.path().string()}).code, 0);
}

/// It said that the run were none.
TEST(RunFolder, ARunWithoutAModelIsSaidToHaveNone) {
  const TemporaryFolder folder;
  ASSERT_EQ(minnow(quick_training(folder)).code, 0);
  fs::remove(folder / "blobs/model.safetensors");
  fs::remove_all(folder / "blobs/checkpoints");
  const Outcome outcome = minnow({"eval", folder / "blobs"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "the run has saved no model")) << outcome.err;
}

TEST(RunFolder, WithoutARunThereIsNoLatest) {
  const TemporaryFolder folder;
  for (const char* command : {"eval", "predict", "inspect"}) {
    const Outcome outcome = minnow({command}, {.folder = folder.path()});
    EXPECT_EQ(outcome.code, 3) << command;
    EXPECT_TRUE(contains(outcome.err, "runs/latest: there is no latest run")) << command;
  }
}

TEST(RunFolder, OverwriteReplacesAnEarlierRun) {
  const TemporaryFolder folder;
  const Surroundings here = {.folder = folder.path()};
  ASSERT_EQ(minnow(named_training(folder, {"--overwrite", "--set", "checkpoint.top=1"}), here).code, 0)
      << "nothing has to be there";
  fs::permissions(folder / "runs/best", fs::perms::owner_all);
  const Json second = json_of(minnow(named_training(folder, {"--json", "--seed", "2", "--overwrite"}), here));
  EXPECT_EQ(fs::status(folder / "runs/best").permissions(), fs::perms::owner_all) << "as private as what it replaced";
  EXPECT_EQ(second.at("run_dir"), "runs/best");
  EXPECT_EQ(names_in(folder / "runs"), (std::set<std::string>{"best", "latest"}));
  fs::remove(folder / "runs/best/run.json");
  EXPECT_EQ(minnow(named_training(folder, {"--seed", "2", "--overwrite"}), here).code, 0) << "its log tells a run, too";
  EXPECT_EQ(names_in(folder / "runs", true), std::set<std::string>());
  EXPECT_EQ(names_in(folder / "runs/best/checkpoints"),
            (std::set<std::string>{"best.safetensors", "last.safetensors"}));
  EXPECT_EQ(json_of(minnow({"inspect", "--json"}, here)).at("model").at("weights_hash"), second.at("weights_hash"));
}

TEST(RunFolder, OverwriteReplacesNothingElse) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "work");
  write_text(folder / "work/thesis.tex", "years");
  write_text(folder / "file", "text");
  for (const char* name : {"work", "file"}) {
    const Outcome outcome = minnow(quick_training(folder, {"--name", name, "--overwrite"}));
    EXPECT_EQ(outcome.code, 3) << name;
    EXPECT_TRUE(contains(outcome.err, "is not a run directory")) << name;
  }
  EXPECT_EQ(read_text(folder / "work/thesis.tex"), "years");
  EXPECT_EQ(read_text(folder / "file"), "text");
  EXPECT_EQ(names_in(folder.path(), true), std::set<std::string>());

  ASSERT_EQ(minnow(quick_training(folder, {"--name", "run"})).code, 0);
  fs::create_symlink(folder / "run", folder / "link");
  EXPECT_TRUE(contains(minnow(quick_training(folder, {"--name", "link", "--overwrite"})).err, "link: is a link, and"));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));

  Process process(long_training(folder));
  ASSERT_TRUE(process.wait_for_error("epoch    1/1000"));
  const Outcome outcome = minnow(quick_training(folder, {"--overwrite"}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "this run goes on"));
  process.send(SIGINT);
  EXPECT_EQ(process.finish().code, 130);
  EXPECT_EQ(run_of(folder / "blobs").at("status"), "interrupted");
}

/// a9641de said "running" of it for ever.
TEST(RunFolder, AKilledRunIsToldFromARunningOne) {
  const TemporaryFolder folder;
  Process process(long_training(folder));
  ASSERT_TRUE(process.wait_for_error("epoch    2/1000"));
  EXPECT_TRUE(contains(minnow({"inspect", folder / "blobs"}).out, "status      running\n"));
  EXPECT_EQ(json_of(minnow({"inspect", folder / "blobs", "--json"})).at("alive"), true);
  process.send(SIGKILL);
  EXPECT_EQ(process.finish().code, 128 + SIGKILL);
  EXPECT_TRUE(contains(minnow({"inspect", folder / "blobs"}).out, "status      interrupted (killed)\n"));
  const Json json = json_of(minnow({"inspect", folder / "blobs", "--json"}));
  EXPECT_EQ(json.at("alive"), false);
  EXPECT_EQ(json.at("run").at("status"), "running") << "what stands in run.json";
}

/// a9641de left a folder without run.json, which `inspect` refused, and temporary files.
TEST(RunFolder, AppearsWholeOrNotAtAll) {
  std::vector<std::string> calls;
  {
    const TemporaryFolder folder;
    const fs::path notes = folder / "calls";
    ASSERT_EQ(minnow(quick_training(folder, {"--max-steps", "1"}), {.environment = with_faults({}, notes)}).code, 0);
    calls = noted_calls(notes);
  }
  const TemporaryFolder folder;
  std::map<std::string, int> counts;
  bool appeared = false;
  int kills = 0;
  for (std::size_t i = 0; i < calls.size() && kills < 200; ++i) {
    const std::string call = calls[i].substr(0, calls[i].find(' '));
    const int number = ++counts[call];
    if (calls[i].find("minnow-test-") == std::string::npos) continue;  // no call on the folder of runs
    ++kills;
    const Outcome killed =
        minnow(quick_training(folder, {"--max-steps", "1"}),
               {.environment =
                    with_faults({{.call = call, .path = "*", .first = number, .last = number, .signal = SIGKILL}})});
    ASSERT_EQ(killed.code, 128 + SIGKILL) << calls[i] << killed.err;
    const fs::path run = folder / "blobs";
    if (!fs::exists(run)) {
      EXPECT_FALSE(appeared) << calls[i];
      EXPECT_EQ(names_in(folder.path()), std::set<std::string>()) << calls[i];
      continue;
    }
    appeared = true;
    EXPECT_EQ(run_of(run).at("data").at("train").at("features"), 16) << calls[i];
    EXPECT_TRUE(contains(read_text(run / "config.toml"), "[train]")) << calls[i];
    EXPECT_EQ(lines_of(run / "metrics.jsonl").at(0).at("event"), "run_start") << calls[i];
    EXPECT_EQ(minnow({"inspect", run}).code, 0) << calls[i];
    EXPECT_EQ(names_in(run, true), std::set<std::string>()) << calls[i];
    fs::remove_all(run);
    fs::remove(folder / "latest");
  }
  EXPECT_TRUE(appeared);
  EXPECT_GT(kills, 20);
  EXPECT_EQ(minnow(quick_training(folder, {"--max-steps", "1"})).code, 0);
  EXPECT_EQ(names_in(folder.path(), true), std::set<std::string>()) << "what the killed ones have left";
  EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{"blobs", "latest"}));
}

/// a9641de was killed without a word: it listened only once the folder was there.
TEST(RunFolder, ASignalWhileTheFolderIsMadeEndsTheRunInGoodOrder) {
  const TemporaryFolder folder;
  const Outcome outcome =
      minnow(quick_training(folder, {"--json"}),
             {.environment = with_faults({{.call = "open", .path = "*/config.toml*", .last = 1, .signal = SIGINT}})});
  EXPECT_EQ(outcome.code, 130);
  EXPECT_EQ(json_of(outcome).at("status"), "interrupted");
  EXPECT_EQ(json_of(outcome).at("steps"), 1);
  EXPECT_EQ(run_of(folder / "blobs").at("status"), "interrupted");
  EXPECT_TRUE(fs::exists(folder / "blobs/model.safetensors"));
}

TEST(RunFolder, MinnowsOwnNamesAreRefused) {
  const TemporaryFolder folder;
  for (const char* name : {"latest", ".minnow-new-1-1"}) {
    const Outcome outcome = minnow(quick_training(folder, {"--name", name}));
    EXPECT_EQ(outcome.code, 2) << name;
    EXPECT_TRUE(contains(outcome.err, "--name: output.name")) << name;
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(RunFolder, ALinkThatCannotBeMadeLeavesNoStaleOne) {
  const TemporaryFolder folder;
  ASSERT_EQ(minnow(quick_training(folder)).code, 0);
  const Outcome outcome =
      minnow(quick_training(folder), {.environment = with_faults({{.call = "symlink", .path = "*", .error = EPERM}})});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "minnow: warning: " + (folder / "latest").string()));
  EXPECT_FALSE(fs::exists(fs::symlink_status(folder / "latest")));

  fs::create_directory(folder / "latest");
  EXPECT_TRUE(contains(minnow(quick_training(folder)).err, "is no link"));
  EXPECT_TRUE(fs::is_directory(fs::symlink_status(folder / "latest"))) << "what is not Minnow's stays";
}

}  // namespace
}  // namespace minnow::test
