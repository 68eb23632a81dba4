#include "checks/queries/rename.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "workspace/config/settings.h"
#include "workspace/yaml/edit.h"

namespace checks {
namespace {

constexpr std::size_t kMaxLabel = 63;

// A label's value, or with `dots` false a subset's name.
bool is_label_value(std::string_view text, bool dots) {
  const auto is_alphanumeric = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  return !text.empty() && text.size() <= kMaxLabel && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), [&](char c) {
           return is_alphanumeric(c) || c == '-' || (dots && (c == '.' || c == '_'));
         });
}

const std::string& current_name(const Thing& thing) {
  return thing.kind == ThingKind::Label ? thing.value : thing.name;
}

Thing with_name(Thing thing, const std::string& name) {
  (thing.kind == ThingKind::Label ? thing.value : thing.name) = name;
  return thing;
}

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

// The namespace of `service.namespace` ends at `end`: nothing follows that makes it another name.
bool ends_name(std::string_view text, std::size_t end) {
  constexpr std::string_view kService = ".svc";
  const std::string_view rest = text.substr(end);
  if (rest.starts_with(kService) && (rest.size() == kService.size() || rest[kService.size()] == '.' ||
                                     !is_name_character(rest[kService.size()])))
    return true;
  // A full stop may end a sentence.
  const bool is_stop = rest.starts_with('.') && (rest.size() == 1 || !is_name_character(rest[1]));
  return rest.empty() || is_stop || !is_name_character(rest.front());
}

}  // namespace

std::string describe(const Thing& thing) {
  switch (thing.kind) {
    case ThingKind::Namespace:
      return fmt::format("namespace '{}'", thing.name);
    case ThingKind::Service:
      return fmt::format("Service '{}/{}'", thing.around, thing.name);
    case ThingKind::Label:
      return fmt::format("label '{}={}' of namespace '{}'", thing.name, thing.value, thing.around);
    case ThingKind::Subset:
      break;
  }
  return fmt::format("subset '{}' of host '{}'", thing.name, thing.around);
}

std::string Rename::refused(const Thing& thing, std::string_view new_name, const RenameScope& scope) {
  const bool is_namespace = thing.kind == ThingKind::Namespace;
  if (is_namespace && thing.name == scope.names.root_namespace)
    return fmt::format("'{}' is the root namespace, which settings name", thing.name);
  if (is_namespace && thing.name == scope.names.default_namespace)
    return fmt::format("resources that name no namespace are in '{}'", thing.name);
  const bool is_label = thing.kind == ThingKind::Label;
  const bool is_valid = is_label || thing.kind == ThingKind::Subset ? is_label_value(new_name, is_label)
                                                                    : workspace::is_namespace_name(new_name);
  if (!is_valid)
    return fmt::format("invalid name '{}': expected at most 63 {}", new_name,
                       is_label ? "letters, digits, '-', '_' and '.', between letters or digits"
                       : thing.kind == ThingKind::Subset
                           ? "letters, digits and '-', between letters or digits"
                           : "small letters, digits and '-', between letters or digits");
  return {};
}

Rename::Rename(Thing thing, std::string new_name, RenameScope scope)
    : thing_(std::move(thing)),
      new_name_(std::move(new_name)),
      scope_(std::move(scope)),
      renamed_(with_name(thing_, new_name_)) {}

bool Rename::may_name(std::string_view text) const {
  return text.find(current_name(thing_)) != std::string_view::npos ||
         text.find(new_name_) != std::string_view::npos;
}

bool Rename::refuse(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

bool Rename::add_file(const std::string& path, const std::string& shown, std::string_view text) {
  if (!may_name(text)) return true;
  const Mentions mentions = mentions_in(text, scope_.names);
  // What is no manifest is not known to name anything.
  if (!mentions.complete && text.find("apiVersion") != std::string_view::npos)
    return refuse(fmt::format("{}: not valid YAML, so not all places are known", shown));
  for (const Mention& mention : mentions.list) {
    if (!add_mention(path, shown, text, mention)) return false;
  }
  add_texts(path, text);
  return true;
}

bool Rename::add_build(const std::string& name, std::string_view text) {
  if (!may_name(text)) return true;
  const Mentions mentions = mentions_in(text, scope_.names);
  const bool is_named = std::any_of(mentions.list.begin(), mentions.list.end(),
                                    [&](const Mention& mention) { return mention.thing == thing_; });
  if (!is_named) return true;
  return refuse(
      fmt::format("{} is also in what {} builds, where not all places are known", describe(thing_), name));
}

bool Rename::finish() {
  const bool must_be = thing_.kind == ThingKind::Service || thing_.kind == ThingKind::Subset;
  if (!problem_.empty()) return false;
  return !must_be || is_defined_ || refuse(fmt::format("{} is defined in no file", describe(thing_)));
}

bool Rename::add_mention(const std::string& path, const std::string& shown, std::string_view text,
                         const Mention& mention) {
  if (mention.thing == renamed_)
    return refuse(fmt::format("{}: {} exists already", shown, describe(renamed_)));
  const bool is_label = thing_.kind == ThingKind::Label && mention.thing.kind == ThingKind::Label;
  if (is_label && mention.everywhere && mention.thing.name == thing_.name &&
      mention.thing.value == thing_.value && mention.thing.around != thing_.around)
    return refuse(fmt::format("{}: selects pods of other namespaces, too, by '{}={}'", shown, thing_.name,
                              thing_.value));
  if (mention.thing != thing_) return true;
  if (!mention.is_verbatim)
    return refuse(fmt::format("{}: {} is written with escapes or through an alias", shown, describe(thing_)));
  is_defined_ = is_defined_ || mention.declares;
  const std::uint32_t begin = mention.range.begin;
  const bool is_quoted = begin > 0 && (text[begin - 1] == '"' || text[begin - 1] == '\'');
  const bool is_plain = mention.is_whole && !is_quoted;
  edits_.push_back({path, mention.range, is_plain ? workspace::yaml::write_scalar(new_name_) : new_name_});
  return true;
}

// `service.namespace` as a word, where no field has it.
void Rename::add_texts(const std::string& path, std::string_view text) {
  const bool is_namespace = thing_.kind == ThingKind::Namespace;
  if (is_namespace || thing_.kind == ThingKind::Service) {
    const std::string ns = "." + (is_namespace ? thing_.name : thing_.around);
    for (std::size_t dot = text.find(ns); dot != std::string_view::npos; dot = text.find(ns, dot + 1)) {
      std::size_t begin = dot;
      while (begin > 0 && is_name_character(text[begin - 1])) --begin;
      const std::size_t end = dot + ns.size();
      if (!scope_.services.contains(text.substr(begin, dot - begin)) || !ends_name(text, end)) continue;
      const workspace::ByteRange range{static_cast<std::uint32_t>(is_namespace ? dot + 1 : begin),
                                       static_cast<std::uint32_t>(is_namespace ? end : dot)};
      edits_.push_back({path, range, new_name_});
    }
  }
  // A field's text is met twice, and an anchor's once for each alias.
  const auto first =
      std::find_if(edits_.begin(), edits_.end(), [&](const FileEdit& edit) { return edit.file == path; });
  std::stable_sort(first, edits_.end(),
                   [](const FileEdit& a, const FileEdit& b) { return a.range < b.range; });
  edits_.erase(std::unique(first, edits_.end(),
                           [](const FileEdit& a, const FileEdit& b) { return a.range == b.range; }),
               edits_.end());
}

}  // namespace checks
