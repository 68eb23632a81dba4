// textDocument/documentSymbol and workspace/symbol.
#include "checks/queries/symbols.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lsp/features/feature.h"
#include "lsp/protocol/fields.h"
#include "lsp/sliced_work.h"

namespace lsp {
namespace {

using checks::Symbol;
using checks::SymbolKind;

constexpr std::size_t kMaxFound = 200;  // places must be read from the disk to be shown

struct WorkspaceSymbolParams {
  std::string query;
};

void from_json(const Json& json, WorkspaceSymbolParams& params) {
  params.query = protocol::required_string(json, "query");
}

// LSP's SymbolKind.
int kind_number(SymbolKind kind) {
  switch (kind) {
    case SymbolKind::Namespace:
      return 3;
    case SymbolKind::Workload:
      return 5;  // Class
    case SymbolKind::Mode:
      return 7;  // Property
    case SymbolKind::Port:
      return 8;  // Field
    case SymbolKind::Service:
      return 11;  // Interface
    case SymbolKind::Host:
      return 14;  // Constant
    case SymbolKind::Selector:
      return 20;  // Key
    case SymbolKind::Subset:
      return 23;  // Struct
    default:
      return 19;  // Object
  }
}

class DocumentSymbols {
 public:
  DocumentSymbols(const Session& session, const Session::Subject& subject)
      : unit_(session.converter().unit()), uri_(session.uri(subject.path)), text_(*subject.text) {}

  [[nodiscard]] Json tree(const std::vector<Symbol>& symbols) const {
    Json result = Json::array();
    for (const Symbol& symbol : symbols) {
      Json entry{{"name", symbol.name},
                 {"kind", kind_number(symbol.kind)},
                 {"range", to_range(text_, symbol.range, unit_)},
                 {"selectionRange", to_range(text_, symbol.selected, unit_)}};
      if (!symbol.detail.empty()) entry["detail"] = symbol.detail;
      if (!symbol.children.empty()) entry["children"] = tree(symbol.children);
      result.push_back(std::move(entry));
    }
    return result;
  }

  // For clients that know no tree.
  void list(const std::vector<Symbol>& symbols, const std::string& container, Json& into) const {
    for (const Symbol& symbol : symbols) {
      Json entry{{"name", symbol.detail.empty() ? symbol.name : symbol.name + ": " + symbol.detail},
                 {"kind", kind_number(symbol.kind)},
                 {"location", {{"uri", uri_}, {"range", to_range(text_, symbol.range, unit_)}}}};
      if (!container.empty()) entry["containerName"] = container;
      into.push_back(std::move(entry));
      list(symbol.children, symbol.name, into);
    }
  }

 private:
  workspace::ColumnUnit unit_;
  std::string uri_;
  const Text& text_;
};

std::vector<Symbol> outline_in_mesh(const Session::Subject& subject) {
  const auto meshes = subject.analysis->meshes_of_any_scope();
  const auto holds = [&](const checks::MeshView& view) { return view.mesh.file(subject.path) != nullptr; };
  const auto mesh = std::find_if(meshes.begin(), meshes.end(), holds);
  if (mesh == meshes.end()) return {};
  return checks::outline(mesh->mesh, subject.path, subject.text->bytes);
}

RpcResult document_symbols(const FeatureContext& context, const protocol::TextDocumentParams& params) {
  Session& session = context.session;
  std::vector<Symbol> symbols;
  auto subject = session.subject(params.textDocument.uri);
  if (subject) {
    symbols = outline_in_mesh(*subject);
  } else if (auto buffer = session.unread_manifest(params.textDocument.uri)) {
    // Editors ask when a document is opened, and not again when its folder has been read.
    symbols = checks::outline_alone(buffer->path, buffer->text->bytes, session.limits(buffer->path));
    subject = Session::Subject{std::move(buffer->path), std::move(buffer->text), nullptr};
  } else {
    return Json::array();
  }
  const DocumentSymbols shown(session, *subject);
  if (protocol::flag(session.client().all,
                     {"textDocument", "documentSymbol", "hierarchicalDocumentSymbolSupport"})) {
    return shown.tree(symbols);
  }
  Json result = Json::array();
  shown.list(symbols, {}, result);
  return result;
}

class WorkspaceSymbols : public SlicedWork {
 public:
  WorkspaceSymbols(Session& session, const std::string& query)
      : session_(session), search_(session.workspace_analysis(), query, kMaxFound) {}

  // The places of what was found have to be read from the disk.
  bool step() override {
    if (searching_) {
      searching_ = search_.step();
      if (!searching_) found_ = search_.found();
      return true;
    }
    if (shown_ == found_.size()) return false;
    show(found_[shown_++]);
    return true;
  }
  [[nodiscard]] std::size_t done() const override { return search_.done(); }
  [[nodiscard]] std::size_t total() const override { return search_.total(); }
  [[nodiscard]] std::string title() const override { return "Searching Kubernetes resources"; }
  [[nodiscard]] RpcResult take_answer() override { return std::move(result_); }

 private:
  void show(const checks::ResourcePlace& found) {
    result_.push_back({{"name", workspace::to_string(found.id)},
                       {"kind", kind_number(checks::symbol_kind(found.id.kind))},
                       {"location", session_.converter().location(found.file, found.range)}});
    if (!found.id.ns.empty()) result_.back()["containerName"] = found.id.ns;
  }

  Session& session_;
  checks::ResourceSearch search_;
  bool searching_ = true;
  std::vector<checks::ResourcePlace> found_;
  std::size_t shown_ = 0;
  Json result_ = Json::array();
};

Json always_true(const protocol::ClientCapabilities&) { return true; }

}  // namespace

void bind_document_symbols(Binder& binder, const FeatureContext& context) {
  binder.feature<protocol::TextDocumentParams>(
      "textDocument/documentSymbol", {"documentSymbolProvider", always_true},
      [&context](const protocol::TextDocumentParams& params) { return document_symbols(context, params); });
}

void bind_workspace_symbols(Binder& binder, const FeatureContext& context) {
  binder.feature<WorkspaceSymbolParams>("workspace/symbol", {"workspaceSymbolProvider", always_true},
                                        [&context](const WorkspaceSymbolParams& params) -> RpcResult {
                                          return std::make_shared<WorkspaceSymbols>(context.session,
                                                                                    params.query);
                                        });
}

}  // namespace lsp
