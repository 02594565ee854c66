// SPDX-License-Identifier: Apache-2.0
/// IDX, the file format of MNIST (http://yann.lecun.com/exdb/mnist): big-endian u32 magic = type << 8 | dimensions
/// (type 8: u8), one u32 length per dimension, then the elements, row-major.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "src/data/byte_source.hpp"

namespace minnow::engine {

/// What a header promises: the lengths of 1 to 3 dimensions, none of them 0.
class IdxShape {
 public:
  explicit IdxShape(std::vector<std::uint32_t> lengths) : lengths_(std::move(lengths)) {}
  std::size_t dimensions() const { return lengths_.size(); }
  std::uint64_t rows() const { return lengths_.front(); }
  std::uint64_t values() const;  ///< all of them; read_idx_shape has seen to it that the product fits
  std::uint64_t values_per_row() const { return values() / rows(); }
  std::string text() const;  ///< "60000 x 28 x 28"

 private:
  std::vector<std::uint32_t> lengths_;
};

/// Reads the header of u8 elements in `least` to `most` dimensions. Throws DataError, also where it promises more than
/// the source can hold.
IdxShape read_idx_shape(ByteSource& source, std::uint32_t least, std::uint32_t most);

/// Reads the elements behind the header, row-major, up to the end of the source, which must be there. Throws DataError,
/// or MemoryError. Nothing is allocated before: what cannot be used is best refused by its shape.
std::vector<std::uint8_t> read_idx_values(ByteSource& source, const IdxShape& shape);

}  // namespace minnow::engine
