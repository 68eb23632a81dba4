// Fix plans that no check makes alone: what their edits make of the text, and that they are exact.
#include "checks/engine/fix_builder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/engine/check_context.h"
#include "checks/registry.h"
#include "workspace/sources/file_facts.h"

using workspace::Kind;

namespace {

// A mesh of one file.
class World {
 public:
  explicit World(std::string text)
      : text_(std::make_shared<const std::string>(std::move(text))),
        analysis_(checks::check_registry(),
                  {{.name = "default", .root = "/mesh", .include = {}, .settings = {}}}) {
    std::vector<checks::FileUpdate> updates;
    updates.push_back({"/mesh/a.yaml", workspace::read_facts(*text_)});
    analysis_.apply(std::move(updates));
  }

  [[nodiscard]] const workspace::Mesh& mesh() const { return analysis_.meshes().front().mesh; }

  [[nodiscard]] const workspace::ResourceNode* node(Kind kind, const std::string& name) const {
    const workspace::ResourceNode* found = mesh().find({kind, "shop", name});
    REQUIRE(found != nullptr);
    return found;
  }

  // The plans that `add` makes in the context of a finding on `at`.
  template <class Add>
  std::vector<checks::FixPlan> plans(const workspace::ResourceNode* at, const Add& add) const {
    checks::StoredFinding finding;
    finding.at = checks::name_of(at);
    checks::FixContext context(mesh(), finding);
    add(context);
    return context.take();
  }

  // The text after the one plan that `add` makes; "error: …" if it can't be made.
  template <class Add>
  std::string after(const workspace::ResourceNode* at, const Add& add) {
    const auto made = plans(at, add);
    REQUIRE(made.size() == 1);
    const checks::TextSource source = [this](const std::string& path) {
      return path == "/mesh/a.yaml" ? text_ : nullptr;
    };
    checks::FixMemo memo;
    const checks::AnalysedTexts texts(source, memo, [](std::string_view) { return nullptr; });
    const auto edits = build_edits(mesh(), made.front(), texts, checks::Placement::EndOfFile);
    if (!edits) return "error: " + edits.error().message;
    std::string text = *text_;
    for (auto edit = edits->rbegin(); edit != edits->rend(); ++edit)
      text.replace(edit->range.begin, edit->range.size(), edit->new_text);
    return text;
  }

 private:
  std::shared_ptr<const std::string> text_;
  checks::Analysis analysis_;
};

const std::string kPolicy = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  mtls: {mode: STRICT} # audit
)";

checks::FixContext::OpenPorts ports_of(const workspace::PolicyNode* policy, std::uint32_t port) {
  return {.policy = policy, .ns = "shop", .selector = {{"app", "web"}}, .ports = {port}, .name = "web"};
}

}  // namespace

TEST_CASE("a port is opened in the workload policy that applies") {
  World world(kPolicy);
  const auto* policy = static_cast<const workspace::PolicyNode*>(world.node(Kind::PeerAuthentication, "web"));
  const std::string opened =
      world.after(policy, [&](auto& context) { context.open_ports(ports_of(policy, 8080)); });
  CHECK(opened == R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: web, namespace: shop}
spec:
  portLevelMtls:
    8080:
      mode: PERMISSIVE
  selector: {matchLabels: {app: web}}
  mtls: {mode: STRICT} # audit
)");
  // An entry that is there keeps its key as written.
  World again(kPolicy + "  portLevelMtls: {\"8080\": {mode: STRICT}, 90: {mode: STRICT}}\n");
  policy = static_cast<const workspace::PolicyNode*>(again.node(Kind::PeerAuthentication, "web"));
  const std::string changed =
      again.after(policy, [&](auto& context) { context.open_ports(ports_of(policy, 8080)); });
  CHECK(changed == kPolicy + "  portLevelMtls: {\"8080\": {mode: PERMISSIVE}, 90: {mode: STRICT}}\n");
}

TEST_CASE("a port is opened in an item of a List") {
  World world(
      "apiVersion: v1\nkind: List\nitems:\n- apiVersion: security.istio.io/v1\n  kind: PeerAuthentication\n"
      "  metadata: {name: web, namespace: shop}\n  spec: {selector: {matchLabels: {app: web}}}\n");
  const auto* policy = static_cast<const workspace::PolicyNode*>(world.node(Kind::PeerAuthentication, "web"));
  const std::string opened =
      world.after(policy, [&](auto& context) { context.open_ports(ports_of(policy, 80)); });
  CHECK(opened.ends_with(
      "  spec: {portLevelMtls: {80: {mode: PERMISSIVE}}, selector: {matchLabels: {app: web}}}\n"));
}

TEST_CASE("without a workload policy, one is inserted that changes no other port") {
  World world(
      "apiVersion: security.istio.io/v1\r\nkind: PeerAuthentication\r\nmetadata: {name: web, namespace: "
      "shop}\r\n"
      "spec: {mtls: {mode: STRICT}}\r\n");
  const auto* policy = world.node(Kind::PeerAuthentication, "web");
  checks::FixContext::OpenPorts port = ports_of(nullptr, 8080);
  port.selector = {{"app", "web"}, {"version", "1"}};
  const auto plans = world.plans(policy, [&](auto& context) { context.open_ports(port); });
  CHECK(plans.front().weakens);
  CHECK_FALSE(plans.front().is_preferred());
  const std::string text = world.after(policy, [&](auto& context) { context.open_ports(port); });
  CHECK(text.ends_with(
      "---\r\napiVersion: security.istio.io/v1beta1\r\nkind: PeerAuthentication\r\nmetadata:\r\n"
      "  name: web-2\r\n  namespace: shop\r\nspec:\r\n  selector:\r\n    matchLabels:\r\n      app: web\r\n"
      "      version: \"1\"\r\n  portLevelMtls:\r\n    8080:\r\n      mode: PERMISSIVE\r\n"));
  CHECK(text.find("mtls:", text.find("---")) == std::string::npos);
}

TEST_CASE("a rule is inserted for one port") {
  World world(kPolicy);
  const auto* policy = world.node(Kind::PeerAuthentication, "web");
  const std::string text = world.after(policy, [](auto& context) {
    context.insert_rule("web", "123", "web.123.svc.cluster.local", "DISABLE", 80);
  });
  CHECK(text.ends_with(
      "  name: web\n  namespace: \"123\"\nspec:\n  host: \"web.123.svc.cluster.local\"\n  trafficPolicy:\n"
      "    portLevelSettings:\n    - port:\n        number: 80\n      tls:\n        mode: DISABLE\n"));
}

TEST_CASE("annotations, keys and values are corrected in place") {
  World world(R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata:
      annotations:
        sidecar.istio.io/rewriteAppHTTPProbers: "false" # why
      labels: {app: web}
)");
  const auto* workload = world.node(Kind::Deployment, "web");
  const std::string removed = world.after(workload, [&](auto& context) {
    context.remove_entry(workload,
                         "spec.template.metadata.annotations[\"sidecar.istio.io/rewriteAppHTTPProbers\"]",
                         "Remove it");
  });
  CHECK(removed.ends_with("    metadata:\n      # why\n      labels: {app: web}\n"));
  const std::string renamed = world.after(workload, [&](auto& context) {
    checks::FixPlan plan;
    plan.renames.push_back({workload, "spec.template.metadata.labels.app", "name"});
    context.add(plan);
  });
  CHECK(renamed.ends_with("      labels: {name: web}\n"));
  const std::string value = world.after(workload, [&](auto& context) {
    checks::FixPlan plan;
    plan.entries.push_back({workload,
                            "spec.template.metadata.annotations",
                            {"sidecar.istio.io/rewriteAppHTTPProbers", "true", {}}});
    context.add(plan);
  });
  CHECK(value.find("Probers: \"true\" # why\n") != std::string::npos);
}

TEST_CASE("a line --- separates what was meant as two documents") {
  const std::string first = kPolicy.substr(0, kPolicy.size());
  World world(first + "kind2: DestinationRule\n");
  const auto* policy = world.node(Kind::PeerAuthentication, "web");
  const std::string split = world.after(policy, [&](auto& context) {
    checks::FixPlan plan;
    plan.splits.push_back({policy, static_cast<std::uint32_t>(first.size())});
    context.add(plan);
  });
  CHECK(split == first + "---\nkind2: DestinationRule\n");
}
