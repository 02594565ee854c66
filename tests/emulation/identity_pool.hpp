// SPDX-License-Identifier: Apache-2.0
// What emulated threads are for ThreadSanitizer.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "tests/emulation/fiber.hpp"
#include "tests/emulation/sanitizer.hpp"

namespace emulation {

/// One emulated thread at a time. Its stack goes with it, so that what one thread leaves there is no race with the
/// next.
struct Identity {
  TsanFiber tsan;
  std::unique_ptr<Fiber> worker;
};

/// The identities of one stream's threads. Creating one takes a millisecond, so they serve again: in later launches of
/// the stream, which come after the earlier ones anyway, and, once all are used, in later blocks of a launch. Only a
/// race of two blocks that happen to share identities then stays unseen.
class IdentityPool {
 public:
  /// At least the threads of one block; ThreadSanitizer allows about 8,000 in all.
  static constexpr std::size_t most = 2048;

  Identity& next() {
    if (cursor_ == identities_.size() && cursor_ < most) identities_.push_back(std::make_unique<Identity>());
    if (cursor_ == most) cursor_ = 0;
    return *identities_[cursor_++];
  }

  /// The pool of the stream whose work runs.
  static IdentityPool*& current() {
    static IdentityPool* pool = nullptr;
    return pool;
  }

 private:
  std::vector<std::unique_ptr<Identity>> identities_;
  std::size_t cursor_ = 0;
};

/// A stream's pool: one that a stream has left, whose work was waited for, or a new one.
class StreamIdentities {
 public:
  StreamIdentities() {
    if (spare().empty()) {
      pool_ = std::make_unique<IdentityPool>();
    } else {
      pool_ = std::move(spare().back());
      spare().pop_back();
    }
  }
  ~StreamIdentities() { spare().push_back(std::move(pool_)); }
  StreamIdentities(const StreamIdentities&) = delete;
  StreamIdentities& operator=(const StreamIdentities&) = delete;
  IdentityPool* pool() const { return pool_.get(); }

 private:
  static std::vector<std::unique_ptr<IdentityPool>>& spare() {
    static auto* const pools = new std::vector<std::unique_ptr<IdentityPool>>;
    return *pools;
  }
  std::unique_ptr<IdentityPool> pool_;
};

}  // namespace emulation
