// Resources, selectors, and the fields of a kustomization.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "workspace/sources/kustomize_evaluation.h"
#include "workspace/sources/merge_keys.h"

namespace workspace::kustomize {
namespace {

constexpr std::string_view kDefaultNamespace = "default";

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view blank_trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

}  // namespace

std::string ResourceKey::text() const {
  std::string text;
  text.reserve(kind.size() + name.size() + name_space.size() + group.size() + version.size() + 4);
  for (const std::string* part : {&kind, &name, &name_space, &group}) {
    text += *part;
    text += '\n';
  }
  return text += version;
}

Tree& Resource::edit() {
  if (tree.use_count() != 1) tree = std::make_shared<Tree>(*tree);
  return *tree;
}

std::string_view Resource::field(std::string_view key) const {
  const Tree* value = tree->find(key);
  return value == nullptr ? std::string_view() : std::string_view(value->text);
}

std::string_view Resource::metadata(std::string_view key) const {
  const Tree* metadata = tree->find("metadata");
  const Tree* value = metadata == nullptr ? nullptr : metadata->find(key);
  return value == nullptr || value->is_null() ? std::string_view() : std::string_view(value->text);
}

std::string_view Resource::group() const {
  const std::string_view version = api_version();
  const std::size_t slash = version.find('/');
  return slash == std::string_view::npos ? std::string_view() : version.substr(0, slash);
}

std::string_view Resource::version() const {
  const std::string_view version = api_version();
  const std::size_t slash = version.find('/');
  return slash == std::string_view::npos ? version : version.substr(slash + 1);
}

bool Resource::cluster_scoped() const { return is_cluster_scoped(api_version(), kind()); }

std::string Resource::effective_namespace() const {
  if (cluster_scoped()) return std::string(kNoNamespace);
  const std::string_view written = name_space();
  return std::string(written.empty() ? kDefaultNamespace : written);
}

ResourceKey Resource::key() const {
  return {std::string(group()), std::string(version()), std::string(kind()), std::string(name()),
          effective_namespace()};
}

ResourceKey Resource::earlier_key(const EarlierId& id) const {
  return {std::string(group()), std::string(version()), id.kind, id.name, id.name_space};
}

ResourceKey Resource::original_key() const {
  return history().earlier.empty() ? key() : earlier_key(history().earlier.front());
}

const NameHistory& Resource::history() const {
  static const NameHistory kNone;
  return names == nullptr ? kNone : *names;
}

NameHistory& Resource::edit_history() {
  if (names == nullptr || names.use_count() > 1) names = std::make_shared<NameHistory>(history());
  return *names;
}

void Resource::remember_id() {
  edit_history().earlier.push_back({effective_namespace(), std::string(name()), std::string(kind())});
  annotated = true;
}

void Accumulator::drop_deleted() {
  std::erase_if(resources, [](const Resource& resource) {
    return resource.tree == nullptr || (resource.tree->is_mapping() && resource.tree->entries.empty());
  });
}

void Accumulator::grow(std::size_t more, const Place& place) {
  size += more;
  if (size > kMaxBuiltValues) throw Refusal{place, "the build is too large"};
}

IdIndex::IdIndex(const std::vector<Resource>& resources) {
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const Resource& resource = resources[i];
    if (resource.tree == nullptr) continue;
    const auto add = [&](const ResourceKey& key) {
      std::vector<std::size_t>& places = places_[key.text()];
      if (places.empty() || places.back() != i) places.push_back(i);
    };
    for (const EarlierId& id : resource.history().earlier) add(resource.earlier_key(id));
    add(resource.key());
  }
}

std::vector<std::size_t> IdIndex::find(const ResourceKey& key) const {
  const auto found = places_.find(key.text());
  return found == places_.end() ? std::vector<std::size_t>() : found->second;
}

Selector Selector::of(const Tree& target) {
  fields::known_only(target,
                     {"group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"},
                     "target");
  Selector selector;
  const auto read = [&](std::string_view name) -> std::optional<RegularExpression> {
    const std::string pattern = fields::text(target, name);
    if (pattern.empty()) return std::nullopt;
    selector.has_id_ = true;
    Result<RegularExpression> compiled = RegularExpression::compile(pattern);
    if (!compiled) {
      throw Refusal{fields::place(target, name),
                    fmt::format("`{}` is no regular expression: {}", name, compiled.error().message)};
    }
    return *std::move(compiled);
  };
  selector.group_ = read("group");
  selector.version_ = read("version");
  selector.kind_ = read("kind");
  selector.name_ = read("name");
  selector.name_space_ = read("namespace");
  selector.labels_ = requirements(fields::value(target, "labelSelector"));
  selector.annotations_ = requirements(fields::value(target, "annotationSelector"));
  return selector;
}

namespace {
bool accepts(const std::optional<RegularExpression>& pattern, std::string_view text) {
  return !pattern || pattern->matches(text);
}
}  // namespace

bool Selector::selects(const Resource& resource) const {
  const ResourceKey original = resource.original_key();
  if (!accepts(name_space_, original.name_space) && !accepts(name_space_, resource.effective_namespace()))
    return false;
  if (!accepts(name_, original.name) && !accepts(name_, resource.name())) return false;
  return accepts(group_, resource.group()) && accepts(version_, resource.version()) &&
         accepts(kind_, resource.kind()) && selects_labels(resource);
}

bool Selector::selects_id(const ResourceKey& key, std::string_view written_namespace) const {
  return accepts(group_, key.group) && accepts(version_, key.version) && accepts(kind_, key.kind) &&
         accepts(name_, key.name) && accepts(name_space_, written_namespace);
}

bool Selector::selects_labels(const Resource& resource) const {
  return hold(labels_, resource, "labels") && hold(annotations_, resource, "annotations");
}

// "a=b,c in (d,e),!f": what Kubernetes takes for a label selector.
std::vector<Selector::Requirement> Selector::requirements(const Tree* selector) {
  std::vector<Requirement> all;
  if (selector == nullptr) return all;
  const std::string_view text = selector->text;
  const auto refuse = [&] {
    return Refusal{selector->place, fmt::format("`{}` is no label selector", text)};
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    for (int open = 0; end < text.size() && (text[end] != ',' || open > 0); ++end)
      open += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
    const std::string_view part = blank_trimmed(text.substr(at, end - at));
    at = end + 1;
    if (part.empty()) throw refuse();
    Requirement requirement;
    using Test = Requirement::Test;
    const std::size_t sign = part.find_first_of("=!<>", 1);
    const std::size_t parenthesis = part.find('(');
    if (parenthesis != std::string_view::npos && part.ends_with(')')) {
      const std::string_view head = blank_trimmed(part.substr(0, parenthesis));
      const std::size_t blank = head.find_first_of(" \t\n");
      if (blank == std::string_view::npos) throw refuse();
      const std::string_view word = blank_trimmed(head.substr(blank));
      if (word != "in" && word != "notin") throw refuse();
      requirement.key = head.substr(0, blank);
      requirement.test = word == "in" ? Test::In : Test::NotIn;
      const std::string_view list = part.substr(parenthesis + 1, part.size() - parenthesis - 2);
      for (std::size_t i = 0; i <= list.size();) {
        const std::size_t comma = std::min(list.find(',', i), list.size());
        requirement.values.emplace_back(blank_trimmed(list.substr(i, comma - i)));
        i = comma + 1;
      }
    } else if (sign != std::string_view::npos) {
      requirement.key = blank_trimmed(part.substr(0, sign));
      const bool two = sign + 1 < part.size() && part[sign + 1] == '=';
      if (part[sign] == '!' && !two) throw refuse();
      requirement.test = part[sign] == '!'   ? Test::NotIn
                         : part[sign] == '=' ? Test::In
                         : part[sign] == '>' ? Test::Greater
                                             : Test::Less;
      requirement.values.emplace_back(blank_trimmed(part.substr(sign + (two ? 2 : 1))));
    } else {
      const bool missing = part.starts_with('!');
      requirement.key = blank_trimmed(missing ? part.substr(1) : part);
      requirement.test = missing ? Test::Missing : Test::Exists;
    }
    if (requirement.key.empty() || requirement.key.find_first_of(" \t") != std::string::npos) throw refuse();
    all.push_back(std::move(requirement));
  }
  return all;
}

bool Selector::hold(const std::vector<Requirement>& requirements, const Resource& resource,
                    std::string_view field) {
  if (requirements.empty()) return true;
  const Tree* metadata = resource.tree->find("metadata");
  const Tree* map = metadata == nullptr ? nullptr : metadata->find(field);
  const auto number = [](std::string_view text) -> std::optional<std::int64_t> {
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
  };
  return std::all_of(requirements.begin(), requirements.end(), [&](const Requirement& requirement) {
    const Tree* value = map == nullptr ? nullptr : map->find(requirement.key);
    const auto named = [&] {
      return std::find(requirement.values.begin(), requirement.values.end(), value->text) !=
             requirement.values.end();
    };
    switch (requirement.test) {
      case Requirement::Test::Exists:
        return value != nullptr;
      case Requirement::Test::Missing:
        return value == nullptr;
      case Requirement::Test::In:
        return value != nullptr && named();
      case Requirement::Test::NotIn:
        return value == nullptr || !named();
      case Requirement::Test::Greater:
      case Requirement::Test::Less: {
        if (value == nullptr) return false;
        const auto left = number(value->text);
        const auto right = number(requirement.values.front());
        if (!left || !right) return false;
        return requirement.test == Requirement::Test::Greater ? *left > *right : *left < *right;
      }
    }
    return false;
  });
}

namespace fields {

const Entry* entry(const Tree& mapping, std::string_view name) {
  if (const Entry* exact = mapping.find_entry(name)) return exact;
  for (const Entry& entry : mapping.entries) {
    if (same_ignoring_case(entry.key, name)) return &entry;
  }
  return nullptr;
}

const Tree* value(const Tree& mapping, std::string_view name) {
  const Entry* found = entry(mapping, name);
  return found == nullptr || found->value.is_null() ? nullptr : &found->value;
}

Place place(const Tree& mapping, std::string_view name) {
  const Entry* found = entry(mapping, name);
  return found == nullptr ? mapping.place : found->value.place;
}

std::string text_of(const Tree& scalar, std::string_view name) {
  if (scalar.is_null()) return {};
  if (!scalar.is_scalar() || (scalar.tag != Tag::String && scalar.tag != Tag::Auto)) {
    const char* hint = scalar.is_scalar() ? ": put it in quotes" : "";
    throw Refusal{scalar.place, fmt::format("`{}` must be text{}", name, hint)};
  }
  return scalar.text;
}

std::string text(const Tree& mapping, std::string_view name) {
  const Tree* found = value(mapping, name);
  return found == nullptr ? std::string() : text_of(*found, name);
}

bool flag(const Tree& mapping, std::string_view name) {
  const Tree* found = value(mapping, name);
  if (found == nullptr) return false;
  const auto resolved = found->is_scalar() ? resolve(*found) : std::nullopt;
  if (!resolved || resolved->tag != Tag::Boolean)
    throw Refusal{found->place, fmt::format("`{}` must be true or false", name)};
  return resolved->text == "true";
}

std::optional<std::int64_t> number(const Tree& mapping, std::string_view name) {
  const Tree* found = value(mapping, name);
  if (found == nullptr) return std::nullopt;
  const auto resolved = found->is_scalar() ? resolve(*found) : std::nullopt;
  std::int64_t number = 0;
  if (!resolved || resolved->tag != Tag::Integer ||
      std::from_chars(resolved->text.data(), resolved->text.data() + resolved->text.size(), number).ec !=
          std::errc())
    throw Refusal{found->place, fmt::format("`{}` must be a whole number", name)};
  return number;
}

const std::vector<Tree>& list(const Tree& mapping, std::string_view name) {
  static const std::vector<Tree> none;
  const Tree* found = value(mapping, name);
  if (found == nullptr) return none;
  if (!found->is_sequence()) throw Refusal{found->place, fmt::format("`{}` must be a list", name)};
  return found->items;
}

std::vector<const Entry*> text_map(const Tree& mapping, std::string_view name) {
  std::vector<const Entry*> pairs;
  const Tree* found = value(mapping, name);
  if (found == nullptr) return pairs;
  if (!found->is_mapping()) throw Refusal{found->place, fmt::format("`{}` must be a mapping", name)};
  for (const Entry& entry : found->entries) {
    text_of(entry.value, fmt::format("{}.{}", name, entry.key));
    pairs.push_back(&entry);
  }
  std::sort(pairs.begin(), pairs.end(), [](const Entry* a, const Entry* b) { return a->key < b->key; });
  return pairs;
}

void known_only(const Tree& mapping, std::initializer_list<std::string_view> names, std::string_view of) {
  if (mapping.is_null()) return;
  if (!mapping.is_mapping()) throw Refusal{mapping.place, fmt::format("`{}` must be a mapping", of)};
  for (const Entry& entry : mapping.entries) {
    const bool known = std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return same_ignoring_case(name, entry.key);
    });
    if (!known) throw Refusal{entry.place, fmt::format("unknown field `{}`", entry.key)};
  }
}

KindFilter kind_filter(const Tree& mapping) {
  return {text(mapping, "group"), text(mapping, "version"), text(mapping, "kind")};
}

FieldSpec field_spec(const Tree& mapping) {
  return {kind_filter(mapping), text(mapping, "path"), flag(mapping, "create")};
}

}  // namespace fields
}  // namespace workspace::kustomize
