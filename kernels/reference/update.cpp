// SPDX-License-Identifier: Apache-2.0
#include "kernels/math/update_rule.hpp"

#include "kernels/checks.hpp"
#include "kernels/math/philox.hpp"
#include "kernels/reference/backend.hpp"

namespace minnow::kernels::reference {

/// The same floats as on every backend, widened: all backends start from the same parameters.
void ReferenceBackend::random(const View& x, const Distribution& distribution, std::span<const std::uint64_t> seeds,
                              Purpose purpose, std::uint32_t layer) {
  check_random(x, seeds);
  const auto stream = static_cast<std::uint32_t>(purpose);
  for (int m = 0; m < x.models; ++m) {
    const std::uint64_t seed = seeds[static_cast<std::size_t>(m)];
    for (std::int64_t i = 0; i < x.elements(); ++i) {
      const auto element = static_cast<std::uint64_t>(i);
      float value = 0;
      if (distribution.kind == Distribution::Kind::normal) {
        value = math::fma(math::random_normal(seed, stream, layer, 0, element), distribution.b, distribution.a);
      } else {
        value = math::to_uniform(math::random_bits(seed, stream, layer, 0, element), distribution.a, distribution.b);
      }
      x.data<double>(m)[i] = static_cast<double>(value);
    }
  }
}

void ReferenceBackend::dropout(const View& x, std::uint32_t layer, const DropoutRate* rates, const StepState* state,
                               const ModelState* models) {
  check_dropout(x, rates, state, models);
  const auto stream = static_cast<std::uint32_t>(Purpose::dropout);
  for (int m = 0; m < x.models; ++m) {
    for (std::int64_t i = 0; i < x.elements(); ++i) {
      const std::uint32_t drawn =
          math::random_bits(models[m].seed, stream, layer, state->step, static_cast<std::uint64_t>(i));
      double& value = x.data<double>(m)[i];
      value = drawn < rates[m].threshold ? value * static_cast<double>(rates[m].scale) : 0.0;
    }
  }
}

void ReferenceBackend::clip_norm(const View& chunk_sums, const ConstView& gradients, ModelState* models) {
  check_clip_norm(chunk_sums, gradients, models);
  for (int m = 0; m < gradients.models; ++m) {
    double sum = 0;
    for (std::int64_t i = 0; i < gradients.elements(); ++i) {
      sum += gradients.data<double>(m)[i] * gradients.data<double>(m)[i];
    }
    models[m].rates.gradient_scale = math::clip_scale(models[m].optimizer, sum);
  }
}

void ReferenceBackend::update(OptimizerKind kind, const View& parameters, const ConstView& gradients, const View& state,
                              const ModelState* models) {
  check_update(kind, parameters, gradients, state, models);
  check_optimizers(kind, parameters, state, models);
  const std::int64_t stride = parameters.elements();
  math::visit(kind, [&]<class Rule>(Rule) {
    for (int m = 0; m < parameters.models; ++m) {
      const ModelState& model = models[m];
      double* const slots = state ? state.data<double>(m) : nullptr;
      for (std::int64_t i = 0; i < stride; ++i) {
        math::update_parameter<Rule>(model.optimizer, model.rates, i < model.decayed, parameters.data<double>(m)[i],
                                     gradients.data<double>(m)[i], state ? slots + i : nullptr, stride);
      }
    }
  });
}

}  // namespace minnow::kernels::reference
