// `istioMtls/graph` and `istioMtls/effective`: what `graph --format json` and `effective --format json`
// print, for the editor's picture of the mesh. Places carry, on top, what an editor needs to go there: `uri`,
// and `lspRange` in the encoding agreed on.
#include <nlohmann/json.hpp>

#include "checks/json/effective_json.h"
#include "checks/json/graph_json.h"
#include "lsp/features/feature.h"
#include "lsp/sliced_work.h"
#include "workspace/base/uri.h"
#include "workspace/cluster/snapshot.h"
#include "workspace/text/utf8.h"

namespace lsp {
namespace {

struct MeshParams {
  std::string uri;  // of a document outside every folder, whose own mesh is asked for; empty: the folders'
};

void from_json(const Json& json, MeshParams& params) {
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
  if (workspace::is_cluster_path(place.file)) {
    nlohmann::ordered_json json = {{"cluster", workspace::cluster_name(place.file)}, {"path", place.path}};
    const Json location = session.converter().location(place.file, place.range);
    if (location.is_null()) return json;
    json["uri"] = location["uri"];
    json["lspRange"] = location["range"];
    return json;
  }
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

nlohmann::ordered_json start_json(Session& session, const checks::Location& place) {
  if (workspace::is_cluster_path(place.file)) return place_json(session, place);
  nlohmann::ordered_json json = place_json(session, place);
  const nlohmann::ordered_json range = json["range"];
  json.erase("range");
  json.erase("path");
  json["line"] = range.is_null() ? range : range["start"]["line"];
  json["column"] = range.is_null() ? range : range["start"]["column"];
  return json;
}

class GraphWork : public SlicedWork {
 public:
  GraphWork(Session& session, const checks::Analysis& analysis)
      : writer_([&session](const checks::Location& at) { return place_json(session, at); }),
        walk_(analysis, writer_) {}

  bool step() override { return walk_.step(); }
  [[nodiscard]] std::size_t done() const override { return walk_.done(); }
  [[nodiscard]] std::size_t total() const override { return walk_.total(); }
  [[nodiscard]] std::string title() const override { return "Drawing the Istio mTLS graph"; }
  [[nodiscard]] RpcResult take_answer() override { return JsonText{writer_.finish()}; }

 private:
  checks::GraphJsonWriter writer_;
  checks::MeshGraphWalk walk_;
};

class EffectiveWork : public SlicedWork {
 public:
  EffectiveWork(Session& session, const checks::Analysis& analysis)
      : writer_([&session](const checks::Location& at) { return start_json(session, at); }),
        meshes_(analysis.meshes()) {
    for (const checks::MeshView& view : meshes_) total_ += view.mesh.files().size();
  }

  bool step() override {
    if (!services_) {
      if (next_mesh_ == meshes_.size()) return false;
      const checks::MeshView& view = meshes_[next_mesh_++];
      writer_.begin_mesh(checks::head_of(view));
      services_.emplace(view.mesh);
      return true;
    }
    ++done_;
    if (const auto service = services_->next()) {
      writer_.add(*service);
    } else {
      writer_.end_mesh();
      services_.reset();
    }
    return true;
  }
  [[nodiscard]] std::size_t done() const override { return done_; }
  [[nodiscard]] std::size_t total() const override { return total_; }
  [[nodiscard]] std::string title() const override { return "Working out effective mTLS modes"; }
  [[nodiscard]] RpcResult take_answer() override { return JsonText{writer_.finish()}; }

 private:
  checks::EffectiveJsonWriter writer_;
  std::vector<checks::MeshView> meshes_;
  std::size_t next_mesh_ = 0;
  std::optional<checks::EffectiveServices> services_;
  std::size_t done_ = 0;
  std::size_t total_ = 0;
};

template <class Work>
RpcResult begin_work(const FeatureContext& context, const MeshParams& params) {
  Session& session = context.session;
  const checks::Analysis* analysis = &session.workspace_analysis();
  if (!params.uri.empty()) {
    const auto subject = session.subject(params.uri);
    if (subject) analysis = subject->analysis;
  }
  if (session.indexing()) {
    return RpcError{ErrorCode::ServerCancelled, "the workspace is still being read"};
  }
  return std::make_shared<Work>(session, *analysis);
}

}  // namespace

void bind_graph(Binder& binder, const FeatureContext& context) {
  const auto yes = [](const auto&) { return Json(true); };
  binder.feature<MeshParams>(
      "istioMtls/graph", {"experimental.istioMtls.graph", yes},
      [&context](const MeshParams& params) { return begin_work<GraphWork>(context, params); });
  binder.feature<MeshParams>(
      "istioMtls/effective", {"experimental.istioMtls.effective", yes},
      [&context](const MeshParams& params) { return begin_work<EffectiveWork>(context, params); });
}

}  // namespace lsp
