// SPDX-License-Identifier: Apache-2.0
/// IDX from hostile bytes: only DataError and MemoryError may come out, and what is accepted agrees with itself.
/// Input: flags (1: pack the images with gzip, 2: the labels), length of the labels file, labels file, images file.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "minnow/dataset.hpp"
#include "minnow/error.hpp"
#include "src/data/idx.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/support/idx_files.hpp"

namespace {

using Bytes = std::span<const std::uint8_t>;

void require(bool condition) {
  if (!condition) std::abort();
}

void parse(Bytes bytes) {
  try {
    minnow::engine::MemorySource source("input", bytes);
    const minnow::engine::IdxShape shape = minnow::engine::read_idx_shape(source, 1, 3);
    const std::size_t count = minnow::engine::read_idx_values(source, shape).size();
    require(count == shape.values() && shape.values() == shape.rows() * shape.values_per_row());
    require(4 * (shape.dimensions() + 1) + count == bytes.size());
  } catch (const minnow::DataError&) {
  }
}

minnow::test::MemoryFile make_file(Bytes bytes, bool packed) {
  if (!packed) return minnow::test::MemoryFile(bytes);
  const std::string gzip = minnow::test::gzip({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return minnow::test::MemoryFile({reinterpret_cast<const std::uint8_t*>(gzip.data()), gzip.size()});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Bytes files = Bytes(data, size).subspan(2);
  const std::size_t label_size = std::min<std::size_t>(data[1], files.size());
  parse(files.subspan(label_size));
  const auto images = make_file(files.subspan(label_size), (data[0] & 1) != 0);
  const auto labels = make_file(files.first(label_size), (data[0] & 2) != 0);
  try {
    const minnow::Dataset set = minnow::read_idx(images.path(), labels.path());
    require(set.labels().size() == static_cast<std::size_t>(set.rows()));
    require(set.bytes().size() == static_cast<std::size_t>(set.rows()) * static_cast<std::size_t>(set.features()));
    for (const std::int32_t label : set.labels()) require(label >= 0 && label < set.classes());
  } catch (const minnow::DataError&) {
  } catch (const minnow::MemoryError&) {
  }
  return 0;
}
