// What one resource says of another: hashes in generated names, name references, vars and replacements.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>

#include "workspace/base/sha256.h"
#include "workspace/sources/kustomize_evaluation.h"

namespace workspace::kustomize {
namespace {

// Go's JSON, which escapes what HTML takes for markup.
std::string go_json(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\b') {
      out += "\\b";
    } else if (c == '\f') {
      out += "\\f";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else if (text.substr(at).starts_with("\xE2\x80\xA8") || text.substr(at).starts_with("\xE2\x80\xA9")) {
      out += text[at + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      at += 2;
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string go_json(const Tree& tree) {
  if (tree.is_scalar()) {
    const auto resolved = resolve(tree);
    if (!resolved) return "null";
    return resolved->tag == Tag::String ? go_json(std::string_view(resolved->text)) : resolved->text;
  }
  std::string out(1, tree.is_mapping() ? '{' : '[');
  std::vector<const Entry*> entries;
  for (const Entry& entry : tree.entries) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) { return a->key < b->key; });
  for (const Entry* entry : entries) {
    if (out.size() > 1) out += ',';
    out += go_json(std::string_view(entry->key)) + ':' + go_json(entry->value);
  }
  for (const Tree& item : tree.items) {
    if (out.size() > 1) out += ',';
    out += go_json(item);
  }
  return out + (tree.is_mapping() ? '}' : ']');
}

// kustomize's hash of a ConfigMap's or a Secret's content, ten characters without vowels.
std::string content_hash(const Resource& resource) {
  const auto field = [&](std::string_view name) {
    const Tree* value = resource.tree->find(name);
    if (value == nullptr) return std::string("\"\"");
    return value->is_scalar() ? go_json(std::string_view(value->text)) : go_json(*value);
  };
  const auto extra = [&](std::string_view name) {
    const Tree* value = resource.tree->find(name);
    return value != nullptr && value->is_mapping() ? fmt::format("\"{}\":{},", name, go_json(*value))
                                                   : std::string();
  };
  // kustomize looks the name up by a path that leads nowhere, so it is empty in what is hashed.
  constexpr std::string_view kName = "\"\"";
  std::string encoded;
  if (resource.kind() == "Secret") {
    encoded = fmt::format("{{\"data\":{},\"kind\":\"Secret\",\"name\":{}", field("data"), kName);
    std::string text = extra("stringData");
    if (!text.empty()) {
      text.pop_back();
      encoded += ',' + text;
    }
    encoded += fmt::format(",\"type\":{}}}", field("type"));
  } else {
    encoded = fmt::format("{{{}\"data\":{},\"kind\":\"ConfigMap\",\"name\":{}}}", extra("binaryData"),
                          field("data"), kName);
  }
  std::string hash = sha256_hex(encoded).substr(0, 10);
  for (char& c : hash) {
    c = c == '0' ? 'g' : c == '1' ? 'h' : c == '3' ? 'k' : c == 'a' ? 'm' : c == 'e' ? 't' : c;
  }
  return hash;
}

// Whether one list ends as the other does; an empty one only as an empty one.
bool end_alike(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const std::vector<std::string>& shorter = a.size() <= b.size() ? a : b;
  const std::vector<std::string>& longer = a.size() <= b.size() ? b : a;
  if (shorter.empty()) return longer.empty();
  return std::equal(shorter.rbegin(), shorter.rend(), longer.rbegin());
}

class NameReferences {
 public:
  explicit NameReferences(const Accumulator& all) : all_(all) {
    for (std::size_t i = 0; i < all_.resources.size(); ++i) {
      const Resource& resource = all_.resources[i];
      spaces_[resource.original_key().name_space].insert(
          {resource.cluster_scoped(), resource.effective_namespace()});
      for (const EarlierId& id : resource.history().earlier) {
        std::vector<std::size_t>& named = by_name_[id.name];
        if (named.empty() || named.back() != i) named.push_back(i);
      }
    }
  }

  void run(std::vector<Resource>& referrers) {
    if (by_name_.empty()) return;
    for (Resource& referrer : referrers) follow(referrer);
  }

  // Whether a resource has a field that may name another.
  static bool may_refer(const FieldConfig& config, const Resource& referrer) {
    const std::vector<FieldConfig::Referrer> uses = uses_of(config, referrer);
    return std::any_of(uses.begin(), uses.end(), [&](const FieldConfig::Referrer use) {
      const FieldSpec& spec = config.name_reference[use.reference].referrers[use.spec];
      return names_something(*referrer.tree, spec.path, first_part(spec.path));
    });
  }

 private:
  // The fields in which a resource of its kind may name others.
  static std::vector<FieldConfig::Referrer> uses_of(const FieldConfig& config, const Resource& referrer) {
    std::vector<FieldConfig::Referrer> uses;
    const auto of_all = config.referrers.find(std::string());
    const ResourceKey original = referrer.original_key();
    const auto own = config.referrers.find(original.kind);
    if (own != config.referrers.end()) uses = own->second;
    if (of_all != config.referrers.end() && own != of_all) {
      uses.insert(uses.end(), of_all->second.begin(), of_all->second.end());
      std::sort(uses.begin(), uses.end());
    }
    std::erase_if(uses, [&](const FieldConfig::Referrer use) {
      const FieldSpec& spec = config.name_reference[use.reference].referrers[use.spec];
      return !spec.kind.selects(original.group, original.version, original.kind);
    });
    return uses;
  }

  void follow(Resource& referrer) {
    for (const FieldConfig::Referrer use : uses_of(all_.fields(), referrer)) {
      const NameReference& reference = all_.fields().name_reference[use.reference];
      update(referrer, reference, reference.referrers[use.spec]);
    }
  }

  void update(Resource& referrer, const NameReference& reference, const FieldSpec& spec) {
    if (!names_something(*referrer.tree, spec.path, first_part(spec.path))) return;
    const SetField set = [&](Tree& field) { return set_reference(referrer, reference, spec, field); };
    const Place place = referrer.tree->place;
    const auto error = apply_field_spec(referrer.edit(), {{}, spec.path, false}, std::nullopt, place, set);
    if (error) {
      throw Refusal{place, fmt::format("the name in `{}` of {} {} cannot be followed: {}", spec.path,
                                       referrer.kind(), referrer.name(), *error)};
    }
  }

  // Whether the path leads to something; a tree without it is not copied.
  static bool names_something(const Tree& tree, std::string_view path, std::size_t at) {
    if (tree.is_null()) return false;
    if (at == PathPart::kNone) return true;
    if (tree.is_sequence()) {
      return std::any_of(tree.items.begin(), tree.items.end(),
                         [&](const Tree& item) { return names_something(item, path, at); });
    }
    if (!tree.is_mapping()) return true;  // an error, to be told
    const PathPart part(path, at);
    std::string_view name = part.text();
    if (name.ends_with("[]")) name.remove_suffix(2);
    const Tree* field = tree.find(name);
    return field != nullptr && names_something(*field, path, part.next());
  }

  std::optional<std::string> set_reference(const Resource& referrer, const NameReference& reference,
                                           const FieldSpec& spec, Tree& field) {
    if (field.is_null()) return std::nullopt;
    if (field.is_scalar()) return set_name(referrer, reference, spec, field);
    if (field.is_mapping()) return set_mapping(referrer, reference, spec, field);
    for (Tree& item : field.items) {
      if (item.is_null()) continue;
      if (item.is_sequence()) return "a list in a list";
      auto error = item.is_scalar() ? set_name(referrer, reference, spec, item)
                                    : set_mapping(referrer, reference, spec, item);
      if (error) return error;
    }
    return std::nullopt;
  }

  std::optional<std::string> set_name(const Resource& referrer, const NameReference& reference,
                                      const FieldSpec& spec, Tree& field) {
    std::optional<std::string> error;
    const Resource* target = choose(referrer, reference, spec, field.text, std::nullopt, error);
    if (target == nullptr || target->name() == field.text) return error;
    rename(field, *target);
    return std::nullopt;
  }

  std::optional<std::string> set_mapping(const Resource& referrer, const NameReference& reference,
                                         const FieldSpec& spec, Tree& mapping) {
    Tree* name = mapping.find("name");
    if (name == nullptr) return "there is no `name`";
    const Tree* space = mapping.find("namespace");
    std::optional<std::string> error;
    const Resource* target =
        choose(referrer, reference, spec, name->text,
               space == nullptr ? std::nullopt : std::optional(space->text), error, true);
    if (target == nullptr) return error;
    const std::string target_space(target->name_space());
    if (target->name() == name->text && target_space.empty()) return std::nullopt;
    rename(*name, *target);
    if (target_space.empty()) return std::nullopt;
    const Tree* written = target->tree->find("metadata")->find("namespace");
    set_field(mapping, "namespace", make_scalar(target_space, made_at(written->place)),
              made_at(written->place));
    return std::nullopt;
  }

  static void rename(Tree& field, const Resource& target) {
    const Tree* name = target.tree->find("metadata")->find("name");
    if (field.text != name->text) set_scalar(field, name->text, made_at(name->place), Tag::Auto);
  }

  // The resource that had the name; null: none, or (with an error) several.
  const Resource* choose(const Resource& referrer, const NameReference& reference, const FieldSpec& spec,
                         const std::string& name, const std::optional<std::string>& in_namespace,
                         std::optional<std::string>& error, bool by_namespace = false) {
    const auto known = by_name_.find(name);
    if (known == by_name_.end()) return nullptr;
    std::vector<const Resource*> candidates;
    const bool cluster = referrer.cluster_scoped();
    const std::string own_space = referrer.effective_namespace();
    const std::set<std::string> account_spaces =
        cluster ? std::set<std::string>() : subject_namespaces(referrer);
    std::vector<const Resource*> visible;
    for (const std::size_t index : known->second) {
      const Resource& target = all_.resources[index];
      const bool seen = cluster || target.cluster_scoped() || target.effective_namespace() == own_space ||
                        account_spaces.contains(std::string(target.name_space()));
      if (seen) visible.push_back(&target);
    }
    if (in_namespace) {
      // Where anything that is seen from here was in that namespace at first, what was is meant.
      const auto first = spaces_.find(*in_namespace);
      const bool original = first != spaces_.end() &&
                            std::any_of(first->second.begin(), first->second.end(), [&](const auto& space) {
                              return cluster || space.first || space.second == own_space ||
                                     account_spaces.contains(space.second);
                            });
      std::erase_if(visible, [&](const Resource* target) {
        return (original ? target->original_key().name_space : target->effective_namespace()) !=
               *in_namespace;
      });
    }
    const auto role = role_reference(referrer, spec);
    for (const Resource* target : visible) {
      const auto had_kind = [&](const KindFilter& kind) {
        return std::any_of(
            target->history().earlier.begin(), target->history().earlier.end(),
            [&](const EarlierId& id) { return kind.selects(target->group(), target->version(), id.kind); });
      };
      if (!had_kind(reference.target) || (role && !had_kind(*role))) continue;
      const bool same_space = cluster || target->cluster_scoped() || target->kind() == "ServiceAccount" ||
                              target->effective_namespace() == own_space;
      if (same_space) candidates.push_back(target);
    }
    if (candidates.size() == 1) return candidates.front();
    std::erase_if(candidates, [&](const Resource* target) {
      const bool prefix = target->history().prefixes.empty() || referrer.history().prefixes.empty() ||
                          end_alike(target->history().prefixes, referrer.history().prefixes);
      const bool suffix = target->history().suffixes.empty() || referrer.history().suffixes.empty() ||
                          end_alike(target->history().suffixes, referrer.history().suffixes);
      return !prefix || !suffix;
    });
    if (candidates.size() > 1) {
      std::erase_if(candidates, [&](const Resource* target) {
        return !end_alike(target->history().prefixes, referrer.history().prefixes) ||
               !end_alike(target->history().suffixes, referrer.history().suffixes);
      });
    }
    if (candidates.empty()) return nullptr;
    const bool same = std::all_of(candidates.begin(), candidates.end(), [&](const Resource* target) {
      return target->name() == candidates.front()->name() &&
             (!by_namespace || target->name_space() == candidates.front()->name_space());
    });
    if (same) return candidates.front();
    error = fmt::format("several resources were called {}", name);
    return nullptr;
  }

  // Of the accounts that a RoleBinding names.
  static std::set<std::string> subject_namespaces(const Resource& referrer) {
    std::set<std::string> spaces;
    const Tree* subjects = referrer.kind() == "RoleBinding" ? referrer.tree->find("subjects") : nullptr;
    if (subjects == nullptr) return spaces;
    for (const Tree& subject : subjects->items) {
      const Tree* space = subject.find("namespace");
      const Tree* kind = subject.find("kind");
      if (space != nullptr && kind != nullptr && kind->text == "ServiceAccount") spaces.insert(space->text);
    }
    return spaces;
  }

  static std::optional<KindFilter> role_reference(const Resource& referrer, const FieldSpec& spec) {
    const Tree* role = spec.path.ends_with("roleRef/name") ? referrer.tree->find("roleRef") : nullptr;
    const Tree* group = role == nullptr ? nullptr : role->find("apiGroup");
    const Tree* kind = role == nullptr ? nullptr : role->find("kind");
    if (group == nullptr || kind == nullptr) return std::nullopt;
    return KindFilter{group->text, "", kind->text};
  }

  const Accumulator& all_;
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_name_;
  // The namespaces that resources were in at first, with whether they are in none and where they are now.
  std::unordered_map<std::string, std::set<std::pair<bool, std::string>>> spaces_;
};

// The value at "spec.ports[0].port", "spec.containers.[name=a].image"; null: none.
Tree* find_path(Tree& root, const std::vector<std::string>& path) {
  Tree* at = &root;
  for (const std::string& part : path) {
    if (at->is_null()) return nullptr;
    std::size_t index = 0;
    const auto read = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool numeric = read.ec == std::errc() && read.ptr == part.data() + part.size();
    if (at->is_sequence() && (numeric || part == "-")) {
      if (part == "-" && !at->items.empty()) index = at->items.size() - 1;
      if (index >= at->items.size()) return nullptr;
      at = &at->items[index];
    } else if (at->is_sequence() && part.starts_with('[') && part.ends_with(']')) {
      const std::size_t sign = part.find('=');
      if (sign == std::string::npos) return nullptr;
      const std::string key = part.substr(1, sign - 1);
      const std::string value = part.substr(sign + 1, part.size() - sign - 2);
      const auto found = std::find_if(at->items.begin(), at->items.end(), [&](const Tree& item) {
        if (key.empty()) return item.is_scalar() && item.text == value;
        const Tree* field = item.find(key);
        return field != nullptr && field->text == value;
      });
      if (found == at->items.end()) return nullptr;
      at = &*found;
    } else {
      at = at->find(part);
      if (at == nullptr) return nullptr;
    }
  }
  return at;
}

// "a.b\.c" as a, b.c.
std::vector<std::string> split_at_dots(std::string_view path) {
  if (path.size() > 1 && path.front() == '.') path.remove_prefix(1);
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c != '.') {
      parts.back() += c;
    } else if (parts.back().ends_with('\\')) {
      parts.back().back() = '.';
    } else {
      parts.emplace_back();
    }
  }
  return parts;
}

// Splits at dots, but not inside brackets.
std::vector<std::string> field_path(std::string_view path) {
  std::vector<std::string> result;
  const std::vector<std::string> split = split_at_dots(path);
  for (std::size_t i = 0; i < split.size(); ++i) {
    std::string part = split[i];
    if (!part.starts_with('[') || part.ends_with(']')) {
      result.push_back(std::move(part));
      continue;
    }
    while (i + 1 < split.size()) {
      part += '.' + split[++i];
      if (split[i].ends_with(']')) break;
    }
    if (part.find('=') == std::string::npos && part.size() >= 2) part = part.substr(1, part.size() - 2);
    result.push_back(std::move(part));
  }
  return result;
}

}  // namespace

void add_hashes(Accumulator& all) {
  for (Resource& resource : all.resources) {
    if (!resource.needs_hash) continue;
    const std::string name = fmt::format("{}-{}", resource.name(), content_hash(resource));
    resource.remember_id();
    Tree* written = resource.edit().find("metadata")->find("name");
    set_scalar(*written, name, made_at(written->place), Tag::Auto);
  }
}

void fix_name_references(Accumulator& all) { NameReferences(all).run(all.resources); }

void fix_name_references(const Accumulator& all, std::vector<Resource>& referrers) {
  const bool may_refer = std::any_of(referrers.begin(), referrers.end(), [&](const Resource& resource) {
    return NameReferences::may_refer(all.fields(), resource);
  });
  if (may_refer) NameReferences(all).run(referrers);
}

void mark_vars(Accumulator& all, const std::vector<Var>& vars) {
  for (const Var& var : vars) {
    Resource* found = nullptr;
    for (Resource& resource : all.resources) {
      const auto matches = [&](const ResourceKey& key) {
        if (key.name != var.object || key.kind != var.kind.kind || key.group != var.kind.group ||
            key.version != var.kind.version)
          return false;
        const std::string space = var.name_space.empty() ? "default" : var.name_space;
        return var.name_space.empty() || key.name_space == space;
      };
      bool is_target = matches(resource.key());
      for (const EarlierId& id : resource.history().earlier) is_target |= matches(resource.earlier_key(id));
      if (!is_target) continue;
      if (found != nullptr)
        throw Refusal{var.place, fmt::format("several resources are meant by the var {}", var.name)};
      found = &resource;
    }
    if (found != nullptr) found->edit_history().vars.push_back(var.name);
    const auto known =
        std::find_if(all.vars.begin(), all.vars.end(), [&](const Var& v) { return v.name == var.name; });
    if (known != all.vars.end()) throw Refusal{var.place, fmt::format("the var {} is there twice", var.name)};
    all.vars.push_back(var);
  }
}

namespace {

// "$(A)-x" with vars replaced; the var itself where the text is nothing but `$(A)`.
struct Expanded {
  std::string text;
  const Tree* whole = nullptr;
  bool changed = false;
};

Expanded expand(std::string_view input, const std::unordered_map<std::string, const Tree*>& values) {
  Expanded result;
  for (std::size_t at = 0; at < input.size(); ++at) {
    if (input[at] != '$' || at + 1 >= input.size()) {
      result.text += input[at];
      continue;
    }
    const char next = input[at + 1];
    if (next == '$') {
      result.text += '$';
      result.changed = true;
      ++at;
      continue;
    }
    const std::size_t close = next == '(' ? input.find(')', at) : std::string_view::npos;
    if (close == std::string_view::npos) {
      result.text += '$';
      result.text += next;
      ++at;
      continue;
    }
    const std::string name(input.substr(at + 2, close - at - 2));
    const auto value = values.find(name);
    if (value == values.end()) {
      result.text += input.substr(at, close + 1 - at);
    } else {
      result.changed = true;
      if (at == 0 && close + 1 == input.size()) result.whole = value->second;
      const auto resolved = resolve(*value->second);
      result.text += resolved ? resolved->text : value->second->text;
    }
    at = close;
  }
  return result;
}

}  // namespace

void resolve_vars(Accumulator& all) {
  if (all.vars.empty()) return;
  std::vector<Tree> found;
  found.reserve(all.vars.size());  // the values are pointed to
  std::unordered_map<std::string, const Tree*> values;
  for (const Var& var : all.vars) {
    const auto holder =
        std::find_if(all.resources.begin(), all.resources.end(), [&](const Resource& resource) {
          const std::vector<std::string>& vars = resource.history().vars;
          return std::find(vars.begin(), vars.end(), var.name) != vars.end();
        });
    std::vector<std::string> path;
    for (std::string part : field_path(var.field_path)) {
      const std::size_t bracket = part.ends_with(']') ? part.rfind('[') : std::string::npos;
      if (bracket != std::string::npos && bracket > 0 && part.find('=') == std::string::npos) {
        path.push_back(part.substr(0, bracket));
        part = part.substr(bracket + 1, part.size() - bracket - 2);
      }
      path.push_back(std::move(part));
    }
    Tree* value = holder == all.resources.end() ? nullptr : find_path(holder->edit(), path);
    if (value == nullptr) {
      if (all.partial) continue;
      throw Refusal{var.place, fmt::format("the var {} finds no {} {} with `{}`", var.name, var.kind.kind,
                                           var.object, var.field_path)};
    }
    if (!value->is_scalar()) continue;
    if (value->place.kind == PlaceKind::Written) value->place.kind = PlaceKind::Shared;
    found.push_back(*value);
    values[var.name] = &found.back();
  }
  const std::function<std::optional<std::string>(Tree&)> set =
      [&](Tree& field) -> std::optional<std::string> {
    if (field.is_null()) return std::nullopt;
    if (field.is_sequence()) {
      for (Tree& item : field.items) {
        if (!item.is_scalar()) return "a list in a list";
        if (auto error = set(item)) return error;
      }
      return std::nullopt;
    }
    if (field.is_mapping()) {
      for (Entry& entry : field.entries) {
        if (!entry.value.is_scalar() || entry.value.is_null()) continue;
        if (auto error = set(entry.value)) return error;
      }
      return std::nullopt;
    }
    const Expanded expanded = expand(field.text, values);
    if (!expanded.changed) return std::nullopt;
    const Place place = made_at(expanded.whole != nullptr ? expanded.whole->place : field.place);
    const Tag tag = expanded.whole != nullptr ? resolve(*expanded.whole)->tag : Tag::String;
    if (expanded.whole != nullptr) field.style = yaml::ScalarStyle::Plain;
    set_scalar(field, expanded.text, place, tag);
    return std::nullopt;
  };
  for (Resource& resource : all.resources) {
    for (const FieldSpec& spec : all.fields().var_reference) {
      if (!resource.selected_by(spec.kind)) continue;
      const auto error = apply_field_spec(resource.edit(), {{}, spec.path, false}, std::nullopt, {}, set);
      if (error) throw Refusal{resource.tree->place, fmt::format("`{}`: {}", spec.path, *error)};
    }
  }
}

namespace {

// The fields of a target that a path of a replacement leads to; what it may, it makes.
class TargetFields {
 public:
  TargetFields(const std::vector<std::string>& path, std::optional<TreeKind> create, const Place& place)
      : path_(path), create_(create), place_(place) {}

  std::vector<Tree*> find(Tree& root) {
    visit(root, 0);
    return std::move(found_);
  }
  [[nodiscard]] bool met_text() const { return met_text_; }

 private:
  [[nodiscard]] TreeKind kind_for(std::size_t at) const {
    if (at >= path_.size()) return *create_;
    const std::string& part = path_[at];
    const bool list = (part.starts_with('[') && part.ends_with(']')) || is_index(part);
    return list ? TreeKind::Sequence : TreeKind::Mapping;
  }
  static bool is_index(const std::string& part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
  }

  Tree fresh(std::size_t at) const {
    Tree tree;
    tree.kind = kind_for(at);
    tree.place = place_;
    return tree;
  }

  void visit(Tree& tree, std::size_t at) {
    if (at == path_.size()) {
      found_.push_back(&tree);
      return;
    }
    const std::string& part = path_[at];
    if (tree.is_null()) return;
    if (tree.is_scalar()) {
      met_text_ = true;
      return;
    }
    if (tree.is_mapping()) {
      Tree* field = tree.find(part);
      if (field == nullptr) {
        if (!create_) return;
        set_field(tree, part, fresh(at + 1), place_);
        field = tree.find(part);
      }
      visit(*field, at + 1);
      return;
    }
    if (part == "*") {
      for (Tree& item : tree.items) visit(item, at + 1);
    } else if (is_index(part)) {
      std::size_t index = tree.items.size() + 1;
      std::from_chars(part.data(), part.data() + part.size(), index);
      if (index == tree.items.size() && create_) tree.items.push_back(fresh(at + 1));
      if (index < tree.items.size()) visit(tree.items[index], at + 1);
    } else {
      visit_matching(tree, at);
    }
  }

  void visit_matching(Tree& tree, std::size_t at) {
    const std::string& part = path_[at];
    const std::size_t sign = part.find('=');
    if (sign == std::string::npos || !part.starts_with('[')) return;
    const std::string key = part.substr(1, sign - 1);
    const std::string value = part.substr(sign + 1, part.size() - sign - 2);
    const auto pattern = RegularExpression::compile(value);
    bool any = false;
    for (Tree& item : tree.items) {
      const Tree* field = key.empty() ? &item : item.find(key);
      if (field == nullptr || !field->is_scalar() || !pattern || !pattern->finds(field->text)) continue;
      any = true;
      if (key.empty()) {
        found_.push_back(&item);
      } else {
        visit(item, at + 1);
      }
    }
    if (any || !create_) return;
    Tree item = make_mapping(place_);
    if (key.empty()) {
      item = make_scalar(value, place_);
    } else {
      set_field(item, key, make_scalar(value, place_), place_);
    }
    tree.items.push_back(std::move(item));
    if (key.empty()) {
      found_.push_back(&tree.items.back());
    } else {
      visit(tree.items.back(), at + 1);
    }
  }

  const std::vector<std::string>& path_;
  std::optional<TreeKind> create_;
  const Place& place_;
  std::vector<Tree*> found_;
  bool met_text_ = false;
};

std::vector<std::string> split_text(const std::string& text, const std::string& delimiter) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  for (std::size_t end = text.find(delimiter); end != std::string::npos; end = text.find(delimiter, at)) {
    parts.push_back(text.substr(at, end - at));
    at = end + delimiter.size();
  }
  parts.push_back(text.substr(at));
  return parts;
}

struct FieldOptions {
  std::string delimiter;
  std::int64_t index = 0;
  bool create = false;
};

FieldOptions field_options(const Tree& of) {
  const Tree* options = fields::value(of, "options");
  if (options == nullptr) return {};
  return {fields::text(*options, "delimiter"), fields::number(*options, "index").value_or(0),
          fields::flag(*options, "create")};
}

void set_replacement(Tree& field, const Tree& value, const FieldOptions& options, const Place& place) {
  Tree copy = value;
  if (!options.delimiter.empty()) {
    if (!field.is_scalar()) throw Refusal{place, "`delimiter` is for single values"};
    std::vector<std::string> parts = split_text(field.text, options.delimiter);
    const auto count = static_cast<std::int64_t>(parts.size());
    if (options.index < 0) {
      parts.insert(parts.begin(), value.text);
    } else if (options.index >= count) {
      parts.push_back(value.text);
    } else {
      parts[static_cast<std::size_t>(options.index)] = value.text;
    }
    copy.text = fmt::format("{}", fmt::join(parts, options.delimiter));
    copy.place = made_at(place);
  }
  if (field.is_scalar() && copy.is_scalar()) {
    // The type of the target's field stays, where the text allows it.
    field.renewed = field.twin != 0;
    field.text = copy.text;
    field.place = made_at(copy.place);
    if (field.tag != Tag::String)
      field.tag = field.style == yaml::ScalarStyle::Plain ? Tag::Auto : Tag::String;
  } else {
    field = std::move(copy);
  }
}

}  // namespace

void replace(Accumulator& all, const Tree& replacement) {
  fields::known_only(replacement, {"path", "source", "sourceValue", "targets"}, "replacements");
  const Tree* source = fields::value(replacement, "source");
  const Tree* literal = fields::value(replacement, "sourceValue");
  const std::vector<Tree>& targets = fields::list(replacement, "targets");
  if ((source == nullptr && literal == nullptr) || fields::value(replacement, "targets") == nullptr)
    throw Refusal{replacement.place, "a replacement needs a source and a target"};
  if (source != nullptr && literal != nullptr)
    throw Refusal{replacement.place, "a replacement takes `source` or `sourceValue`, not both"};
  Tree value;
  if (literal != nullptr) {
    value = make_scalar(fields::text_of(*literal, "sourceValue"), made_at(literal->place));
  } else {
    fields::known_only(*source, {"group", "version", "kind", "name", "namespace", "fieldPath", "options"},
                       "source");
    const KindFilter kind = fields::kind_filter(*source);
    const std::string name = fields::text(*source, "name");
    const std::string space = fields::text(*source, "namespace");
    Resource* found = nullptr;
    for (Resource& resource : all.resources) {
      const auto selected = [&](const ResourceKey& key) {
        const std::string own = space.empty() ? "default" : space;
        return (name.empty() || key.name == name) && (space.empty() || key.name_space == own) &&
               kind.selects(key.group, key.version, key.kind);
      };
      bool matches = selected(resource.key());
      for (const EarlierId& id : resource.history().earlier) matches |= selected(resource.earlier_key(id));
      if (!matches) continue;
      if (found != nullptr) throw Refusal{source->place, "several resources are selected as the source"};
      found = &resource;
    }
    std::string path = fields::text(*source, "fieldPath");
    if (path.empty()) path = "metadata.name";
    Tree* field = found == nullptr ? nullptr : find_path(found->edit(), field_path(path));
    if (field == nullptr || field->is_null()) {
      if (all.partial) return;
      throw Refusal{source->place, found == nullptr ? "no resource is selected as the source"
                                                    : fmt::format("the source has no field `{}`", path)};
    }
    if (field->place.kind == PlaceKind::Written) field->place.kind = PlaceKind::Shared;
    value = *field;
    const FieldOptions options = field_options(*source);
    if (!options.delimiter.empty()) {
      const std::vector<std::string> parts = split_text(value.text, options.delimiter);
      if (!value.is_scalar() || options.index < 0 || options.index >= static_cast<std::int64_t>(parts.size()))
        throw Refusal{source->place, "the source's `index` is out of bounds"};
      value.text = parts[static_cast<std::size_t>(options.index)];
    }
  }
  for (const Tree& target : targets) {
    fields::known_only(target, {"select", "reject", "fieldPaths", "options"}, "targets");
    const Tree* select = fields::value(target, "select");
    if (select == nullptr) throw Refusal{target.place, "a target needs `select`"};
    const Selector selector = Selector::of(*select);
    std::vector<Selector> rejects;
    for (const Tree& reject : fields::list(target, "reject")) rejects.push_back(Selector::of(reject));
    const FieldOptions options = field_options(target);
    std::vector<std::string> paths;
    for (const Tree& path : fields::list(target, "fieldPaths"))
      paths.push_back(fields::text_of(path, "fieldPaths"));
    if (paths.empty()) paths.emplace_back("metadata.name");
    for (Resource& resource : all.resources) {
      if (!selector.selects_labels(resource)) continue;
      bool selected = selector.selects_id(resource.key(), resource.name_space());
      for (const EarlierId& id : resource.history().earlier)
        selected |= selector.selects_id(resource.earlier_key(id), id.name_space);
      for (const Selector& reject : rejects) {
        if (reject.has_labels() && reject.selects_labels(resource)) selected = false;
        if (!reject.has_id()) continue;
        bool rejected = reject.selects_id(resource.key(), resource.name_space());
        for (const EarlierId& id : resource.history().earlier)
          rejected |= reject.selects_id(resource.earlier_key(id), id.name_space);
        if (rejected) selected = false;
      }
      if (!selected) continue;
      for (const std::string& path : paths) {
        const std::vector<std::string> parts = field_path(path);
        const Place place = made_at(target.place);
        TargetFields finder(parts, options.create ? std::optional(value.kind) : std::nullopt, place);
        const std::vector<Tree*> found = finder.find(resource.edit());
        if (found.empty() && finder.met_text()) {
          all.partial = true;  // inside a text that is YAML or JSON: not evaluated
          continue;
        }
        if (found.empty()) {
          throw Refusal{target.place, fmt::format("{} {} has no field `{}` to replace", resource.kind(),
                                                  resource.name(), path)};
        }
        all.grow(found.size() * size_of(value), target.place);
        for (Tree* field : found) set_replacement(*field, value, options, target.place);
        renew_twins(resource.edit());
      }
    }
  }
}

}  // namespace workspace::kustomize
