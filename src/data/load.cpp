// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "minnow/dataset.hpp"
#include "minnow/error.hpp"
#include "src/config/name_table.hpp"
#include "src/data/byte_source.hpp"
#include "src/io/file.hpp"

namespace minnow {
namespace {

namespace fs = std::filesystem;

constexpr int mnist_classes = 10;
// The drawn digits: about half a second of drawing.
constexpr int digits_training_rows = 24000;
constexpr int digits_test_rows = 4000;
constexpr int blobs_training_rows = 12000;
constexpr int blobs_test_rows = 2000;
constexpr int blobs_features = 16;
constexpr int blobs_classes = 10;
constexpr float blobs_spread = 1;

/// fs::file_type::not_found where there is nothing. Throws DataError where one may not look.
fs::file_type type_of(const fs::path& path) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type == fs::file_type::none) {
    throw DataError(engine::system_error_text(path, engine::FileAccess::reading, error.value()));
  }
  return type;
}

bool is_file(const fs::path& path) {
  const fs::file_type type = type_of(path);
  return type != fs::file_type::not_found && type != fs::file_type::directory;
}

bool is_folder(const fs::path& path) {
  return type_of(path) == fs::file_type::directory;
}

/// "x: no such folder" or "x: is not a folder"
std::string no_folder(const fs::path& path) {
  return path.string() + (is_file(path) ? ": is not a folder" : ": no such folder");
}

std::string idx_name(std::string_view set, std::string_view kind, char separator = '-') {
  const std::string_view dimensions = kind == "images" ? "idx3-ubyte" : "idx1-ubyte";
  return std::string(set) + "-" + std::string(kind) + separator + std::string(dimensions);
}

/// Whether two files hold the same bytes, once they are unpacked.
bool same_content(const fs::path& a, const fs::path& b) {
  const auto first = engine::open_source(a), second = engine::open_source(b);
  std::vector<std::uint8_t> left(1 << 16), right(1 << 16);
  for (;;) {
    const std::size_t count = first->read(left);
    if (count != second->read(right) || !std::equal(left.data(), left.data() + count, right.data())) {
      return false;
    }
    if (count < left.size()) return true;
  }
}

/// `<set>-<kind>-idx<d>-ubyte` as published, or with a dot before idx, as some tools unpack it; with or without .gz;
/// empty where there is none. Of several, which only copies may be, the first. Throws DataError where they differ:
/// which one is meant cannot be told.
fs::path find_idx(const fs::path& folder, std::string_view set, std::string_view kind) {
  fs::path found;
  for (const char separator : {'-', '.'}) {
    for (const std::string_view suffix : {"", ".gz"}) {
      const fs::path path = folder / (idx_name(set, kind, separator) + std::string(suffix));
      if (!is_file(path)) continue;
      if (found.empty()) {
        found = path;
      } else if (!same_content(found, path)) {
        throw DataError(found.string() + " and " + path.filename().string() +
                        " beside it hold different data; remove the one that is out of date");
      }
    }
  }
  return found;
}

/// The images and labels of one part; a path is empty where there is no such file.
struct IdxPair {
  std::string_view set;  ///< "train", "t10k" or "test"
  fs::path images, labels;
  bool any() const { return !images.empty() || !labels.empty(); }
  const fs::path& first() const { return images.empty() ? labels : images; }
};

IdxPair find_pair(const fs::path& folder, std::string_view set) {
  return {set, find_idx(folder, set, "images"), find_idx(folder, set, "labels")};
}

/// The four files of a data set, as in MNIST.
struct IdxFiles {
  IdxPair train, test;
  bool any() const { return train.any() || test.any(); }
};

IdxFiles find_files(const fs::path& folder) {
  IdxFiles files{find_pair(folder, "train"), find_pair(folder, "t10k")};
  IdxPair other = find_pair(folder, "test");
  if (files.test.any() && other.any()) {
    throw DataError(files.test.first().string() + " and " + other.first().filename().string() +
                    " beside it are of two test sets; keep the images and the labels of one");
  }
  if (other.any()) files.test = std::move(other);
  return files;
}

void expect_all(const IdxFiles& files, const fs::path& folder) {
  for (const IdxPair* pair : {&files.train, &files.test}) {
    for (const std::string_view kind : {"images", "labels"}) {
      if (!(kind == "images" ? pair->images : pair->labels).empty()) continue;
      const std::string name = idx_name(pair->set, kind);
      throw DataError(folder.string() + ": holds no " + name + " or " + name + ".gz" +
                      (pair->any() ? ", which belongs to " + pair->first().filename().string() : "") +
                      "; an IDX data set is four files: train and t10k (or test), images and labels");
    }
  }
}

std::string with_separators(int number) {
  std::string text = std::to_string(number);
  for (int place = static_cast<int>(text.size()) - 3; place > 0; place -= 3) text.insert(place, 1, ',');
  return text;
}

/// Takes the validation rows from `train` and describes the whole. `usual` is the sampling of this source.
DataSplits split(Dataset train, Dataset test, const DataSource& source, Sampling usual, const std::string& origin) {
  const int rows = train.rows();
  const int count = source.validation ? source.validation->of(rows) : rows / 6;
  if (count < 0 || count >= rows) {
    throw UsageError("validation of " + std::to_string(count) + " rows, expected 0 to " + std::to_string(rows - 1) +
                     ": " + origin + " has " + with_separators(rows) + " training rows");
  }
  const Sampling sampling = source.sampling == Sampling::automatic ? usual : source.sampling;
  DataSplits splits;
  splits.validation = sampling == Sampling::last ? train.split_last(count)
                                                 : train.split(count, source.seed, sampling == Sampling::stratified);
  splits.train = std::move(train);
  splits.test = std::move(test);
  const std::string drawn = sampling == Sampling::last || count == 0
                                ? ""
                                : " (" + to_string(sampling) + ", seed " + std::to_string(source.seed) + ")";
  splits.description = origin + ": " + with_separators(splits.train.rows()) + " training + " + with_separators(count) +
                       " validation" + drawn + " + " + with_separators(splits.test.rows()) + " test rows";
  return splits;
}

DataSplits load_idx(const IdxFiles& files, int classes, const DataSource& source, Sampling usual,
                    const std::string& origin) {
  Dataset train = read_idx(files.train.images, files.train.labels, classes);
  Dataset test = read_idx(files.test.images, files.test.labels, train.classes());
  if (test.features() != train.features()) {
    throw DataError(files.test.images.string() + ": images of " + std::to_string(test.features()) +
                    " values, expected " + std::to_string(train.features()) + " as in " + files.train.images.string());
  }
  DataSplits splits = split(std::move(train), std::move(test), source, usual, origin);
  splits.files = {files.train.images, files.train.labels, files.test.images, files.test.labels};
  return splits;
}

DataSplits generate_digits(const DataSource& source) {
  Dataset train = make_digits(digits_training_rows + digits_test_rows, source.seed);
  Dataset test = train.split_last(digits_test_rows);
  return split(std::move(train), std::move(test), source, Sampling::last,
               "drawn digits, seed " + std::to_string(source.seed));
}

DataSplits generate_blobs(const DataSource& source) {
  Dataset train =
      make_blobs(blobs_training_rows + blobs_test_rows, blobs_features, blobs_classes, blobs_spread, source.seed);
  Dataset test = train.split_last(blobs_test_rows);
  return split(std::move(train), std::move(test), source, Sampling::last,
               std::to_string(blobs_classes) + " Gaussian clusters, seed " + std::to_string(source.seed));
}

DataSplits load_mnist(const DataSource& source, bool allow_substitute) {
  const fs::path base = data_folder(source).path;
  const bool named = !source.directory.empty();
  if (named && !is_folder(base)) throw DataError(no_folder(base) + "; expected one that holds mnist/");
  const std::array<fs::path, 2> folders = {base / "mnist", base};
  for (const fs::path& folder : folders) {
    const IdxFiles files = find_files(folder);
    if (!files.any()) continue;
    expect_all(files, folder);
    return load_idx(files, mnist_classes, source, Sampling::last, "MNIST from " + folder.string());
  }
  if (named || !allow_substitute) {
    throw DataError("MNIST was not found: no train-images-idx3-ubyte[.gz] in " + folders[0].string() + " or " +
                    folders[1].string() +
                    "; name the folder that holds mnist/ (--data DIR or $MINNOW_DATA), or use "
                    "the dataset 'digits', which is drawn and needs no files");
  }
  DataSplits splits = generate_digits(source);
  splits.description = "MNIST was not found in " + folders[0].string() + " or " + folders[1].string() + ", instead " +
                       splits.description;
  splits.substituted = true;
  return splits;
}

}  // namespace

DataFolder data_folder(const DataSource& source) {
  if (!source.directory.empty()) return {source.directory, "--data"};
  const char* variable = std::getenv("MINNOW_DATA");
  if (variable != nullptr && *variable != '\0') return {variable, "$MINNOW_DATA"};
  return {"data", "default"};
}

DataSplits load_data(const DataSource& source, bool allow_substitute) {
  const std::string& name = source.dataset;
  if (engine::same_name(name, "mnist")) return load_mnist(source, allow_substitute);
  if (engine::same_name(name, "digits")) return generate_digits(source);
  if (engine::same_name(name, "blobs")) return generate_blobs(source);
  if (is_folder(name)) {
    const IdxFiles files = find_files(name);
    expect_all(files, name);
    return load_idx(files, 0, source, Sampling::stratified, name);
  }
  if (name.find('/') != std::string::npos) {
    throw DataError(no_folder(name) +
                    "; expected one that holds train-images-idx3-ubyte[.gz] and the three other IDX "
                    "files");
  }
  constexpr std::array<std::string_view, 4> names = {"mnist", "digits", "blobs",
                                                     "or the path of a folder with IDX files"};
  engine::throw_unknown_name("dataset", name, std::span(names).first(3), names);
}

}  // namespace minnow
