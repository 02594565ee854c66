// SPDX-License-Identifier: Apache-2.0
#include "kernels/view.hpp"

#include <string>

#include "minnow/error.hpp"

namespace minnow::kernels {

namespace {

std::string shape_text(int models, int rows, int cols) {
  std::string text = "[";
  text.append(std::to_string(models)).append(", ").append(std::to_string(rows));
  return text.append(", ").append(std::to_string(cols)).append("]");
}

}  // namespace

void expect_shape(std::string_view op, std::string_view name, const ConstView& view, int models, int rows, int cols) {
  const bool same = view.models == models && view.rows == rows && view.cols == cols;
  const bool empty = models == 0 || rows == 0 || cols == 0;
  if (same && (view || empty)) return;
  std::string message{op};
  message.append(": ").append(name).append(" is ");
  message += same ? "no matrix (a null address)" : shape_text(view.models, view.rows, view.cols);
  throw InternalError(message + ", expected " + shape_text(models, rows, cols));
}

}  // namespace minnow::kernels
