// SPDX-License-Identifier: Apache-2.0
/// Whatever the engine has a name for stands in --help and in docs/cli.md, without a line of the command naming it: on
/// the lists of the command, a new activation, optimizer or schedule was missing until somebody thought of it.
#include <regex>

#include "kernels/math/activation.hpp"
#include "kernels/math/loss.hpp"
#include "kernels/math/update_rule.hpp"
#include "minnow/minnow.hpp"
#include "tests/cli/harness.hpp"
#include "tests/support/repository.hpp"

namespace minnow::test {
namespace {

/// "a, b, c" of what `name` says of the enumerators 0 to `count` - 1.
template <class Name>
std::string listed(int count, Name name) {
  std::string list;
  for (int i = 0; i < count; ++i) list += (i > 0 ? ", " : "") + std::string(name(i));
  return list;
}

/// "a, b, c" of the enumerators from 0 to the first one that has no name.
template <class Kind>
std::string listed() {
  std::string list;
  try {
    for (int i = 0;; ++i) list += (i > 0 ? ", " : "") + to_string(static_cast<Kind>(i));
  } catch (const InternalError&) {
    return list.substr(0, list.rfind(','));
  }
}

/// What must be said about a key: names as the engine's own tables, structs and functions give them.
std::vector<std::pair<std::string, std::string>> expected_lists() {
  const std::string activations = listed(activation_count - 1, [](int i) {  // softmax is for the last layer alone
    return math::visit(Activation{static_cast<ActivationKind>(i), 0, 0}, [](auto f) { return decltype(f)::names[0]; });
  });
  const std::string optimizers = listed(optimizer_count, [](int i) {
    return math::visit(static_cast<OptimizerKind>(i), [](auto rule) { return decltype(rule)::names[0]; });
  });
  const std::string losses = listed(loss_count, [](int i) {
    return math::visit(static_cast<LossKind>(i), 1, [](auto formula) { return decltype(formula)::names[0]; });
  });
  return {{"model.activation", activations},
          {"activation", activations},
          {"loss.type", losses},
          {"optimizer.type", optimizers},
          {"optimizer.decay", listed<WeightDecay>()},
          {"schedule.type", listed<ScheduleKind>()},
          {"schedule.interval", listed<Interval>()},
          {"schedule.annealing", listed<Annealing>()},
          {"schedule.threshold_mode", listed<ThresholdMode>()},
          {"schedule.monitor", "one of " + listed<Metric>()},
          {"early_stopping.monitor", "one of " + listed<Metric>()},
          {"train.metrics", listed<MetricsScope>()},
          {"runtime.numerics", listed<Numerics>()},
          {"type", listed<LayerKind>()},
          {"init", "zeros, constant, uniform, normal, input_uniform, xavier_uniform"}};
}

TEST(NamesOfTheEngine, StandInHelp) {
  const std::string help = minnow({"train", "--help"}).out;
  const std::string text = std::regex_replace(help, std::regex("\\s+"), " ");
  for (const auto& [key, list] : expected_lists()) EXPECT_TRUE(contains(text, list)) << key;
}

TEST(NamesOfTheEngine, StandInTheManual) {
  const std::string manual = repository_text("docs/cli.md");
  for (const auto& [key, list] : expected_lists()) {
    const std::size_t row = manual.find("\n| `" + key + "` |");
    ASSERT_NE(row, std::string::npos) << key;
    EXPECT_TRUE(contains(manual.substr(row + 1, manual.find('\n', row + 1) - row), list)) << key;
  }
}

}  // namespace
}  // namespace minnow::test
