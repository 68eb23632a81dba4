// What fixes cost must grow with what they touch. Work is counted, not timed: allocations (allocations.h).
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/registry.h"
#include "tests/cost/allocations.h"
#include "workspace/sources/file_facts.h"

namespace {

constexpr std::string_view kPolicy = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: default, namespace: {}}}
spec: {{mtls: {{mode: STRICT}}}}
)";

constexpr std::string_view kRule = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: r{0}, namespace: {1}}}
spec: {{host: {2}, trafficPolicy: {{tls: {{mode: DISABLE}}}}}}
)";

using Texts = std::map<std::string, std::shared_ptr<const std::string>>;

void put(Texts& texts, std::string path, std::string text) {
  texts[std::move(path)] = std::make_shared<const std::string>(std::move(text));
}

std::string rule(int i, const std::string& ns, const std::string& host) {
  return fmt::format(fmt::runtime(kRule), i, ns, host);
}

// As many namespaces, each with its own conflict.
Texts separate_conflicts(int count) {
  Texts texts;
  for (int i = 0; i < count; ++i) {
    const std::string ns = fmt::format("n{}", i);
    put(texts, fmt::format("/mesh/f{:05}.yaml", i),
        fmt::format(fmt::runtime(kPolicy), ns) + "---\n" + rule(i, ns, "a." + ns + ".svc.cluster.local"));
  }
  return texts;
}

// One policy of the mesh against as many rules.
Texts rules_against_mesh(int count) {
  Texts texts;
  put(texts, "/mesh/a.yaml", fmt::format(fmt::runtime(kPolicy), "istio-system"));
  for (int i = 0; i < count; ++i) {
    const std::string ns = fmt::format("n{}", i % 50);
    put(texts, fmt::format("/mesh/r{:05}.yaml", i),
        rule(i, ns, fmt::format("s{}.{}.svc.cluster.local", i, ns)));
  }
  return texts;
}

// The same in one file.
Texts one_file(int count) {
  std::string text;
  for (const auto& [path, document] : rules_against_mesh(count)) text += "---\n" + *document;
  Texts texts;
  put(texts, "/mesh/all.yaml", std::move(text));
  return texts;
}

// Mesh-wide rules of client namespaces, which the mesh policy's findings depend on.
Texts mesh_wide_rules(int count) {
  Texts texts;
  put(texts, "/mesh/a.yaml", fmt::format(fmt::runtime(kPolicy), "istio-system"));
  for (int i = 0; i < count; ++i) {
    put(texts, fmt::format("/mesh/r{:05}.yaml", i), rule(i, fmt::format("c{}", i), "'*.local'"));
  }
  return texts;
}

checks::Analysis analysis_of(const Texts& texts) {
  checks::Analysis analysis(checks::check_registry(),
                            {{.name = "default", .root = "/mesh", .include = {}, .settings = {}}});
  std::vector<checks::FileUpdate> updates;
  updates.reserve(texts.size());
  for (const auto& [path, text] : texts) updates.push_back({path, workspace::read_facts(*text)});
  analysis.apply(std::move(updates));
  return analysis;
}

checks::TextSource source_of(const Texts& texts) {
  return [&texts](const std::string& path) {
    const auto at = texts.find(path);
    return at == texts.end() ? nullptr : at->second;
  };
}

// Allocations for the fixes of all findings.
std::size_t cost_of_fixes(const Texts& texts, std::size_t fixes_per_finding) {
  checks::Analysis analysis = analysis_of(texts);
  const checks::TextSource source = source_of(texts);
  const auto findings = analysis.all_findings(1);
  const std::size_t before = cost::allocations();
  std::size_t offered = 0;
  for (const auto& finding : findings) offered += analysis.fixes(finding, source, false).size();
  const std::size_t used = cost::allocations() - before;
  CHECK(offered == fixes_per_finding * findings.size());
  return used;
}

using Shape = Texts (*)(int count);

}  // namespace

TEST_CASE("twice the conflicts take about twice the work to fix") {
  constexpr int kCount = 200;
  const std::pair<const char*, Shape> shapes[] = {{"separate conflicts", separate_conflicts},
                                                  {"rules against the mesh policy", rules_against_mesh},
                                                  {"one file", one_file},
                                                  {"mesh-wide rules", mesh_wide_rules}};
  for (const auto& [name, shape] : shapes) {
    const std::size_t once = cost_of_fixes(shape(kCount), 2);
    const std::size_t twice = cost_of_fixes(shape(2 * kCount), 2);
    INFO(name, ": ", once, " and ", twice, " allocations");
    CHECK(static_cast<double>(twice) <= 2.3 * static_cast<double>(once));
  }
}

TEST_CASE("the fixes of one finding cost the same whatever the size of the workspace") {
  const auto cost_at = [](int count) {
    const Texts texts = separate_conflicts(count);
    checks::Analysis analysis = analysis_of(texts);
    const checks::TextSource source = source_of(texts);
    const std::string file = fmt::format("/mesh/f{:05}.yaml", count / 2);
    const auto findings = analysis.findings(file, 1);
    REQUIRE(findings.size() == 2);
    const std::size_t before = cost::allocations();
    CHECK(analysis.fixes(findings.front(), source, false).size() == 2);
    return cost::allocations() - before;
  };
  const std::size_t small = cost_at(20);
  const std::size_t large = cost_at(2000);
  constexpr std::size_t kSlack = 8;  // a hash table may happen to grow
  CHECK(large <= small + kSlack);
  MESSAGE("allocations for the fixes of one finding: ", large);
}
