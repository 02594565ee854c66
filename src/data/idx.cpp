// SPDX-License-Identifier: Apache-2.0
#include "src/data/idx.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <string_view>
#include <utility>

#include "minnow/config.hpp"
#include "minnow/dataset.hpp"
#include "minnow/error.hpp"
#include "src/model/memory_check.hpp"

namespace minnow {
namespace engine {
namespace {

constexpr std::uint32_t u8_magic = 0x0800;  // type u8, plus the number of dimensions
constexpr std::uint64_t largest_dimension = std::numeric_limits<std::int32_t>::max();

std::string hexadecimal(std::uint32_t value) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += digits[(value >> shift) & 15u];
  return text;
}

std::uint32_t read_u32(ByteSource& source, std::string_view what) {
  std::array<std::uint8_t, 4> bytes{};
  if (source.read(bytes) != bytes.size()) {
    throw DataError(source.name() + ": ends within its IDX header, at the " + std::string(what) +
                    "; fetch the file again");
  }
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

std::vector<std::uint32_t> read_lengths(ByteSource& source, std::uint32_t least, std::uint32_t most) {
  const std::uint32_t magic = read_u32(source, "magic number");
  if (magic < u8_magic + least || magic > u8_magic + most) {
    std::string expected = hexadecimal(u8_magic + least);
    if (least != most) expected += " to " + hexadecimal(u8_magic + most);
    throw DataError(source.name() + ": magic number " + hexadecimal(magic) + ", expected " + expected +
                    " (IDX of unsigned bytes in " + std::to_string(least) +
                    (least != most ? " to " + std::to_string(most) : "") +
                    " dimensions); are images and labels exchanged, or is this another format?");
  }
  std::vector<std::uint32_t> lengths;
  for (std::uint32_t dimension = 0; dimension < magic - u8_magic; ++dimension) {
    lengths.push_back(read_u32(source, "length of dimension " + std::to_string(dimension)));
    if (lengths.back() == 0 || lengths.back() > largest_dimension) {
      throw DataError(source.name() + ": dimension " + std::to_string(dimension) + " has length " +
                      std::to_string(lengths.back()) + ", expected 1 to " + std::to_string(largest_dimension));
    }
  }
  return lengths;
}

/// Appends in pieces: memory that is reserved but not written takes no room yet.
std::vector<std::uint8_t> read_values(ByteSource& source, std::size_t count) {
  std::vector<std::uint8_t> values;
  try {
    values.reserve(count);
  } catch (const std::bad_alloc&) {
    throw MemoryError(source.name() + ": " + std::to_string(count) + " bytes of data do not fit into memory");
  }
  std::array<std::uint8_t, 1 << 16> piece;
  while (values.size() < count) {
    const std::size_t wanted = std::min(piece.size(), count - values.size());
    const std::size_t got = source.read(std::span(piece).first(wanted));
    values.insert(values.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got));
    if (got < wanted) {
      throw DataError(source.name() + ": holds " + std::to_string(values.size()) + " of the " + std::to_string(count) +
                      " values that its header promises; fetch the file again");
    }
  }
  return values;
}

}  // namespace

std::uint64_t IdxShape::values() const {
  std::uint64_t count = 1;
  for (const std::uint32_t length : lengths_) count *= length;
  return count;
}

std::string IdxShape::text() const {
  std::string text;
  for (const std::uint32_t length : lengths_) text += (text.empty() ? "" : " x ") + std::to_string(length);
  return text;
}

IdxShape read_idx_shape(ByteSource& source, std::uint32_t least, std::uint32_t most) {
  const std::vector<std::uint32_t> lengths = read_lengths(source, least, most);
  const IdxShape shape(lengths);
  const std::uint64_t header = 4 * (lengths.size() + 1);
  const std::uint64_t room = source.largest_size() - std::min(header, source.largest_size());
  std::uint64_t left = room;  // divided, not multiplied: three lengths may have a product of 93 bits
  for (const std::uint32_t length : lengths) left /= length;
  if (left == 0) {
    throw DataError(source.name() + ": holds at most " + std::to_string(room) + " values, but its header promises " +
                    shape.text() + "; fetch the file again");
  }
  return shape;
}

std::vector<std::uint8_t> read_idx_values(ByteSource& source, const IdxShape& shape) {
  expect_memory(source.name(), static_cast<double>(shape.values()), "use fewer rows or values per row");
  std::vector<std::uint8_t> values = read_values(source, static_cast<std::size_t>(shape.values()));
  std::uint8_t extra = 0;
  if (source.read({&extra, 1}) != 0) {
    throw DataError(source.name() + ": goes on after the " + shape.text() +
                    " values that its header promises (magic number " +
                    hexadecimal(u8_magic + static_cast<std::uint32_t>(shape.dimensions())) + "); fetch the file again");
  }
  return values;
}

}  // namespace engine

namespace {

/// Refuses by the headers alone what no network could read: a few bytes may promise any size.
void check_shapes(const std::string& images, const engine::IdxShape& image_shape, const std::string& labels,
                  const engine::IdxShape& label_shape) {
  if (image_shape.rows() != label_shape.rows()) {
    throw DataError(images + ": " + std::to_string(image_shape.rows()) + " images, but " + labels + " has " +
                    std::to_string(label_shape.rows()) + " labels; they must be files of one set");
  }
  if (image_shape.values_per_row() > largest_width) {
    throw DataError(images + ": " + std::to_string(image_shape.values_per_row()) + " values per image, at most " +
                    std::to_string(largest_width) + " can be the inputs of a network");
  }
}

}  // namespace

Dataset read_idx(const std::filesystem::path& images, const std::filesystem::path& labels, int classes) {
  if (classes < 0) throw UsageError("read_idx: " + std::to_string(classes) + " classes, expected 0 or more");
  const auto label_source = engine::open_source(labels), image_source = engine::open_source(images);
  const engine::IdxShape label_shape = engine::read_idx_shape(*label_source, 1, 1);
  const engine::IdxShape image_shape = engine::read_idx_shape(*image_source, 2, 3);
  check_shapes(images.string(), image_shape, labels.string(), label_shape);
  const std::vector<std::uint8_t> read = engine::read_idx_values(*label_source, label_shape);
  std::vector<std::uint8_t> pixels = engine::read_idx_values(*image_source, image_shape);
  const auto largest = std::max_element(read.begin(), read.end());
  if (classes != 0 && *largest >= classes) {
    const auto bad = std::find_if(read.begin(), read.end(), [classes](std::uint8_t label) { return label >= classes; });
    throw DataError(labels.string() + ": label " + std::to_string(*bad) + " at row " +
                    std::to_string(bad - read.begin()) + ", expected 0 to " + std::to_string(classes - 1));
  }
  const int class_count = classes != 0 ? classes : *largest + 1;
  const int features = static_cast<int>(image_shape.values_per_row());
  return Dataset::from_bytes(images.string(), std::move(pixels), features,
                             std::vector<std::int32_t>(read.begin(), read.end()), class_count);
}

}  // namespace minnow
