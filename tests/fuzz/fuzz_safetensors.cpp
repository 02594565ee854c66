// SPDX-License-Identifier: Apache-2.0
/// A model file from hostile bytes: only ModelError may come out, and what is accepted agrees with itself.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "minnow/error.hpp"
#include "minnow/model.hpp"
#include "src/io/safetensors.hpp"
#include "tests/fuzz/memory_file.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void parse(std::span<const std::uint8_t> bytes) {
  try {
    const std::uint64_t length = minnow::engine::read_header_length(bytes, bytes.size(), "input");
    const std::string_view json(reinterpret_cast<const char*>(bytes.data()) + 8, length);
    const std::uint64_t data_size = bytes.size() - 8 - length;
    const auto header = minnow::engine::parse_safetensors_header(json, data_size, "input");
    std::uint64_t end = 0;
    for (const minnow::engine::StoredTensor& tensor : header.tensors) {
      require(tensor.begin == end && tensor.end >= tensor.begin && tensor.end <= data_size);
      std::uint64_t bytes_needed = 4;
      for (const std::uint64_t extent : tensor.shape) bytes_needed *= extent;
      require(bytes_needed == tensor.end - tensor.begin);
      end = tensor.end;
    }
    require(end == data_size);
  } catch (const minnow::ModelError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  parse(bytes);
  const minnow::test::MemoryFile file(bytes);
  try {
    const minnow::Model model = minnow::Model::load(file.path());
    require(model.parameter_count() * sizeof(float) < size);
  } catch (const minnow::ModelError&) {
  }
  return 0;
}
