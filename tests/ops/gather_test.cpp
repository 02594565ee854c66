// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "kernels/math/elementary.hpp"
#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::BatchView;
using kernels::DataView;
using kernels::StepState;

class GatherTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, GatherTest, testing::ValuesIn(backend_cases()), backend_case_name);

/// A dataset of N rows in device memory and a batch of it.
struct Case {
  int models = 1, rows = 4, cols = 5;
  int data_rows = 11, target_cols = 3;
  std::uint32_t cursor = 2;
  bool bytes = true, ordered = true, shared = false;
};

struct Data {
  std::vector<std::uint8_t> bytes;
  Floats reals, targets, weights;
  Labels labels;
  std::vector<std::uint32_t> order;  ///< [M, N]

  explicit Data(const Case& c) {
    const auto count = static_cast<std::size_t>(c.data_rows) * static_cast<std::size_t>(c.cols);
    for (float x : draw(count, 19, 0, 256)) bytes.push_back(static_cast<std::uint8_t>(x));
    reals = draw(count, 20);
    targets = draw(static_cast<std::size_t>(c.data_rows * c.target_cols), 21);
    labels = draw_labels(static_cast<std::size_t>(c.data_rows), 10, 22);
    weights = draw(static_cast<std::size_t>(c.data_rows), 23, 0, 2);
    for (int m = 0; m < c.models; ++m) {
      for (int i = 0; i < c.data_rows; ++i) {
        order.push_back(static_cast<std::uint32_t>((i * 7 + m * 3) % c.data_rows));  // 7 is prime to each size used
      }
    }
  }
};

constexpr float scale = 1.0f / 255, shift = -0.125f;

struct Result {
  Doubles x, targets, weights;
  Labels labels;
};

Result run(Backend& backend, const Case& c, const Data& data) {
  const GuardedArray<std::uint8_t> bytes(backend, data.bytes);
  const GuardedArray<float> reals(backend, data.reals), targets(backend, data.targets), weights(backend, data.weights);
  const GuardedArray<std::int32_t> labels(backend, data.labels);
  const GuardedArray<std::uint32_t> order(backend, data.order);
  const GuardedArray<StepState> state(backend, {StepState{.step = 0, .cursor = c.cursor}});
  const int matrices = c.shared ? 1 : c.models;
  GuardedReals x(backend, matrices, c.rows, c.cols), wanted(backend, matrices, c.rows, c.target_cols);
  GuardedReals row_weights(backend, matrices, c.rows, 1);
  const GuardedArray<std::int32_t> batch_labels(backend, Labels(static_cast<std::size_t>(matrices * c.rows), -1));

  const DataView view{.values = c.bytes ? static_cast<const void*>(bytes.data()) : reals.data(),
                      .storage = c.bytes ? DataView::Storage::u8 : DataView::Storage::f32,
                      .rows = c.data_rows,
                      .cols = c.cols,
                      .scale = scale,
                      .shift = shift,
                      .labels = labels.data(),
                      .targets = targets.data(),
                      .target_cols = c.target_cols,
                      .weights = weights.data()};
  BatchView batch{
      .x = x, .labels = {batch_labels.data(), c.shared ? 0 : c.rows}, .targets = wanted, .weights = row_weights};
  if (c.shared) {
    batch.x.models = batch.targets.models = batch.weights.models = c.models;
    batch.x.stride = batch.targets.stride = batch.weights.stride = 0;
  }
  backend.gather(batch, view, c.ordered ? order.data() : nullptr, state.data());
  return {x.values(), wanted.values(), row_weights.values(), batch_labels.values()};
}

Result expected(Backend& backend, const Case& c, const Data& data) {
  Result result;
  const bool is_float = backend.real_size() == sizeof(float);
  for (int m = 0; m < (c.shared ? 1 : c.models); ++m) {
    for (int b = 0; b < c.rows; ++b) {
      const auto position = c.cursor + static_cast<std::uint32_t>(b);
      const std::size_t row = c.ordered ? data.order[static_cast<std::size_t>(m * c.data_rows) + position] : position;
      for (int i = 0; i < c.cols; ++i) {
        const std::size_t source = row * static_cast<std::size_t>(c.cols) + static_cast<std::size_t>(i);
        const float byte = data.bytes[source];
        const double normalized =
            is_float ? static_cast<double>(math::fma(byte, scale, shift))
                     : math::fma(static_cast<double>(byte), static_cast<double>(scale), static_cast<double>(shift));
        result.x.push_back(c.bytes ? normalized : static_cast<double>(data.reals[source]));
      }
      for (int i = 0; i < c.target_cols; ++i) {
        const std::size_t source = row * static_cast<std::size_t>(c.target_cols) + static_cast<std::size_t>(i);
        result.targets.push_back(static_cast<double>(data.targets[source]));
      }
      result.labels.push_back(data.labels[row]);
      result.weights.push_back(static_cast<double>(data.weights[row]));
    }
  }
  return result;
}

void check(Backend& backend, const Case& c) {
  const Data data(c);
  const Result actual = run(backend, c, data), wanted = expected(backend, c, data);
  EXPECT_TRUE(same_bits(actual.x, wanted.x));
  EXPECT_TRUE(same_bits(actual.targets, wanted.targets));
  EXPECT_TRUE(same_bits(actual.weights, wanted.weights));
  EXPECT_EQ(actual.labels, wanted.labels);
}

TEST_P(GatherTest, BytesAndFloatsInOrderAndShuffled) {
  for (bool bytes : {true, false}) {
    for (bool ordered : {true, false}) {
      for (int models : {1, 3}) {
        for (bool shared : {true, false}) {
          check(backend(), {.models = models, .bytes = bytes, .ordered = ordered, .shared = shared});
        }
      }
    }
  }
}

TEST_P(GatherTest, EveryShape) {
  for (int rows : {0, 1, 2, 7, 64}) {
    for (int cols : {0, 1, 3, 16, 17, 784}) {
      SCOPED_TRACE(text({1, rows, cols}));
      check(backend(), {.models = 2, .rows = rows, .cols = cols, .data_rows = 67, .target_cols = 1, .cursor = 3});
    }
  }
  check(backend(), {.models = 3, .rows = 300, .cols = 785, .data_rows = 302, .cursor = 2});  // more than a part
}

TEST_P(GatherTest, TheLastRowOfTheDataset) {
  check(backend(), {.rows = 4, .data_rows = 11, .cursor = 7});
  check(backend(), {.rows = 11, .data_rows = 11, .cursor = 0});
}

TEST_P(GatherTest, WhatIsNotAskedForIsLeftOut) {
  const Case c;
  const Data data(c);
  const GuardedArray<float> reals(backend(), data.reals);
  const GuardedArray<StepState> state(backend(), {StepState{}});
  GuardedReals x(backend(), 1, c.rows, c.cols);
  DataView view;
  view.values = reals.data();
  view.storage = DataView::Storage::f32;
  view.rows = c.data_rows;
  view.cols = c.cols;
  BatchView batch;
  batch.x = x;
  backend().gather(batch, view, nullptr, state.data());
  EXPECT_EQ(x.values(), widen({data.reals.data(), static_cast<std::size_t>(c.rows * c.cols)}));
}

TEST_P(GatherTest, RefusesWhatDoesNotFit) {
  const GuardedArray<float> reals(backend(), Floats(20, 1.0f));
  const GuardedArray<StepState> state(backend(), {StepState{}});
  const GuardedReals x(backend(), 1, 2, 4), targets(backend(), 1, 2, 3);
  DataView view;
  view.values = reals.data();
  view.storage = DataView::Storage::f32;
  view.rows = 4;
  view.cols = 5;
  BatchView batch;
  batch.x = x;
  expect_refused([&] { backend().gather(batch, view, nullptr, state.data()); }, {"gather", "x is [1, 2, 4]"});
  view.cols = 4;
  expect_refused([&] { backend().gather(batch, view, nullptr, nullptr); }, {"gather", "state"});
  batch.targets = targets;
  expect_refused([&] { backend().gather(batch, view, nullptr, state.data()); }, {"gather", "targets is [1, 2, 3]"});
}

}  // namespace
}  // namespace minnow::test
