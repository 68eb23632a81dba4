#include "checks/check_list.h"

namespace checks::mtls0902 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A kustomization that `kustomize build` refuses: a cycle, two resources of one name, a
patch that finds no target, a field of the wrong type. It is said on the field, with the
reason. As information, where the rest is built nevertheless: a file or folder that is
named and not there, and a file outside of the kustomization's folder, which only Flux and
`--load-restrictor LoadRestrictionsNone` take.)",
    .why = R"(Nothing of a refused build is compared with anything: its documents are checked each by
itself, and a conflict among them is not found.)",
    .example = R"(apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- policy.yaml
patches:
- target: {kind: PeerAuthentication, name: defualt}
  patch: |-
    - op: replace
      path: /spec/mtls/mode
      value: STRICT
)",
    .fixed = R"(apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- policy.yaml
patches:
- target: {kind: PeerAuthentication, name: default}
  patch: |-
    - op: replace
      path: /spec/mtls/mode
      value: STRICT
)",
    .fix_safety = R"(None is offered: what was meant is not known.)",
    .kiali = "",
    .url = "",
};

}  // namespace
}  // namespace checks::mtls0902

namespace checks {

// Found where sources are read (engine/workspace_plan.h), not by a run over resources.
const Check kMtls0902 = {.code = "MTLS0902",
                         .name = "kustomization-not-built",
                         .title = "The kustomization cannot be built as it is written",
                         .severity = Severity::Warning,
                         .subjects = {},
                         .docs = mtls0902::kDocs,
                         .run = nullptr,
                         .plan_fixes = nullptr};

}  // namespace checks
