// SPDX-License-Identifier: Apache-2.0
#include "src/train/kept_weights.hpp"

namespace minnow::engine {

using kernels::View;

std::size_t KeptWeights::bytes(const std::vector<ParameterTensor>& tensors, int models, int slots, bool best,
                               std::size_t real_size) {
  const std::size_t copy = ParameterArena::bytes(tensors, models, {.gradients = false, .slots = 0}, real_size);
  return ParameterArena::bytes(tensors, models, {.gradients = false, .slots = slots}, real_size) + (best ? copy : 0);
}

KeptWeights::KeptWeights(kernels::Backend& backend, const ParameterArena& arena, bool best)
    : backend_(backend), arena_(arena) {
  const std::int64_t scalars = arena.values().elements() * (best ? 2 : 1) + arena.state().elements();
  memory_ = backend.allocate(static_cast<std::size_t>(arena.models() * scalars) * backend.real_size());
  std::int64_t offset = 0;
  const auto next = [&](View like) {
    like.base = memory_.data();
    like.offset = offset;
    offset += like.models * like.stride;
    return like;
  };
  good_ = next(arena.values());
  if (arena.state()) state_ = next(arena.state());
  if (best) best_ = next(arena.values());
  keep_all_good();
}

void KeptWeights::keep_good(int m) {
  copy_models(backend_, good_.model(m), arena_.values().model(m));
  copy_models(backend_, state_.model(m), arena_.state().model(m));
}

void KeptWeights::keep_all_good() {
  copy_models(backend_, good_, arena_.values());
  copy_models(backend_, state_, arena_.state());
}

void KeptWeights::keep_best(int m) {
  copy_models(backend_, best_.model(m), good_.model(m));
}

void KeptWeights::restore_good() {
  copy_models(backend_, arena_.values(), good_);
  copy_models(backend_, arena_.state(), state_);
}

}  // namespace minnow::engine
