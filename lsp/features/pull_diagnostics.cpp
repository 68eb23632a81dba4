// textDocument/diagnostic and workspace/diagnostic.
//
// What is asked for while a folder is still being read is answered when it has been: "no problems" would be
// false, and clients that are told to ask again do so at once. A report that the client still has costs a
// look into a table; VS Code asks for the whole workspace every two seconds.
#include <algorithm>
#include <map>
#include <set>

#include "lsp/features/feature.h"
#include "lsp/protocol/diagnostic.h"

namespace lsp {
namespace {

using protocol::DocumentDiagnosticParams;
using protocol::WorkspaceDiagnosticParams;

constexpr std::size_t kMaxRelatedDocuments = 50;
constexpr std::size_t kItemsInPart = 100;

Json unchanged(const std::string& id) { return {{"kind", "unchanged"}, {"resultId", id}}; }

Json full(Session::Report report) {
  return {{"kind", "full"}, {"resultId", std::move(report.id)}, {"items", std::move(report.items)}};
}

// ---- one document

// The other files that the document's diagnostics point into: they change together.
std::set<std::string> related_uris(const Json& diagnostics, const std::string& own) {
  std::set<std::string> uris;
  for (const Json& diagnostic : diagnostics) {
    const auto related = diagnostic.find("relatedInformation");
    if (related == diagnostic.end()) continue;
    for (const Json& entry : *related) {
      std::string uri = entry["location"]["uri"].get<std::string>();
      if (uri != own && uris.size() < kMaxRelatedDocuments) uris.insert(std::move(uri));
    }
  }
  return uris;
}

Json related_documents(Session& session, const Json& diagnostics, const std::string& own) {
  Json documents = Json::object();
  for (const std::string& uri : related_uris(diagnostics, own)) {
    documents[uri] = full(session.report(session.path_of(uri)));
  }
  return documents;
}

RpcResult document_diagnostic(const FeatureContext& context, const DocumentDiagnosticParams& params) {
  Session& session = context.session;
  const std::string path = session.path_of(params.uri);
  if (!session.complete(path)) return Deferred{};
  Session::Report report = session.report(path);
  Json related = Json::object();
  if (session.client().relatedDocuments)
    related = related_documents(session, report.items, session.uri(path));
  Json answer = params.previousResultId == report.id ? unchanged(report.id) : full(std::move(report));
  if (!related.empty()) answer["relatedDocuments"] = std::move(related);
  return answer;
}

// ---- all of them

class WorkspaceReport {
 public:
  WorkspaceReport(const FeatureContext& context, const WorkspaceDiagnosticParams& params)
      : context_(context), session_(context.session), token_(params.partialResultToken) {
    for (const protocol::PreviousResultId& known : params.previousResultIds) {
      known_.insert_or_assign(session_.path_of(known.uri), known);
    }
  }

  // False: the request was cancelled.
  bool write() {
    const std::map<std::string, std::string> ids = session_.reports().ids();  // reporting may change them
    for (const auto& [path, id] : ids) {
      if (context_.cancelled()) return false;
      add_document(path, id);
    }
    for (const auto& [path, known] : known_) {
      if (!ids.contains(path)) add_healed(path, known);
    }
    return true;
  }

  // What is left for the answer: nothing if the parts are wanted one by one (LSP 3.17, partial results).
  Json take_rest() {
    if (!token_.is_null() && !items_.empty()) send_part();
    return {{"items", std::move(items_)}};
  }

 private:
  void add_document(const std::string& path, const std::string& id) {
    const auto known = known_.find(path);
    if (known != known_.end() && known->second.value == id) {
      add(path, known->second.uri, unchanged(id));
    } else {
      add(path, session_.uri(path), full(session_.report(path)));
    }
  }

  // Without an id, so that the client need not remember a document of which there is nothing to say.
  void add_healed(const std::string& path, const protocol::PreviousResultId& known) {
    if (known.value == Reports::id_of(Json::array())) return add(path, known.uri, unchanged(known.value));
    add(path, known.uri, {{"kind", "full"}, {"items", Json::array()}});
  }

  void add(const std::string& path, const std::string& uri, Json report) {
    const auto version = session_.version(path);
    report["uri"] = uri;
    report["version"] = version ? Json(*version) : Json(nullptr);
    items_.push_back(std::move(report));
    if (!token_.is_null() && items_.size() >= kItemsInPart) send_part();
  }

  void send_part() { context_.report_progress(token_, {{"items", std::exchange(items_, Json::array())}}); }

  const FeatureContext& context_;
  Session& session_;
  const Json& token_;
  std::map<std::string, protocol::PreviousResultId> known_;
  Json items_ = Json::array();
};

RpcResult workspace_diagnostic(const FeatureContext& context, const WorkspaceDiagnosticParams& params) {
  context.session.workspace_is_pulled();
  if (!context.session.caught_up()) return Deferred{};
  WorkspaceReport report(context, params);
  if (!report.write()) return RpcError{ErrorCode::RequestCancelled, "cancelled"};
  return report.take_rest();
}

Json options(const protocol::ClientCapabilities& client) {
  if (!client.pullDiagnostics) return nullptr;
  return {{"identifier", "istio-mtls"}, {"interFileDependencies", true}, {"workspaceDiagnostics", true}};
}

}  // namespace

void bind_pull_diagnostics(Binder& binder, const FeatureContext& context) {
  binder.feature<DocumentDiagnosticParams>(
      "textDocument/diagnostic", {"diagnosticProvider", options},
      [&context](const DocumentDiagnosticParams& params) { return document_diagnostic(context, params); });
  binder.request<WorkspaceDiagnosticParams>(
      "workspace/diagnostic",
      [&context](const WorkspaceDiagnosticParams& params) { return workspace_diagnostic(context, params); });
}

}  // namespace lsp
