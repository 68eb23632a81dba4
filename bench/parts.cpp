// The parts of the way from a keystroke to a squiggle, and of a first reading, each by itself (Google
// Benchmark).
//
//   cmake --preset release -DISTIO_MTLS_BENCHMARKS=ON && cmake --build --preset release --target parts
//   build/release/bench/parts
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "bench/cluster_answers.h"
#include "checks/engine/analysis.h"
#include "checks/registry.h"
#include "workspace/cluster/snapshot.h"
#include "workspace/cluster/take_snapshot.h"
#include "workspace/sources/file_facts.h"
#include "workspace/text/byte_classes.h"
#include "workspace/text/line_index.h"
#include "workspace/yaml/document_split.h"
#include "workspace/yaml/reader.h"

namespace {

std::string policy(int ns, std::string_view mode) {
  return fmt::format(
      "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: "
      "ns-{}\nspec:\n  mtls:\n    mode: {}\n",
      ns, mode);
}

std::string service(int ns) {
  return fmt::format(
      "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: ns-{0}\nspec:\n  selector:\n    "
      "app: "
      "web\n  ports:\n    - port: 80\n      targetPort: 8080\n",
      ns);
}

std::string rule(int ns) {
  return fmt::format(
      "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: web\n  namespace: "
      "ns-{0}\nspec:\n  host: web.ns-{0}.svc.cluster.local\n  trafficPolicy:\n    tls:\n      mode: "
      "DISABLE\n",
      ns);
}

// Of some 100 lines, most of them nothing to us.
std::string deployment(int ns) {
  std::string text = fmt::format(
      "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: ns-{}\nspec:\n  "
      "template:\n    "
      "metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n       "
      "   "
      "ports:\n            - name: http\n              containerPort: 8080\n          env:\n",
      ns);
  for (int i = 0; i < 40; ++i) {
    text += fmt::format("            - name: SETTING_{}\n              value: \"{}\"\n", i, i * 17);
  }
  return text;
}

std::string long_file(int documents) {
  std::string text;
  for (int i = 0; i < documents; ++i) text += "---\n" + policy(i, "STRICT");
  return text;
}

void count_bytes(benchmark::State& state, const std::string& text) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

void classify_bytes(benchmark::State& state) {
  const std::string text = deployment(1);
  for (auto _ : state) benchmark::DoNotOptimize(workspace::ByteClasses(text));
  count_bytes(state, text);
}
BENCHMARK(classify_bytes);

void split_into_documents(benchmark::State& state) {
  const std::string text = long_file(250);
  for (auto _ : state) benchmark::DoNotOptimize(workspace::split_documents(text));
  count_bytes(state, text);
}
BENCHMARK(split_into_documents);

void read_workload_facts(benchmark::State& state) {
  const std::string text = deployment(1);
  for (auto _ : state) benchmark::DoNotOptimize(workspace::read_facts(text));
  count_bytes(state, text);
}
BENCHMARK(read_workload_facts);

void read_policy_facts(benchmark::State& state) {
  const std::string text = policy(1, "STRICT");
  for (auto _ : state) benchmark::DoNotOptimize(workspace::read_facts(text));
  count_bytes(state, text);
}
BENCHMARK(read_policy_facts);

// What is not plain is yaml-cpp's.
void read_any_yaml(benchmark::State& state) {
  const std::string text = deployment(1);
  for (auto _ : state) benchmark::DoNotOptimize(workspace::yaml::read_any_yaml(text));
  count_bytes(state, text);
}
BENCHMARK(read_any_yaml);

void index_lines(benchmark::State& state) {
  const std::string text = long_file(250);
  for (auto _ : state) benchmark::DoNotOptimize(workspace::LineIndex(text));
  count_bytes(state, text);
}
BENCHMARK(index_lines);

void edit_one_document_of_a_long_file(benchmark::State& state) {
  const std::string text = long_file(250);
  std::string edited = text;
  edited.replace(edited.find("STRICT", text.size() / 2), 6, "DISABLE");
  const auto before = workspace::read_facts(text);
  for (auto _ : state) benchmark::DoNotOptimize(workspace::read_facts(edited, before.get(), text));
}
BENCHMARK(edit_one_document_of_a_long_file);

checks::Analysis mesh_of(int namespaces) {
  checks::Analysis analysis(checks::check_registry(),
                            {{.name = "default", .root = "/mesh", .include = {}, .settings = {}}});
  for (int i = 0; i < namespaces; ++i) {
    const std::string text =
        policy(i, "STRICT") + "---\n" + service(i) + "---\n" + rule(i) + "---\n" + deployment(i);
    analysis.load({fmt::format("/mesh/ns-{:06}.yaml", i), workspace::read_facts(text)});
  }
  analysis.update_findings();
  return analysis;
}

// From new facts of one file to the findings to publish, in a mesh of as many namespaces of four manifests.
void flip_a_mode(benchmark::State& state) {
  const int namespaces = static_cast<int>(state.range(0));
  checks::Analysis analysis = mesh_of(namespaces);
  const std::string file = "/mesh/zz-policy.yaml";
  const auto strict = workspace::read_facts(policy(namespaces / 2, "STRICT"));
  const auto permissive = workspace::read_facts(policy(namespaces / 2, "PERMISSIVE"));
  bool flipped = false;
  for (auto _ : state) {
    flipped = !flipped;
    for (const std::string& touched : analysis.apply({{file, flipped ? strict : permissive}})) {
      benchmark::DoNotOptimize(analysis.findings(touched));
    }
  }
}
BENCHMARK(flip_a_mode)->Arg(250)->Arg(2500)->Arg(25000);

// A policy of the root namespace that the rules of as many namespaces depend on.
void flip_the_mesh_policy(benchmark::State& state) {
  const int namespaces = static_cast<int>(state.range(0));
  checks::Analysis analysis(checks::check_registry(),
                            {{.name = "default", .root = "/mesh", .include = {}, .settings = {}}});
  for (int i = 0; i < namespaces; ++i) {
    analysis.load(
        {fmt::format("/mesh/ns-{:06}.yaml", i), workspace::read_facts(service(i) + "---\n" + rule(i))});
  }
  analysis.update_findings();
  const auto mesh_wide = [](std::string_view mode) {
    return workspace::read_facts(fmt::format(
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: default, namespace: "
        "istio-system}}\nspec:\n  mtls: {{mode: {}}}\n",
        mode));
  };
  const auto strict = mesh_wide("STRICT");
  const auto permissive = mesh_wide("PERMISSIVE");
  bool flipped = false;
  for (auto _ : state) {
    flipped = !flipped;
    benchmark::DoNotOptimize(analysis.apply({{"/mesh/zz-policy.yaml", flipped ? strict : permissive}}));
  }
}
BENCHMARK(flip_the_mesh_policy)->Arg(1000)->Unit(benchmark::kMillisecond);

// kubectl's answers are made beforehand: what is measured is our own time (docs/design/cluster.md, section
// 1).
class PreparedAnswers {
 public:
  explicit PreparedAnswers(int objects) : answers_(objects) {}

  workspace::Result<workspace::ProcessResult> operator()(const workspace::ProcessRequest& request) {
    const std::scoped_lock lock(mutex_);
    auto known = known_.find(request.arguments[1]);
    if (known == known_.end()) known = known_.emplace(request.arguments[1], answers_(request)->output).first;
    workspace::ProcessResult result;
    result.output = known->second;
    return result;
  }

 private:
  bench::ClusterAnswers answers_;
  std::mutex mutex_;
  std::map<std::string, std::string> known_;
};

void take_a_snapshot(benchmark::State& state) {
  PreparedAnswers answers(static_cast<int>(state.range(0)));
  const workspace::ProcessRunner runner = std::ref(answers);
  const auto first = workspace::take_snapshot({}, runner);
  for (auto _ : state) benchmark::DoNotOptimize(workspace::take_snapshot({}, runner));
  state.counters["bytes"] = static_cast<double>(first->text.size());
}
BENCHMARK(take_a_snapshot)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

void read_a_snapshot(benchmark::State& state) {
  PreparedAnswers answers(static_cast<int>(state.range(0)));
  const auto taken = workspace::take_snapshot({}, std::ref(answers));
  for (auto _ : state) benchmark::DoNotOptimize(workspace::read_snapshot("snapshot", taken->text));
  count_bytes(state, taken->text);
}
BENCHMARK(read_a_snapshot)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
