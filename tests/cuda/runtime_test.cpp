// SPDX-License-Identifier: Apache-2.0
/// Devices, memory and errors of the CUDA backend.
#include <gtest/gtest.h>

#include "minnow/error.hpp"
#include "tests/support/backends.hpp"

namespace minnow::test {
namespace {

using kernels::View;

class RuntimeTest : public BackendTest {};
INSTANTIATE_TEST_SUITE_P(Backends, RuntimeTest, testing::ValuesIn(cuda_cases()), backend_case_name);

/// The message of the E that `call` throws.
template <class E, class Call>
std::string message(const Call& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  ADD_FAILURE() << "not thrown";
  return {};
}

void expect_words(const std::string& text, std::initializer_list<const char*> words) {
  for (const char* word : words) EXPECT_NE(text.find(word), std::string::npos) << text << "\nlacks: " << word;
}

TEST_P(RuntimeTest, SaysWhatItIs) {
  EXPECT_EQ(backend().name(), "cuda:0");
  expect_words(backend().description(), {"compute capability ", "GiB", "driver ", "runtime ", " numerics"});
  EXPECT_EQ(backend().real_size(), sizeof(float));
}

TEST_P(RuntimeTest, ADeviceThatDoesNotExistIsNamedWithTheCount) {
  for (int device : {-1, 4711}) {
    const std::string text = message<DeviceError>([&] { kernels::make_cuda_backend(device, Numerics::strict); });
    expect_words(text, {("cuda:" + std::to_string(device)).c_str(), "does not exist", "CUDA device"});
  }
}

TEST_P(RuntimeTest, TooLargeAnAllocationNamesItsSize) {
  const std::size_t bytes = std::size_t{1} << 50;
  const std::string text = message<MemoryError>([&] { static_cast<void>(backend().allocate(bytes)); });
  expect_words(text, {std::to_string(bytes).c_str(), "1048576.00 GiB", "free", "lower"});
  EXPECT_NE(backend().allocate(16).data(), nullptr) << "the error stays with the call that made it";
}

TEST_P(RuntimeTest, AnUploadMayDieAtOnce) {
  constexpr std::size_t count = 1 << 18;
  const kernels::Memory memory = backend().allocate(count * sizeof(int));
  {
    std::vector<int> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<int>(i);
    backend().upload(memory.data(), values.data(), count * sizeof(int));
    std::fill(values.begin(), values.end(), -1);
  }
  std::vector<int> values(count);
  backend().download(values.data(), memory.data(), count * sizeof(int));
  for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(values[i], static_cast<int>(i));
}

TEST_P(RuntimeTest, TwoBackendsShareADevice) {
  const auto other = GetParam().make();
  const kernels::Memory a = backend().allocate(64), b = other->allocate(64);
  const View x{a.data(), 0, 1, 1, 16, 16}, y{b.data(), 0, 1, 1, 16, 16};
  backend().fill(x, 1);
  other->fill(y, 2);
  std::vector<float> values(16);
  backend().download_reals(values, x);
  EXPECT_EQ(values, std::vector<float>(16, 1.0f));
  other->download_reals(values, y);
  EXPECT_EQ(values, std::vector<float>(16, 2.0f));
}

TEST_P(RuntimeTest, TooManyModelsForOneLaunchAreRefused) {
  const kernels::Memory memory = backend().allocate(70000 * sizeof(float));
  const View x{memory.data(), 0, 70000, 1, 1, 1};
  expect_words(message<UsageError>([&] { backend().fill(x, 0); }), {"70000", "65535"});
}

/// Where no device can be used: an error that says why, never a silent fallback.
TEST(AbsentDeviceTest, IsAnErrorThatSaysWhy) {
  const std::string reason = kernels::cuda_unavailable_reason();
  if (reason.empty()) GTEST_SKIP() << "this machine has a device";
  const std::string text = message<DeviceError>([] { kernels::make_cuda_backend(0, Numerics::fast); });
  expect_words(text, {reason.c_str()});
}

}  // namespace
}  // namespace minnow::test
