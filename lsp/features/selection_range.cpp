// textDocument/selectionRange: a value, its entry, the mapping around that and so on, up to the document.
#include <nlohmann/json.hpp>

#include "lsp/features/feature.h"
#include "workspace/yaml/text_structure.h"

namespace lsp {
namespace {

struct SelectionRangeParams {
  protocol::TextDocumentIdentifier textDocument;
  std::vector<protocol::Position> positions;
};

void from_json(const Json& json, SelectionRangeParams& params) {
  from_json(protocol::required(json, "textDocument"), params.textDocument);
  for (const Json& position : protocol::required_array(json, "positions"))
    from_json(position, params.positions.emplace_back());
}

// The innermost range, within its parents.
Json nested(const Text& text, const std::vector<workspace::ByteRange>& ranges, std::uint32_t offset,
            workspace::ColumnUnit unit) {
  Json made;
  for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
    Json inner{{"range", to_range(text, *range, unit)}};
    if (!made.is_null()) inner["parent"] = std::move(made);
    made = std::move(inner);
  }
  if (made.is_null()) made = Json{{"range", to_range(text, {offset, offset}, unit)}};
  return made;
}

RpcResult selection_ranges(const FeatureContext& context, const SelectionRangeParams& params) {
  const auto buffer = context.session.buffer(params.textDocument.uri);
  if (!buffer) return Json(nullptr);
  const workspace::ColumnUnit unit = context.session.converter().unit();
  Json result = Json::array();
  for (const protocol::Position position : params.positions) {
    const std::uint32_t offset = to_offset(*buffer->text, position, unit);
    result.push_back(
        nested(*buffer->text, workspace::enclosing_ranges(buffer->text->bytes, offset), offset, unit));
  }
  return result;
}

}  // namespace

void bind_selection_range(Binder& binder, const FeatureContext& context) {
  binder.feature<SelectionRangeParams>(
      "textDocument/selectionRange",
      {"selectionRangeProvider", [](const protocol::ClientCapabilities&) { return Json(true); }},
      [&context](const SelectionRangeParams& params) { return selection_ranges(context, params); });
}

}  // namespace lsp
