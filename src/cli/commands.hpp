// SPDX-License-Identifier: Apache-2.0
/// One function and one file per command; each returns the exit code.
#pragma once

#include "src/cli/settings.hpp"

namespace minnow::cli {

int run_train(const Invocation& invocation);
int run_eval(const Invocation& invocation);
int run_predict(const Invocation& invocation);
int run_gradcheck(const Invocation& invocation);
int run_bench(const Invocation& invocation);
int run_inspect(const Invocation& invocation);
int run_doctor(const Invocation& invocation);

}  // namespace minnow::cli
