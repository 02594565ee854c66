// SPDX-License-Identifier: Apache-2.0
#include "src/cli/failures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

constexpr std::size_t most_names = 8;  // in one message

/// Calls `on_error(message, category)`.
template <class Action>
auto look_into(const std::exception_ptr& error, Action&& on_error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& known) {
    return on_error(known.what(), known.category());
  } catch (const std::bad_alloc&) {
    return on_error(out_of_memory.data(), ErrorCategory::memory);
  } catch (const std::exception& unknown) {
    return on_error(unknown.what(), ErrorCategory::internal);
  } catch (...) {
    return on_error("an exception of an unknown type", ErrorCategory::internal);
  }
}

}  // namespace

ErrorCategory category_of(const std::exception_ptr& error) {
  return look_into(error, [](const char*, ErrorCategory category) { return category; });
}

std::string message_of(const std::exception_ptr& error) {
  return look_into(error, [](const char* message, ErrorCategory) { return std::string(message); });
}

void Failures::note(const std::string& what, const std::exception_ptr& error) {
  Failure failure = {what, message_of(error), category_of(error)};
  const auto known = std::ranges::find(open_, what, &Failure::what);
  if (known == open_.end()) {
    open_.push_back(std::move(failure));
  } else {
    *known = std::move(failure);
  }
}

void Failures::forget(const std::string& what) {
  std::erase_if(open_, [&](const Failure& failure) { return failure.what == what; });
}

std::string Failures::message() const {
  if (open_.empty()) return {};
  std::vector<std::string> others;
  for (std::size_t i = 1; i < std::min(open_.size(), most_names); ++i) others.push_back(open_[i].what);
  std::string text = open_.front().message;
  if (!others.empty()) text += "; also missing: " + join(others, ", ");
  if (open_.size() > most_names) text += fmt::format(" and {} more", open_.size() - most_names);
  return text;
}

std::exception_ptr Failures::error() const {
  if (open_.empty()) return nullptr;
  return std::make_exception_ptr(Error(open_.front().category, message()));
}

}  // namespace minnow::cli
