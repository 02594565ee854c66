// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <utility>

#include "minnow/dataset.hpp"
#include "minnow/error.hpp"
#include "src/data/random_sequence.hpp"
#include "src/model/memory_check.hpp"

namespace minnow {
namespace {

float normal(std::uint64_t seed, engine::SyntheticStream stream, std::uint32_t row, int element) {
  return math::random_normal(seed, static_cast<std::uint32_t>(kernels::Purpose::synthetic),
                             static_cast<std::uint32_t>(stream), row, static_cast<std::uint64_t>(element));
}

}  // namespace

Dataset make_blobs(int rows, int features, int classes, float spread, std::uint64_t seed) {
  if (rows <= 0 || features <= 0 || classes <= 0 || !(spread >= 0) || !std::isfinite(spread)) {
    throw UsageError("make_blobs: " + std::to_string(rows) + " rows, " + std::to_string(features) + " features, " +
                     std::to_string(classes) + " classes, spread " + std::to_string(spread) +
                     "; expected counts of at least 1 and a finite spread of at least 0");
  }
  engine::expect_memory("make_blobs", (static_cast<double>(rows) + classes) * features * sizeof(float),
                        "draw fewer rows, features or classes");
  std::vector<float> centers(static_cast<std::size_t>(classes) * static_cast<std::size_t>(features));
  for (int label = 0; label < classes; ++label) {
    for (int feature = 0; feature < features; ++feature) {
      centers[static_cast<std::size_t>(label) * static_cast<std::size_t>(features) + feature] =
          spread * normal(seed, engine::SyntheticStream::blob_center, static_cast<std::uint32_t>(label), feature);
    }
  }
  std::vector<float> values;
  std::vector<std::int32_t> labels;
  values.reserve(static_cast<std::size_t>(rows) * static_cast<std::size_t>(features));
  labels.reserve(static_cast<std::size_t>(rows));
  for (int row = 0; row < rows; ++row) {
    const int label = row % classes;
    const float* center = centers.data() + static_cast<std::size_t>(label) * static_cast<std::size_t>(features);
    for (int feature = 0; feature < features; ++feature) {
      values.push_back(center[feature] +
                       normal(seed, engine::SyntheticStream::blob_point, static_cast<std::uint32_t>(row), feature));
    }
    labels.push_back(label);
  }
  return Dataset::from_floats("blobs", std::move(values), features, std::move(labels), classes);
}

}  // namespace minnow
