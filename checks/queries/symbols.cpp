#include "checks/queries/symbols.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "workspace/resources/kinds.h"
#include "workspace/yaml/reader.h"

namespace checks {

namespace {

using workspace::ByteRange;
using workspace::DocumentEntry;
using workspace::DocumentState;
using workspace::Kind;
using workspace::ResourceNode;
using workspace::yaml::Value;

std::string resource_name(const workspace::ResourceId& id) {
  return id.name.empty() ? std::string(workspace::kind_name(id)) : workspace::to_string(id);
}

// ---- one file

std::string labels_text(const Value& labels) {
  std::vector<std::string> entries;
  for (const auto& [key, value] : labels.entries())
    entries.push_back(fmt::format("{}={}", key, value.text()));
  return fmt::format("{}", fmt::join(entries, ", "));
}

class Outliner {
 public:
  explicit Outliner(std::uint32_t begin) : begin_(begin) {}

  Symbol resource(const ResourceNode& node, const Value& value) const {
    Symbol symbol{symbol_kind(node.id.kind), resource_name(node.id), {}, placed(value.range()), {}, {}};
    const Value name = value["metadata"]["name"];
    symbol.selected = inside(symbol.range, placed((name.is_scalar() ? name : value["kind"]).range()));
    add_parts(node.id.kind, value, symbol);
    return symbol;
  }

 private:
  [[nodiscard]] ByteRange placed(ByteRange range) const { return workspace::shifted(range, begin_); }

  // What an alias or a merge brings in is written elsewhere; it is shown where its parent begins.
  static ByteRange inside(ByteRange outer, ByteRange range) {
    const bool fits = outer.begin <= range.begin && range.end <= outer.end && !range.empty();
    return fits ? range : ByteRange{outer.begin, outer.begin};
  }

  void add_parts(Kind kind, const Value& resource, Symbol& into) const {
    if (kind == Kind::PeerAuthentication) return peer_authentication(resource["spec"], into);
    if (kind == Kind::DestinationRule) return destination_rule(resource["spec"], into);
    if (kind == Kind::Service) return service(resource["spec"], into);
    workspace::visit_fields(resource, kind, [&](const workspace::FieldAt& at) {
      if (at.field->role == workspace::FieldRole::SelectorLabel) selector(at.value, into);
    });
  }

  Symbol& add(Symbol& parent, SymbolKind kind, std::string name, std::string_view detail,
              const Value& value) const {
    Symbol symbol{kind, std::move(name), std::string(detail), {}, {}, {}};
    ByteRange whole = value.range();
    if (!value.key_range().empty() && value.key_range().begin < whole.begin)
      whole.begin = value.key_range().begin;
    symbol.range = inside(parent.range, placed(whole));
    symbol.selected =
        inside(symbol.range, placed(value.key_range().empty() ? value.range() : value.key_range()));
    return parent.children.emplace_back(std::move(symbol));
  }

  void selector(const Value& labels, Symbol& into) const {
    if (labels.is_mapping()) add(into, SymbolKind::Selector, "selector", labels_text(labels), labels);
  }

  void peer_authentication(const Value& spec, Symbol& into) const {
    selector(spec["selector"]["matchLabels"], into);
    if (spec["mtls"].is_mapping())
      add(into, SymbolKind::Mode, "mtls", spec["mtls"]["mode"].text(), spec["mtls"]);
    for (const auto& [key, port] : spec["portLevelMtls"].entries()) {
      add(into, SymbolKind::Port, fmt::format("port {}", key), port["mode"].text(), port);
    }
  }

  void destination_rule(const Value& spec, Symbol& into) const {
    if (spec["host"].is_scalar()) add(into, SymbolKind::Host, "host", spec["host"].text(), spec["host"]);
    traffic_policy(spec["trafficPolicy"], into);
    for (const Value& subset : spec["subsets"].items()) {
      if (!subset.is_mapping()) continue;
      Symbol& symbol = add(into, SymbolKind::Subset, fmt::format("subset {}", subset["name"].text()),
                           labels_text(subset["labels"]), subset);
      traffic_policy(subset["trafficPolicy"], symbol);
    }
  }

  void traffic_policy(const Value& policy, Symbol& into) const {
    if (policy["tls"].is_mapping())
      add(into, SymbolKind::Mode, "tls", policy["tls"]["mode"].text(), policy["tls"]);
    for (const Value& setting : policy["portLevelSettings"].items()) {
      if (!setting.is_mapping()) continue;
      add(into, SymbolKind::Port, fmt::format("port {}", setting["port"]["number"].text()),
          setting["tls"]["mode"].text(), setting);
    }
  }

  void service(const Value& spec, Symbol& into) const {
    selector(spec["selector"], into);
    for (const Value& port : spec["ports"].items()) {
      if (port.is_mapping()) {
        add(into, SymbolKind::Port, fmt::format("port {}", port["port"].text()), port["name"].text(), port);
      }
    }
  }

  std::uint32_t begin_;
};

// The resources of a document that can't be read now, as it last could be.
void outline_broken(const DocumentEntry& document, const DocumentState& state, std::vector<Symbol>& into) {
  for (std::size_t i = 0; i < document.resources.size(); ++i) {
    const auto& metadata = workspace::metadata_of(document.facts->resources[i]);
    const auto place = state.place(metadata.name.place.range);
    if (!place) continue;
    const workspace::ResourceId& id = document.resources[i]->id;
    into.push_back({symbol_kind(id.kind), resource_name(id), {}, *place, *place, {}});
  }
}

void outline_document(const DocumentEntry& document, const DocumentState& state, std::string_view text,
                      std::vector<Symbol>& into) {
  if (document.resources.empty()) return;
  if (state.problem()) return outline_broken(document, state, into);
  const auto read =
      workspace::yaml::read_yaml(text.substr(state.begin, state.size), workspace::yaml::kWidestLimits);
  const auto* tree = std::get_if<workspace::yaml::Document>(&read);
  if (tree == nullptr) return;
  const Outliner outliner(state.begin);
  for (std::size_t i = 0; i < document.resources.size(); ++i) {
    const Value value =
        workspace::resource_in(tree->root(), workspace::metadata_of(document.facts->resources[i]));
    into.push_back(outliner.resource(*document.resources[i], value));
  }
}

// ---- all files

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool holds_in_order(std::string_view text, std::string_view characters) {
  std::size_t at = 0;
  for (const char c : text) at += at < characters.size() && c == characters[at] ? 1 : 0;
  return at == characters.size();
}

enum class Match : std::uint8_t { Name, NamePart, Part, InOrder };

// `query` is lowered and has no spaces around it.
std::optional<Match> match(const workspace::ResourceId& id, std::string_view query) {
  const std::string name = lowered(id.name);
  if (name == query) return Match::Name;
  if (name.find(query) != std::string::npos) return Match::NamePart;
  const std::string whole = lowered(workspace::to_string(id));
  if (whole.find(query) != std::string::npos) return Match::Part;
  return holds_in_order(whole, query) ? std::optional(Match::InOrder) : std::nullopt;
}

struct Candidate {
  Match match = Match::Name;
  const ResourceNode* node = nullptr;
  const DocumentEntry* document = nullptr;
  ByteRange range;

  friend bool operator<(const Candidate& a, const Candidate& b) {
    return std::tie(a.match, a.node->id.name, a.node->id.ns, a.node->id.kind, a.document->file->path,
                    a.range) < std::tie(b.match, b.node->id.name, b.node->id.ns, b.node->id.kind,
                                        b.document->file->path, b.range);
  }
};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  return begin == std::string_view::npos ? std::string_view()
                                         : text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

}  // namespace

SymbolKind symbol_kind(Kind kind) {
  using workspace::KindRole;
  switch (workspace::role_of(kind)) {
    case KindRole::Policy:
    case KindRole::Authorization:
      return SymbolKind::Policy;
    case KindRole::Rule:
    case KindRole::Backend:
      return SymbolKind::Rule;
    case KindRole::Service:
      return SymbolKind::Service;
    case KindRole::Namespace:
      return SymbolKind::Namespace;
    case KindRole::Workload:
      return SymbolKind::Workload;
    case KindRole::Other:
      break;
  }
  return SymbolKind::Other;
}

std::vector<Symbol> outline(const workspace::Mesh& mesh, const std::string& file, std::string_view text) {
  std::vector<Symbol> symbols;
  const workspace::FileEntry* entry = mesh.file(file);
  if (entry == nullptr || entry->facts->text_size != text.size()) return symbols;
  for (const auto& document : entry->documents) {
    outline_document(*document, entry->facts->documents[document->ordinal], text, symbols);
  }
  return symbols;
}

std::vector<Symbol> outline_alone(const std::string& file, std::string_view text,
                                  const workspace::Limits& limits) {
  workspace::Mesh mesh{workspace::Settings{}};
  mesh.put(file, workspace::read_facts(text, nullptr, {}, limits));
  mesh.commit();
  return outline(mesh, file, text);
}

struct ResourceSearch::State {
  std::vector<MeshView> meshes;
  std::string query;  // lowered, without spaces around it
  std::size_t limit = 0;
  std::size_t mesh = 0;
  workspace::PathMap<workspace::FileEntry>::Iterator file;
  std::set<Candidate> best;
  std::size_t done = 0;
  std::size_t total = 0;

  State(std::vector<MeshView> views, std::string wanted, std::size_t at_most)
      : meshes(std::move(views)),
        query(std::move(wanted)),
        limit(at_most),
        file(meshes.empty() ? workspace::PathMap<workspace::FileEntry>().end()
                            : meshes.front().mesh.files().begin()) {
    for (const MeshView& view : meshes) total += view.mesh.files().size();
  }

  // In a mesh that was looked at before.
  [[nodiscard]] bool is_seen(const workspace::FileEntry& entry) const {
    return std::any_of(meshes.begin(), meshes.begin() + static_cast<std::ptrdiff_t>(mesh),
                       [&](const MeshView& view) { return view.mesh.file(entry.path) != nullptr; });
  }

  void look_at(const workspace::FileEntry& entry) {
    for (const auto& document : entry.documents) {
      for (std::size_t i = 0; i < document->resources.size(); ++i) {
        const ResourceNode* node = document->resources[i];
        if (node->id.name.empty()) continue;
        const auto matched = match(node->id, query);
        if (!matched) continue;
        const auto& name = workspace::metadata_of(document->facts->resources[i]).name;
        const auto place = entry.facts->documents[document->ordinal].place(name.place.range);
        if (place) keep({*matched, node, document.get(), *place});
      }
    }
  }

  void keep(const Candidate& candidate) {
    if (best.size() == limit && (limit == 0 || !(candidate < *best.rbegin()))) return;
    best.insert(candidate);
    if (best.size() > limit) best.erase(std::prev(best.end()));
  }
};

ResourceSearch::ResourceSearch(const Analysis& analysis, std::string_view query, std::size_t limit)
    : state_(std::make_unique<State>(analysis.meshes_of_any_scope(), lowered(trimmed(query)), limit)) {}

ResourceSearch::~ResourceSearch() = default;

bool ResourceSearch::step() {
  State& state = *state_;
  if (state.mesh == state.meshes.size()) return false;
  if (state.file == state.meshes[state.mesh].mesh.files().end()) {
    if (++state.mesh < state.meshes.size()) state.file = state.meshes[state.mesh].mesh.files().begin();
    return true;
  }
  ++state.done;
  // What builds say is found where it is written.
  if (!(*state.file).facts->origin && !state.is_seen(*state.file)) state.look_at(*state.file);
  ++state.file;
  return true;
}

std::size_t ResourceSearch::done() const { return state_->done; }

std::size_t ResourceSearch::total() const { return state_->total; }

std::vector<ResourcePlace> ResourceSearch::found() const {
  std::vector<ResourcePlace> places;
  places.reserve(state_->best.size());
  for (const Candidate& c : state_->best)
    places.push_back({c.node->id, c.document->file->path.str(), c.range});
  return places;
}

std::vector<ResourcePlace> find_resources(const Analysis& analysis, std::string_view query,
                                          std::size_t limit) {
  ResourceSearch search(analysis, query, limit);
  while (search.step()) {
  }
  return search.found();
}

}  // namespace checks
