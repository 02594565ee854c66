// SPDX-License-Identifier: Apache-2.0
/// Everything that can be refused before anything is allocated. All throw UsageError with the value and its range.
#pragma once

#include <cstddef>
#include <string>

#include "kernels/backend.hpp"
#include "minnow/config.hpp"
#include "minnow/dataset.hpp"
#include "minnow/gradcheck.hpp"
#include "minnow/model.hpp"

namespace minnow::engine {

/// "dataset 'digits'", for messages.
std::string name_of(const Dataset& data);

void check_training(const Training& training);

/// Refuses Training::models of another number.
void check_models(const Training& training, std::size_t models);

void check_features(const Network& network, const Dataset& data);

/// Refuses batches of one row in training where the network has batch normalization: one row has no variance.
void check_batch_norm(const Network& network, int rows, int batch);

/// Refuses to read bytes with a model that was trained on floats, or floats with one that scales bytes.
void check_preprocessing(const Model& model, const Dataset& data);

/// Throws MemoryError where a backend in host memory would need more than the machine has.
void check_memory(const kernels::Backend& backend, std::size_t bytes);

void check_gradient_check(const GradientCheckOptions& options);

/// Throws MemoryError where the models, the rows and the rigs of a gradient check need more than the machine has.
void check_memory(const kernels::Backend& device, const Network& network, const GradientCheckOptions& options);

}  // namespace minnow::engine
