// SPDX-License-Identifier: Apache-2.0
/// Memory, recording and host values of every backend, and the choice of a backend.
#include <cfenv>
#include <cstdint>
#include <limits>

#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::Memory;

class MemoryTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, MemoryTest, testing::ValuesIn(backend_cases()), backend_case_name);

std::vector<unsigned char> bytes_of(Backend& backend, const Memory& memory) {
  std::vector<unsigned char> bytes(memory.bytes());
  backend.download(bytes.data(), memory.data(), bytes.size());
  return bytes;
}

TEST_P(MemoryTest, IsZeroedAndAligned) {
  for (std::size_t size : {1, 63, 64, 1000, 1 << 20}) {
    const Memory memory = backend().allocate(size);
    EXPECT_EQ(memory.bytes(), size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % 64, 0u);
    EXPECT_EQ(bytes_of(backend(), memory), std::vector<unsigned char>(size, 0));
  }
  EXPECT_EQ(backend().allocate(0).bytes(), 0u);
}

TEST_P(MemoryTest, KeepsWhatIsUploadedCopiedAndZeroed) {
  std::vector<unsigned char> pattern(257);
  for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = static_cast<unsigned char>(i * 37);
  const Memory a = backend().allocate(pattern.size()), b = backend().allocate(pattern.size());
  backend().upload(a.data(), pattern.data(), pattern.size());
  backend().copy(b.data(), a.data(), pattern.size());
  backend().zero(a.as<char>() + 3, 5);
  backend().synchronize();
  EXPECT_EQ(bytes_of(backend(), b), pattern);
  std::fill_n(pattern.begin() + 3, 5, static_cast<unsigned char>(0));
  EXPECT_EQ(bytes_of(backend(), a), pattern);
}

TEST_P(MemoryTest, AbsurdSizesAreMemoryErrors) {
  const std::size_t largest = std::numeric_limits<std::size_t>::max();
  for (std::size_t size : {largest, largest - 64, largest / 2, std::size_t{1} << 50}) {
    try {
      backend().allocate(size);
      ADD_FAILURE() << "allocated " << size;
    } catch (const MemoryError& error) {
      EXPECT_NE(std::string(error.what()).find(std::to_string(size)), std::string::npos) << error.what();
    }
  }
}

TEST_P(MemoryTest, HostValuesAreConvertedBothWays) {
  const Floats floats = draw(2 * 3 * 5, 27);
  const Doubles doubles = widen(floats);
  GuardedReals x(backend(), 2, 3, 5), y(backend(), 2, 3, 5);
  backend().upload_reals(x, std::span<const float>(floats));
  backend().upload_reals(y, std::span<const double>(doubles));
  EXPECT_EQ(x.values(), doubles);
  EXPECT_EQ(y.values(), doubles);
  EXPECT_EQ(x.floats(), floats);
  expect_refused([&] { backend().upload_reals(x, std::span<const float>(floats).first(29)); },
                 {"upload_reals", "29 host values for a view of 30"});
  Doubles few(29);
  expect_refused([&] { backend().download_reals(std::span<double>(few), x); }, {"download_reals", "29", "30"});
}

TEST_P(MemoryTest, ARecordedStepRepeatsIt) {
  GuardedReals x(backend(), 1, 2, 2, Floats{1, 2, 3, 4}), y(backend(), 1, 2, 2, Floats(4, 0.0f));
  const GuardedReals identity_twice(backend(), 1, 2, 2, Floats{2, 0, 0, 2});
  const std::function<void()> step = [&] {
    backend().gemm(y, x, false, identity_twice, false);
    backend().gemm(x, y, false, identity_twice, false);
  };
  const std::function<void()> replay = backend().record(step);
  EXPECT_EQ(x.values(), (Doubles{1, 2, 3, 4})) << "recording does nothing yet";
  replay();
  EXPECT_EQ(x.values(), (Doubles{4, 8, 12, 16}));
  replay();
  step();
  EXPECT_EQ(x.values(), (Doubles{64, 128, 192, 256}));
}

TEST_P(MemoryTest, SaysWhatItIs) {
  EXPECT_FALSE(backend().name().empty());
  EXPECT_FALSE(backend().description().empty());
  EXPECT_TRUE(backend().real_size() == 4 || backend().real_size() == 8);
}

TEST(MakeBackend, PicksTheDeviceThatWasAskedFor) {
  Runtime runtime;
  runtime.device.kind = DeviceKind::reference;
  EXPECT_EQ(kernels::make_backend(runtime)->name(), "reference");
  runtime.device.kind = DeviceKind::cpu;
  EXPECT_EQ(kernels::make_backend(runtime)->name(), "cpu");
  runtime.device.kind = DeviceKind::automatic;
  const bool has_cuda = kernels::cuda_unavailable_reason().empty();
  EXPECT_EQ(kernels::make_backend(runtime)->name(), has_cuda ? "cuda:0" : "cpu");
}

TEST(MakeBackend, NoDeviceIsAnErrorAndNoFallback) {
  Runtime runtime;
  runtime.device = {DeviceKind::cuda, kernels::cuda_unavailable_reason().empty() ? 1000 : 0};
  EXPECT_THROW(kernels::make_backend(runtime), DeviceError);
}

TEST(MakeBackend, CpuThreadsAreCheckedAndNamed) {
  EXPECT_THROW(kernels::make_cpu_backend(-1), UsageError);
  EXPECT_NE(kernels::make_cpu_backend(1)->description().find("1 thread"), std::string::npos);
  EXPECT_NE(kernels::make_cpu_backend(3)->description().find("3 threads"), std::string::npos);
  EXPECT_NE(kernels::make_cpu_backend(0), nullptr);
}

TEST(MakeBackend, AnUnknownInstructionSetIsAUsageError) {
  ASSERT_EQ(setenv("MINNOW_ISA", "mmx", 1), 0);
  EXPECT_THROW(kernels::make_cpu_backend(1), UsageError);
  ASSERT_EQ(setenv("MINNOW_ISA", "scalar", 1), 0);
  EXPECT_NE(kernels::make_cpu_backend(1)->description().find("scalar"), std::string::npos);
  ASSERT_EQ(unsetenv("MINNOW_ISA"), 0);
}

// `MINNOW_ISA= minnow ...`, as a script has it whose variable is empty, was refused.
TEST(MakeBackend, AnEmptyInstructionSetIsNone) {
  const std::string best = kernels::make_cpu_backend(1)->description();
  ASSERT_EQ(setenv("MINNOW_ISA", "", 1), 0);
  EXPECT_EQ(kernels::make_cpu_backend(1)->description(), best);
  ASSERT_EQ(unsetenv("MINNOW_ISA"), 0);
}

/// Sets the rounding of this thread, and takes it back.
class Rounding {
 public:
  explicit Rounding(int mode) { std::fesetround(mode); }
  ~Rounding() { std::fesetround(FE_TONEAREST); }
};

// A program that was linked with -ffast-math flushes denormal numbers in every thread: training went on, with other
// bits.
TEST(MakeBackend, ArithmeticThatIsNotTheDefaultIsRefused) {
  const Runtime runtime = {.device = {DeviceKind::cpu, 0}};
  EXPECT_NE(kernels::make_backend(runtime), nullptr);
  {
    const Rounding upward(FE_UPWARD);
    EXPECT_THROW(kernels::make_backend(runtime), UsageError);
  }
#if defined(__SSE2__)
  const unsigned usual = __builtin_ia32_stmxcsr();
  for (const unsigned bit : {0x8000u, 0x0040u}) {  // flush results to zero; take denormal operands for zero
    __builtin_ia32_ldmxcsr(usual | bit);
    EXPECT_THROW(kernels::make_backend(runtime), UsageError) << bit;
    __builtin_ia32_ldmxcsr(usual);
  }
#endif
  EXPECT_NE(kernels::make_backend(runtime), nullptr);
}

}  // namespace
}  // namespace minnow::test
