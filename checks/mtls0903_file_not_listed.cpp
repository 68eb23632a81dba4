#include "checks/check_list.h"

namespace checks::mtls0903 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A manifest below a folder with a kustomization that no kustomization lists and no
deployment of Argo CD or Flux covers. What the file says by itself is checked; it is
compared with nothing.)",
    .why = R"(The file may be deployed by hand, or forgotten. Forgotten policies protect nothing:
of six repositories that have such files, three deploy them all the same.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
)",
    .fixed = "",
    .fix_safety = R"(None is offered. List the file under `resources` of the kustomization, name it in
`meshes` of `.istio-mtls.yaml`, or leave it out with `exclude`.)",
    .kiali = "",
    .url = "",
};

}  // namespace
}  // namespace checks::mtls0903

namespace checks {

// Found where sources are read (engine/workspace_plan.h), not by a run over resources.
const Check kMtls0903 = {.code = "MTLS0903",
                         .name = "file-not-listed",
                         .title = "No kustomization lists the file, so it is in no mesh",
                         .severity = Severity::Hint,
                         .subjects = {},
                         .docs = mtls0903::kDocs,
                         .run = nullptr,
                         .plan_fixes = nullptr};

}  // namespace checks
