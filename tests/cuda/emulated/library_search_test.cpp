// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/library_search.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "minnow/error.hpp"

namespace minnow::test {
namespace {

namespace fs = std::filesystem;

/// Sets a variable of the environment, or removes it, as long as the object lives.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    const char* const present = std::getenv(name_.c_str());
    if (present != nullptr) before_ = present;
    set(value);
  }
  ~Variable() { set(before_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const std::string& value) const {
    if (value.empty()) unsetenv(name_.c_str());
    if (!value.empty()) setenv(name_.c_str(), value.c_str(), 1);
  }
  std::string name_, before_;
};

/// An empty folder that $CUDA_PATH names.
struct Toolkit {
  Toolkit() : folder(make_folder()), path("CUDA_PATH", folder.string()), home("CUDA_HOME", "") {}
  ~Toolkit() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  static fs::path make_folder() {
    std::string name = (fs::temp_directory_path() / "minnow-toolkit-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot create " + name);
    return name;
  }

  fs::path folder;
  Variable path, home;
};

constexpr const char* nowhere = "libminnow-is-not-there.so.7";

TEST(CudaLibrarySearch, LooksIntoTheToolkitsFolders) {
  const Toolkit toolkit;
  const fs::path other = toolkit.folder / "targets/x86_64-linux/lib";
  fs::create_directories(other);
  std::ofstream(other / nowhere) << "no library";
  const std::vector<std::string> expected = {(toolkit.folder / "lib64" / nowhere).string(), (other / nowhere).string()};
  std::vector<std::string> places = kernels::cuda::library_places(nowhere);
  ASSERT_GE(places.size(), 2u);
  places.resize(2);  // what lies below /usr/local comes after
  EXPECT_EQ(places, expected);
}

/// Before, a library was looked for by the system's loader alone, and the message named no place.
TEST(CudaLibrarySearch, LoadsFromAToolkitThatTheSystemDoesNotKnow) {
  const Toolkit toolkit;
  fs::create_directories(toolkit.folder / "lib64");
  const fs::path real = "/lib/x86_64-linux-gnu/libz.so.1";
  if (!fs::exists(real)) GTEST_SKIP() << real << " is not there";
  fs::copy_file(real, toolkit.folder / "lib64" / nowhere);
  EXPECT_NE(kernels::cuda::open_library(nowhere, "install it"), nullptr);
}

TEST(CudaLibrarySearch, NamesEveryPlaceWhereItFailed) {
  const Toolkit toolkit;
  fs::create_directories(toolkit.folder / "lib64");
  const fs::path broken = toolkit.folder / "lib64" / nowhere;
  std::ofstream(broken) << "no library";
  try {
    kernels::cuda::open_library(nowhere, "install it");
    FAIL() << "a text file was loaded";
  } catch (const DeviceError& error) {
    const std::string message = error.what();
    for (const std::string& part : {std::string(nowhere), broken.string(), std::string("$CUDA_PATH"),
                                    std::string("/usr/local/cuda*"), std::string("install it")}) {
      EXPECT_NE(message.find(part), std::string::npos) << part << " is not in: " << message;
    }
  }
}

}  // namespace
}  // namespace minnow::test
