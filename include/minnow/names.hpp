// SPDX-License-Identifier: Apache-2.0
/// The names of every value that has one, as Minnow writes them, in the order of the enumeration and without
/// parameters: for help, documents and menus that must not forget any. Each is what parse_* reads back.
#pragma once

#include <string>
#include <vector>

namespace minnow {

std::vector<std::string> activation_names();  ///< softmax, which only the last layer may have, stands last
std::vector<std::string> loss_names();
std::vector<std::string> optimizer_names();
std::vector<std::string> weight_decay_names();
std::vector<std::string> metric_names();
std::vector<std::string> split_names();
std::vector<std::string> sampling_names();
std::vector<std::string> metrics_scope_names();
std::vector<std::string> schedule_names();
std::vector<std::string> interval_names();
std::vector<std::string> annealing_names();
std::vector<std::string> threshold_mode_names();
std::vector<std::string> initializer_names();
std::vector<std::string> layer_kind_names();
std::vector<std::string> device_names();
std::vector<std::string> numerics_names();

}  // namespace minnow
