// SPDX-License-Identifier: Apache-2.0
#include "tests/support/counting_backend.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/guarded.hpp"

namespace minnow::test {
namespace {

TEST(CountingBackend, CountsAndForwards) {
  const auto inner = kernels::make_reference_backend();
  CountingBackend backend(*inner);
  EXPECT_EQ(backend.counts(), CallCounts{});
  const kernels::Memory memory = backend.allocate(64);
  const double sent = 3;
  double received = 0;
  backend.upload(memory.data(), &sent, sizeof(sent));
  backend.download(&received, memory.data(), sizeof(received));
  backend.synchronize();
  backend.zero(memory.data(), 8);
  EXPECT_EQ(received, 3);
  EXPECT_EQ(backend.counts(),
            (CallCounts{.allocations = 1, .uploads = 1, .downloads = 1, .synchronizations = 1, .copies = 1}));
  backend.reset();
  EXPECT_EQ(backend.counts(), CallCounts{});
}

TEST(CountingBackend, SeesHostValuesAndRecordedSteps) {
  const auto inner = kernels::make_reference_backend();
  CountingBackend backend(*inner);
  GuardedReals x(backend, 2, 1, 3);
  backend.reset();
  x.set(std::vector<double>{1, 2, 3, 4, 5, 6});
  EXPECT_EQ(backend.counts().uploads, 2) << "one for each model";
  EXPECT_EQ(x.values(), (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(backend.counts().downloads, 2);
  backend.reset();
  const auto replay = backend.record([&] { backend.fill(x, 7); });
  replay();
  EXPECT_EQ(backend.counts(), (CallCounts{.recordings = 1, .replays = 1, .operations = 1}));
  EXPECT_EQ(x.values(), std::vector<double>(6, 7.0));
  EXPECT_EQ(backend.counts().late_allocations, 0);
  static_cast<void>(backend.allocate(8));
  EXPECT_EQ(backend.counts().late_allocations, 1);
}

}  // namespace
}  // namespace minnow::test
