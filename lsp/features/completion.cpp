// textDocument/completion: modes, namespaces, hosts, labels and ports, in half-typed text too; then what is
// the same in every mesh (schema_completion).
//
// A file of several meshes gets what each of them knows; what a mode would mean is told of the first.
#include "checks/queries/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "lsp/features/feature.h"
#include "lsp/features/schema_completion.h"

namespace lsp {
namespace {

// CompletionItemKind of LSP.
int item_kind(checks::CandidateKind kind) {
  constexpr int kField = 5;
  constexpr int kModule = 9;
  constexpr int kValue = 12;
  constexpr int kEnumMember = 20;
  constexpr int kReference = 18;
  switch (kind) {
    case checks::CandidateKind::Mode:
      return kEnumMember;
    case checks::CandidateKind::Namespace:
      return kModule;
    case checks::CandidateKind::Host:
      return kReference;
    case checks::CandidateKind::LabelKey:
    case checks::CandidateKind::Port:
      return kField;
    case checks::CandidateKind::LabelValue:
    case checks::CandidateKind::ExportScope:
      break;
  }
  return kValue;
}

// As it is to be written here.
std::string written(const checks::Candidate& candidate, const workspace::CursorContext& cursor,
                    const std::string& text) {
  std::string made = candidate.text;
  if (candidate.needs_quotes && !cursor.quoted) made = '"' + made + '"';
  // Right behind `mode:` or a dash a space is wanting.
  const std::uint32_t at = cursor.word.begin;
  const bool bare = !cursor.quoted && at > 0 && (text[at - 1] == ':' || text[at - 1] == '-');
  return bare ? ' ' + made : made;
}

Json to_json(const checks::Candidate& candidate, std::size_t number, const workspace::CursorContext& cursor,
             const Session::Subject& subject, workspace::ColumnUnit unit) {
  Json item{{"label", candidate.text},
            {"kind", item_kind(candidate.kind)},
            {"sortText", fmt::format("{:04}", number)},
            {"filterText", candidate.text},
            {"textEdit",
             {{"range", to_range(*subject.text, cursor.word, unit)},
              {"newText", written(candidate, cursor, subject.text->bytes)}}}};
  if (!candidate.detail.empty()) item["detail"] = candidate.detail;
  if (!candidate.documentation.empty()) item["documentation"] = candidate.documentation;
  return item;
}

// What the meshes know; false: there is more.
bool add_mesh_items(const FeatureContext& context, const Session::Subject& subject, std::uint32_t offset,
                    const workspace::CursorContext& cursor, Json& items) {
  bool complete = true;
  const auto meshes = context.session.meshes_of(subject);
  std::set<std::string> known;
  for (std::size_t i = 0; i < std::min(meshes.size(), kMaxMeshes) && !cursor.path.empty(); ++i) {
    const checks::Candidates found = checks::complete(meshes[i].mesh, subject.path, offset, cursor);
    complete = complete && found.complete;
    for (const checks::Candidate& candidate : found.list) {
      if (known.insert(candidate.text).second)
        items.push_back(
            to_json(candidate, items.size(), cursor, subject, context.session.converter().unit()));
    }
  }
  return complete;
}

RpcResult completion(const FeatureContext& context, const protocol::TextDocumentPositionParams& params) {
  Json items = Json::array();
  bool complete = true;
  const std::string& uri = params.textDocument.uri;
  const workspace::ColumnUnit unit = context.session.converter().unit();
  const auto subject = context.session.subject(uri);
  const auto buffer = context.session.buffer(uri);
  std::optional<workspace::CursorContext> cursor;
  if (subject) {
    const std::uint32_t offset = to_offset(*subject->text, params.position, unit);
    cursor = workspace::cursor_context(subject->text->bytes, offset);
    complete = add_mesh_items(context, *subject, offset, *cursor, items);
  }
  if (buffer) {
    if (!subject || subject->text != buffer->text) {
      const std::uint32_t offset = to_offset(*buffer->text, params.position, unit);
      cursor = workspace::cursor_context(buffer->text->bytes, offset);
    }
    add_schema_items(context, uri, *buffer, *cursor, items);
  }
  return Json{{"isIncomplete", !complete}, {"items", std::move(items)}};
}

}  // namespace

void bind_completion(Binder& binder, const FeatureContext& context) {
  binder.feature<protocol::TextDocumentPositionParams>(
      "textDocument/completion",
      {"completionProvider",
       [](const protocol::ClientCapabilities&) {
         return Json{{"triggerCharacters", {":", " ", "-"}}};
       }},
      [&context](const protocol::TextDocumentPositionParams& params) { return completion(context, params); });
}

}  // namespace lsp
