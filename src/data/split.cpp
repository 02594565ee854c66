// SPDX-License-Identifier: Apache-2.0
/// Which rows become validation rows.
#include "src/data/split.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "minnow/error.hpp"
#include "minnow/names.hpp"
#include "src/config/name_table.hpp"
#include "src/data/random_sequence.hpp"

namespace minnow {

using engine::Name;

namespace {

constexpr Name<Sampling> samplings[] = {
    {Sampling::automatic, "auto"},
    {Sampling::stratified, "stratified"},
    {Sampling::shuffled, "shuffled"},
    {Sampling::last, "last"},
};

std::size_t offset(int index) {
  return static_cast<std::size_t>(index);
}

/// How many of each group's rows to draw: its share of `count`, rounded so that they add up to it; the largest
/// remainders round up. A group keeps a row as long as others have more than one.
std::vector<std::size_t> quotas(const std::vector<std::vector<std::uint32_t>>& groups, std::size_t rows,
                                std::size_t count) {
  std::vector<std::size_t> quota, remainder, by_remainder(groups.size());
  std::size_t drawn = 0;
  for (const auto& group : groups) {
    quota.push_back(count * group.size() / rows);
    remainder.push_back(count * group.size() % rows);
    drawn += quota.back();
  }
  std::iota(by_remainder.begin(), by_remainder.end(), std::size_t{0});
  std::ranges::stable_sort(by_remainder, std::greater{}, [&](std::size_t g) { return remainder[g]; });
  for (const std::size_t kept : {1, 0}) {
    for (bool more = true; more && drawn < count;) {
      more = false;
      for (const std::size_t g : by_remainder) {
        if (drawn == count || quota[g] + kept >= groups[g].size()) continue;
        ++quota[g];
        ++drawn;
        more = true;
      }
    }
  }
  return quota;
}

/// The rows of values[rows, columns] that are not `drawn`, which ascend, moved up in place.
template <class T>
void keep_others(std::vector<T>& values, std::size_t columns, std::span<const std::uint32_t> drawn) {
  if (values.empty() || drawn.empty()) return;
  const auto row = [&](std::size_t r) { return values.begin() + static_cast<std::ptrdiff_t>(r * columns); };
  auto end = row(drawn.front());
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const bool last = i + 1 == drawn.size();
    end = std::move(row(drawn[i] + std::size_t{1}), last ? values.end() : row(drawn[i + 1]), end);
  }
  values.erase(end, values.end());
}

}  // namespace

std::vector<std::uint32_t> engine::drawn_rows(std::span<const std::int32_t> groups_of_rows, std::size_t rows,
                                              std::size_t count, std::uint64_t seed) {
  const bool one_group = groups_of_rows.empty();
  const std::int32_t last = one_group ? 0 : std::ranges::max(groups_of_rows);
  std::vector<std::vector<std::uint32_t>> groups(offset(last) + 1);
  for (std::size_t r = 0; r < rows; ++r) {
    groups[offset(one_group ? 0 : groups_of_rows[r])].push_back(static_cast<std::uint32_t>(r));
  }
  const std::vector<std::size_t> quota = quotas(groups, rows, count);
  std::vector<std::uint32_t> drawn;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::vector<std::uint32_t>& group = groups[g];
    RandomSequence random(seed, SyntheticStream::validation_row, static_cast<std::uint32_t>(g));
    for (std::size_t i = 0; i < quota[g]; ++i) {  // Fisher and Yates, as far as it is needed
      std::swap(group[i], group[i + offset(random.below(static_cast<int>(group.size() - i)))]);
      drawn.push_back(group[i]);
    }
  }
  std::ranges::sort(drawn);
  return drawn;
}

int Portion::of(int all) const {
  if (share == 0) return rows;
  if (!(share > 0 && share < 1)) {
    throw UsageError("share " + std::to_string(share) + ", expected a number above 0 and below 1");
  }
  return std::max(1, static_cast<int>(std::lround(static_cast<double>(share) * all)));
}

Sampling parse_sampling(std::string_view text) {
  return engine::parse_name<Sampling>("sampling", text, samplings);
}
std::string to_string(Sampling sampling) {
  return engine::name_of<Sampling>(sampling, samplings);
}
std::vector<std::string> sampling_names() {
  return engine::written_names<Sampling>(samplings);
}

Dataset Dataset::split(int count, std::uint64_t seed, bool stratified) {
  if (count < 0 || count >= rows_) {
    throw DataError("dataset '" + name_ + "': cannot split off " + std::to_string(count) + " of " +
                    std::to_string(rows_) + " rows; at least one row must remain");
  }
  const std::span<const std::int32_t> groups = stratified ? labels() : std::span<const std::int32_t>{};
  const std::vector<std::uint32_t> drawn = engine::drawn_rows(groups, offset(rows_), offset(count), seed);
  Dataset part = select(drawn);
  keep_others(bytes_, offset(features_), drawn);
  keep_others(floats_, offset(features_), drawn);
  keep_others(labels_, 1, drawn);
  keep_others(targets_, offset(target_count_), drawn);
  keep_others(weights_, 1, drawn);
  rows_ = rows_ - count;
  return part;
}

std::vector<int> missing_classes(const Dataset& train, const Dataset& other) {
  std::vector<bool> known(offset(std::max(train.classes(), other.classes())));
  for (const std::int32_t label : train.labels()) known[offset(label)] = true;
  std::vector<int> missing;
  for (const std::int32_t label : other.labels()) {
    if (!known[offset(label)]) missing.push_back(label);
    known[offset(label)] = true;
  }
  std::ranges::sort(missing);
  return missing;
}

}  // namespace minnow
