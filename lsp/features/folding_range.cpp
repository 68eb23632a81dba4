// textDocument/foldingRange: of manifests and configuration files only, since editors fold by indentation
// where nobody answers.
#include <nlohmann/json.hpp>

#include "lsp/features/feature.h"
#include "workspace/yaml/text_structure.h"

namespace lsp {
namespace {

bool has_resource(std::string_view text) {
  constexpr std::string_view kKey = "apiVersion:";
  for (std::size_t at = text.find(kKey); at != std::string_view::npos; at = text.find(kKey, at + 1)) {
    if (at == 0 || text[at - 1] == '\n' || text[at - 1] == ' ') return true;
  }
  return false;
}

RpcResult folding_ranges(const FeatureContext& context, const protocol::TextDocumentParams& params) {
  const auto buffer = context.session.buffer(params.textDocument.uri);
  if (!buffer || buffer->is_json || (!buffer->is_configuration && !has_resource(buffer->text->bytes)))
    return Json(nullptr);
  const Json* limit =
      protocol::descend(context.session.client().all, {"textDocument", "foldingRange", "rangeLimit"});
  const std::size_t most =
      limit != nullptr && limit->is_number_unsigned() ? limit->get<std::size_t>() : SIZE_MAX;
  Json result = Json::array();
  for (const workspace::Fold& fold : workspace::folds(buffer->text->bytes)) {
    if (result.size() >= most) break;
    const auto range = to_range(*buffer->text, fold.range, context.session.converter().unit());
    Json folded{{"startLine", range.start.line}, {"endLine", range.end.line}};
    if (fold.is_comment) folded["kind"] = "comment";
    result.push_back(std::move(folded));
  }
  return result;
}

}  // namespace

void bind_folding_range(Binder& binder, const FeatureContext& context) {
  binder.feature<protocol::TextDocumentParams>(
      "textDocument/foldingRange",
      {"foldingRangeProvider", [](const protocol::ClientCapabilities&) { return Json(true); }},
      [&context](const protocol::TextDocumentParams& params) { return folding_ranges(context, params); });
}

}  // namespace lsp
