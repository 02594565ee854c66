// SPDX-License-Identifier: Apache-2.0
/// The folder of a run among the others: how it appears, which one is the latest, and whether its run still goes on.
#pragma once

#include <filesystem>
#include <string>

namespace minnow::cli {

/// A new run's folder. It is made under a hidden name, so that it can be filled first, and appears as a whole or, where
/// the process ends before, not at all; a later run removes what is left then. While the object lives the folder is
/// locked (flock), which the system ends with the process, however that ends.
class RunFolder {
 public:
  /// Makes parent and the hidden folder in it. Throws DataError.
  explicit RunFolder(const std::filesystem::path& parent);
  /// Removes a folder that has not appeared.
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// False on a file system without locks: nobody can tell then whether the run goes on.
  bool locked() const { return locked_; }

  /// Gives the folder its name: parent/name, or the first of parent/name-2, parent/name-3, ... that is not there. Two
  /// runs never share one. With `overwrite` always parent/name: an earlier run of that name is removed. Throws
  /// DataError where that is no run, or one that goes on.
  void appear(const std::string& name, bool overwrite);

 private:
  std::filesystem::path parent_, path_;
  int descriptor_ = -1;
  bool locked_ = false;
  bool hidden_ = true;
};

/// No name for a run: the link to the latest one, and what hidden folders are called.
bool is_reserved_name(const std::string& name);

/// Whether a process holds the lock of a run's folder.
bool is_locked(const std::filesystem::path& folder);

/// Makes parent/latest a link to `folder`, which lies in parent. Throws DataError; then there is no link, so that no
/// earlier run is taken for the latest.
void link_latest(const std::filesystem::path& parent, const std::filesystem::path& folder);

/// The folder that the link names. Throws DataError where there is none.
std::filesystem::path latest_run(const std::filesystem::path& parent);

}  // namespace minnow::cli
