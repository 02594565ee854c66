// SPDX-License-Identifier: Apache-2.0
/// Row-major matrices in device memory, one per model, and the shape checks at every op's door.
#pragma once

#include <cstdint>
#include <string_view>

namespace minnow::kernels {

/// x[M, rows, cols] of the backend's own scalar (`Backend::real_size`: float, or double on the reference).
/// The address is opaque to the engine: only a backend turns (base, offset) into a pointer. Rows are contiguous.
/// stride 0 with M > 1: all models read the same matrix.
template <class Address>
struct BasicView {
  Address base = nullptr;   ///< start of the allocation; nullptr: no matrix
  std::int64_t offset = 0;  ///< scalars from base to element (0, 0, 0)
  int models = 0;           ///< M
  int rows = 0;             ///< samples, or inputs of a weight matrix
  int cols = 0;             ///< features or units
  std::int64_t stride = 0;  ///< scalars from one model's matrix to the next one's

  explicit operator bool() const { return base != nullptr; }
  std::int64_t elements() const { return static_cast<std::int64_t>(rows) * cols; }

  /// The first `count` rows of every model.
  BasicView first_rows(int count) const {
    BasicView view = *this;
    view.rows = count;
    return view;
  }
  /// Model m alone.
  BasicView model(int m) const {
    BasicView view = *this;
    view.offset += m * stride;
    view.models = 1;
    return view;
  }
  /// Pointer to model m's element (0, 0); `Scalar` is the backend's own.
  template <class Scalar>
  Scalar* data(int m = 0) const {
    return static_cast<Scalar*>(base) + offset + m * stride;
  }
};

using View = BasicView<void*>;

/// A view that is only read; every View converts to it.
struct ConstView : BasicView<const void*> {
  ConstView() = default;
  ConstView(const BasicView<const void*>& view) : BasicView(view) {}
  ConstView(const View& view) : BasicView{view.base, view.offset, view.models, view.rows, view.cols, view.stride} {}
  template <class Scalar>
  const Scalar* data(int m = 0) const {
    return static_cast<const Scalar*>(base) + offset + m * stride;
  }
};

/// Throws InternalError "op: name is [models, rows, cols], expected [..]" unless the view has the shape.
void expect_shape(std::string_view op, std::string_view name, const ConstView& view, int models, int rows, int cols);

/// Integers per row of a batch, e.g. labels[M, B] in device memory; stride 0: shared by all models.
template <class Integer>
struct RowIntegers {
  Integer* values = nullptr;
  std::int64_t stride = 0;
  explicit operator bool() const { return values != nullptr; }
};

}  // namespace minnow::kernels
