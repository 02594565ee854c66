// SPDX-License-Identifier: Apache-2.0
#include "src/cli/agreement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace minnow::cli {
namespace {

/// W2's weights, all of them 1 before the steps and 2 after, and a device's.
class AgreementTest : public testing::Test {
 protected:
  Verification check() const { return compare_weights(workload_, initial_, expected_, actual_, 3); }

  Workload workload_ = benchmark_workloads()[2];
  Model model_{workload_.network, 1};
  std::vector<float> initial_ = std::vector<float>(model_.parameter_count(), 1);
  std::vector<float> expected_ = std::vector<float>(model_.parameter_count(), 2);
  std::vector<float> actual_ = expected_;
};

TEST_F(AgreementTest, EqualWeightsPass) {
  EXPECT_TRUE(check().passed());
  EXPECT_EQ(check().error, 0);
}

TEST_F(AgreementTest, TheTensorFurthestFromItsLimitIsNamed) {
  const ParameterTensor bias = model_.tensors().back();
  for (std::size_t i = 0; i < bias.size(); ++i) actual_[bias.offset + i] = 1.9f;
  actual_[0] += 1e-3f;
  EXPECT_EQ(check().tensor, bias.name);
  EXPECT_NEAR(check().error, 0.1, 1e-6);
  EXPECT_FALSE(check().passed());
}

TEST_F(AgreementTest, WeightsThatAreNoNumbersDoNotPass) {
  const ParameterTensor bias = model_.tensors().back();
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    actual_[bias.offset] = bad;
    EXPECT_EQ(check().tensor, bias.name);
    EXPECT_FALSE(check().passed());
  }
}

TEST_F(AgreementTest, WeightsThatDoNotMoveMayDifferByTheirRounding) {
  initial_ = expected_;
  actual_[0] = 2 + 0x1p-22f;
  EXPECT_TRUE(check().passed());
  std::ranges::fill(actual_, 2 + 0x1p-20f);
  EXPECT_FALSE(check().passed());
}

}  // namespace
}  // namespace minnow::cli
