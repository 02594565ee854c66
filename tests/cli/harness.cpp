// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/harness.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace minnow::test {
namespace {

constexpr std::chrono::seconds time_limit(120);

std::string binary() {
  const char* variable = std::getenv("MINNOW_BINARY");
  if (variable != nullptr) return variable;
#ifdef MINNOW_BINARY
  return MINNOW_BINARY;
#else
  return "minnow";
#endif
}

[[noreturn]] void run_child(const std::vector<std::string>& arguments, const Surroundings& surroundings, int out,
                            int err) {
  dup2(surroundings.output_file.empty() ? out : open(surroundings.output_file.c_str(), O_WRONLY), STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (!surroundings.folder.empty() && chdir(surroundings.folder.c_str()) != 0) _exit(126);
  unsetenv("COLUMNS");  // texts are as wide as a test says
  for (const auto& [name, value] : surroundings.environment) setenv(name.c_str(), value.c_str(), 1);
  if (surroundings.largest_file > 0) {
    const rlimit limit = {surroundings.largest_file, surroundings.largest_file};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  // A test that runs in the background of a script inherits that SIGINT is ignored, and would pass it on.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) std::signal(signal, SIG_DFL);
  if (surroundings.ignored_signal != 0) std::signal(surroundings.ignored_signal, SIG_IGN);
  const std::string program = binary();
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(program.c_str(), argv.data());
  _exit(127);
}

/// Appends what can be read now; closes the descriptor at its end.
void drain(int& descriptor, std::string& text) {
  std::array<char, 65536> buffer = {};
  const ssize_t count = read(descriptor, buffer.data(), buffer.size());
  if (count > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {  // a terminal whose other side is closed gives EIO
    close(descriptor);
    descriptor = -1;
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "minnow-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot create " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Process::Process(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  std::array<int, 2> out = {}, err = {};
  if (pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  const int opened =
      surroundings.terminal ? openpty(&err[0], &err[1], nullptr, nullptr, nullptr) : pipe2(err.data(), O_CLOEXEC);
  if (opened != 0) throw std::runtime_error("cannot open standard error");
  child_ = fork();
  if (child_ == 0) run_child(arguments, surroundings, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

Process::~Process() {
  if (out_ >= 0) close(out_);
  if (err_ >= 0) close(err_);
  if (child_ < 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

bool Process::read_some() {
  if (out_ < 0 && err_ < 0) return false;
  std::array<pollfd, 2> waiting = {pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0}};
  if (poll(waiting.data(), waiting.size(), 1000) <= 0) return true;
  if (waiting[0].revents != 0) drain(out_, outcome_.out);
  if (waiting[1].revents != 0) drain(err_, outcome_.err);
  return true;
}

bool Process::wait_for_error(const std::string& text) {
  const auto start = std::chrono::steady_clock::now();
  while (outcome_.err.find(text) == std::string::npos) {
    if (!read_some() || std::chrono::steady_clock::now() - start > time_limit) return false;
  }
  return true;
}

void Process::send(int signal) const {
  kill(child_, signal);
}

void Process::close_output() {
  close(out_);
  out_ = -1;
}

Outcome Process::finish() {
  const auto start = std::chrono::steady_clock::now();
  while (read_some()) {
    if (std::chrono::steady_clock::now() - start < time_limit) continue;
    ADD_FAILURE() << "the command did not end in time; standard error: " << outcome_.err;
    kill(child_, SIGKILL);
    break;
  }
  int status = 0;
  waitpid(child_, &status, 0);
  child_ = -1;
  outcome_.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome_;
}

Outcome minnow(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  return Process(arguments, surroundings).finish();
}

Json json_of(const Outcome& outcome) {
  const std::string& text = outcome.out;
  EXPECT_TRUE(!text.empty() && text.find('\n') == text.size() - 1) << "not one line: " << text << outcome.err;
  Json json = Json::parse(text, nullptr, false);
  EXPECT_TRUE(json.is_object()) << text;
  return json.is_object() ? json : Json();
}

Json run_of(const std::filesystem::path& run) {
  return Json::parse(read_text(run / "run.json"));
}

std::string planned_config(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"train", "--dry-run", "--json"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const Outcome outcome = minnow(all);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const Json json = json_of(outcome);
  return json.is_object() ? json["config"].get<std::string>() : std::string();
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream.is_open()) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void patch(const std::filesystem::path& path, const std::string& old, const std::string& text) {
  std::string bytes = read_text(path);
  const std::size_t at = bytes.find(old);
  ASSERT_NE(at, std::string::npos) << old;
  ASSERT_EQ(old.size(), text.size());
  write_text(path, bytes.replace(at, old.size(), text));
}

std::vector<Json> lines_of(const std::filesystem::path& path) {
  std::istringstream stream(read_text(path));
  std::vector<Json> events;
  for (std::string line; std::getline(stream, line);) events.push_back(Json::parse(line));
  return events;
}

std::vector<std::string> long_training(const TemporaryFolder& folder) {
  return quick_training(folder, {"--hidden", "256,256", "--epochs", "1000"});
}

std::vector<std::string> quick_training(const TemporaryFolder& folder, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {
      "train", "--dataset",           "blobs", "--hidden", "16", "--epochs", "2", "--batch", "64", "--device", "cpu",
      "--out", folder.path().string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << part << "' is not in: " << text;
}

}  // namespace minnow::test
