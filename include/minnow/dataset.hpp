// SPDX-License-Identifier: Apache-2.0
/// Tables of samples in host memory, and where they come from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "minnow/emptied_by_move.hpp"

namespace minnow {

/// N samples of I features, row-major, as u8 (a feature is fma(u, scale, shift)) or float (as they are), each with a
/// class label in [0, classes) or with target values. Move-only; a dataset that was moved from is empty, as a new one.
/// Everything is validated on construction.
class Dataset {
 public:
  Dataset() = default;
  /// values[N * features]; labels[N]. Throws DataError naming the row for a label outside [0, classes), or for sizes
  /// that do not agree.
  static Dataset from_bytes(std::string name, std::vector<std::uint8_t> values, int features,
                            std::vector<std::int32_t> labels, int classes, float scale = 1.0f / 255, float shift = 0);
  /// Likewise; values must be finite.
  static Dataset from_floats(std::string name, std::vector<float> values, int features,
                             std::vector<std::int32_t> labels, int classes);
  /// Regression: targets[N * target_count], finite.
  static Dataset for_regression(std::string name, std::vector<float> values, int features, std::vector<float> targets,
                                int target_count);

  Dataset(Dataset&&) noexcept = default;
  Dataset& operator=(Dataset&&) noexcept = default;
  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;

  /// Weights of the samples in the loss, one per row, finite and >= 0; empty: 1 each. Throws UsageError naming the row.
  void set_weights(std::vector<float> weights);

  const std::string& name() const { return name_; }
  int rows() const { return rows_; }          ///< N
  int features() const { return features_; }  ///< I
  int classes() const { return classes_; }    ///< 0: regression
  int target_count() const { return target_count_; }
  bool is_bytes() const { return !bytes_.empty(); }
  float scale() const { return range_.get().scale; }
  float shift() const { return range_.get().shift; }
  std::span<const std::uint8_t> bytes() const { return bytes_; }
  std::span<const float> floats() const { return floats_; }
  std::span<const std::int32_t> labels() const { return labels_; }
  std::span<const float> targets() const { return targets_; }
  std::span<const float> weights() const { return weights_; }  ///< [N], or empty: 1 each

  /// The given rows, in their order (a copy). Throws DataError for a row that is not there.
  Dataset select(std::span<const std::uint32_t> rows) const;
  /// Moves the last `count` rows out of this dataset into the returned one. Throws DataError unless 0 <= count <
  /// rows().
  Dataset split_last(int count);
  /// Likewise `count` rows that the seed draws, on every machine the same; both parts keep the order of their rows.
  /// `stratified`: each class gives its share of them, and keeps a row if it can; means nothing without labels.
  Dataset split(int count, std::uint64_t seed, bool stratified = true);
  /// FNV-1a 64 of shape, values, labels, targets and weights: the data's fingerprint in run.json.
  std::uint64_t fingerprint() const;
  /// Bytes of host memory that values, labels, targets and weights take.
  std::size_t memory() const;

 private:
  std::string name_;
  EmptiedByMove<int> rows_, features_, classes_, target_count_;
  struct Range {
    float scale = 1, shift = 0;
  };
  EmptiedByMove<Range> range_;
  std::vector<std::uint8_t> bytes_;
  std::vector<float> floats_;
  std::vector<std::int32_t> labels_;
  std::vector<float> targets_;
  std::vector<float> weights_;
};

/// IDX images (u8, 3 dimensions or 2) and labels (u8), gzip-compressed or not (told by content, not by name).
/// Throws DataError naming the file: missing, truncated, wrong magic, counts that disagree, corrupt gzip, labels out
/// of range. `classes` 0: largest label + 1.
Dataset read_idx(const std::filesystem::path& images, const std::filesystem::path& labels, int classes = 0);

/// 28 x 28 u8 images of the digits 0 to 9, drawn with strokes under random affine maps, widths and noise; the same
/// bits everywhere for one seed. Row i is a function of (seed, i) alone.
Dataset make_digits(int rows, std::uint64_t seed);

/// `classes` Gaussian clusters of unit variance in `features` dimensions, centers drawn N(0, spread^2).
Dataset make_blobs(int rows, int features, int classes, float spread, std::uint64_t seed);

/// Classes of which `other` has rows and `train` none, ascending: no training tells them from the rest.
std::vector<int> missing_classes(const Dataset& train, const Dataset& other);

/// A part of some rows: so many, or a share of them, as in Portion(100) and Portion(0.2).
struct Portion {
  int rows = 0;     ///< where there is no share
  float share = 0;  ///< above 0 and below 1, or 0: none

  Portion(int count) : rows(count) {}
  Portion(double part) : share(static_cast<float>(part)) {}
  /// Of `all` rows; a share is rounded, to one row at least. Throws UsageError for a share out of range.
  int of(int all) const;
  bool operator==(const Portion&) const = default;
};

/// Which rows of the training set become validation rows.
enum class Sampling : std::uint8_t {
  automatic,   ///< last for mnist, as is usual, and for generated data, whose rows are independent; else stratified
  stratified,  ///< drawn by the seed, of each class its share
  shuffled,    ///< drawn by the seed
  last,        ///< those at the end: rows in the order of time
};
Sampling parse_sampling(std::string_view text);
std::string to_string(Sampling sampling);

/// Which data a run uses; see load_data.
struct DataSource {
  std::string dataset = "mnist";      ///< mnist, digits, blobs, or a folder with IDX files
  std::filesystem::path directory;    ///< holds mnist/; empty: $MINNOW_DATA, else ./data
  std::optional<Portion> validation;  ///< of the training set; none: a sixth of it
  std::uint64_t seed = 1;             ///< of generated data, and of validation rows that are drawn
  Sampling sampling = Sampling::automatic;
  bool operator==(const DataSource&) const = default;
};

/// Where `mnist` is looked for: in `path`/mnist, then in `path`.
struct DataFolder {
  std::filesystem::path path;
  std::string from;  ///< "--data", "$MINNOW_DATA" or "default"
};
DataFolder data_folder(const DataSource& source);

struct DataSplits {
  Dataset train, validation, test;
  /// For people: where the data came from, e.g. "MNIST from /data/mnist: 50,000 + 10,000 + 10,000".
  std::string description;
  std::vector<std::filesystem::path> files;  ///< those read, images before labels; none where the rows were drawn
  bool substituted = false;                  ///< MNIST was not found and the drawn digits took its place
};

/// Loads and splits. `mnist` that is not found gives the drawn digits with `substituted` set only if
/// `allow_substitute` and no directory was named; else throws DataError that names the folders searched.
DataSplits load_data(const DataSource& source, bool allow_substitute);

}  // namespace minnow
