#include "checks/json/head_json.h"

namespace checks {

nlohmann::ordered_json head_json(const MeshHead& head) {
  nlohmann::ordered_json json = {{"name", head.name},
                                 {"rootNamespace", head.settings.root_namespace},
                                 {"enableAutoMtls", head.settings.enable_auto_mtls},
                                 {"clusterDomain", head.settings.cluster_domain}};
  if (!head.cluster.empty()) json["cluster"] = {{"name", head.cluster}, {"taken", head.taken}};
  return json;
}

}  // namespace checks
