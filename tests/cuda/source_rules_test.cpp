// SPDX-License-Identifier: Apache-2.0
/// Rules that keep the CUDA sources in one piece, checked on the text of kernels/ and src/.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "tests/support/repository.hpp"

namespace minnow::test {
namespace {

namespace fs = std::filesystem;

/// Without // comments, which may name what the code may not use.
std::string without_comments(const std::string& text) {
  return std::regex_replace(text, std::regex("//[^\n]*"), "");
}

/// Files of kernels/, src/ and include/, relative to the root, in which `pattern` occurs outside of comments.
std::set<std::string> files_with(const std::string& pattern) {
  std::set<std::string> found;
  const std::regex regex(pattern);
  for (const char* folder : {"kernels", "src", "include"}) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(repository() / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".cu" && extension != ".cuh" && extension != ".cpp" && extension != ".hpp") continue;
      const std::string name = fs::relative(entry.path(), repository()).string();
      if (std::regex_search(without_comments(repository_text(name)), regex)) found.insert(name);
    }
  }
  return found;
}

using Files = std::set<std::string>;

TEST(SourceRulesTest, OneFileLaunches) {
  EXPECT_EQ(files_with("<<<"), Files{});
  EXPECT_EQ(files_with("cudaLaunch(Kernel|CooperativeKernel)"), Files{"kernels/cuda/launch.cuh"});
}

TEST(SourceRulesTest, OneFileIncludesEachLibrary) {
  EXPECT_EQ(files_with("#include *<cublas"), (Files{"kernels/cuda/cublas_loader.cpp", "kernels/cuda/gemm.cpp"}));
  EXPECT_EQ(files_with("#include *<(thrust|cub)/"), Files{"kernels/cuda/epoch_order.cu"});
}

TEST(SourceRulesTest, OneFileDeclaresSharedMemory) {
  EXPECT_EQ(files_with("__shared__"), Files{"kernels/cuda/device.cuh"});
}

TEST(SourceRulesTest, OneFileAllocatesDeviceMemory) {
  EXPECT_EQ(files_with("cudaMalloc[A-Za-z]*\\("), Files{"kernels/cuda/runtime.cpp"});
}

/// Sums of floats in the order of arrival differ from run to run. Counts do not: they may be added in any order.
TEST(SourceRulesTest, NothingButCountsIsAddedAtomically) {
  EXPECT_EQ(files_with("\\batomic[A-Z]"), Files{"kernels/cuda/count_classes.cu"});
}

TEST(SourceRulesTest, OneFileTestsForADeviceCompiler) {
  EXPECT_EQ(files_with("__CUDACC__|__CUDA_ARCH__"), Files{"kernels/math/host_device.hpp"});
}

}  // namespace
}  // namespace minnow::test
