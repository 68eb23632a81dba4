// textDocument/definition and textDocument/references.
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "checks/queries/references.h"
#include "lsp/features/feature.h"

namespace lsp {
namespace {

using protocol::TextDocumentPositionParams;

struct ReferenceParams {
  TextDocumentPositionParams at;
  bool includeDeclaration = false;
};

void from_json(const Json& json, ReferenceParams& params) {
  from_json(json, params.at);
  params.includeDeclaration = protocol::flag(json, {"context", "includeDeclaration"});
}

using Find = std::function<std::vector<checks::FieldRef>(const workspace::Mesh&, const checks::Element&)>;

struct Found {
  workspace::ByteRange origin;
  std::vector<checks::Location> places;  // by file and place, each once
};

// What `find` finds from a position, in all meshes that hold the file.
Found find_from(Session& session, const TextDocumentPositionParams& params, const Find& find) {
  Found found;
  const auto subject = session.subject(params.textDocument.uri);
  if (!subject) return found;
  const std::uint32_t offset = to_offset(*subject->text, params.position, session.converter().unit());
  std::set<std::tuple<std::string, workspace::ByteRange>> places;
  for (const checks::MeshView& view : session.meshes_of(*subject)) {
    const auto element = checks::locate(view.mesh, subject->path, subject->text->bytes, offset);
    if (!element) continue;
    found.origin = element->range;
    for (const checks::FieldRef& site : find(view.mesh, *element)) {
      if (const auto place = checks::location_of(site)) places.emplace(place->file, place->range);
    }
  }
  for (const auto& [file, range] : places) {
    found.places.emplace_back();
    found.places.back().file = file;
    found.places.back().range = range;
  }
  return found;
}

Json locations(const Session& session, const Found& found) {
  Json result = Json::array();
  for (const auto& place : found.places) {
    Json location = session.converter().location(place.file, place.range);
    if (!location.is_null()) result.push_back(std::move(location));
  }
  return result;
}

Json links(Session& session, const TextDocumentPositionParams& params, const Found& found) {
  const auto subject = session.subject(params.textDocument.uri);
  Json result = Json::array();
  for (const auto& place : found.places) {
    const Json target = session.converter().location(place.file, place.range);
    if (target.is_null()) continue;
    result.push_back(
        {{"originSelectionRange", to_range(*subject->text, found.origin, session.converter().unit())},
         {"targetUri", target["uri"]},
         {"targetRange", target["range"]},
         {"targetSelectionRange", target["range"]}});
  }
  return result;
}

RpcResult definition(const FeatureContext& context, const TextDocumentPositionParams& params) {
  Session& session = context.session;
  const Found found = find_from(session, params, checks::definitions);
  const bool linked = protocol::flag(session.client().all, {"textDocument", "definition", "linkSupport"});
  return linked && !found.places.empty() ? links(session, params, found) : locations(session, found);
}

RpcResult references(const FeatureContext& context, const ReferenceParams& params) {
  const auto find = [&](const workspace::Mesh& mesh, const checks::Element& element) {
    auto sites = checks::references(mesh, element);
    if (!params.includeDeclaration) return sites;
    const auto declared = checks::declarations(mesh, element);
    sites.insert(sites.end(), declared.begin(), declared.end());
    return sites;
  };
  return locations(context.session, find_from(context.session, params.at, find));
}

Json always_true(const protocol::ClientCapabilities&) { return true; }

}  // namespace

void bind_navigation(Binder& binder, const FeatureContext& context) {
  binder.feature<TextDocumentPositionParams>(
      "textDocument/definition", {"definitionProvider", always_true},
      [&context](const TextDocumentPositionParams& params) { return definition(context, params); });
  binder.feature<ReferenceParams>(
      "textDocument/references", {"referencesProvider", always_true},
      [&context](const ReferenceParams& params) { return references(context, params); });
}

}  // namespace lsp
