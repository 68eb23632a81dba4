#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "tls in a DestinationRule without mode.",
    .why = "The mode's default is DISABLE: clients send plaintext.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "",
    .url = "",
};

void run(CheckContext& context) {
  const workspace::RuleNode* rule = context.rule();
  for (const workspace::ClauseRef clause : rule->rule().tls_clauses()) {
    if (rule->rule().tls(clause)->has_mode) continue;
    context.report(kMtls0004, {rule, Field::TlsKey, -1, clause, 0},
                   fmt::format("{} sets tls without mode, which is DISABLE: clients send plaintext",
                               to_string(rule->id)));
  }
}

}  // namespace

const Check kMtls0004 = {.code = "MTLS0004",
                         .name = "tls-without-mode",
                         .title = "tls without mode means DISABLE",
                         .severity = Severity::Warning,
                         .subjects = workspace::KindSet(workspace::Kind::DestinationRule),
                         .docs = kDocs,
                         .run = run,
                         .plan_fixes = nullptr};

}  // namespace checks
