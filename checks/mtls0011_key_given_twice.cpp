#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0011 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A key that one mapping has twice with different values, in any kind that is read, and in
those of its fields that are read; in a PeerAuthentication, DestinationRule,
AuthorizationPolicy and RequestAuthentication everywhere. Keys that `<<` merges are not
meant. Where the keys of the document itself come again from `apiVersion` to `spec`, it
is reported once, where the second resource begins.)",
    .why = R"(The last one counts, and what the first one says is lost without a word; newer servers
refuse it. Two resources with no line `---` between them become one: the first one, often
the policy that was to protect a namespace, does not exist.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
apiVersion: v1
kind: Service
metadata:
  name: catalog
  namespace: shop
spec:
  ports:
    - port: 80
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
---
apiVersion: v1
kind: Service
metadata:
  name: catalog
  namespace: shop
spec:
  ports:
    - port: 80
)",
    .fix_safety = R"(Insert `---` where a second resource begins. Not preferred: what stood above takes effect
then. For other keys none is offered, since only you know which value was meant.)",
    .kiali = "",
    .url = "https://yaml.org/spec/1.2.2/#mapping",
};

using workspace::KeyProblem;
using workspace::KeyProblemKind;

// Empty: another code's.
std::string message_for(const KeyProblem& problem, const workspace::ResourceId& id) {
  switch (problem.kind) {
    case KeyProblemKind::Repeated:
      return fmt::format("{} is given twice in {}: only this last one counts", problem.path, to_string(id));
    case KeyProblemKind::RepeatedAtTop:
      return fmt::format("{} is given twice in {}: only this last one counts; is a line \"---\" missing?",
                         problem.path, to_string(id));
    case KeyProblemKind::SecondResource:
      return fmt::format(
          "{} begins inside a document, so the resource above is lost; is a line \"---\" missing?",
          to_string(id));
    default:
      return {};
  }
}

void run(CheckContext& context) {
  const workspace::ResourceNode& node = context.subject();
  const auto& problems = node.metadata().rare.key_problems();
  for (std::size_t i = 0; i < problems.size(); ++i) {
    std::string message = message_for(problems[i], node.id);
    if (message.empty()) continue;
    context.report(kMtls0011, {&node, Field::Key, static_cast<std::int32_t>(i), {}, 0}, std::move(message));
  }
}

// Every `---` that is missing: with one of several the document would still hold two resources.
void plan_fixes(FixContext& context) {
  const FieldRef& site = context.finding().at;
  const auto& problems = site.node->metadata().rare.key_problems();
  if (problems[static_cast<std::size_t>(site.entry)].kind != KeyProblemKind::SecondResource) return;
  FixPlan plan;
  plan.preferred = false;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    if (problems[i].kind != KeyProblemKind::SecondResource) continue;
    plan.splits.push_back(
        {site.node, range_in_facts({site.node, Field::Key, static_cast<std::int32_t>(i), {}, 0}).begin});
  }
  plan.title = plan.splits.size() == 1 ? "Insert a line \"---\""
                                       : fmt::format("Insert {} lines \"---\"", plan.splits.size());
  context.add(std::move(plan));
}

}  // namespace
}  // namespace checks::mtls0011

namespace checks {

const Check kMtls0011 = {.code = "MTLS0011",
                         .name = "key-given-twice",
                         .title = "A key is given twice, and the first value is lost",
                         .severity = Severity::Warning,
                         .subjects = workspace::KindSet::all(),
                         .by_itself = true,
                         .docs = mtls0011::kDocs,
                         .run = mtls0011::run,
                         .plan_fixes = mtls0011::plan_fixes};

}  // namespace checks
