// SPDX-License-Identifier: Apache-2.0
/// All of the public API.
#pragma once

#include "minnow/benchmark.hpp"
#include "minnow/config.hpp"
#include "minnow/dataset.hpp"
#include "minnow/error.hpp"
#include "minnow/excerpt.hpp"
#include "minnow/files.hpp"
#include "minnow/gradcheck.hpp"
#include "minnow/metrics.hpp"
#include "minnow/model.hpp"
#include "minnow/names.hpp"
#include "minnow/trainer.hpp"
#include "minnow/version.hpp"
