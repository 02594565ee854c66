// SPDX-License-Identifier: Apache-2.0
// The CPU product against OpenBLAS on every matrix product of the workloads, both on one thread, then on two.
// usage: gemm_trial [samples [isa [name prefix]]]
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "kernels/cpu/dispatch.hpp"
#include "kernels/cpu/thread_pool.hpp"

namespace {

using minnow::kernels::cpu::GemmArguments;
using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

struct Workload {
  const char* name;
  std::size_t batch;
  std::vector<std::size_t> widths;
};

const std::vector<Workload> workloads = {
    {"W0", 64, {784, 128, 64, 10}},
    {"W0b16", 16, {784, 128, 64, 10}},
    {"W0b32", 32, {784, 128, 64, 10}},
    {"W0b128", 128, {784, 128, 64, 10}},
    {"W1", 32, {784, 100, 200, 10}},
    {"W2", 64, {784, 7, 10}},
    {"W3", 32, {128, 120, 112, 96, 64, 48, 32, 24, 16, 10}},
    {"W4", 128, {784, 512, 512, 10}},
};

enum class Pass { forward, weight_gradient, input_gradient };
constexpr const char* pass_names[] = {"forward", "dw", "dx"};

/// On a cache line, as the library allocates.
template <class T>
struct Aligned {
  using value_type = T;
  Aligned() = default;
  template <class U>
  Aligned(const Aligned<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{64})); }
  void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{64}); }
  bool operator==(const Aligned&) const = default;
};

struct Product {
  std::string name;
  GemmArguments arguments;
  std::vector<float, Aligned<float>> a, b, ours, theirs;
};

Product make_product(const std::string& name, std::size_t batch, std::size_t in, std::size_t out, Pass pass) {
  Product p;
  p.name = name;
  GemmArguments& g = p.arguments;
  g.models = 1;
  g.transpose_a = pass == Pass::weight_gradient;
  g.transpose_b = pass == Pass::input_gradient;
  g.rows = pass == Pass::weight_gradient ? in : batch;
  g.cols = pass == Pass::input_gradient ? in : out;
  g.depth = pass == Pass::forward ? in : pass == Pass::weight_gradient ? batch : out;
  g.lda = g.transpose_a ? g.rows : g.depth;
  g.ldb = g.transpose_b ? g.depth : g.cols;
  g.ldc = g.cols;
  std::mt19937 engine(7);
  std::normal_distribution<float> normal;
  for (std::size_t i = 0; i < g.rows * g.depth; ++i) p.a.push_back(normal(engine));
  for (std::size_t i = 0; i < g.depth * g.cols; ++i) p.b.push_back(normal(engine));
  p.ours.resize(g.rows * g.cols);
  p.theirs.resize(g.rows * g.cols);
  g.a = p.a.data();
  g.b = p.b.data();
  g.c = p.ours.data();
  return p;
}

void run_openblas(Product& p) {
  const GemmArguments& g = p.arguments;
  cblas_sgemm(CblasRowMajor, g.transpose_a ? CblasTrans : CblasNoTrans, g.transpose_b ? CblasTrans : CblasNoTrans,
              static_cast<int>(g.rows), static_cast<int>(g.cols), static_cast<int>(g.depth), 1.0F, g.a,
              static_cast<int>(g.lda), g.b, static_cast<int>(g.ldb), 0.0F, p.theirs.data(), static_cast<int>(g.ldc));
}

/// Both sums of length k are off by at most k u |A||B| (Higham, Accuracy and Stability, ch. 3); here |a b| < 25.
bool agrees(const Product& p) {
  const double limit = 2.0 * std::pow(static_cast<double>(p.arguments.depth), 2) * 25.0 * 0x1p-24;
  for (std::size_t i = 0; i < p.ours.size(); ++i) {
    if (!(std::abs(static_cast<double>(p.ours[i]) - p.theirs[i]) <= limit)) return false;
  }
  return true;
}

template <class F>
double sample(int repeats, F f) {
  const auto begin = Clock::now();
  for (int i = 0; i < repeats; ++i) f();
  return Microseconds(Clock::now() - begin).count() / repeats;
}

struct Times {
  double least = 1e30, median = 0;
};

Times summarize(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  return {samples.front(), samples[samples.size() / 2]};
}

struct Row {
  Times ours, theirs;
};

template <class Ours>
Row compare(Product& p, int samples, Ours ours) {
  const double once = std::max(sample(3, ours), 0.05);
  const int repeats = std::max(1, static_cast<int>(40.0 / once));
  std::vector<double> a, b;
  for (int i = 0; i < samples; ++i) {
    a.push_back(sample(repeats, ours));
    b.push_back(sample(repeats, [&] { run_openblas(p); }));
  }
  return {summarize(a), summarize(b)};
}

}  // namespace

int main(int argc, char** argv) {
  using namespace minnow::kernels::cpu;
  const int samples = argc > 1 ? std::atoi(argv[1]) : 100;
  if (argc > 2 && std::string(argv[2]) != "best") setenv("MINNOW_ISA", argv[2], 1);
  const std::string prefix = argc > 3 ? argv[3] : "";
  const KernelTable& kernels = kernels_for(choose_isa());
  openblas_set_num_threads(1);
  ThreadPool pool(2);
  std::printf("%s against %s; microseconds, least (median) of %d\n", kernels.name, openblas_get_corename(), samples);
  std::printf("%-16s %5s %5s %5s | %9s %9s | %9s %9s | %7s | %6s %6s | %9s %7s\n", "product", "rows", "cols", "depth",
              "minnow", "(median)", "openblas", "(median)", "GFLOP/s", "ratio", "(med)", "2 threads", "speedup");
  for (const Workload& w : workloads) {
    double ours_total = 0, theirs_total = 0, two_total = 0;
    bool any = false;
    for (std::size_t layer = 0; layer + 1 < w.widths.size(); ++layer) {
      for (Pass pass : {Pass::forward, Pass::weight_gradient, Pass::input_gradient}) {
        if (layer == 0 && pass == Pass::input_gradient) continue;
        const std::string name =
            std::string(w.name) + "." + std::to_string(layer + 1) + " " + pass_names[static_cast<int>(pass)];
        if (name.compare(0, prefix.size(), prefix) != 0) continue;
        any = true;
        Product p = make_product(name, w.batch, w.widths[layer], w.widths[layer + 1], pass);
        const GemmArguments& g = p.arguments;
        const Row one = compare(p, samples, [&] { kernels.gemm(g, 0, 1); });
        if (!agrees(p)) {
          std::printf("%s: WRONG RESULT\n", name.c_str());
          return 1;
        }
        const std::size_t parts = pool.parts_for(gemm_flops(g));
        const Row two = compare(p, samples / 4 + 1, [&] {
          pool.parallel_for(parts, [&](std::size_t part) { kernels.gemm(g, part, parts); });
        });
        std::printf("%-16s %5zu %5zu %5zu | %9.2f %9.2f | %9.2f %9.2f | %7.1f | %6.2f %6.2f | %9.2f %7.2f%s\n",
                    name.c_str(), g.rows, g.cols, g.depth, one.ours.least, one.ours.median, one.theirs.least,
                    one.theirs.median, gemm_flops(g) / one.ours.least / 1e3, one.theirs.least / one.ours.least,
                    one.theirs.median / one.ours.median, two.ours.least, one.ours.least / two.ours.least,
                    one.theirs.least / one.ours.least < 0.95 ? "  <--" : "");
        std::fflush(stdout);
        ours_total += one.ours.least;
        theirs_total += one.theirs.least;
        two_total += two.ours.least;
      }
    }
    if (any) {
      std::printf(
          "%-16s sum of products: minnow %.2f, openblas %.2f, time ratio %.3f; two threads %.2f, speedup %.2f\n\n",
          w.name, ours_total, theirs_total, ours_total / theirs_total, two_total, ours_total / two_total);
    }
  }
  return 0;
}
