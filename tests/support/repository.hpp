// SPDX-License-Identifier: Apache-2.0
/// The repository's own files, for tests of what its documents say and its sources may not.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace minnow::test {

inline std::filesystem::path repository() {
  return std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
}

/// The text of a file, named from the root: "docs/cli.md".
inline std::string repository_text(const std::string& name) {
  std::ifstream file(repository() / name);
  if (!file) throw std::runtime_error("cannot read " + (repository() / name).string());
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What stands in a document between `<!-- name -->` and `<!-- end of name -->`, each in a line of its own.
inline std::string marked_text(const std::string& document, const std::string& name) {
  const std::string text = repository_text(document), begin = "<!-- " + name + " -->\n";
  const std::size_t first = text.find(begin), last = text.find("<!-- end of " + name + " -->");
  if (first >= last || last == text.npos) throw std::runtime_error(document + " lacks the marks of " + name);
  return text.substr(first + begin.size(), last - first - begin.size());
}

}  // namespace minnow::test
