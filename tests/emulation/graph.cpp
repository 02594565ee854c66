// SPDX-License-Identifier: Apache-2.0
// Graphs. A replay keeps the captured dependencies and nothing else: its order is a topological one,
// lowest node first, highest first or random, as the schedule says.
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "tests/emulation/api.hpp"
#include "tests/emulation/memory.hpp"
#include "tests/emulation/report.hpp"
#include "tests/emulation/stream.hpp"

struct CUgraph_st {
  std::vector<emulation::Node> nodes;
};

struct CUgraphExec_st {
  std::shared_ptr<const std::vector<emulation::Node>> nodes;
};

namespace emulation {
namespace {

struct Registry {
  std::set<CUgraph_st*> graphs;
  std::set<CUgraphExec_st*> executables;
};

Registry& registry() {
  static auto* const instance = new Registry;
  return *instance;
}

/// Which of the nodes that can run comes next.
std::size_t choose(const std::vector<std::size_t>& possible) {
  const Schedule schedule = settings().schedule;
  if (schedule == Schedule::sequential) return 0;
  if (schedule == Schedule::reverse) return possible.size() - 1;
  return random().below(static_cast<unsigned>(possible.size()));
}

/// For ThreadSanitizer a node is a thread of its own, which has seen what its predecessors have done, and the work
/// before the graph.
void run_node(const Node& node, std::size_t index, const TsanFiber& identity, const std::vector<void*>& tags) {
  const TsanScope scope(identity);
  for (const std::size_t before : node.dependencies) tsan_acquire(tags[before]);
  ++counters_now().graph_nodes;
  node.work->run();
  tsan_release(tags[index]);
}

void replay(const std::vector<Node>& nodes) {
  const auto end = std::chrono::steady_clock::now() + settings().graph_time;
  std::vector<std::size_t> missing(nodes.size());
  std::vector<std::vector<std::size_t>> followers(nodes.size());
  std::vector<std::size_t> possible;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    missing[i] = nodes[i].dependencies.size();
    for (const std::size_t before : nodes[i].dependencies) followers[before].push_back(i);
    if (missing[i] == 0) possible.push_back(i);
  }
  std::vector<void*> tags(nodes.size());
  for (void*& tag : tags) tag = fresh_tag();
  std::vector<TsanFiber> identities(under_tsan() ? nodes.size() : 1);
  std::optional<DeviceAccess> access;  // kept over many nodes: opening takes time in proportion to the memory
  while (!possible.empty()) {
    const std::size_t at = choose(possible);
    const std::size_t index = possible[at];
    possible.erase(possible.begin() + static_cast<std::ptrdiff_t>(at));
    if (nodes[index].work->on_host)
      access.reset();
    else if (!access)
      access.emplace();
    run_node(nodes[index], index, identities[under_tsan() ? index : 0], tags);
    for (const std::size_t follower : followers[index]) {
      if (--missing[follower] == 0) possible.insert(std::ranges::upper_bound(possible, follower), follower);
    }
  }
  for (void* const tag : tags) tsan_acquire(tag);
  std::this_thread::sleep_until(end);
  ++counters_now().graphs;
}

}  // namespace

cudaGraph_t make_graph(std::vector<Node> nodes) {
  return *registry().graphs.insert(new CUgraph_st{std::move(nodes)}).first;
}

std::vector<std::string> live_graphs() {
  std::vector<std::string> names;
  for (const CUgraph_st* const graph : registry().graphs) {
    names.push_back("graph of " + std::to_string(graph->nodes.size()) + " nodes");
  }
  for (const CUgraphExec_st* const executable : registry().executables) {
    names.push_back("executable graph of " + std::to_string(executable->nodes->size()) + " nodes");
  }
  return names;
}

}  // namespace emulation

using namespace emulation;

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  const ApiScope scope;
  if (!registry().graphs.contains(graph)) return result(cudaErrorInvalidValue);
  *executable = new CUgraphExec_st{std::make_shared<const std::vector<Node>>(graph->nodes)};
  registry().executables.insert(*executable);
  return result(cudaSuccess);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  const ApiScope scope;
  if (!registry().executables.contains(executable)) {
    fault_unless_unwinding("cudaGraphLaunch: not a live executable graph");
    return result(cudaErrorInvalidValue);
  }
  // The nodes open device memory themselves, so the graph as a whole counts as host work.
  return result(enqueue(stream, {"graph", [nodes = executable->nodes] { replay(*nodes); }, true}));
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  const ApiScope scope;
  if (registry().graphs.erase(graph) == 0) return result(cudaErrorInvalidValue);
  delete graph;
  return result(cudaSuccess);
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  const ApiScope scope;
  if (registry().executables.erase(executable) == 0) return result(cudaErrorInvalidValue);
  delete executable;
  return result(cudaSuccess);
}
