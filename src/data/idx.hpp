// SPDX-License-Identifier: Apache-2.0
/// IDX, the file format of MNIST (http://yann.lecun.com/exdb/mnist): big-endian u32 magic = type << 8 | dimensions
/// (type 8: u8), one u32 length per dimension, then the elements, row-major.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "src/data/byte_source.hpp"

namespace minnow::engine {

/// values[shape[0], shape[1], ...], 1 to 3 dimensions, none of them 0.
struct IdxArray {
  std::vector<std::uint32_t> shape;
  std::vector<std::uint8_t> values;
  std::size_t rows() const { return shape.front(); }
  std::size_t values_per_row() const { return values.size() / shape.front(); }
};

/// Reads u8 elements of `least` to `most` dimensions up to the end of the source. Throws DataError. The header's sizes
/// are held against the size of the source before anything is allocated.
IdxArray read_idx_array(ByteSource& source, std::uint32_t least, std::uint32_t most);

}  // namespace minnow::engine
