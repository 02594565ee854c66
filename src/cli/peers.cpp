// SPDX-License-Identifier: Apache-2.0
#include "src/cli/peers.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "src/cli/json.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

struct ClosePipe {
  void operator()(std::FILE* pipe) const { pclose(pipe); }
};

[[noreturn]] void fail(const Peer& peer, const std::string& what) {
  throw DataError(fmt::format("peer \"{}\" ({}): {}", peer.name, peer.command, what));
}

std::string output_of(const Peer& peer, const std::string& command) {
  std::unique_ptr<std::FILE, ClosePipe> pipe(popen(command.c_str(), "r"));
  if (!pipe) fail(peer, fmt::format("cannot be started: {}", std::strerror(errno)));
  std::string text;
  std::array<char, 4096> buffer = {};
  for (std::size_t count; (count = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) {
    text.append(buffer.data(), count);
  }
  const int status = pclose(pipe.release());
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
  fail(peer, fmt::format("ended with exit code {}", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)));
}

}  // namespace

Peer parse_peer(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw UsageError(fmt::format("--peer {}: expected NAME=COMMAND", text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

double run_peer(const Peer& peer, const std::string& workload) {
  const std::string text = output_of(peer, peer.command + " " + workload);
  Json last;
  for (const std::string& line : split(text, '\n')) {
    std::string ignored;  // lines that are no JSON are for people
    const std::optional<Json> json = parse_json(line, ignored);
    if (json && json->contains("us_per_step")) last = *json;
  }
  if (!last.is_object()) fail(peer, "printed no line {\"us_per_step\": x}");
  const Json& value = last["us_per_step"];
  if (value.is_null()) return 0;
  if (!value.is_number() || !(value.get<double>() > 0)) fail(peer, "us_per_step is " + value.dump() + ", expected > 0");
  return value.get<double>();
}

}  // namespace minnow::cli
