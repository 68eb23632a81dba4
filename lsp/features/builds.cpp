// `istioMtls/builds`: the builds that a file is part of, for whoever lets one be chosen (setting `build`).
#include <nlohmann/json.hpp>

#include "lsp/features/feature.h"

namespace lsp {
namespace {

RpcResult builds(const FeatureContext& context, const protocol::TextDocumentParams& params) {
  const std::string path = context.session.path_of(params.textDocument.uri);
  Json list = Json::array();
  for (const Session::FileBuild& build : context.session.builds_of(path)) {
    list.push_back({{"name", build.name},
                    {"uri", context.session.uri(build.kustomization)},
                    {"conflicts", build.conflicts},
                    {"warnings", build.warnings},
                    {"partial", build.partial},
                    {"refused", build.refused},
                    {"chosen", build.chosen}});
  }
  return Json{{"builds", std::move(list)}};
}

}  // namespace

void bind_builds(Binder& binder, const FeatureContext& context) {
  binder.feature<protocol::TextDocumentParams>(
      "istioMtls/builds", {"experimental.istioMtls.builds", [](const auto&) { return Json(true); }},
      [&context](const protocol::TextDocumentParams& params) { return builds(context, params); });
}

}  // namespace lsp
