// SPDX-License-Identifier: Apache-2.0
#include "src/data/idx.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "minnow/dataset.hpp"
#include "minnow/error.hpp"

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

std::string shape_text(const std::vector<std::uint32_t>& shape) {
  std::string text;
  for (const std::uint32_t length : shape) text += (text.empty() ? "" : " x ") + std::to_string(length);
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

std::vector<std::uint32_t> read_shape(ByteSource& source, std::uint32_t least, std::uint32_t most) {
  const std::uint32_t magic = read_u32(source, "magic number");
  if (magic < u8_magic + least || magic > u8_magic + most) {
    std::string expected = hexadecimal(u8_magic + least);
    if (least != most) expected += " to " + hexadecimal(u8_magic + most);
    throw DataError(source.name() + ": magic number " + hexadecimal(magic) + ", expected " + expected +
                    " (IDX of unsigned bytes in " + std::to_string(least) +
                    (least != most ? " to " + std::to_string(most) : "") +
                    " dimensions); are images and labels exchanged, or is this another format?");
  }
  std::vector<std::uint32_t> shape;
  for (std::uint32_t dimension = 0; dimension < magic - u8_magic; ++dimension) {
    shape.push_back(read_u32(source, "length of dimension " + std::to_string(dimension)));
    if (shape.back() == 0 || shape.back() > largest_dimension) {
      throw DataError(source.name() + ": dimension " + std::to_string(dimension) + " has length " +
                      std::to_string(shape.back()) + ", expected 1 to " + std::to_string(largest_dimension));
    }
  }
  return shape;
}

/// The product, or nothing if it does not fit 63 bits.
std::optional<std::uint64_t> element_count(const std::vector<std::uint32_t>& shape) {
  std::uint64_t count = 1;
  for (const std::uint32_t length : shape) {
    if (count > (std::numeric_limits<std::uint64_t>::max() >> 1) / length) return std::nullopt;
    count *= length;
  }
  return count;
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

IdxArray read_idx_array(ByteSource& source, std::uint32_t least, std::uint32_t most) {
  IdxArray array;
  array.shape = read_shape(source, least, most);
  const std::optional<std::uint64_t> count = element_count(array.shape);
  const std::uint64_t header = 4 * (array.shape.size() + 1);
  const std::uint64_t room = source.largest_size() - std::min(header, source.largest_size());
  if (!count || *count > room) {
    throw DataError(source.name() + ": holds at most " + std::to_string(room) + " values, but its header promises " +
                    shape_text(array.shape) + "; fetch the file again");
  }
  array.values = read_values(source, static_cast<std::size_t>(*count));
  std::uint8_t extra = 0;
  if (source.read({&extra, 1}) != 0) {
    throw DataError(source.name() + ": goes on after the " + shape_text(array.shape) +
                    " values that its header promises (magic number " +
                    hexadecimal(u8_magic + static_cast<std::uint32_t>(array.shape.size())) + "); fetch the file again");
  }
  return array;
}

}  // namespace engine

Dataset read_idx(const std::filesystem::path& images, const std::filesystem::path& labels, int classes) {
  if (classes < 0) throw UsageError("read_idx: " + std::to_string(classes) + " classes, expected 0 or more");
  engine::IdxArray label_array = engine::read_idx_array(*engine::open_source(labels), 1, 1);
  engine::IdxArray image_array = engine::read_idx_array(*engine::open_source(images), 2, 3);
  if (image_array.rows() != label_array.rows()) {
    throw DataError(images.string() + ": " + std::to_string(image_array.rows()) + " images, but " + labels.string() +
                    " has " + std::to_string(label_array.rows()) + " labels; they must be files of one set");
  }
  if (image_array.values_per_row() > engine::largest_dimension) {
    throw DataError(images.string() + ": " + std::to_string(image_array.values_per_row()) +
                    " values per image, at most 2147483647 are supported");
  }
  const auto largest = std::max_element(label_array.values.begin(), label_array.values.end());
  if (classes != 0 && *largest >= classes) {
    const auto bad = std::find_if(label_array.values.begin(), label_array.values.end(),
                                  [classes](std::uint8_t label) { return label >= classes; });
    throw DataError(labels.string() + ": label " + std::to_string(*bad) + " at row " +
                    std::to_string(bad - label_array.values.begin()) + ", expected 0 to " +
                    std::to_string(classes - 1));
  }
  const int class_count = classes != 0 ? classes : *largest + 1;
  const int features = static_cast<int>(image_array.values_per_row());
  return Dataset::from_bytes(images.string(), std::move(image_array.values), features,
                             std::vector<std::int32_t>(label_array.values.begin(), label_array.values.end()),
                             class_count);
}

}  // namespace minnow
