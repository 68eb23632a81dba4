#include <fmt/format.h>

#include <algorithm>

#include "checks/check_context.h"
#include "checks/check_list.h"

namespace checks {

namespace {

constexpr CheckDocs kDocs = {
    .reports = "A resource that an earlier file or document of the mesh defines already.",
    .why =
        "Only one of them can exist in a cluster: either one is forgotten, or the folder holds several "
        "meshes and wants a .istio-mtls.yaml.",
    .example = "",
    .healed = "",
    .fix_safety = "",
    .kiali = "",
    .url = "",
};

void run(CheckContext& context) {
  const workspace::ResourceNode& node = context.subject();
  for (std::uint32_t i = 1; i < node.definitions.size(); ++i) {
    StoredFinding& finding = context.report(kMtls0006, name_of(&node, i),
                                            fmt::format("{} is defined more than once in this mesh; the "
                                                        "first counts: does the folder hold several meshes?",
                                                        to_string(node.id)));
    finding.related.push_back(name_of(&node));
    finding.related_message = "the first definition";
  }
}

}  // namespace

const Check kMtls0006 = {
    .code = "MTLS0006",
    .name = "resource-defined-again",
    .title = "The resource is defined again in the same mesh",
    .severity = Severity::Information,
    .subjects = workspace::KindSet(workspace::Kind::PeerAuthentication, workspace::Kind::DestinationRule,
                                   workspace::Kind::AuthorizationPolicy),
    .docs = kDocs,
    .run = run,
    .plan_fixes = nullptr};

}  // namespace checks
