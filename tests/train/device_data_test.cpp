// SPDX-License-Identifier: Apache-2.0
#include "src/train/device_data.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "tests/support/counting_backend.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

/// What is checked against the machine's memory is what is taken.
TEST(DeviceData, AllocatesTheBytesThatItSays) {
  const auto inner = kernels::make_reference_backend();
  Dataset weighted = byte_blobs(40, 9, 3, 1);
  weighted.set_weights(std::vector<float>(40, 0.5f));
  const Dataset labelled = byte_blobs(40, 9, 3, 1), targets = small_regression(40, 1);
  const Loss classes = {.class_weights = {1, 2, 3}}, squares = {.kind = LossKind::mse};
  struct Case {
    const Dataset* data;
    engine::LossInputs inputs;
  };
  for (const auto& [data, inputs] :
       {Case{&labelled, {.loss = {}, .labels = true}}, Case{&weighted, {.loss = {}, .labels = true, .weights = true}},
        Case{&weighted, {.loss = classes, .labels = true, .weights = true}},
        Case{&targets, {.loss = squares, .target_cols = 2}}}) {
    CountingBackend backend(*inner);
    const engine::DeviceData device(backend, *data, engine::preprocessing_of(*data), inputs);
    EXPECT_EQ(backend.allocated_bytes(), engine::DeviceData::bytes(*data, inputs));
  }
}

}  // namespace
}  // namespace minnow::test
