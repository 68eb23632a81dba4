// textDocument/documentLink: the files that a kustomization names, and the pages of codes in comments.
#include <nlohmann/json.hpp>

#include "checks/queries/links.h"
#include "lsp/features/feature.h"
#include "workspace/base/uri.h"
#include "workspace/sources/kustomize.h"
#include "workspace/sources/workspace_builds.h"

namespace lsp {
namespace {

// Each costs a look at the disk.
constexpr std::size_t kMaxFiles = 500;

// The file to open: of a folder its kustomization. Empty: there is none.
std::string opened(const workspace::FileSystem& files, const std::string& path) {
  const workspace::FileType type = files.status(path).type;
  if (type == workspace::FileType::Regular) return path;
  if (type != workspace::FileType::Directory) return {};
  for (const std::string_view name : workspace::kKustomizationNames) {
    std::string inside = path + "/" + std::string(name);
    if (files.status(inside).type == workspace::FileType::Regular) return inside;
  }
  return {};
}

RpcResult document_links(const FeatureContext& context, const protocol::TextDocumentParams& params) {
  Session& session = context.session;
  const auto buffer = session.buffer(params.textDocument.uri);
  if (!buffer) return Json(nullptr);
  const workspace::ColumnUnit unit = session.converter().unit();
  const std::string& text = buffer->text->bytes;
  Json result = Json::array();
  const auto add = [&](workspace::ByteRange range, std::string target) {
    result.push_back({{"range", to_range(*buffer->text, range, unit)}, {"target", std::move(target)}});
  };
  if (workspace::has_kustomization_name(buffer->path)) {
    std::size_t looked_at = 0;
    for (const checks::NamedFile& file : checks::files_of_kustomization(text)) {
      if (++looked_at > kMaxFiles || file.path.find("://") != std::string::npos) continue;
      const std::string path =
          opened(session.files(), workspace::path_from(workspace::parent_path(buffer->path), file.path));
      if (!path.empty()) add(file.range, session.uri(path));
    }
  }
  for (const checks::NamedCode& code : checks::codes_in_comments(text)) add(code.range, code.page);
  return result;
}

}  // namespace

void bind_document_link(Binder& binder, const FeatureContext& context) {
  binder.feature<protocol::TextDocumentParams>(
      "textDocument/documentLink",
      {"documentLinkProvider",
       [](const protocol::ClientCapabilities&) {
         return Json{{"resolveProvider", false}};
       }},
      [&context](const protocol::TextDocumentParams& params) { return document_links(context, params); });
}

}  // namespace lsp
