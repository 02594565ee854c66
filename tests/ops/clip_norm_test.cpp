// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "kernels/math/summation.hpp"
#include "kernels/math/update_rule.hpp"
#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::ModelState;

class ClipNormTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, ClipNormTest, testing::ValuesIn(backend_cases()), backend_case_name);

struct Gradients {
  int models, count;
  Floats g;
  std::vector<ModelState> states;

  Gradients(int m, int n, std::vector<float> clip_norms) : models(m), count(n), g(draw(Shape{m, 1, n}.size(), 7)) {
    for (const float clip_norm : clip_norms) states.emplace_back().optimizer.clip_norm = clip_norm;
  }
  Gradients model(int m) const {
    Gradients one = *this;
    one.models = 1;
    one.g = part(g, m, models);
    one.states = part(states, m, models);
    return one;
  }
};

/// The scale of each model.
Doubles run(Backend& backend, const Gradients& in) {
  const GuardedReals g(backend, in.models, 1, in.count, in.g);
  const GuardedReals chunk_sums(backend, in.models, 1, (in.count + 127) / 128);
  const GuardedArray<ModelState> states(backend, in.states);
  backend.clip_norm(chunk_sums, g, states.data());
  Doubles scales;
  for (const ModelState& state : states.values()) scales.push_back(static_cast<double>(state.rates.gradient_scale));
  return scales;
}

TEST_P(ClipNormTest, KnownScales) {
  Gradients in(1, 2, {2.5f});
  in.g = {3, -4};
  EXPECT_NEAR(run(backend(), in)[0], 0.5, 2e-7);
  in.g = {3e-7f, -4e-7f};
  in.states[0].optimizer.clip_norm = 5e-7f;
  EXPECT_NEAR(run(backend(), in)[0], 1.0 / 3, 2e-7) << "1e-6 beside the norm, as torch's";
  in.g = {3, -4};
  in.states[0].optimizer.clip_norm = 10;
  EXPECT_EQ(run(backend(), in)[0], 1) << "gradients are never scaled up";
  in.states[0].optimizer.clip_norm = 0;
  EXPECT_EQ(run(backend(), in)[0], 1) << "0 is no clipping";
}

TEST_P(ClipNormTest, IsTheSummationRule) {
  for (const int n : {0, 1, 127, 128, 129, 1021, 4096, 4097, 16384, 16385, 40000, 300007}) {
    const Gradients in(3, n, {0.5f, 0, 100});
    SCOPED_TRACE(std::to_string(n) + " gradients");
    expect_specified_bits(in, run);
    // The squares of n numbers below 2 in magnitude, each chain at most 3 * 128 roundings long; halved by the root.
    EXPECT_TRUE(within(run(backend(), in), run(reference(), in), 200 * roundoff() + 0x1p-23));
    if (!has_scalar_bits()) continue;
    math::ChunkedSum<float> squares;
    for (int i = 0; i < n; ++i)
      squares.add_product(in.g[static_cast<std::size_t>(i)], in.g[static_cast<std::size_t>(i)]);
    EXPECT_EQ(run(backend(), in)[0], static_cast<double>(math::clip_scale(in.states[0].optimizer, squares.result())));
  }
}

/// Above 2,097,152 elements the groups' sums are summed by the rule again.
TEST_P(ClipNormTest, HasAnOrderForEveryLength) {
  if (!has_scalar_bits() || GetParam().name == "cpu_scalar_1") return;
  const Gradients in(1, 2097152 + 16384 + 5, {1});
  EXPECT_TRUE(same_bits(run(backend(), in), run(scalar(), in)));
}

/// As in PyTorch: NaN spreads, so that the run is seen to diverge; an infinite norm scales to 0.
TEST_P(ClipNormTest, GradientsThatAreNotFinite) {
  Gradients in(2, 300, {1, 1});
  in.g[123] = std::numeric_limits<float>::quiet_NaN();
  in.g[300] = std::numeric_limits<float>::infinity();
  const Doubles scales = run(backend(), in);
  EXPECT_TRUE(std::isnan(scales[0]));
  EXPECT_EQ(scales[1], 0);
}

TEST_P(ClipNormTest, RefusesWhatDoesNotFit) {
  const GuardedReals g(backend(), 2, 1, 129), sums(backend(), 2, 1, 2), few(backend(), 2, 1, 1);
  const GuardedArray<ModelState> states(backend(), {ModelState{}, ModelState{}});
  expect_refused([&] { backend().clip_norm(few, g, states.data()); }, {"clip_norm", "chunk_sums is [2, 1, 1]"});
  expect_refused([&] { backend().clip_norm(sums, g, nullptr); }, {"clip_norm", "models"});
}

}  // namespace
}  // namespace minnow::test
