#include "lsp/features/schema_completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "checks/queries/schema_help.h"
#include "checks/queries/templates.h"
#include "lsp/features/schema_text.h"
#include "workspace/base/uri.h"
#include "workspace/mesh/host_name.h"

namespace lsp {
namespace {

using workspace::CursorContext;

// InsertTextMode of LSP.
constexpr int kAsIs = 1;
constexpr int kAdjustIndentation = 2;

struct CompletionClient {
  explicit CompletionClient(const protocol::ClientCapabilities& client) {
    constexpr const char* kItem = "completionItem";
    snippets = protocol::flag(client.all, {"textDocument", "completion", kItem, "snippetSupport"});
    const auto lists = [&](const char* option, const Json& value) {
      const Json* all = protocol::descend(client.all, {"textDocument", "completion", kItem, option});
      return all != nullptr && all->is_array() && std::find(all->begin(), all->end(), value) != all->end();
    };
    markdown = lists("documentationFormat", "markdown");
    const Json* modes = protocol::descend(
        client.all, {"textDocument", "completion", kItem, "insertTextModeSupport", "valueSet"});
    const auto knows = [&](int mode) {
      return modes != nullptr && modes->is_array() &&
             std::find(modes->begin(), modes->end(), mode) != modes->end();
    };
    insert_mode = knows(kAsIs) ? kAsIs : knows(kAdjustIndentation) ? kAdjustIndentation : 0;
    // The completion of Neovim up to 0.10 and of Vim with ALE, which gives no name, writes a NUL for each
    // line's end.
    lines = snippets || (!client.clientName.empty() && client.clientName != "Neovim");
  }

  // Editors that expand snippets indent their lines as the first one is, unless they can be told not to.
  [[nodiscard]] bool adjusts(bool snippet) const {
    return insert_mode == kAdjustIndentation || (insert_mode == 0 && snippet);
  }

  bool snippets = false;
  bool markdown = false;
  int insert_mode = 0;  // 0: it cannot be told
  bool lines = false;   // takes a text of several lines
};

class Items {
 public:
  Items(const FeatureContext& context, const Session::Buffer& buffer, const CursorContext& cursor,
        Json& items)
      : converter_(context.session.converter()),
        buffer_(buffer),
        cursor_(cursor),
        client_(context.session.client()),
        markup_(client_.markdown, converter_),
        items_(items) {
    for (const Json& item : items) known_.insert(item["label"].get<std::string>());
  }

  [[nodiscard]] const CompletionClient& client() const { return client_; }

  void add(const checks::Offer& offer) {
    constexpr int kProperty = 10;
    constexpr int kEnumMember = 20;
    const bool is_key = offer.kind == checks::OfferKind::Key;
    const std::string& name = is_key ? offer.help.name : offer.help.value;
    if (!known_.insert(offer.label).second) return;
    Json item = made(offer.label, name, offer.snippet, is_key ? kProperty : kEnumMember);
    if (is_key) item["detail"] = offer.help.type + (offer.help.is_required ? ", required" : "");
    const std::string text = description_text(offer.help, markup_, client_.markdown);
    if (!text.empty()) item["documentation"] = documentation(text);
    items_.push_back(std::move(item));
  }

  void add(const checks::Template& each) {
    constexpr int kSnippet = 15;
    Json item = made(each.label, each.label, each.snippet, kSnippet);
    const std::string plain = checks::without_tab_stops(each.snippet);
    std::string text = sentence_text(each.documentation, markup_);
    text += client_.markdown ? "\n\n```yaml\n" + plain + "```" : "\n\n" + plain;
    item["documentation"] = documentation(text);
    items_.push_back(std::move(item));
  }

 private:
  [[nodiscard]] Json documentation(const std::string& text) const {
    if (!client_.markdown) return text;
    return Json{{"kind", "markdown"}, {"value", text}};
  }

  [[nodiscard]] Json made(const std::string& label, const std::string& filter, const std::string& snippet,
                          int kind) const {
    const bool has_stops = snippet.find('$') != std::string::npos;
    const bool is_snippet = client_.snippets && has_stops;
    const bool has_lines = snippet.find('\n') != std::string::npos;
    Json item{
        {"label", label},
        {"kind", kind},
        {"sortText", fmt::format("{:04}", items_.size())},
        {"filterText", filter},
        {"textEdit",
         {{"range", to_range(*buffer_.text, cursor_.word, converter_.unit())},
          {"newText", written(is_snippet ? snippet : checks::without_tab_stops(snippet), is_snippet)}}}};
    if (is_snippet) item["insertTextFormat"] = 2;
    if (has_lines && client_.insert_mode != 0) item["insertTextMode"] = client_.insert_mode;
    return item;
  }

  // Indented as it is to stand here.
  [[nodiscard]] std::string written(const std::string& text, bool is_snippet) const {
    const std::string& document = buffer_.text->bytes;
    const std::uint32_t at = cursor_.word.begin;
    // Right behind a colon or a dash a space is wanting.
    const bool bare = !cursor_.quoted && at > 0 && (document[at - 1] == ':' || document[at - 1] == '-');
    std::size_t indentation = cursor_.column + (bare ? 1 : 0);
    if (client_.adjusts(is_snippet)) {
      const std::size_t line = at - cursor_.column;
      const std::size_t first = std::min<std::size_t>(document.find_first_not_of(" \t", line), at);
      indentation -= std::min(indentation, first - line);
    }
    // Editors put a document's own line ends into what they expand.
    const bool has_crlf = !is_snippet && document.find("\r\n") != std::string::npos;
    std::string made = bare ? " " : "";
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\n') {
        made += text[i];
        continue;
      }
      made += has_crlf ? "\r\n" : "\n";
      if (i + 1 < text.size()) made.append(indentation, ' ');
    }
    return made;
  }

  const Converter& converter_;
  const Session::Buffer& buffer_;
  const CursorContext& cursor_;
  const CompletionClient client_;
  const Markup markup_;
  Json& items_;
  std::set<std::string> known_;
};

// False: there is no room for more.
bool add_namespace(const workspace::NamespaceNode& ns, checks::TemplateNames& names) {
  if (names.namespaces.size() < checks::kMaxChoices) names.namespaces.push_back(ns.name);
  for (const auto& [host, service] : ns.services) {
    if (names.hosts.size() == checks::kMaxChoices) break;
    names.hosts.push_back(workspace::service_host(service->id.name, service->id.ns, names.cluster_domain));
  }
  return names.namespaces.size() < checks::kMaxChoices || names.hosts.size() < checks::kMaxChoices;
}

// The namespace of what else the file holds, or the one that a folder around it is named for; null: neither
// tells.
const workspace::NamespaceNode* likely_namespace(const workspace::Mesh& mesh, const std::string& path) {
  if (const workspace::FileEntry* file = mesh.file(path)) {
    for (const auto& document : file->documents) {
      for (const workspace::ResourceNode* node : document->resources) {
        const auto* ns = node->id.ns.empty() ? nullptr : mesh.graph().find_namespace(node->id.ns);
        if (ns != nullptr) return ns;
      }
    }
  }
  for (std::string folder = workspace::parent_path(path); folder != "/" && !folder.empty();
       folder = workspace::parent_path(folder)) {
    if (const auto* ns = mesh.graph().find_namespace(workspace::base_name(folder))) return ns;
  }
  return nullptr;
}

void add_namespaces(const workspace::Mesh& mesh, const std::string& path, checks::TemplateNames& names) {
  const workspace::NamespaceNode* likely = likely_namespace(mesh, path);
  const auto counts = [&](const workspace::NamespaceNode& ns) {
    return ns.name != workspace::kUndocumented && ns.name != names.root_namespace;
  };
  if (likely != nullptr && counts(*likely) && !add_namespace(*likely, names)) return;
  std::size_t looked_at = 0;
  for (const auto& [name, ns] : mesh.graph().namespaces()) {
    if (++looked_at > checks::kMaxLookedAt) return;
    if (ns.get() != likely && counts(*ns) && !add_namespace(*ns, names)) return;
  }
}

// What is known of the first mesh that the file belongs to, or of the only one.
checks::TemplateNames names_around(const FeatureContext& context, const std::string& uri,
                                   const std::string& path) {
  checks::TemplateNames names;
  const auto subject = context.session.subject(uri);
  std::vector<checks::MeshView> meshes;
  if (subject) meshes = context.session.meshes_of(*subject);
  if (meshes.empty()) {
    meshes = context.session.workspace_analysis().meshes();
    if (meshes.size() != 1) return names;
  }
  const workspace::Mesh& mesh = meshes.front().mesh;
  const workspace::PolicyGraph& graph = mesh.graph();
  names.root_namespace = graph.settings().root_namespace;
  names.cluster_domain = graph.settings().cluster_domain;
  add_namespaces(mesh, path, names);
  return names;
}

}  // namespace

void add_schema_items(const FeatureContext& context, const std::string& uri, const Session::Buffer& buffer,
                      const CursorContext& cursor, Json& items) {
  if (!context.session.gives_schema_help(buffer) || cursor.in_text) return;
  const auto schema = buffer.is_configuration ? checks::SchemaOf::Settings : checks::SchemaOf::Manifest;
  Items made(context, buffer, cursor, items);
  const std::string& text = buffer.text->bytes;
  const bool has_colon = cursor.word.end < text.size() && text[cursor.word.end] == ':';
  const checks::OfferStyle style{buffer.is_json, has_colon, !made.client().lines};
  for (const checks::Offer& offer : checks::schema_offers(schema, cursor, style)) made.add(offer);
  if (buffer.is_json || has_colon || !made.client().lines || !checks::is_empty_document(cursor)) return;
  for (const checks::Template& each : checks::templates(schema, names_around(context, uri, buffer.path)))
    made.add(each);
}

}  // namespace lsp
