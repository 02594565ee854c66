// SPDX-License-Identifier: Apache-2.0
/// The matrix products of a training step and nothing else, by OpenBLAS: for every dense layer y = x w, dw = x^T dy
/// and, but for the first, dx = dy w^T. What a training step can hardly beat with the same products.
///
///     blas_peer WORKLOAD      prints {"us_per_step": x}; threads: OMP_NUM_THREADS, 1 if unset
///     blas_peer W0x132        132 times the products of W0, as `minnow bench W0 --models 132` asks for
#include <cblas.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "minnow/benchmark.hpp"

namespace {

std::vector<float> random_values(int rows, int cols) {
  static std::mt19937 engine(1);
  std::normal_distribution<float> normal(0, 0.1f);
  std::vector<float> values(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols));
  for (float& value : values) value = normal(engine);
  return values;
}

/// Buffers of y[B,O] = x[B,I] w[I,O] and its gradients.
struct Products {
  int batch, inputs, outputs;
  std::vector<float> x = random_values(batch, inputs), w = random_values(inputs, outputs);
  std::vector<float> y = random_values(batch, outputs), dy = random_values(batch, outputs);
  std::vector<float> dw = random_values(inputs, outputs), dx = random_values(batch, inputs);

  void forward() {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, outputs, inputs, 1, x.data(), inputs, w.data(),
                outputs, 0, y.data(), outputs);
  }
  void weight_gradient() {
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, inputs, outputs, batch, 1, x.data(), inputs, dy.data(),
                outputs, 0, dw.data(), outputs);
  }
  void input_gradient() {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, inputs, outputs, 1, dy.data(), outputs, w.data(),
                outputs, 0, dx.data(), inputs);
  }
};

void step(std::vector<Products>& layers) {
  for (Products& layer : layers) layer.forward();
  for (std::size_t l = layers.size(); l-- > 0;) {
    layers[l].weight_gradient();
    if (l > 0) layers[l].input_gradient();
  }
}

/// Microseconds per step over about a fifth of a second, after as much warm-up.
double time_steps(std::vector<std::vector<Products>>& models) {
  using Clock = std::chrono::steady_clock;
  using Microseconds = std::chrono::duration<double, std::micro>;
  int steps = 1;
  for (;;) {
    const Clock::time_point start = Clock::now();
    for (int s = 0; s < steps; ++s) {
      for (std::vector<Products>& layers : models) step(layers);
    }
    const double elapsed = Microseconds(Clock::now() - start).count();
    if (elapsed > 2e5) return elapsed / steps;
    steps *= 2;
  }
}

std::vector<Products> products_of(const minnow::Workload& workload) {
  std::vector<Products> layers;
  int width = workload.network.inputs;
  for (const minnow::Layer& layer : workload.network.layers) {
    if (layer.kind != minnow::LayerKind::dense) continue;
    layers.push_back({.batch = workload.training.batch, .inputs = width, .outputs = layer.units});
    width = layer.units;
  }
  return layers;
}

/// "W0x132": the workload's name, and how many models train side by side.
struct Entry {
  explicit Entry(std::string_view text) : name(text.substr(0, text.find('x'))) {
    if (name.size() < text.size()) models = std::atoi(std::string(text.substr(name.size() + 1)).c_str());
  }
  std::string_view name;
  int models = 1;
};

}  // namespace

int main(int argc, char** argv) {
  const char* threads = std::getenv("OMP_NUM_THREADS");
  openblas_set_num_threads(threads != nullptr ? std::atoi(threads) : 1);
  const Entry entry(argc == 2 ? argv[1] : "");
  for (const minnow::Workload& workload : minnow::benchmark_workloads()) {
    if (workload.name != entry.name || entry.models < 1) continue;
    std::vector<std::vector<Products>> models;
    for (int m = 0; m < entry.models; ++m) models.push_back(products_of(workload));
    std::printf("{\"us_per_step\": %.4f}\n", time_steps(models));
    return 0;
  }
  std::fprintf(stderr, "usage: blas_peer W0|W1|W2|W3|W4|S1b\n");
  return 2;
}
