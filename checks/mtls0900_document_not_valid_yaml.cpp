#include "checks/check_list.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "A document that kubectl could not parse.",
    .why = "What was not read was not checked. Helm templates are the usual case: exclude their folder.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "",
    .url = "",
};

}  // namespace

// Found while reading (file_facts.h), not by a run over resources.
const Check kMtls0900 = {.code = "MTLS0900",
                         .name = "document-not-valid-yaml",
                         .title = "The document is not valid YAML, so it was not checked",
                         .severity = Severity::Warning,
                         .subjects = {},
                         .docs = kDocs,
                         .run = nullptr,
                         .plan_fixes = nullptr};

}  // namespace checks
