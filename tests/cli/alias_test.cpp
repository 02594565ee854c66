// SPDX-License-Identifier: Apache-2.0
/// The names that other libraries have for settings: as flags, with --set and in files, saved in one spelling.
#include <sstream>

#include "tests/cli/harness.hpp"

namespace minnow::test {
namespace {

std::string planned_for_blobs(std::vector<std::string> more) {
  more.insert(more.begin(), {"--dataset", "blobs"});
  return planned_config(more);
}

/// Every row of the manual's table: the key, and what else is understood.
std::vector<std::pair<std::string, std::string>> documented() {
  std::istringstream manual(minnow({"reference"}).out);
  std::vector<std::pair<std::string, std::string>> pairs;
  bool inside = false;
  for (std::string line; std::getline(manual, line);) {
    if (line.starts_with("| key, flag | also |")) inside = true;
    if (line.empty() && !pairs.empty()) inside = false;
    if (!inside || !line.starts_with("| `")) continue;
    std::vector<std::string> names;  // what stands in backticks
    for (std::size_t at = line.find('`'); at != std::string::npos; at = line.find('`', at + 1)) {
      const std::size_t end = line.find('`', at + 1);
      names.push_back(line.substr(at + 1, end - at - 1));
      at = end;
    }
    const std::string key = line.find("[[model.layer]]") == std::string::npos ? names[0] : "model.layer." + names[0];
    for (std::size_t i = 1; i < names.size(); ++i) {
      const bool alias = !names[i].starts_with("--") && names[i] != "[[model.layer]]";
      if (alias) pairs.emplace_back(key, names[i]);
    }
  }
  return pairs;
}

TEST(Aliases, Flags) {
  const std::string text = planned_for_blobs({"--batch-size", "32", "--learning-rate=0.5", "--max_epochs", "3",
                                              "--random-state", "7", "--hidden-layer-sizes", "5,4", "--solver", "sgd",
                                              "--wd", "0.25", "--global-clipnorm", "2", "--n-iter-no-change", "4"});
  for (const char* line : {"batch = 32\n", "lr = 0.5\n", "epochs = 3\n", "seed = 7\n", "hidden = [5, 4]\n",
                           "type = \"sgd\"\n", "weight_decay = 0.25\n", "clip_norm = 2.0\n", "patience = 4\n"}) {
    EXPECT_TRUE(contains(text, line));
  }
  EXPECT_TRUE(contains(planned_for_blobs({"--max_steps", "5"}), "max_steps = 5\n")) << "one name, in another spelling";
  EXPECT_EQ(minnow({"train", "--dry-run", "--dataset", "blobs", "--", "--batch-size"}).code, 2);
}

TEST(Aliases, TheLastFlagCounts) {
  EXPECT_TRUE(contains(planned_for_blobs({"--batch", "16", "--batch-size", "32"}), "batch = 32\n"));
  EXPECT_TRUE(contains(planned_for_blobs({"--batch-size", "16", "--batch", "32"}), "batch = 32\n"));
}

TEST(Aliases, KeysOfFilesAndOfSet) {
  EXPECT_TRUE(contains(planned_for_blobs({"--set", "train.batch_size=32", "--set", "optimizer.learning-rate=0.5"}),
                       "batch = 32\n"));
  const TemporaryFolder folder;
  write_text(folder / "run.toml", "[optimizer]\nname = \"a\"\n");
  EXPECT_EQ(minnow({"train", "-c", folder / "run.toml"}).code, 2);
  write_text(folder / "run.toml",
             "[optimizer]\nsolver = \"adam\"\nlearning_rate = 0.5\nbeta_1 = 0.5\nepsilon = 0.25\n"
             "[schedule]\nscheduler = \"cosine\"\nT_max = 3\neta_min = 0.125\n"
             "[train]\nbatch_size = 32\n[early_stopping]\npatience = 2\nrestore_best_weights = false\n"
             "[[model.layer]]\nout_features = 8\nkernel_initializer = \"zeros\"\n"
             "[[model.layer]]\ntype = \"dropout\"\np = 0.5\n[[model.layer]]\nunits = 10\n");
  const std::string text = planned_for_blobs({"-c", folder / "run.toml"});
  for (const char* line :
       {"lr = 0.5\n", "beta1 = 0.5\n", "eps = 0.25\n", "type = \"cosine\"\n", "length = 3.0\n", "minimum = 0.125\n",
        "batch = 32\n", "restore_best = false\n", "units = 8\n", "init = \"zeros\"\n", "rate = 0.5\n"}) {
    EXPECT_TRUE(contains(text, line));
  }
}

/// Each of them is understood for the key beside which it stands: the refusal of the value names it as typed.
TEST(Aliases, EveryOneThatTheManualLists) {
  const auto pairs = documented();
  ASSERT_GT(pairs.size(), 50u);
  const TemporaryFolder folder;
  const std::string file = folder / "run.toml";
  for (const auto& [key, alias] : pairs) {
    const std::size_t dot = key.rfind('.');
    const bool layer = key.starts_with("model.layer.");
    const std::string section = layer ? "[[model.layer]]" : "[" + key.substr(0, dot) + "]";
    write_text(file, section + "\n" + alias + " = 1979-05-27\n");  // a date is a value of no setting
    const Outcome outcome = minnow({"train", "--dry-run", "-c", file});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_TRUE(contains(outcome.err, (layer ? key.substr(dot + 1) : key) + ": expected ")) << alias;
    if (layer) continue;
    const std::string set = key.substr(0, dot + 1) + alias + "=1";
    EXPECT_EQ(minnow({"train", "--dry-run", "--set", set}).err.find("unknown key"), std::string::npos) << set;
  }
}

}  // namespace
}  // namespace minnow::test
