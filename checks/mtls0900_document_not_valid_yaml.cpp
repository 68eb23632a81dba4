#include "checks/check_list.h"

namespace checks::mtls0900 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A document that kubectl could not parse: broken YAML, a tab in the indentation, an
unknown alias, a `<<` of something that is no mapping. Also one that is larger or nests
deeper than the setting `limits` allows; the message names the limit. The other documents
of the file are checked as usual.)",
    .why = R"(What was not read was not checked: a policy in this document takes part in no finding,
and one that contradicts it passes as healthy. Templates (Helm, Jinja) are the usual
case. They are not manifests yet: render them and check the result.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls: {mode: STRICT
)",
    .fixed = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls: {mode: STRICT}
)",
    .fix_safety = R"(None is offered. Mend the document, leave templates out with `exclude` in
`.istio-mtls.yaml`, or raise the limit there.)",
    .kiali = "",
    .url = "",
};

}  // namespace
}  // namespace checks::mtls0900

namespace checks {

// Found while reading (file_facts.h), not by a run over resources.
const Check kMtls0900 = {.code = "MTLS0900",
                         .name = "document-not-valid-yaml",
                         .title = "The document is not valid YAML, so it was not checked",
                         .severity = Severity::Warning,
                         .subjects = {},
                         .docs = mtls0900::kDocs,
                         .run = nullptr,
                         .plan_fixes = nullptr};

}  // namespace checks
