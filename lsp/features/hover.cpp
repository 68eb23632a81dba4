#include "lsp/features/hover.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "checks/engine/cluster_place.h"
#include "lsp/features/feature.h"
#include "lsp/features/schema_text.h"
#include "workspace/cluster/snapshot.h"

namespace lsp {
namespace {

bool wants_markdown(const protocol::ClientCapabilities& client) {
  const Json* formats = protocol::descend(client.all, {"textDocument", "hover", "contentFormat"});
  return formats != nullptr && formats->is_array() &&
         std::find(formats->begin(), formats->end(), "markdown") != formats->end();
}

// Between marks that are longer than any in the text.
std::string code_block(const std::string& text) {
  std::string mark = "```";
  while (text.find(mark) != std::string::npos) mark += '`';
  return fmt::format("{}yaml\n{}{}", mark, text, mark);
}

// The clusters that files are laid over and when they were seen; and what was named of them, for a client
// that cannot open it.
std::string cluster_text(const Session& session, const std::vector<checks::MeshView>& meshes,
                         const Markup& markup, bool markdown) {
  constexpr std::size_t kMostShown = 2;
  std::string text;
  std::set<std::string> named;
  for (std::size_t i = 0; i < std::min(meshes.size(), kMaxMeshes); ++i) {
    if (meshes[i].cluster == nullptr || !named.insert(meshes[i].cluster->header.context).second) continue;
    text +=
        fmt::format("\n\nLaid over cluster {}, as of {}.", markup.strong(meshes[i].cluster->header.context),
                    session.clusters().taken(meshes[i].cluster->header.context));
  }
  std::set<std::string> shown;
  for (const checks::Location& place : markup.unopenable()) {
    const auto document = session.in_cluster(place.file, place.range);
    if (!document || shown.size() == kMostShown || !shown.insert(document->uri).second) continue;
    text += fmt::format("\n\n{}\n\n", markup.text(checks::cluster_place(place)));
    text += markdown ? code_block(document->text->bytes) : document->text->bytes;
  }
  return text;
}

// What is said of a place, and the place's range as the client counts.
struct Said {
  std::string text;
  protocol::Range range;
};

// What the meshes say.
std::optional<Said> mesh_hover(const FeatureContext& context,
                               const protocol::TextDocumentPositionParams& params, bool markdown) {
  const auto subject = context.session.subject(params.textDocument.uri);
  if (!subject) return std::nullopt;
  const Converter& converter = context.session.converter();
  const Markup markup(markdown, converter, places_for(context.session.client()));
  const std::uint32_t offset = to_offset(*subject->text, params.position, converter.unit());
  const auto meshes = context.session.meshes_of(*subject);
  std::string text;
  std::optional<workspace::ByteRange> range;
  for (std::size_t i = 0; i < std::min(meshes.size(), kMaxMeshes); ++i) {
    const auto element = checks::locate(meshes[i].mesh, subject->path, subject->text->bytes, offset);
    if (!element) continue;
    const std::string part = hover_text(meshes[i].mesh, *element, markup);
    if (part.empty()) continue;
    if (!text.empty()) text += "\n\n";
    if (meshes.size() > 1) text += "Mesh " + markup.strong(meshes[i].name) + "\n\n";
    text += part;
    range = element->range;
  }
  if (!range) return std::nullopt;
  text += cluster_text(context.session, meshes, markup, markdown);
  return Said{std::move(text), to_range(*subject->text, *range, converter.unit())};
}

// What the key or the value means in any mesh. `brief`: it stands behind what the meshes say.
std::optional<Said> schema_hover(const FeatureContext& context,
                                 const protocol::TextDocumentPositionParams& params, bool markdown,
                                 bool brief) {
  const auto buffer = context.session.buffer(params.textDocument.uri);
  if (!buffer || !context.session.gives_schema_help(*buffer)) return std::nullopt;
  const Converter& converter = context.session.converter();
  const std::uint32_t offset = to_offset(*buffer->text, params.position, converter.unit());
  const auto place = workspace::pointed_at(buffer->text->bytes, offset);
  if (!place) return std::nullopt;
  const auto schema = buffer->is_configuration ? checks::SchemaOf::Settings : checks::SchemaOf::Manifest;
  const auto help = checks::schema_help(schema, *place);
  if (!help) return std::nullopt;
  return Said{help_text(*help, Markup(markdown, converter), markdown, brief),
              to_range(*buffer->text, place->range, converter.unit())};
}

RpcResult hover(const FeatureContext& context, const protocol::TextDocumentPositionParams& params) {
  const bool markdown = wants_markdown(context.session.client());
  auto said = mesh_hover(context, params, markdown);
  auto meaning = schema_hover(context, params, markdown, said.has_value());
  if (!said) {
    said = std::move(meaning);
  } else if (meaning) {
    said->text += "\n\n" + meaning->text;
  }
  if (!said) return Json(nullptr);
  return Json{{"contents", {{"kind", markdown ? "markdown" : "plaintext"}, {"value", std::move(said->text)}}},
              {"range", said->range}};
}

}  // namespace

void bind_hover(Binder& binder, const FeatureContext& context) {
  binder.feature<protocol::TextDocumentPositionParams>(
      "textDocument/hover", {"hoverProvider", [](const protocol::ClientCapabilities&) { return Json(true); }},
      [&context](const protocol::TextDocumentPositionParams& params) { return hover(context, params); });
}

}  // namespace lsp
