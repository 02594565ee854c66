// SPDX-License-Identifier: Apache-2.0
#include "src/cli/peers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "src/cli/json.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

[[noreturn]] void fail(const Peer& peer, const std::string& what) {
  throw DataError(fmt::format("peer \"{}\" ({}): {}", peer.name, peer.command, what));
}

/// A shell that runs `command`, and the reading end of its standard output. The signals that Minnow ignores have their
/// default effect again, as a program started from a shell expects.
struct Shell {
  Shell(const Peer& peer, const std::string& command) {
    std::array<int, 2> ends = {};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) fail(peer, fmt::format("cannot be started: {}", std::strerror(errno)));
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int signal : {SIGPIPE, SIGXFSZ}) sigaddset(&defaults, signal);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    std::array<std::string, 3> words = {"sh", "-c", command};
    std::array<char*, 4> arguments = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    const int error = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(ends[1]);
    output = ends[0];
    if (error == 0) return;
    close(output);
    fail(peer, fmt::format("cannot be started: {}", std::strerror(error)));
  }
  ~Shell() {
    close(output);
    if (process > 0) wait();
  }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  /// Its output, up to the first `most` bytes.
  std::string read_up_to(std::size_t most) const {
    std::string text;
    std::array<char, 4096> buffer = {};
    while (text.size() < most) {
      const ssize_t count = read(output, buffer.data(), buffer.size());
      if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
      if (count == 0 || (count < 0 && errno != EINTR)) break;
    }
    return text;
  }
  int wait() {
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    process = -1;
    return status;
  }

  pid_t process = -1;
  int output = -1;
};

std::string output_of(const Peer& peer, const std::string& command) {
  Shell shell(peer, command);
  constexpr std::size_t most = std::size_t{1} << 20;
  std::string text = shell.read_up_to(most);
  if (text.size() >= most) {
    ::kill(shell.process, SIGTERM);
    fail(peer, fmt::format("printed more than {}", bytes_text(most)));
  }
  const int status = shell.wait();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
  fail(peer, fmt::format("ended with exit code {}", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)));
}

PeerTurn turn_of(const Peer& peer, const Json& line) {
  PeerTurn turn;
  if (line.contains("variant")) {
    const Json& variant = line["variant"];
    if (!variant.is_string()) fail(peer, "variant is " + variant.dump() + ", expected text");
    turn.variant = variant.get<std::string>();
  }
  if (line.contains("failed")) {
    turn.failure = line["failed"].is_string() ? line["failed"].get<std::string>() : line["failed"].dump();
    return turn;
  }
  const Json& value = line["us_per_step"];
  if (value.is_null()) return turn;
  if (!value.is_number() || !(value.get<double>() > 0)) fail(peer, "us_per_step is " + value.dump() + ", expected > 0");
  turn.microseconds = value.get<double>();
  if (line.contains("loss_error") && line["loss_error"].is_number()) turn.loss_error = line["loss_error"].get<double>();
  return turn;
}

}  // namespace

Peer parse_peer(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw UsageError(fmt::format("--peer {}: expected NAME=COMMAND", text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::vector<PeerTurn> run_peer(const Peer& peer, const std::string& workload) {
  const std::string text = output_of(peer, peer.command + " " + workload);
  std::vector<PeerTurn> turns;
  for (const std::string& line : split(text, '\n')) {
    std::string ignored;  // lines that are no JSON are for people
    const std::optional<Json> json = parse_json(line, ignored);
    if (!json || !(json->contains("us_per_step") || json->contains("failed"))) continue;
    PeerTurn turn = turn_of(peer, *json);
    std::erase_if(turns, [&](const PeerTurn& other) { return other.variant == turn.variant; });
    turns.push_back(std::move(turn));
  }
  if (turns.empty()) fail(peer, "printed no line {\"us_per_step\": x}");
  std::erase_if(turns, [](const PeerTurn& turn) { return turn.microseconds == 0 && turn.failure.empty(); });
  return turns;
}

}  // namespace minnow::cli
