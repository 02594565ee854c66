// SPDX-License-Identifier: Apache-2.0
#include "tests/emulation/fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <new>

#include "tests/emulation/sanitizer.hpp"

#if !defined(__x86_64__)
#  error "the emulation's context switch is written for x86-64"
#endif

// Saves the callee-saved registers and the stack pointer of the System V ABI, and takes up those of another context.
// The floating-point control words are not switched: no kernel may change them.
asm(R"(
.text
.p2align 4
.globl emulation_switch_stack
.type emulation_switch_stack, @function
emulation_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size emulation_switch_stack, .-emulation_switch_stack
)");
extern "C" void emulation_switch_stack(void** from, void* to);

namespace emulation {
namespace {

/// The fiber that switched last, and the one that it switched to.
Fiber* leaving = nullptr;
Fiber* arriving = nullptr;

/// Instrumented frames are several times larger.
std::size_t stack_size() {
  return under_asan() ? 256 * 1024 : 64 * 1024;
}

}  // namespace

// The lowest page is a guard.
Fiber::Fiber(void (*entry)(void*), void* argument) : size_(stack_size()), entry_(entry), argument_(argument) {
  const TsanIgnore ignore;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const memory =
      mmap(nullptr, size_ + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  stack_ = static_cast<char*>(memory);
  mprotect(stack_, page, PROT_NONE);
  bottom_ = stack_ + page;
  // What emulation_switch_stack pops: six registers, then start() as return address, and behind it a null where start()
  // expects the address that it was called from: 8 bytes off a multiple of 16, as the ABI has it.
  auto* const top = reinterpret_cast<std::uintptr_t*>(
      static_cast<std::uintptr_t>(reinterpret_cast<std::uintptr_t>(bottom_) + size_) & ~std::uintptr_t{63});
  top[-9] = 0;
  top[-10] = reinterpret_cast<std::uintptr_t>(&Fiber::start);
  for (int i = 11; i <= 16; ++i) top[-i] = 0;
  stack_pointer_ = top - 16;
}

Fiber::~Fiber() {
  if (stack_ == nullptr) return;
  const TsanIgnore ignore;
  if (under_asan()) __asan_unpoison_memory_region(bottom_, size_);
  munmap(stack_, size_ + static_cast<std::size_t>(static_cast<const char*>(bottom_) - stack_));
}

void Fiber::switch_to(Fiber& next) {
  leaving = this;
  arriving = &next;
  if (__sanitizer_start_switch_fiber != nullptr) {
    __sanitizer_start_switch_fiber(&fake_stack_, next.bottom_, next.size_);
  }
  emulation_switch_stack(&stack_pointer_, next.stack_pointer_);
  arrived();
}

void Fiber::arrived() {
  if (__sanitizer_finish_switch_fiber == nullptr) return;
  __sanitizer_finish_switch_fiber(fake_stack_, &leaving->bottom_, &leaving->size_);
}

void Fiber::start() noexcept {
  Fiber* const self = arriving;
  self->arrived();
  self->entry_(self->argument_);
  std::abort();
}

}  // namespace emulation
