#include "checks/check_list.h"

namespace checks::mtls0901 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A part of a mesh that the workspace does not hold as manifests: a remote base, a chart
or a plugin inside a kustomization, a HelmRelease, an Argo CD Application of a chart or of
another repository, a deployment whose path holds a variable, an ApplicationSet whose
generator asks a cluster. It is said once, on the field or the name that brings it.)",
    .why = R"(What was not seen may hold the workload, the policy or the rule that a finding would
miss. In a mesh of which a part is not seen nothing rests on absence: TIS0003, TIS0401,
TIS0501, TIS0503, MTLS0012 and MTLS0013 are not reported there, and a conflict whose
server is not known is a warning.)",
    .example = R"(apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- https://github.com/example/shop//deploy?ref=v1
- policy.yaml
)",
    .fixed = R"(apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- vendor/shop.yaml
- policy.yaml
)",
    .fix_safety = R"(None is offered. Keep a copy of what is remote in the repository, or check what is
rendered: `kustomize build . | istio-mtls-ls check -`.)",
    .kiali = "",
    .url = "",
};

}  // namespace
}  // namespace checks::mtls0901

namespace checks {

// Found where sources are read (engine/workspace_plan.h), not by a run over resources.
const Check kMtls0901 = {.code = "MTLS0901",
                         .name = "part-of-a-mesh-not-seen",
                         .title = "Something that belongs to the mesh cannot be seen from here",
                         .severity = Severity::Information,
                         .subjects = {},
                         .docs = mtls0901::kDocs,
                         .run = nullptr,
                         .plan_fixes = nullptr};

}  // namespace checks
