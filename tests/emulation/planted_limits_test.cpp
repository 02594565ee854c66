// SPDX-License-Identifier: Apache-2.0
// Limits of a device that a launch can break: shared memory, static and dynamic together, and parameters.
#include "tests/emulation/planted_limits.hpp"

#include <gtest/gtest.h>

#include <string>

#include "minnow/error.hpp"
#include "tests/emulation/device_buffer.hpp"
#include "tests/emulation/emulation.hpp"
#include "tests/emulation/fault_of.hpp"

namespace emulation::test {
namespace {

class PlantedLimit : public testing::Test {
 protected:
  void TearDown() override { take_faults(); }
};

/// Each alone is below 48 KiB.
TEST_F(PlantedLimit, StaticAndDynamicSharedMemoryCountTogether) {
  constexpr std::size_t rest = 48 * 1024 - planted::static_bytes;
  EXPECT_EQ(fault_of([] { planted::static_beside_dynamic(rest); }), "");
  const std::string message = fault_of([] { planted::static_beside_dynamic(rest + 4); });
  EXPECT_NE(message.find("static shared memory: 20480 bytes, at most 20476 beside 28676 bytes"), std::string::npos)
      << message;
}

/// What a kernel is allowed must have room beside its static memory, whatever a launch then uses.
TEST_F(PlantedLimit, AllowedDynamicSharedMemoryLeavesRoomForTheStaticOne) {
  constexpr std::size_t rest = 227 * 1024 - planted::static_bytes;
  EXPECT_EQ(fault_of([] { planted::static_beside_allowed(rest, rest); }), "");
  EXPECT_NE(fault_of([] { planted::static_beside_allowed(rest + 4, 64); }), "");
  EXPECT_THROW(planted::static_beside_allowed(64, 65), minnow::DeviceError);
}

TEST_F(PlantedLimit, ParametersEndAt32764Bytes) {
  EXPECT_EQ(fault_of([] { planted::most_parameters(); }), "");
  const std::string message = fault_of([] { planted::too_many_parameters(); });
  EXPECT_NE(message.find("words_kernel"), std::string::npos) << message;
  EXPECT_NE(message.find("32768 bytes of parameters, at most 32764"), std::string::npos) << message;
}

}  // namespace
}  // namespace emulation::test
