#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"
#include "workspace/base/spelling.h"
#include "workspace/resources/name_keys.h"
#include "workspace/text/ascii.h"

namespace checks::tis0003 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A PeerAuthentication with a selector, outside the root namespace, that matches no
workload of its namespace, although one is near: all labels match but one, whose value
is mistyped by at most two letters, or stands under another of the keys `app`,
`app.kubernetes.io/name`, `k8s-app` and `name`. Where none is near, a hint in editors.
Nothing is said about a namespace without workloads: they may be kept elsewhere.)",
    .why = R"(The policy does nothing. Mostly a label was mistyped, or renamed on one side only, and
the workload falls back to the namespace's or the mesh's mode: what was to be STRICT
accepts plaintext.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalogue
  mtls:
    mode: STRICT
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  template:
    metadata:
      labels:
        app: catalog
    spec:
      containers:
        - name: catalog
          image: example.com/catalog:1.0
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  mtls:
    mode: STRICT
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: catalog
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  template:
    metadata:
      labels:
        app: catalog
    spec:
      containers:
        - name: catalog
          image: example.com/catalog:1.0
)",
    .fix_safety = R"(None is offered. Correct the labels, or delete the policy. Completion after
`matchLabels` knows the labels in use.)",
    .kiali = "KIA0004",
    .url = "https://docs.tetrate.io/istio-subscription/tools/tca/analysis/TIS0003",
};

using workspace::kNameKeys;

std::string without_digits(std::string_view text) {
  std::string kept(text);
  std::erase_if(kept, [](char c) { return c >= '0' && c <= '9'; });
  return kept;
}

// Without the letter behind a last `-`; empty: there is no such.
std::string_view without_last_letter(std::string_view text) {
  const std::size_t size = text.size();
  return size >= 2 && text[size - 2] == '-' && workspace::is_letter(text.back()) ? text.substr(0, size - 1)
                                                                                 : std::string_view();
}

// Names that are numbered, or end in a letter of a series, are meant.
bool is_mistyped(std::string_view value, std::string_view other) {
  constexpr std::size_t kFewestLetters = 4;
  constexpr std::size_t kMaxEdits = 2;
  if (value == other || value.size() < kFewestLetters || other.size() < kFewestLetters) return false;
  if (!workspace::is_within_edits(kMaxEdits, value, other)) return false;
  if (without_digits(value) == without_digits(other)) return false;
  const std::string_view stem = without_last_letter(value);
  return stem.empty() || stem != without_last_letter(other);
}

// Of a label of the workload's pods; none: they have no such label.
std::optional<std::string_view> value_of(const workspace::PolicyGraph& graph,
                                         const workspace::NamespaceNode& ns,
                                         const workspace::WorkloadNode& node, std::string_view key) {
  const workspace::Labels& labels = node.workload().labels;
  if (workspace::is_injected_label(key) && is_sidecar(graph.proxy_of(ns, &node).proxy))
    return workspace::label_with_injected(labels, key, node.id.name.view());
  const workspace::CompactString* own = find_label(labels, key);
  return own == nullptr ? std::nullopt : std::optional(own->view());
}

// Whether the selector would match but for one label.
bool is_near(const workspace::PolicyGraph& graph, const workspace::NamespaceNode& ns,
             const workspace::Labels& selector, const workspace::WorkloadNode& node) {
  for (std::size_t i = 0; i < selector.size(); ++i) {
    workspace::Labels rest = selector;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    if (!graph.selects(rest, ns, node)) continue;
    const workspace::CompactString& key = selector[i].first;
    const workspace::CompactString& value = selector[i].second;
    const auto written = value_of(graph, ns, node, key.view());
    if (written && is_mistyped(value.view(), *written)) return true;
    if (std::find(kNameKeys.begin(), kNameKeys.end(), key.view()) == kNameKeys.end()) continue;
    const bool elsewhere = std::any_of(kNameKeys.begin(), kNameKeys.end(), [&](std::string_view other) {
      const workspace::CompactString* same = find_label(node.workload().labels, other);
      return key != other && same != nullptr && *same == value;
    });
    if (elsewhere) return true;
  }
  return false;
}

std::string labels_in_words(const workspace::Labels& labels) {
  std::string text;
  for (const auto& [key, value] : labels)
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", key.view(), value.view());
  return text;
}

void run(CheckContext& context) {
  const workspace::PolicyNode* policy = context.policy();
  const workspace::Labels& selector = policy->policy().selector;
  if (!policy->policy().has_selector() || context.graph().is_root(policy->id.ns)) return;
  const workspace::NamespaceNode* ns = context.graph().find_namespace(policy->id.ns);
  if (ns->workloads.empty()) return;
  if (!context.graph().matching_workloads(*ns, selector).empty()) return;
  std::string near;  // the first by name
  for (const workspace::WorkloadNode* node : ns->workloads) {
    if (!is_near(context.graph(), *ns, selector, *node)) continue;
    std::string name = to_string(node->id);
    if (near.empty() || name < near) near = std::move(name);
  }
  std::string message = fmt::format("This policy selects no workload: none of the {} in namespace {} has {}",
                                    ns->workloads.size(), policy->id.ns, labels_in_words(selector));
  if (!near.empty()) message += fmt::format("; {} would match but for one label", near);
  StoredFinding& finding =
      context.report(kTis0003, {policy, Field::SelectorKey, -1, {}, 0}, std::move(message));
  if (near.empty()) finding.severity = Severity::Hint;
}

}  // namespace
}  // namespace checks::tis0003

namespace checks {

const Check kTis0003 = {.code = "TIS0003",
                        .name = "selector-matches-nothing",
                        .title = "A PeerAuthentication's selector matches no workload",
                        .severity = Severity::Warning,
                        .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication),
                        .needs_all = true,
                        .needs_all_pods = true,
                        .docs = tis0003::kDocs,
                        .run = tis0003::run,
                        .plan_fixes = nullptr};

}  // namespace checks
