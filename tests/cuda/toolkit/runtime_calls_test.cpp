// SPDX-License-Identifier: Apache-2.0
/// The run time behind exceptions (kernels/cuda/runtime.hpp): what errors say, and that none is left behind.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "kernels/cuda/runtime.hpp"
#include "minnow/error.hpp"
#include "tests/support/backends.hpp"

namespace minnow::test {
namespace {

std::string message_of(cudaError_t error) {
  try {
    kernels::cuda::check(error, "a call");
  } catch (const Error& thrown) {
    return thrown.what();
  }
  return {};
}

/// The toolkit's header says at each of its error codes whether the process can go on.
TEST(CudaErrors, AllThatEndTheProcessSaySo) {
  std::ifstream file(MINNOW_CUDA_INCLUDE "/driver_types.h");
  const std::string header{std::istreambuf_iterator<char>(file), {}};
  const std::regex entry(R"(/\*\*((?:[^*]|\*(?!/))*)\*/\s*(cudaError\w+)\s*=\s*(\d+))");
  int ended = 0;
  for (std::sregex_iterator match(header.begin(), header.end(), entry), end; match != end; ++match) {
    const std::string comment = std::regex_replace((*match)[1].str(), std::regex(R"(\s*\*?\s+)"), " ");
    const auto error = static_cast<cudaError_t>(std::stoi((*match)[3]));
    const bool ends = comment.find("terminated and relaunched") != std::string::npos || error == 214 || error == 220;
    ended += ends ? 1 : 0;
    EXPECT_EQ(message_of(error).find("start a new one") != std::string::npos, ends) << (*match)[2] << ":" << comment;
  }
  EXPECT_GE(ended, 11) << "the header is not read as it is meant to be";
}

class RuntimeCallsTest : public BackendTest {};
INSTANTIATE_TEST_SUITE_P(Backends, RuntimeCallsTest, testing::ValuesIn(cuda_cases()), backend_case_name);

/// Thrust looks at the last error after its own launches, so one that is left behind would end the next shuffle.
TEST_P(RuntimeCallsTest, AReportedErrorIsNotFoundAgain) {
  const kernels::Memory order = backend().allocate(100 * sizeof(std::uint32_t));
  const std::uint64_t seeds[] = {1};
  EXPECT_THROW(kernels::cuda::multiprocessor_count(4711), DeviceError);
  EXPECT_NO_THROW(backend().shuffle(order.as<std::uint32_t>(), 100, seeds, 1));
  EXPECT_THROW(kernels::cuda::make_device_memory(static_cast<std::size_t>(-1)), MemoryError);
  EXPECT_NO_THROW(backend().shuffle(order.as<std::uint32_t>(), 100, seeds, 1));
}

}  // namespace
}  // namespace minnow::test
