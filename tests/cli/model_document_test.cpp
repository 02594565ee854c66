// SPDX-License-Identifier: Apache-2.0
/// Model files as docs/model-file.md lets other programs write them: its Python, as it stands there, must do.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <span>
#include <vector>

#include "minnow/dataset.hpp"
#include "tests/cli/harness.hpp"
#include "tests/support/repository.hpp"

namespace minnow::test {
namespace {

constexpr int hidden = 8, classes = 10;

/// Every ```python block of the page, in order.
std::string documented_python() {
  const std::string page = repository_text("docs/model-file.md"), opening = "```python\n";
  std::string code;
  for (std::size_t at = page.find(opening); at != std::string::npos; at = page.find(opening, at)) {
    at += opening.size();
    const std::size_t end = page.find("```", at);
    code += page.substr(at, end - at);
    at = end;
  }
  return code;
}

/// Runs the documented functions, then `more`. False: there is no Python.
bool run_python(const TemporaryFolder& folder, const std::string& more) {
  if (std::system("python3 -c pass >/dev/null 2>&1") != 0) return false;
  write_text(folder / "write.py", documented_python() + more);
  const std::string command = "cd " + folder.path().string() + " && python3 write.py";
  EXPECT_EQ(std::system(command.c_str()), 0);
  return true;
}

double weight(int layer, int input, int output) {
  return ((input * 7 + output * 3 + layer) % 11 - 5) / 8.0;
}
double bias(int layer, int output) {
  return (output % 3 - 1 + layer) / 4.0;
}
/// weight and bias in Python.
const std::string weights_in_python = R"(
def weight(layer, i, o):
    return ((i * 7 + o * 3 + layer) % 11 - 5) / 8


def bias(layer, o):
    return (o % 3 - 1 + layer) / 4

)";

std::vector<double> linear(std::span<const double> x, int outputs, int layer) {
  std::vector<double> y;
  for (int o = 0; o < outputs; ++o) {
    double sum = bias(layer, o);
    for (int i = 0; i < static_cast<int>(x.size()); ++i) sum += x[static_cast<std::size_t>(i)] * weight(layer, i, o);
    y.push_back(sum);
  }
  return y;
}

/// softmax(relu(x w0 + b0) w1 + b1)
std::vector<double> expected_probabilities(std::span<const float> row) {
  std::vector<double> x = linear(std::vector<double>(row.begin(), row.end()), hidden, 0);
  for (double& value : x) value = std::max(value, 0.0);
  std::vector<double> y = linear(x, classes, 1);
  const double largest = *std::max_element(y.begin(), y.end());
  double sum = 0;
  for (double& value : y) sum += value = std::exp(value - largest);
  for (double& value : y) value /= sum;
  return y;
}

void expect_predictions(const std::string& file) {
  const Outcome outcome = minnow({"predict", file, "--dataset", "blobs", "--device", "cpu", "--limit", "50", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  DataSource source;
  source.dataset = "blobs";
  const Dataset test = load_data(source, false).test;
  const auto features = static_cast<std::size_t>(test.features());
  const Json rows = json_of(outcome).at("rows");
  ASSERT_EQ(rows.size(), 50u);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::vector<double> expected = expected_probabilities(test.floats().subspan(r * features, features));
    for (std::size_t c = 0; c < expected.size(); ++c) {
      ASSERT_NEAR(rows.at(r).at("probabilities").at(c).get<double>(), expected[c], 1e-5) << "row " << r;
    }
  }
}

TEST(ModelDocument, APlainPythonProgramWritesAModel) {
  const TemporaryFolder folder;
  const bool ran = run_python(folder, weights_in_python + R"(
layers = [{"kind": "dense", "name": "first", "units": 8, "activation": "relu"},
          {"kind": "dense", "name": "second", "units": 10, "activation": "softmax"}]
tensors = {"second.bias": ([10], [bias(1, o) for o in range(10)]),
           "first.weight": ([16, 8], [weight(0, i, o) for i in range(16) for o in range(8)]),
           "first.bias": ([8], [bias(0, o) for o in range(8)]),
           "second.weight": ([8, 10], [weight(1, i, o) for i in range(8) for o in range(10)])}
write_model("plain.safetensors", 16, layers, tensors, note="any text")
)");
  if (!ran) GTEST_SKIP() << "there is no python3";
  expect_predictions(folder / "plain.safetensors");
  const Json model = json_of(minnow({"inspect", folder / "plain.safetensors", "--json"})).at("model");
  EXPECT_EQ(model.at("seed"), 0);
  EXPECT_EQ(model.at("metadata"), Json({{"note", "any text"}}));
}

TEST(ModelDocument, APyTorchStateDictBecomesAModel) {
  const TemporaryFolder folder;
  const bool ran = run_python(folder, weights_in_python + R"(
state = {"0.weight": [[weight(0, i, o) for i in range(16)] for o in range(8)],  # [out, in]
         "0.bias": [bias(0, o) for o in range(8)],
         "2.weight": [[weight(1, i, o) for i in range(8)] for o in range(10)],
         "2.bias": [bias(1, o) for o in range(10)]}
layers = [{"kind": "dense", "name": "0", "units": 8, "activation": "relu"},
          {"kind": "dense", "name": "2", "units": 10, "activation": "linear"}]
write_state_dict("torch.safetensors", state, layers)
)");
  if (!ran) GTEST_SKIP() << "there is no python3";
  expect_predictions(folder / "torch.safetensors");
  const Outcome trained = minnow({"train", "--dataset", "blobs", "--init", folder / "torch.safetensors", "--epochs",
                                  "1", "--device", "cpu", "--out", folder / "runs", "--json"});
  EXPECT_EQ(trained.code, 0) << trained.err;
}

}  // namespace
}  // namespace minnow::test
