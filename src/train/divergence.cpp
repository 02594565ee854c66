// SPDX-License-Identifier: Apache-2.0
#include "src/train/divergence.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace minnow::engine {
namespace {

using kernels::Tally;

/// As a float: a model holds nothing larger, even if the device computes in double.
bool is_finite(kernels::Backend& backend, const kernels::ConstView& view) {
  std::vector<float> values(static_cast<std::size_t>(view.elements()));
  backend.download_reals(std::span<float>(values), view);
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

/// "the weights of layer 'dense1' are", "the output of layer 'dense1' is", ...
std::string first_bad_place(kernels::Backend& backend, TrainingSession& session, int m, const Net* forward) {
  for (std::size_t i = 0; i < session.layers().size(); ++i) {
    const LayerPlan& plan = session.layers()[i];
    for (int t = 0; t < static_cast<int>(tensor_roles(plan.kind).size()); ++t) {
      if (!is_finite(backend, session.parameters().value(plan.tensor + t).model(m))) {
        return "the parameters of layer '" + plan.name + "' are";
      }
    }
    if (forward != nullptr && !is_finite(backend, forward->layers()[i].y.model(m))) {
      return "the output of layer '" + plan.name + "' is";
    }
  }
  return "the loss of finite outputs is";
}

}  // namespace

std::string describe_divergence(kernels::Backend& backend, TrainingSession& session, KeptWeights& kept, int m,
                                int epoch, std::uint32_t bad_step) {
  kept.restore_good();
  session.set_steps(static_cast<std::uint32_t>(epoch - 1) * session.steps_per_epoch());
  session.start_epoch(epoch);
  while (!session.epoch_done() && session.steps() < bad_step) session.step();
  const bool in_step = bad_step != Tally::no_step && !session.epoch_done();
  const Net* forward = in_step ? &session.forward_only() : nullptr;

  const std::string when =
      in_step ? "step " + std::to_string(std::uint64_t{bad_step} + 1) + " (epoch " + std::to_string(epoch) + ")"
              : "end of epoch " + std::to_string(epoch);
  const std::string kept_text =
      epoch == 1 ? "the initial weights" : "the weights of epoch " + std::to_string(epoch - 1);
  return when + ": " + first_bad_place(backend, session, m, forward) + " not finite; kept " + kept_text +
         ": lower the learning rate";
}

}  // namespace minnow::engine
