// SPDX-License-Identifier: Apache-2.0
/// batch_norm, layer_norm and the way back of each.
#include <cmath>

#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;

class NormalizationTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, NormalizationTest, testing::ValuesIn(backend_cases()), backend_case_name);

struct Norm {
  LayerKind kind;
  int models, rows, cols;
  Floats x, dy, gamma, beta, running_mean, running_variance;
  float momentum = 0.1f, epsilon = 1e-5f;

  Norm(LayerKind layer, int m, int r, int c) : kind(layer), models(m), rows(r), cols(c) {
    const std::size_t batch = Shape{m, r, c}.size(), row = Shape{m, 1, c}.size();
    x = draw(batch, 1);
    dy = draw(batch, 2);
    gamma = draw(row, 3, 0.5, 1.5);
    beta = draw(row, 4);
    running_mean = draw(row, 5);
    running_variance = draw(row, 6, 0.5, 2);
  }
  Norm model(int m) const {
    Norm one = *this;
    one.models = 1;
    for (Floats* values : {&one.x, &one.dy, &one.gamma, &one.beta, &one.running_mean, &one.running_variance}) {
      *values = part(*values, m, models);
    }
    return one;
  }
  bool is_batch() const { return kind == LayerKind::batch_norm; }
  int groups() const { return is_batch() ? cols : rows; }
};

/// Everything that one training step and an inference write.
struct Results {
  Doubles y, dx, dgamma, dbeta, running_mean, running_variance, inference, statistics;
  /// All of one model after all of another.
  Doubles all(int models) const {
    Doubles values;
    for (int m = 0; m < models; ++m) {
      for (const Doubles* tensor :
           {&y, &dx, &dgamma, &dbeta, &running_mean, &running_variance, &inference, &statistics}) {
        append(values, part(*tensor, m, models));
      }
    }
    return values;
  }
};

Results results_of(Backend& backend, const Norm& in, bool in_place = false) {
  const GuardedReals x(backend, in.models, in.rows, in.cols, in.x);
  const GuardedReals gamma(backend, in.models, 1, in.cols, in.gamma), beta(backend, in.models, 1, in.cols, in.beta);
  GuardedReals dy(backend, in.models, in.rows, in.cols, in.dy);
  GuardedReals mean(backend, in.models, 1, in.cols, in.running_mean);
  GuardedReals variance(backend, in.models, 1, in.cols, in.running_variance);
  GuardedReals y(backend, in.models, in.rows, in.cols), inference(backend, in.models, in.rows, in.cols);
  GuardedReals other(backend, in.models, in.rows, in.cols);
  GuardedReals dgamma(backend, in.models, 1, in.cols), dbeta(backend, in.models, 1, in.cols);
  GuardedReals statistics(backend, in.models, 2, in.groups());
  const GuardedReals& dx = in_place ? dy : other;
  if (in.is_batch()) {
    backend.batch_norm(y, x, gamma, beta, statistics, mean, variance, in.momentum, in.epsilon);
    backend.batch_norm_inference(inference, x, gamma, beta, mean, variance, in.epsilon);
    backend.batch_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics);
  } else {
    backend.layer_norm(y, x, gamma, beta, statistics, in.epsilon);
    backend.layer_norm(inference, x, gamma, beta, {}, in.epsilon);
    backend.layer_norm_backward(dx, dgamma, dbeta, dy, x, gamma, statistics);
  }
  return {y.values(),    dx.values(),       dgamma.values(),    dbeta.values(),
          mean.values(), variance.values(), inference.values(), statistics.values()};
}

Doubles run(Backend& backend, const Norm& in) {
  return results_of(backend, in).all(in.models);
}

/// Roundings of sums of n terms, of the difference from the mean (by its condition, the largest x over the deviation)
/// and of the formulas, on values as large as the largest of the tensor.
Doubles limits(const Norm& in, const Doubles& expected, const Doubles& statistics, double roundoff) {
  double inverse = 0, largest = 1;
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    const bool is_inverse = i / static_cast<std::size_t>(in.groups()) % 2 == 1;
    if (is_inverse) inverse = std::max(inverse, statistics[i]);
  }
  for (double value : expected) largest = std::max(largest, std::abs(value));
  const double condition = 1 + 2 * inverse, n = std::max(in.rows, in.cols);
  return Doubles(expected.size(), (n + 16) * roundoff * condition * condition * largest);
}

constexpr LayerKind kinds[] = {LayerKind::batch_norm, LayerKind::layer_norm};

TEST_P(NormalizationTest, KnownValues) {
  Norm in(LayerKind::batch_norm, 1, 2, 1);
  in.x = {1, 5};  // mean 3, variance 4, unbiased 8
  in.gamma = {3};
  in.beta = {10};
  in.dy = {1, 2};
  in.running_mean = {1};
  in.running_variance = {4};
  in.momentum = 0.25f;
  in.epsilon = 12;  // deviation 4
  Results found = results_of(backend(), in);
  EXPECT_EQ(found.y, (Doubles{8.5, 11.5}));
  EXPECT_EQ(found.statistics, (Doubles{3, 0.25}));
  EXPECT_EQ(found.running_mean, (Doubles{1.5}));
  EXPECT_EQ(found.running_variance, (Doubles{5}));
  EXPECT_EQ(found.dbeta, (Doubles{3}));
  EXPECT_EQ(found.dgamma, (Doubles{0.5}));            // -0.5 * 1 + 0.5 * 2
  EXPECT_EQ(found.dx, (Doubles{-0.28125, 0.28125}));  // 3 / 4 (dy - 1.5 - normalized 0.25)
  in.kind = LayerKind::layer_norm;
  in.rows = 1;
  in.cols = 2;
  in.gamma = {3, 1};
  in.beta = {10, 0};
  in.running_mean = in.running_variance = {1, 1};
  found = results_of(backend(), in);
  EXPECT_EQ(found.y, (Doubles{8.5, 0.5}));
  EXPECT_EQ(found.dgamma, (Doubles{-0.5, 1}));
  EXPECT_EQ(found.dbeta, (Doubles{1, 2}));
  EXPECT_EQ(found.dx, (Doubles{0.09375, -0.09375}));  // g = 3, 2: 1 / 4 (g - 2.5 + normalized 0.25)
}

TEST_P(NormalizationTest, AgreesWithTheReference) {
  for (const LayerKind kind : kinds) {
    for (int rows : {2, 3, 16, 31, 129}) {
      for (int cols : {1, 2, 7, 16, 17, 65, 129}) {
        const Norm in(kind, rows == 3 ? 3 : 1, rows, cols);
        SCOPED_TRACE(to_string(kind) + " " + text({in.models, rows, cols}));
        const Results found = results_of(backend(), in), expected = results_of(reference(), in);
        const Doubles Results::*members[] = {&Results::y,        &Results::dx,           &Results::dgamma,
                                             &Results::dbeta,    &Results::running_mean, &Results::running_variance,
                                             &Results::inference};
        for (const auto member : members) {
          EXPECT_TRUE(
              within(found.*member, expected.*member, limits(in, expected.*member, expected.statistics, roundoff())));
        }
        expect_specified_bits(in, run);
      }
    }
  }
}

TEST_P(NormalizationTest, SumsInTheSpecifiedOrderAtEveryLevel) {
  for (const LayerKind kind : kinds) {
    for (int length : {255, 257, 16385}) {
      const Norm in = kind == LayerKind::batch_norm ? Norm(kind, 1, length, 2) : Norm(kind, 1, 2, length);
      expect_specified_bits(in, run);
    }
    expect_specified_bits(Norm(kind, 3, 70, 330), run);  // more than a part
  }
}

TEST_P(NormalizationTest, DxMayBeDy) {
  for (const LayerKind kind : kinds) {
    const Norm in(kind, 2, 150, 229);  // more than a part
    EXPECT_TRUE(same_bits(results_of(backend(), in, true).dx, results_of(backend(), in).dx)) << to_string(kind);
  }
}

TEST_P(NormalizationTest, AConstantGroupGivesBeta) {
  for (const LayerKind kind : kinds) {
    Norm in(kind, 1, 4, 3);
    std::fill(in.x.begin(), in.x.end(), 0.75f);
    const Results found = results_of(backend(), in);
    for (std::size_t i = 0; i < found.y.size(); ++i) EXPECT_EQ(found.y[i], static_cast<double>(in.beta[i % 3]));
    for (const double value : found.dx) EXPECT_TRUE(std::isfinite(value));
  }
}

TEST_P(NormalizationTest, RefusesWhatDoesNotFit) {
  const GuardedReals x(backend(), 2, 4, 5), row(backend(), 2, 1, 5), wide(backend(), 2, 1, 6), pair(backend(), 2, 2, 5);
  const GuardedReals pairs(backend(), 2, 2, 4), one(backend(), 2, 1, 5);
  Backend& b = backend();
  expect_refused([&] { b.batch_norm(x, x, wide, row, pair, row, row, 0.1f, 1); },
                 {"batch_norm", "gamma is [2, 1, 6], expected [2, 1, 5]"});
  expect_refused([&] { b.batch_norm(one, one, row, row, pair, row, row, 0.1f, 1); }, {"batch_norm", "1 rows"});
  expect_refused([&] { b.batch_norm(x, x, row, row, pairs, row, row, 0.1f, 1); }, {"batch_norm", "statistics is"});
  expect_refused([&] { b.batch_norm_inference(x, x, row, row, wide, row, 1); }, {"running_mean is [2, 1, 6]"});
  expect_refused([&] { b.batch_norm_backward(x, wide, row, x, x, row, pair); }, {"dgamma is [2, 1, 6]"});
  expect_refused([&] { b.layer_norm(x, x, row, row, pair, 1); }, {"layer_norm", "statistics is [2, 2, 5]"});
  expect_refused([&] { b.layer_norm_backward(x, row, row, x, x, row, pair); }, {"statistics is [2, 2, 5]"});
}

/// What PyTorch gives in float64 (scripts/make_golden.py): y, dx, dgamma, dbeta; for batch_norm then the running mean
/// and variance, and y of inference.
constexpr int golden_rows = 5, golden_cols = 3;
struct GoldenRow {
  LayerKind kind;
  float epsilon, momentum;
  int step;
  Doubles values;
};
const GoldenRow golden[] = {
#include "tests/math/golden_normalizations.inc"
};

Floats golden_inputs(int count, int step, int salt) {
  Floats values;
  for (int i = 0; i < count; ++i)
    values.push_back(static_cast<float>((step * 41 + i * 29 + salt * 53) % 127 - 63) / 32);
  return values;
}

TEST_P(NormalizationTest, GivesWhatPyTorchGives) {
  Floats mean, variance;
  for (const GoldenRow& row : golden) {
    Norm in(row.kind, 1, golden_rows, golden_cols);
    in.epsilon = row.epsilon;
    in.momentum = row.momentum;
    in.gamma = golden_inputs(golden_cols, 0, 1);
    in.beta = golden_inputs(golden_cols, 0, 2);
    in.x = golden_inputs(golden_rows * golden_cols, row.step, 3);
    in.dy = golden_inputs(golden_rows * golden_cols, row.step, 4);
    in.running_mean = row.step == 0 ? Floats(golden_cols, 0) : mean;
    in.running_variance = row.step == 0 ? Floats(golden_cols, 1) : variance;
    const Results found = results_of(backend(), in);
    Doubles values;
    for (const Doubles* part : {&found.y, &found.dx, &found.dgamma, &found.dbeta}) append(values, *part);
    if (in.is_batch()) {
      for (const Doubles* part : {&found.running_mean, &found.running_variance, &found.inference})
        append(values, *part);
      mean.assign(found.running_mean.begin(), found.running_mean.end());
      variance.assign(found.running_variance.begin(), found.running_variance.end());
    }
    // The running statistics pass through floats between the steps.
    const double bound = is_float() ? 3e-6 : in.is_batch() ? 1e-6 : 1e-14;
    EXPECT_TRUE(within(values, row.values, Doubles(values.size(), bound)))
        << to_string(row.kind) << " step " << row.step;
  }
}

}  // namespace
}  // namespace minnow::test
