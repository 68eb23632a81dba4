#include <fmt/format.h>

#include <algorithm>

#include "checks/check_list.h"
#include "checks/engine/check_context.h"

namespace checks::mtls0006 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A PeerAuthentication, DestinationRule or AuthorizationPolicy that an earlier file or
document of the mesh defines already: the same kind, namespace and name. The first by
file path, then by place in the file, counts for all other checks; later ones are
reported here and get no other finding.)",
    .why = R"(A cluster holds one resource of a name, so the last one applied wins, and the files do
not say which that is. If the folder holds the manifests of several clusters, they are
several meshes, and findings that mix them would be wrong in both directions.)",
    .example = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: PERMISSIVE
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
    .fix_safety = R"(Delete the copy that is out of date; or, if the folder holds several meshes, list them
under `meshes` in `.istio-mtls.yaml` or leave folders out with `exclude`. Editors that can
create files offer a first `.istio-mtls.yaml` where there is none, folders hold the copies,
nothing is built, and each folder as a mesh with all else leaves nothing defined twice.)",
    .kiali = "",
    .url = "",
};

void run(CheckContext& context) {
  const workspace::ResourceNode& node = context.subject();
  const auto first = location_of(name_of(&node));
  for (std::uint32_t i = 1; i < node.definitions.size(); ++i) {
    // Two builds may take it from one place.
    const auto again = location_of(name_of(&node, i));
    if (first && again && first->file == again->file && first->range == again->range) continue;
    StoredFinding& finding =
        context.report(kMtls0006, name_of(&node, i),
                       fmt::format("{} is defined again: the first definition is the one used "
                                   "here; if these files are deployed separately, name "
                                   "them under `meshes` in .istio-mtls.yaml",
                                   to_string(node.id)));
    finding.related.push_back(name_of(&node));
    finding.related_message = "the first definition";
  }
}

}  // namespace
}  // namespace checks::mtls0006

namespace checks {

const Check kMtls0006 = {
    .code = "MTLS0006",
    .name = "resource-defined-again",
    .title = "The resource is defined again in the same mesh",
    .severity = Severity::Information,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule,
                                   workspace::Kind::AuthorizationPolicy),
    .tells_copies = true,
    .docs = mtls0006::kDocs,
    .run = mtls0006::run,
    .plan_fixes = nullptr};

}  // namespace checks
