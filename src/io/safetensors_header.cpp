// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "minnow/error.hpp"
#include "minnow/excerpt.hpp"
#include "src/io/safetensors.hpp"
#include "src/io/strict_json.hpp"

namespace minnow::engine {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

std::string text(std::uint64_t number) {
  return std::to_string(number);
}

TextPairs parse_metadata(const json& object, const std::string& file_name) {
  if (!object.is_object()) throw ModelError(file_name + ": __metadata__ is no JSON object");
  TextPairs pairs;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) throw ModelError(file_name + ": __metadata__ '" + excerpt(key) + "' is no text");
    pairs.emplace_back(key, value.get<std::string>());
  }
  return pairs;
}

/// An array of unsigned integers. `where` names it in the message.
std::vector<std::uint64_t> parse_integers(const json& array, const std::string& where) {
  const auto is_unsigned = [](const json& value) { return value.is_number_unsigned(); };
  if (!array.is_array() || !std::all_of(array.begin(), array.end(), is_unsigned)) {
    throw ModelError(where + " is no array of non-negative 64-bit integers");
  }
  return array.get<std::vector<std::uint64_t>>();
}

/// 4 * product of the shape, or nothing if it does not fit 63 bits.
std::optional<std::uint64_t> byte_count(const std::vector<std::uint64_t>& shape) {
  constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
  std::uint64_t bytes = sizeof(float);
  for (const std::uint64_t length : shape) {
    if (length != 0 && bytes > largest / length) return std::nullopt;
    bytes *= length;
  }
  return bytes;
}

StoredTensor parse_tensor(const std::string& name, const json& entry, std::uint64_t data_size,
                          const std::string& file_name) {
  const std::string where = file_name + ": tensor '" + excerpt(name) + "'";
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets")) {
    throw ModelError(where + " must have dtype, shape and data_offsets, and nothing else");
  }
  if (entry["dtype"] != "F32") {
    throw ModelError(where + " has dtype " + excerpt(entry["dtype"].dump(-1, ' ', true)) + ", expected \"F32\"");
  }
  StoredTensor tensor{name, parse_integers(entry["shape"], where + ": shape"), 0, 0};
  const std::vector<std::uint64_t> offsets = parse_integers(entry["data_offsets"], where + ": data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_size) {
    throw ModelError(where + ": data_offsets " + excerpt(entry["data_offsets"].dump()) +
                     ", expected [begin, end] within the " + text(data_size) +
                     " bytes of data; was the file cut short?");
  }
  tensor.begin = offsets[0];
  tensor.end = offsets[1];
  if (tensor.begin % sizeof(float) != 0) {
    throw ModelError(where + " begins at byte " + text(tensor.begin) + ", expected a multiple of 4");
  }
  const std::optional<std::uint64_t> bytes = byte_count(tensor.shape);
  if (!bytes || *bytes != tensor.end - tensor.begin) {
    throw ModelError(where + " has " + text(tensor.end - tensor.begin) + " bytes, but its shape " +
                     excerpt(entry["shape"].dump()) + " needs " + (bytes ? text(*bytes) : "more than 2^63"));
  }
  return tensor;
}

/// Sorts the tensors by place; between them and at the end there must be neither gap nor overlap.
void check_coverage(std::vector<StoredTensor>& tensors, std::uint64_t data_size, const std::string& file_name) {
  std::sort(tensors.begin(), tensors.end(), [](const StoredTensor& a, const StoredTensor& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t covered = 0;
  for (const StoredTensor& tensor : tensors) {
    if (tensor.begin != covered) {
      throw ModelError(file_name + ": tensor '" + excerpt(tensor.name) + "' begins at byte " + text(tensor.begin) +
                       " of the data, " +
                       (tensor.begin < covered ? "inside the tensor" : "after a hole behind the one") +
                       " that ends at byte " + text(covered));
    }
    covered = tensor.end;
  }
  if (covered != data_size) {
    throw ModelError(file_name + ": " + text(data_size) + " bytes of data, but the tensors end at byte " +
                     text(covered));
  }
}

}  // namespace

std::uint64_t read_header_length(std::span<const std::uint8_t> prefix, std::uint64_t file_size,
                                 const std::string& file_name) {
  std::uint64_t length = 0;
  if (prefix.size() < sizeof(length)) {
    throw ModelError(file_name + ": " + text(file_size) + " bytes, too short for a safetensors file");
  }
  std::memcpy(&length, prefix.data(), sizeof(length));
  if (length > largest_header) {
    throw ModelError(file_name + ": header of " + text(length) + " bytes, at most " + text(largest_header) +
                     " are read; is it a safetensors file?");
  }
  if (length > file_size - sizeof(length)) {
    throw ModelError(file_name + ": header of " + text(length) + " bytes in a file of " + text(file_size) +
                     "; the file was cut short, or it is no safetensors file");
  }
  return length;
}

SafetensorsHeader parse_safetensors_header(std::string_view json_text, std::uint64_t data_size,
                                           const std::string& file_name) {
  if (!json_text.starts_with('{')) {
    throw ModelError(file_name + ": the header does not begin with '{'; is it a safetensors file?");
  }
  const json document = parse_strict_json(json_text, file_name + ": header", 3);
  SafetensorsHeader header;
  for (const auto& [key, value] : document.items()) {
    if (key == "__metadata__") {
      header.metadata = parse_metadata(value, file_name);
    } else {
      header.tensors.push_back(parse_tensor(key, value, data_size, file_name));
    }
  }
  check_coverage(header.tensors, data_size, file_name);
  return header;
}

std::string safetensors_header(const TextPairs& metadata, std::span<const TensorToStore> tensors,
                               const std::string& file_name) {
  using nlohmann::ordered_json;
  ordered_json document = ordered_json::object();
  ordered_json& pairs = document["__metadata__"] = ordered_json::object();
  for (const auto& [key, value] : metadata) pairs[key] = value;
  std::uint64_t offset = 0;
  for (const TensorToStore& tensor : tensors) {
    const std::uint64_t end = offset + tensor.values.size_bytes();
    document[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  try {
    return document.dump();
  } catch (const json::exception& error) {
    throw UsageError(file_name + ": names and metadata must be UTF-8 (" + excerpt(error.what()) + ")");
  }
}

}  // namespace minnow::engine
