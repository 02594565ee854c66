// SPDX-License-Identifier: Apache-2.0
/// Numbers in messages.
#pragma once

#include <string>

namespace minnow::engine {

/// The shortest text that reads back as the same number: "0.1", "1e-05", "nan".
std::string number_text(float value);
std::string number_text(double value);
/// "437 kB", "1.2 GB"
std::string bytes_text(double bytes);

}  // namespace minnow::engine
