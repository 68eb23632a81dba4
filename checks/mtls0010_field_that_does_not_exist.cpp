#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0010 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A field that its API does not have, at any depth of a PeerAuthentication,
DestinationRule, AuthorizationPolicy or RequestAuthentication; a field of their `spec`
that stands beside it; and a kind that the groups `security.istio.io` and
`networking.istio.io` do not have. Where exactly one name is near, it is asked for.

Nothing is said below `status`, of keys without a value, and of keys that hold `$` or
`{{`, which something will substitute. What the API has is known from the releases of
Istio that the tool was made with.)",
    .why = R"(`kubectl apply` refuses such a field where the server checks strictly, and drops it
without a word where it does not (`--validate=false`, many controllers). A misspelt
`mtls` or a `selector` at the wrong depth leaves a policy that looks right and does
nothing, or applies to every workload instead of one.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtsl:
    mode: STRICT
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
)",
    .fix_safety = R"(Change the key (or the kind) to the one that is near; preferred. Not offered where none
or several are near, where that field is there already, and for a field that belongs
into `spec`: move it there. The field takes effect then, whatever it says.)",
    .kiali = "",
    .url = "https://istio.io/latest/docs/reference/config/",
};

using workspace::KeyProblem;
using workspace::KeyProblemKind;

std::string message_for(const KeyProblem& problem, const workspace::ResourceId& id) {
  switch (problem.kind) {
    case KeyProblemKind::BesideSpec:
      return fmt::format("{} stands beside spec in {}, where Istio ignores it: move it into spec",
                         problem.path, to_string(id));
    case KeyProblemKind::UnknownKind:
      return fmt::format("{} has no effect: {} has no kind {}", to_string(id), id.other_kind->group,
                         id.other_kind->name);
    default:
      return fmt::format("{} has no field {}, so Istio ignores it", to_string(id), problem.path);
  }
}

bool is_reported(const KeyProblem& problem) {
  return problem.kind == KeyProblemKind::UnknownField || problem.kind == KeyProblemKind::BesideSpec ||
         problem.kind == KeyProblemKind::UnknownKind;
}

void run(CheckContext& context) {
  const workspace::ResourceNode& node = context.subject();
  const auto& problems = node.metadata().rare.key_problems();
  for (std::size_t i = 0; i < problems.size(); ++i) {
    if (!is_reported(problems[i])) continue;
    std::string message = message_for(problems[i], node.id);
    if (!problems[i].suggestion.empty()) message += fmt::format("; did you mean {}?", problems[i].suggestion);
    context.report(kMtls0010, {&node, Field::Key, static_cast<std::int32_t>(i), {}, 0}, std::move(message));
  }
}

void plan_fixes(FixContext& context) {
  const FieldRef& site = context.finding().at;
  const KeyProblem& problem = site.node->metadata().rare.key_problems()[static_cast<std::size_t>(site.entry)];
  if (problem.suggestion.empty()) return;
  FixPlan plan;
  plan.preferred = true;
  plan.title = fmt::format("Change {} to {}", problem.path, problem.suggestion);
  if (problem.kind == KeyProblemKind::UnknownKind) {
    plan.entries.push_back({site.node, "", {problem.path.str(), problem.suggestion.str(), {}}});
  } else {
    plan.renames.push_back({site.node, problem.path.str(), problem.suggestion.str()});
  }
  context.add(std::move(plan));
}

}  // namespace
}  // namespace checks::mtls0010

namespace checks {

const Check kMtls0010 = {
    .code = "MTLS0010",
    .name = "field-that-does-not-exist",
    .title = "A field or kind that does not exist",
    .severity = Severity::Warning,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule,
                                   workspace::Kind::AuthorizationPolicy,
                                   workspace::Kind::RequestAuthentication, workspace::Kind::UnknownKind),
    .by_itself = true,
    .docs = mtls0010::kDocs,
    .run = mtls0010::run,
    .plan_fixes = mtls0010::plan_fixes};

}  // namespace checks
