// `istioMtls/graph`: what `graph --format json` prints, for the editor's picture of the mesh. Places carry,
// on top, what an editor needs to go there: `uri`, and `lspRange` in the encoding agreed on.
#include <nlohmann/json.hpp>

#include "checks/json/graph_json.h"
#include "lsp/features/feature.h"
#include "workspace/base/uri.h"
#include "workspace/text/utf8.h"

namespace lsp {
namespace {

struct MeshGraphParams {
  std::string uri;  // of a document outside every folder, whose own mesh is asked for; empty: the folders'
};

void from_json(const Json& json, MeshGraphParams& params) {
  const Json* document = protocol::optional_field(json, "textDocument");
  if (document != nullptr) params.uri = protocol::required_string(*document, "uri");
}

// Counted from 1, columns in code points, as the command line counts.
nlohmann::ordered_json printed(const Text& text, workspace::ByteRange range) {
  const auto position = [&text](protocol::Position at) -> nlohmann::ordered_json {
    const bool after_bom =
        at.line == 0 && at.character > 0 && text.bytes.starts_with(workspace::utf8::kByteOrderMark);
    return {{"line", at.line + 1}, {"column", at.character + (after_bom ? 0 : 1)}};
  };
  const protocol::Range in_text = to_range(text, range, workspace::ColumnUnit::CodePoint);
  return {{"start", position(in_text.start)}, {"end", position(in_text.end)}};
}

std::string shown_path(const Session& session, const std::string& path) {
  for (const Folder& folder : session.folders().all()) {
    if (workspace::is_below(path, folder.path) && path.size() > folder.path.size())
      return path.substr(folder.path == "/" ? 1 : folder.path.size() + 1);
  }
  return path;
}

nlohmann::ordered_json place_json(Session& session, const checks::Location& place) {
  nlohmann::ordered_json json = {{"file", shown_path(session, place.file)},
                                 {"range", nullptr},
                                 {"path", place.path},
                                 {"uri", session.uri(place.file)}};
  if (const SharedText text = session.text(place.file)) {
    json["range"] = printed(*text, place.range);
    json["lspRange"] = Json(to_range(*text, place.range, session.converter().unit()));
  }
  return json;
}

RpcResult graph(const FeatureContext& context, const MeshGraphParams& params) {
  Session& session = context.session;
  checks::Analysis* analysis = &session.workspace_analysis();
  if (!params.uri.empty()) {
    const auto subject = session.subject(params.uri);
    if (subject) analysis = subject->analysis;
  }
  if (session.indexing()) {
    return RpcError{ErrorCode::ServerCancelled, "the workspace is still being read"};
  }
  const auto place = [&session](const checks::Location& at) { return place_json(session, at); };
  return Json(graph_json(checks::mesh_graphs(*analysis), place));
}

}  // namespace

void bind_graph(Binder& binder, const FeatureContext& context) {
  binder.feature<MeshGraphParams>(
      "istioMtls/graph", {"experimental.istioMtls.graph", [](const auto&) { return Json(true); }},
      [&context](const MeshGraphParams& params) { return graph(context, params); });
}

}  // namespace lsp
