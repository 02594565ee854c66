// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace minnow {

/// What went wrong; the value is the exit code of the command line.
enum class ErrorCategory : int {
  internal = 1,  ///< a broken invariant of Minnow itself
  usage = 2,     ///< an option, a name or a configuration
  data = 3,      ///< an input file or its contents
  device = 4,    ///< no such device, or the device failed
  diverged = 5,  ///< the loss became NaN or infinite
  check = 6,     ///< a comparison that was asked for failed
  model = 7,     ///< a model file is corrupt or does not fit
  memory = 8,    ///< host or device memory does not suffice
};

/// Base of every exception that Minnow throws. The message says what was found, what was expected, where, and what to
/// do.
class Error : public std::runtime_error {
 public:
  Error(ErrorCategory category, const std::string& message) : std::runtime_error(message), category_(category) {}
  ErrorCategory category() const noexcept { return category_; }

 private:
  ErrorCategory category_;
};

/// One exception type per category, so that a caller can catch what it can handle.
template <ErrorCategory kind>
class CategorizedError : public Error {
 public:
  explicit CategorizedError(const std::string& message) : Error(kind, message) {}
};

using InternalError = CategorizedError<ErrorCategory::internal>;
using UsageError = CategorizedError<ErrorCategory::usage>;
using DataError = CategorizedError<ErrorCategory::data>;
using DeviceError = CategorizedError<ErrorCategory::device>;
using DivergedError = CategorizedError<ErrorCategory::diverged>;
using CheckError = CategorizedError<ErrorCategory::check>;
using ModelError = CategorizedError<ErrorCategory::model>;
using MemoryError = CategorizedError<ErrorCategory::memory>;

/// One setting does not go with the data, the network or the other settings.
class SettingError : public UsageError {
 public:
  SettingError(std::string setting, const std::string& message)
      : UsageError(message), setting_(std::make_shared<const std::string>(std::move(setting))) {}
  /// As a configuration file names it: "loss.class_weights".
  const std::string& setting() const noexcept { return *setting_; }

 private:
  std::shared_ptr<const std::string> setting_;  // copying an exception must not throw
};

}  // namespace minnow
