#include "checks/engine/fix_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "workspace/yaml/edit.h"
#include "workspace/yaml/reader.h"

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

// The path in its document of a path in a resource, which may be an item of a List.
workspace::yaml::Path document_path(const workspace::ResourceNode& node, std::string_view path) {
  workspace::yaml::Path steps;
  const workspace::Metadata& metadata = node.metadata();
  if (metadata.item.index >= 0) {
    const auto add_item = [&steps](std::int32_t item) {
      steps.push_back({"items", -1});
      steps.push_back({{}, item});
    };
    for (const std::int32_t outer : metadata.rare.outer_items()) add_item(outer);
    add_item(metadata.item.index);
  }
  for (auto& step : workspace::yaml::parse_path(path)) steps.push_back(std::move(step));
  return steps;
}

// A document of the analysed files that can be edited, and its text.
struct EditedDocument {
  std::string path;                                   // of the file
  std::shared_ptr<const workspace::FileFacts> facts;  // of the file
  const DocumentState* state = nullptr;
  std::shared_ptr<const std::string> text;  // of the file

  [[nodiscard]] std::string_view slice() const {
    return std::string_view(*text).substr(state->begin, state->size);
  }
};

// The document that a build took a value from, where it is one of the same resource: of a base, or a patch.
Result<EditedDocument> source_document(const workspace::ResourceNode& node,
                                       const workspace::SourcePlace& place, const AnalysedTexts& texts) {
  EditedDocument found;
  found.path = std::string(place.file);
  found.facts = texts.facts(place.file);
  if (found.facts == nullptr) return Error{fmt::format("{}: the file is not known", place.file)};
  found.state = found.facts->document_at(place.range.begin);
  const auto is_same = [&] {
    const auto& resources = found.state->facts->resources;
    if (resources.size() != 1) return false;
    const workspace::Metadata& metadata = workspace::metadata_of(resources.front());
    return metadata.kind == node.id.kind && metadata.item.index < 0;
  };
  if (found.state == nullptr || found.state->problem() || !is_same())
    return Error{fmt::format("{}: the value is written in another form", place.file)};
  auto text = texts.of(found.path, *found.facts);
  if (!text) return text.error();
  found.text = *std::move(text);
  return found;
}

// Where a build took the mapping at a path of a resource from, or the nearest around it that is there.
std::optional<workspace::SourcePlace> source_of(const workspace::DocumentEntry& document,
                                                std::string_view path) {
  const workspace::BuildOrigin& origin = *document.file->facts->origin;
  const DocumentState& state = document.file->facts->documents[document.ordinal];
  const auto read =
      workspace::yaml::read_yaml(origin.slice(document.ordinal), workspace::yaml::kWidestLimits);
  const auto* tree = std::get_if<workspace::yaml::Document>(&read);
  if (tree == nullptr) return std::nullopt;
  workspace::yaml::Value value = tree->root();
  for (const auto& step : workspace::yaml::parse_path(path)) {
    const workspace::yaml::Value next = step.index < 0
                                            ? value[step.key]
                                            : (static_cast<std::size_t>(step.index) < value.items().size()
                                                   ? value.items()[static_cast<std::size_t>(step.index)]
                                                   : workspace::yaml::Value());
    if (!next.exists()) break;
    value = next;
  }
  return origin.place(workspace::shifted(value.range(), state.begin));
}

// `path`: of a value of the resource that is to be changed.
Result<EditedDocument> document_of(const workspace::ResourceNode& node, std::string_view path,
                                   const AnalysedTexts& texts) {
  const Definition& definition = node.definitions.front();
  const FileEntry& file = *definition.document->file;
  if (file.facts->origin) {
    const auto place = source_of(*definition.document, path);
    if (!place) return Error{fmt::format("{}: is written in no file", path)};
    return source_document(node, *place, texts);
  }
  const DocumentState& document = file.facts->documents[definition.document->ordinal];
  if (document.problem()) return Error{fmt::format("{}: the document is not valid YAML", file.path)};
  const auto text = text_of(file, texts);
  if (!text) return text.error();
  return EditedDocument{file.path.str(), file.facts, &document, *text};
}

using TextEdits = std::vector<workspace::yaml::TextEdit>;

// Adds edits of a document as edits of its file.
void add_edits(const EditedDocument& document, const TextEdits& made, std::vector<FileEdit>& edits) {
  for (const auto& edit : made) {
    edits.push_back(
        {document.path, workspace::shifted(edit.range, document.state->begin), edit.new_text, false});
  }
}

Result<TextEdits> made_by(const ChangeEntries& plan, std::string_view document) {
  return workspace::yaml::change_entries(document, document_path(*plan.node, plan.mapping), plan.change);
}
Result<TextEdits> made_by(const RenameKey& plan, std::string_view document) {
  return workspace::yaml::rename_key(document, document_path(*plan.node, plan.path), plan.key);
}
Result<TextEdits> made_by(const SplitDocument& plan, std::string_view document) {
  auto edit = workspace::yaml::insert_document_marker(document, plan.key);
  if (!edit) return edit.error();
  return TextEdits{*std::move(edit)};
}

std::string_view path_in(const ChangeEntries& plan) { return plan.mapping; }
std::string_view path_in(const RenameKey& plan) { return plan.path; }
std::string_view path_in(const SplitDocument&) { return {}; }

template <class Plan>
Result<bool> add_all(const std::vector<Plan>& plans, const AnalysedTexts& texts,
                     std::vector<FileEdit>& edits) {
  for (const Plan& plan : plans) {
    const auto document = document_of(*plan.node, path_in(plan), texts);
    if (!document) return document.error();
    const auto made = made_by(plan, document->slice());
    if (!made) return made.error();
    add_edits(*document, *made, edits);
  }
  return true;
}

// A name that no resource of that kind and namespace has.
std::string free_name(const workspace::Mesh& mesh, workspace::Kind kind, const std::string& ns,
                      const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; mesh.defines({kind, ns, name}); ++i) name = fmt::format("{}-{}", wanted, i);
  return name;
}

std::string header(std::string_view api_version, std::string_view kind, std::string_view name,
                   std::string_view ns) {
  using workspace::yaml::write_scalar;
  return fmt::format("apiVersion: {}\nkind: {}\nmetadata:\n  name: {}\n  namespace: {}\nspec:\n", api_version,
                     kind, write_scalar(name), write_scalar(ns));
}

std::string rule_text(const workspace::Mesh& mesh, const InsertRule& rule, const std::string& name) {
  std::string text = header(mesh.usual_networking_version().value_or("networking.istio.io/v1beta1"),
                            "DestinationRule", name, rule.ns);
  text += fmt::format("  host: \"{}\"\n  trafficPolicy:\n", rule.host);
  if (rule.port == 0) return text + fmt::format("    tls:\n      mode: {}\n", rule.mode);
  return text + fmt::format(
                    "    portLevelSettings:\n    - port:\n        number: {}\n      tls:\n        mode: {}\n",
                    rule.port, rule.mode);
}

// The version that goes with that of the mesh's networking resources.
std::string_view security_version(const workspace::Mesh& mesh) {
  return mesh.usual_networking_version() == "networking.istio.io/v1" ? "security.istio.io/v1"
                                                                     : "security.istio.io/v1beta1";
}

std::string policy_text(const workspace::Mesh& mesh, const InsertPolicy& policy, const std::string& name) {
  std::string text = header(security_version(mesh), "PeerAuthentication", name, policy.ns);
  text += "  selector:\n    matchLabels:\n";
  for (const auto& [key, value] : policy.selector) {
    text += fmt::format("      {}: {}\n", workspace::yaml::write_scalar(key),
                        workspace::yaml::write_scalar(value));
  }
  text += "  portLevelMtls:\n";
  for (const std::uint32_t port : policy.ports)
    text += fmt::format("    {}:\n      mode: {}\n", port, policy.mode);
  return text;
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

Result<FileEdit> append_rule(const std::string& path, const workspace::FileFacts& facts,
                             const std::string& rule, const AnalysedTexts& texts) {
  if (path.ends_with(".json")) return Error{fmt::format("{}: a JSON file holds one document", path)};
  const auto found = texts.of(path, facts);
  if (!found) return found.error();
  const std::string& text = **found;
  std::string added;
  if (!text.empty() && text.back() != '\n') added += '\n';
  if (!ends_with_marker(text)) added += "---\n";
  added += rule;
  use_line_ends(added, text.find("\r\n") != std::string::npos ? "\r\n" : "\n");
  const auto end = static_cast<std::uint32_t>(text.size());
  return FileEdit{path, {end, end}, std::move(added), false};
}

Result<FileEdit> new_rule_file(const std::string& beside, const std::string& name, std::string rule,
                               const AnalysedTexts& texts) {
  const std::string folder = beside.substr(0, beside.rfind('/') + 1);
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

std::string mapping_of_mode(const FieldRef& site) {
  std::string path = path_of(site);
  if (path.ends_with(".mode")) path.resize(path.size() - std::string_view(".mode").size());
  return path;
}

std::vector<std::string> excluded_by(std::string_view mode) {
  if (mode != "ISTIO_MUTUAL") return {};
  return {"clientCertificate", "privateKey", "caCertificates",    "credentialName",
          "subjectAltNames",   "sni",        "insecureSkipVerify"};
}

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

namespace {

// The edit of a mode that a build took from a place where a value alone can be written: a JSON patch, or a
// patch within a kustomization.
Result<std::vector<FileEdit>> edit_source_value(const SetMode& change) {
  const workspace::DocumentEntry& document = *change.site.node->definitions.front().document;
  const auto& origin = document.file->facts->origin;
  if (!origin || !path_of(change.site).ends_with(".mode")) return Error{"there is no value to replace"};
  const auto range = document.file->facts->documents[document.ordinal].place(range_in_facts(change.site));
  const auto place = range ? origin->place(*range) : std::nullopt;
  if (!place || !place->editable) return Error{"the value stands for others too"};
  return std::vector<FileEdit>{{std::string(place->file), place->range, change.value, false}};
}

}  // namespace

Result<std::vector<FileEdit>> AnalysedTexts::mode_edits(const SetMode& change) const {
  const FieldRef& site = change.site;
  const auto document = document_of(*site.node, path_of(site), *this);
  if (!document) {
    auto replaced = edit_source_value(change);
    return replaced ? std::move(replaced) : document.error();
  }
  FixMemo::EditKey key{site.node, site.field, site.entry, site.clause, change.value};
  auto known = memo_->mode_edits_.find(key);
  if (known == memo_->mode_edits_.end()) {
    auto made =
        workspace::yaml::change_entries(document->slice(), document_path(*site.node, mapping_of_mode(site)),
                                        {"mode", change.value, excluded_by(change.value)});
    if (!made) return made.error();
    if (memo_->mode_edits_.size() >= kMaxRemembered) memo_->mode_edits_.clear();
    known = memo_->mode_edits_.emplace(std::move(key), *std::move(made)).first;
  }
  std::vector<FileEdit> edits;
  edits.reserve(known->second.size());
  add_edits(*document, known->second, edits);
  return edits;
}

namespace {

// The edit that adds a document of a plan.
Result<FileEdit> insert_document(const FieldRef& beside, const std::string& name, std::string text,
                                 const AnalysedTexts& texts, Placement placement) {
  const FileEntry& file = *beside.node->definitions.front().document->file;
  std::string path = file.path.str();
  std::shared_ptr<const workspace::FileFacts> facts = file.facts;
  if (facts->origin) {
    // No kustomization would list the new file.
    if (placement == Placement::NewFile) return Error{"a new file would be in no build"};
    const auto place = location_of(beside);
    if (!place) return Error{"is written in no file"};
    path = place->file;
    facts = texts.facts(path);
    if (facts == nullptr) return Error{fmt::format("{}: the file is not known", path)};
  }
  return placement == Placement::EndOfFile ? append_rule(path, *facts, text, texts)
                                           : new_rule_file(path, name, std::move(text), texts);
}

}  // namespace

Result<std::vector<FileEdit>> build_edits(const workspace::Mesh& mesh, const FixPlan& plan,
                                          const AnalysedTexts& texts, Placement placement) {
  std::vector<FileEdit> edits;
  for (const SetMode& change : plan.modes) {
    auto made = texts.mode_edits(change);
    if (!made) return made.error();
    std::move(made->begin(), made->end(), std::back_inserter(edits));
  }
  if (const auto done = add_all(plan.entries, texts, edits); !done) return done.error();
  if (const auto done = add_all(plan.renames, texts, edits); !done) return done.error();
  if (const auto done = add_all(plan.splits, texts, edits); !done) return done.error();
  if (plan.rule) {
    const std::string name =
        free_name(mesh, workspace::Kind::DestinationRule, plan.rule->ns, plan.rule->name);
    auto edit = insert_document(plan.rule->beside, name, rule_text(mesh, *plan.rule, name), texts, placement);
    if (!edit) return edit.error();
    edits.push_back(*std::move(edit));
  }
  if (plan.policy) {
    const std::string name =
        free_name(mesh, workspace::Kind::PeerAuthentication, plan.policy->ns, plan.policy->name);
    auto edit =
        insert_document(plan.policy->beside, name, policy_text(mesh, *plan.policy, name), texts, placement);
    if (!edit) return edit.error();
    edits.push_back(*std::move(edit));
  }
  if (!sort_and_check(edits)) return Error{"the edits of this fix overlap"};
  return edits;
}

}  // namespace checks
