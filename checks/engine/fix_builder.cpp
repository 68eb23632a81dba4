#include "checks/engine/fix_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "workspace/yaml/edit.h"

namespace checks {

namespace {

using workspace::Definition;
using workspace::DocumentState;
using workspace::Error;
using workspace::FileEntry;
using workspace::Result;

// Texts and edits remembered at once.
constexpr std::size_t kMaxRemembered = 8192;

Result<std::shared_ptr<const std::string>> text_of(const FileEntry& file, const AnalysedTexts& texts) {
  return texts.of(file.path.str(), *file.facts);
}

workspace::yaml::Path document_path(const FieldRef& site, const std::string& path) {
  return workspace::yaml::parse_path(workspace::item_path(site.node->metadata()) + path);
}

// The path of the mode itself, whether it is there or not.
std::string mode_path(const FieldRef& site) {
  std::string path = path_of(site);
  if (!path.ends_with(".mode")) path += ".mode";
  return path;
}

// The file that a field stands in, and its place there.
struct PlacedText {
  std::string file;
  std::shared_ptr<const std::string> text;
  workspace::ByteRange range;
};

Result<PlacedText> placed(const FieldRef& site, const AnalysedTexts& texts) {
  const Definition& definition = site.node->definitions[site.definition];
  const FileEntry& file = *definition.document->file;
  const DocumentState& document = file.facts->documents[definition.document->ordinal];
  if (document.problem()) return Error{fmt::format("{}: the document is not valid YAML", file.path)};
  auto text = text_of(file, texts);
  if (!text) return text.error();
  return PlacedText{file.path.str(), *std::move(text),
                    workspace::shifted(range_in_facts(site), document.begin)};
}

Result<bool> add_text_edit(const ReplaceText& change, const AnalysedTexts& texts, std::vector<FileEdit>& edits) {
  auto at = placed(change.site, texts);
  if (!at) return at.error();
  edits.push_back({std::move(at->file), at->range, change.text, false});
  return true;
}

Result<bool> add_line_edit(const InsertLine& change, const AnalysedTexts& texts, std::vector<FileEdit>& edits) {
  auto at = placed(change.site, texts);
  if (!at) return at.error();
  const std::string_view text = *at->text;
  const std::size_t before =
      at->range.begin == 0 ? std::string_view::npos : text.rfind('\n', at->range.begin - 1);
  const auto begin = static_cast<std::uint32_t>(before == std::string_view::npos ? 0 : before + 1);
  const bool carriage_return = begin >= 2 && text[begin - 2] == '\r';
  edits.push_back(
      {std::move(at->file), {begin, begin}, change.line + (carriage_return ? "\r\n" : "\n"), false});
  return true;
}

// A name that no rule of that namespace has.
std::string free_name(const workspace::Mesh& mesh, const InsertRule& rule) {
  std::string name = rule.name;
  for (int i = 2; mesh.defines({workspace::Kind::DestinationRule, rule.ns, name}); ++i) {
    name = fmt::format("{}-{}", rule.name, i);
  }
  return name;
}

std::string rule_text(const workspace::Mesh& mesh, const InsertRule& rule, const std::string& name) {
  return fmt::format(
      "apiVersion: {}\nkind: DestinationRule\nmetadata:\n  name: {}\n  namespace: {}\nspec:\n  host: \"{}\"\n"
      "  trafficPolicy:\n    tls:\n      mode: {}\n",
      mesh.usual_networking_version().value_or("networking.istio.io/v1beta1"), name, rule.ns, rule.host,
      rule.mode);
}

void use_line_ends(std::string& text, std::string_view ends) {
  if (ends != "\r\n") return;
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2)) {
    text.replace(at, 1, "\r\n");
  }
}

bool ends_with_marker(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  const std::size_t line = text.rfind('\n');
  return (line == std::string_view::npos ? text : text.substr(line + 1)) == "---";
}

Result<FileEdit> append_rule(const FileEntry& file, const std::string& rule, const AnalysedTexts& texts) {
  if (file.path.view().ends_with(".json"))
    return Error{fmt::format("{}: a JSON file holds one document", file.path)};
  const auto found = text_of(file, texts);
  if (!found) return found.error();
  const std::string& text = **found;
  std::string added;
  if (!text.empty() && text.back() != '\n') added += "\n";
  if (!ends_with_marker(text)) added += "---\n";
  added += rule;
  use_line_ends(added, text.find("\r\n") != std::string::npos ? "\r\n" : "\n");
  const auto end = static_cast<std::uint32_t>(text.size());
  return FileEdit{file.path.str(), {end, end}, std::move(added), false};
}

Result<FileEdit> new_rule_file(const FileEntry& file, const std::string& name, std::string rule,
                               const AnalysedTexts& texts) {
  const std::string folder(file.path.view().substr(0, file.path.view().rfind('/') + 1));
  std::string path = folder + name + ".yaml";
  for (int i = 2; texts.exists(path); ++i) path = fmt::format("{}{}-{}.yaml", folder, name, i);
  return FileEdit{std::move(path), {}, std::move(rule), true};
}

// Two edits of one place agree or exclude each other.
bool sort_and_check(std::vector<FileEdit>& edits) {
  std::sort(edits.begin(), edits.end(), [](const FileEdit& a, const FileEdit& b) {
    return std::tie(a.file, a.range.begin, a.range.end, a.new_text) <
           std::tie(b.file, b.range.begin, b.range.end, b.new_text);
  });
  edits.erase(std::unique(edits.begin(), edits.end()), edits.end());
  const auto overlap = [](const FileEdit& a, const FileEdit& b) {
    return a.file == b.file && (b.range.begin < a.range.end || a.range == b.range);
  };
  return std::adjacent_find(edits.begin(), edits.end(), overlap) == edits.end();
}

}  // namespace

void FixMemo::clear() {
  verified_.clear();
  mode_edits_.clear();
}

Result<std::shared_ptr<const std::string>> AnalysedTexts::of(const std::string& path,
                                                             const workspace::FileFacts& facts) const {
  if (const auto known = texts_.find(path); known != texts_.end()) return known->second;
  auto text = (*source_)(path);
  if (text == nullptr) return Error{fmt::format("{}: the file can't be read", path)};
  const auto verified = memo_->verified_.find(path);
  if (verified == memo_->verified_.end() || verified->second.lock() != text) {
    if (workspace::hash_bytes(*text) != facts.text_hash) {
      return Error{fmt::format("{}: the file has changed since it was analysed", path)};
    }
    if (memo_->verified_.size() >= kMaxRemembered) memo_->verified_.clear();
    memo_->verified_[path] = text;
  }
  texts_.emplace(path, text);
  return text;
}

Result<std::vector<FileEdit>> AnalysedTexts::mode_edits(const SetMode& change) const {
  const FieldRef& site = change.site;
  const Definition& definition = site.node->definitions.front();
  const FileEntry& file = *definition.document->file;
  const DocumentState& document = file.facts->documents[definition.document->ordinal];
  if (document.problem()) return Error{fmt::format("{}: the document is not valid YAML", file.path)};
  const auto text = text_of(file, *this);
  if (!text) return text.error();
  FixMemo::EditKey key{site.node, site.field, site.entry, site.clause, change.value};
  auto known = memo_->mode_edits_.find(key);
  if (known == memo_->mode_edits_.end()) {
    const std::string_view slice = std::string_view(**text).substr(document.begin, document.size);
    auto made = workspace::yaml::set_scalar(slice, document_path(site, mode_path(site)), change.value);
    if (!made) return made.error();
    if (memo_->mode_edits_.size() >= kMaxRemembered) memo_->mode_edits_.clear();
    known = memo_->mode_edits_.emplace(std::move(key), *std::move(made)).first;
  }
  std::vector<FileEdit> edits;
  edits.reserve(known->second.size());
  for (const auto& edit : known->second) {
    edits.push_back({file.path.str(), workspace::shifted(edit.range, document.begin), edit.new_text, false});
  }
  return edits;
}

Result<std::vector<FileEdit>> build_edits(const workspace::Mesh& mesh, const FixPlan& plan,
                                          const AnalysedTexts& texts, Placement placement) {
  std::vector<FileEdit> edits;
  for (const SetMode& change : plan.modes) {
    auto made = texts.mode_edits(change);
    if (!made) return made.error();
    std::move(made->begin(), made->end(), std::back_inserter(edits));
  }
  for (const ReplaceText& change : plan.texts) {
    if (const auto done = add_text_edit(change, texts, edits); !done) return done.error();
  }
  for (const InsertLine& change : plan.lines) {
    if (const auto done = add_line_edit(change, texts, edits); !done) return done.error();
  }
  if (plan.rule) {
    const FileEntry& file = *plan.rule->beside.node->definitions.front().document->file;
    const std::string name = free_name(mesh, *plan.rule);
    std::string rule = rule_text(mesh, *plan.rule, name);
    auto edit = placement == Placement::EndOfFile ? append_rule(file, rule, texts)
                                                  : new_rule_file(file, name, std::move(rule), texts);
    if (!edit) return edit.error();
    edits.push_back(*std::move(edit));
  }
  if (!sort_and_check(edits)) return Error{"the edits of this fix overlap"};
  return edits;
}

}  // namespace checks
