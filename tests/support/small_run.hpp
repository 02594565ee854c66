// SPDX-License-Identifier: Apache-2.0
/// A training run of M two-layer nets written in ops alone, as the engine strings them together, on any float backend.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kernels/backend.hpp"

namespace minnow::test {

struct SmallRunShape {
  int models = 1, batch = 8, inputs = 12, hidden = 8, classes = 4, data_rows = 40;
  Activation activation = make_activation(ActivationKind::gelu);
  OptimizerKind optimizer = OptimizerKind::adam;
  kernels::DataView::Storage storage = kernels::DataView::Storage::u8;
  LossKind loss = LossKind::cross_entropy;
};

class SmallRun {
 public:
  /// Model m has the seed first_seed + m.
  SmallRun(kernels::Backend& backend, const SmallRunShape& shape, std::uint64_t first_seed = 1);

  /// One step: gather, forward, loss, backward, update, advance.
  void step();
  /// `count` steps called one by one, or as a recorded step; back to the start of the epoch's order where it ends.
  void direct(int count);
  void recorded(int count);

  /// Parameters, optimizer state and tallies as bytes, model after model.
  std::vector<unsigned char> bytes();

 private:
  kernels::View reals(int models, int rows, int cols);
  void* allocate(std::size_t bytes);
  template <class T>
  T* uploaded(const std::vector<T>& values);
  kernels::View parameters(int rows, int cols);
  void make_data();
  void make_parameters();
  void make_state(std::uint64_t first_seed);
  void rewind();

  kernels::Backend& backend_;
  SmallRunShape shape_;
  std::vector<kernels::Memory> memory_;
  std::vector<std::uint64_t> seeds_;
  kernels::DataView data_;
  std::uint32_t* order_ = nullptr;
  kernels::StepState* state_ = nullptr;
  kernels::ModelState* models_ = nullptr;
  kernels::Tally* tally_ = nullptr;
  kernels::DropoutRate* rates_ = nullptr;
  kernels::BatchView batch_;
  kernels::View arena_, gradients_, slots_, chunk_sums_;
  kernels::View z1_, y1_, z2_, d1_, d2_;
  std::int64_t next_parameter_ = 0;
  kernels::View w1_, b1_, w2_, b2_;
};

}  // namespace minnow::test
