// `istioMtls/clusters`: the clusters that files are laid over, and how old what is known of them is; also
// sent unasked, as a notification, when it changes. `istioMtls/refreshClusters` has all of them read anew.
// `istioMtls/clusterDocument`: the text of a resource of a cluster, by its URI (docs/design/cluster.md,
// section 4).
#include "lsp/features/clusters.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lsp/features/feature.h"
#include "workspace/base/uri.h"
#include "workspace/cluster/cluster_document.h"

namespace lsp {
namespace {

struct DocumentParams {
  std::string uri;
};

void from_json(const Json& json, DocumentParams& params) {
  params.uri = protocol::required_string(json, "uri");
}

RpcResult cluster_document(const FeatureContext& context, const DocumentParams& params) {
  const auto name = workspace::context_of_cluster_document(params.uri);
  if (!name)
    return RpcError{ErrorCode::InvalidParams,
                    "uri: expected istio-mtls-cluster:/CLUSTER/…, found " + params.uri};
  const auto cluster = context.session.clusters().find(*name);
  if (cluster == nullptr)
    return RpcError{ErrorCode::RequestFailed, fmt::format("cluster {} is not read here", *name)};
  const workspace::SnapshotObject* object = workspace::find_object(*cluster, params.uri);
  if (object == nullptr)
    return RpcError{ErrorCode::RequestFailed, fmt::format("cluster {} has no {}", *name, params.uri)};
  return Json{{"text", workspace::ClusterDocument(*cluster, *object).text()}};
}

Json always_true(const protocol::ClientCapabilities&) { return true; }

}  // namespace

Json clusters_json(const Session& session) {
  Json list = Json::array();
  for (const ClusterSources::Status& status : session.clusters().states()) {
    Json& json =
        list.emplace_back(Json{{"name", status.name},
                               {"reading", status.reading},
                               {"cancelled", status.cancelled},
                               {"taken", status.taken.empty() ? Json(nullptr) : Json(status.taken)},
                               {"objects", status.objects},
                               {"notRead", status.not_read},
                               {"error", status.error.empty() ? Json(nullptr) : Json(status.error)}});
    if (status.snapshot.empty()) {
      json["context"] = status.context;
    } else {
      json["snapshot"] = workspace::file_uri(status.snapshot);
    }
  }
  return {{"clusters", std::move(list)}};
}

void bind_clusters(Binder& binder, const FeatureContext& context) {
  binder.feature<protocol::NoParams>(
      "istioMtls/clusters", {"experimental.istioMtls.clusters", always_true},
      [&context](const protocol::NoParams&) -> RpcResult { return clusters_json(context.session); });
  binder.request<protocol::NoParams>("istioMtls/refreshClusters",
                                     [&context](const protocol::NoParams&) -> RpcResult {
                                       context.session.clusters().refresh();
                                       return Json(nullptr);
                                     });
  binder.request<DocumentParams>("istioMtls/clusterDocument", [&context](const DocumentParams& params) {
    return cluster_document(context, params);
  });
}

}  // namespace lsp
