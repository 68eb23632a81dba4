#include "lsp/features/markup.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "workspace/cluster/snapshot.h"

namespace lsp {
namespace {

// One line, without control characters.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
      ' ');
  return line;
}

}  // namespace

std::string Markup::text(std::string_view text) const {
  std::string line = one_line(text);
  if (!markdown_) return line;
  std::string escaped;
  for (const char c : line) {
    if (std::string_view("\\`*_{}[]()#+!|<>~&").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string Markup::strong(std::string_view text) const {
  return markdown_ ? "**" + this->text(text) + "**" : one_line(text);
}

std::string Markup::code(std::string_view text) const {
  if (!markdown_) return one_line(text);
  if (text.find('`') != std::string_view::npos) return this->text(text);
  return "`" + one_line(text) + "`";
}

Places places_for(const protocol::ClientCapabilities& client) {
  // Neovim conceals the address but makes room for it, and no key follows it; older Eglots give no name.
  constexpr std::array<std::string_view, 6> kInWords{"", "Eglot", "Neovim", "coc.nvim", "helix", "vim-lsp"};
  const bool known = std::find(kInWords.begin(), kInWords.end(), client.clientName) != kInWords.end();
  return known ? Places::InWords : Places::Linked;
}

std::string Markup::link(std::string_view text, const std::optional<checks::Location>& place) const {
  if (!place) return this->text(text);
  const bool in_cluster = workspace::is_cluster_path(place->file);
  const bool linked = markdown_ && places_ == Places::Linked;
  const std::string target = linked || in_cluster ? converter_.link(place->file, place->range) : "";
  if (target.empty() && in_cluster) unopenable_.push_back(*place);
  if (linked && !target.empty()) return "[" + this->text(text) + "](" + target + ")";
  if (in_cluster || places_ == Places::Omitted) return this->text(text);
  return this->text(text) + " at " + code(converter_.place_name(place->file, place->range));
}

std::string Markup::link(const checks::FieldRef& site) const {
  const auto place = checks::location_of(site);
  std::string name = link(short_name(site.node->id), place);
  if (!place || !workspace::is_cluster_path(place->file)) return name;
  return name + " in cluster " + text(workspace::cluster_name(place->file));
}

std::string short_name(const workspace::ResourceId& id) {
  return id.ns.empty() ? id.name.str() : id.ns + "/" + id.name;
}

std::string count(std::size_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string enumerate(const std::vector<std::string>& first, std::size_t total) {
  const std::size_t shown = std::min(first.size(), kMaxNamed);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == shown && shown == total;
    if (i > 0) text += last ? " and " : ", ";
    text += first[i];
  }
  if (total > shown) text += fmt::format(" and {} more", total - shown);
  return text;
}

}  // namespace lsp
