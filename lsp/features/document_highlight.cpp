// textDocument/documentHighlight: where else the file names the same namespace, Service, label or subset.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "checks/queries/mentions.h"
#include "lsp/features/feature.h"
#include "lsp/features/mention_scope.h"

namespace lsp {
namespace {

RpcResult highlights(const FeatureContext& context, const protocol::TextDocumentPositionParams& params) {
  constexpr int kRead = 2;
  constexpr int kWrite = 3;
  const auto buffer = context.session.buffer(params.textDocument.uri);
  if (!buffer || buffer->is_configuration) return Json(nullptr);
  const workspace::ColumnUnit unit = context.session.converter().unit();
  const auto mentions =
      checks::mentions_in(buffer->text->bytes, mention_scope(context.session, params.textDocument.uri));
  const auto* pointed = checks::mention_at(mentions, to_offset(*buffer->text, params.position, unit));
  if (pointed == nullptr) return Json(nullptr);
  std::vector<std::pair<workspace::ByteRange, int>> places;
  for (const checks::Mention& mention : mentions.list) {
    if (mention.thing == pointed->thing)
      places.emplace_back(mention.range, mention.declares ? kWrite : kRead);
  }
  // An anchor's text is met once for each alias.
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  Json result = Json::array();
  for (const auto& [range, kind] : places)
    result.push_back({{"range", to_range(*buffer->text, range, unit)}, {"kind", kind}});
  return result;
}

}  // namespace

void bind_document_highlight(Binder& binder, const FeatureContext& context) {
  binder.feature<protocol::TextDocumentPositionParams>(
      "textDocument/documentHighlight",
      {"documentHighlightProvider", [](const protocol::ClientCapabilities&) { return Json(true); }},
      [&context](const protocol::TextDocumentPositionParams& params) { return highlights(context, params); });
}

}  // namespace lsp
