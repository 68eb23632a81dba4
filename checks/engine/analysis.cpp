#include "checks/engine/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "checks/engine/finding_store.h"
#include "checks/engine/fix_builder.h"
#include "checks/engine/fix_trials.h"
#include "checks/engine/mesh_state.h"
#include "checks/engine/suppressions.h"
#include "workspace/base/path_map.h"

namespace checks {

namespace {

using workspace::CompactString;
using workspace::FileEntry;
using workspace::FileFacts;
using workspace::ResourceNode;

std::optional<Severity> overridden(const workspace::Settings& settings, std::string_view code,
                                   Severity severity) {
  const auto at = settings.severity.find(std::string(code));
  if (at == settings.severity.end()) return severity;
  switch (at->second) {
    case workspace::SeverityOverride::Off:
      return std::nullopt;
    case workspace::SeverityOverride::Hint:
      return Severity::Hint;
    case workspace::SeverityOverride::Information:
      return Severity::Information;
    case workspace::SeverityOverride::Warning:
      return Severity::Warning;
    case workspace::SeverityOverride::Error:
      return Severity::Error;
  }
  return severity;
}

std::optional<Finding> shown(const MeshState& state, const StoredFinding& stored, std::size_t max_related) {
  const auto severity = overridden(state.definition.settings, stored.check->code, stored.severity);
  if (!severity) return std::nullopt;
  auto place = location_of(stored.at);
  if (!place || is_suppressed(stored)) return std::nullopt;
  Finding finding;
  finding.code = stored.check->code;
  finding.severity = *severity;
  finding.message = stored.message;
  finding.mesh = state.definition.name;
  finding.at = *std::move(place);
  finding.related_total = static_cast<std::uint32_t>(stored.related.size());
  for (const FieldRef& site : stored.related) {
    if (finding.related.size() >= max_related) break;
    if (auto related = location_of(site))
      finding.related.push_back({*std::move(related), std::string(stored.related_message)});
  }
  return finding;
}

// Told of each finding that stands in a document, with the index of its resource there.
template <class Tell>
void for_each_finding(MeshState& state, const workspace::DocumentEntry& document, const Tell& tell) {
  for (std::uint32_t i = 0; i < document.resources.size(); ++i) {
    for (const StoredFinding& finding : state.findings.of(document.resources[i])) {
      const auto& at = finding.at.node->definitions[finding.at.definition];
      if (at.document == &document && at.index == i) tell(finding, i);
    }
  }
}

Finding broken_document(const MeshState& state, const FileEntry& file,
                        const workspace::DocumentState& document, Severity severity) {
  Finding finding;
  finding.code = state.findings.checks().invalid_document().code;
  finding.severity = severity;
  finding.message =
      fmt::format("not valid YAML, so this document was not checked: {}", document.problem()->message);
  finding.mesh = state.definition.name;
  finding.at.has_resource = false;
  finding.at.file = file.path.str();
  finding.at.range = workspace::shifted(document.problem()->range, document.begin);
  return finding;
}

void sort_findings(std::vector<Finding>& findings) {
  std::sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.at.file, a.at.range.begin, a.code, a.at.range.end, a.mesh, a.at.id, a.at.path,
                    a.message) < std::tie(b.at.file, b.at.range.begin, b.code, b.at.range.end, b.mesh,
                                          b.at.id, b.at.path, b.message);
  });
}

struct KnownFile {
  CompactString path;
  std::shared_ptr<const FileFacts> facts;
};

struct DocumentCounts {
  std::size_t documents = 0;  // all but those of comments and white space
  std::size_t templates = 0;
};

DocumentCounts count_documents(const FileFacts& facts) {
  DocumentCounts counts;
  for (const workspace::DocumentState& document : facts.documents) {
    counts.documents += document.empty() ? 0 : 1;
    counts.templates += document.facts->is_template ? 1 : 0;
  }
  return counts;
}

auto count_broken(const FileFacts& facts) {
  return std::count_if(facts.documents.begin(), facts.documents.end(),
                       [](const auto& document) { return document.problem() != nullptr; });
}

}  // namespace

struct Analysis::State {
  explicit State(const CheckSet& check_set) : checks(&check_set) {}

  const CheckSet* checks;
  std::vector<std::unique_ptr<MeshState>> meshes;
  workspace::PathMap<KnownFile> files;
  DocumentCounts counts;  // of all files
  // Of the present state, for fixes; cleared when it changes.
  FixTrials trials;
  FixMemo memo;

  void build(std::vector<MeshDefinition> definitions);
  void put(const CompactString& path, const std::shared_ptr<const FileFacts>& facts);
  [[nodiscard]] std::shared_ptr<const FileFacts> facts(std::string_view path) const;
  // `touched` may be null: nobody wants to know.
  void commit(std::set<std::string>* touched);
  void take(FileUpdate update);
  void forget_trials();
  [[nodiscard]] const StoredFinding* find(const Finding& finding, const MeshState** mesh) const;
  [[nodiscard]] std::vector<ReportedCode> reported_codes(const std::string& path, std::size_t ordinal) const;
};

void Analysis::State::forget_trials() {
  trials.clear();
  memo.clear();
}

namespace {

void add_files(const ResourceNode& node, std::set<std::string>& files) {
  for (const workspace::Definition& definition : node.definitions)
    files.emplace(definition.document->file->path.view());
}

// Files that show a place inside `file`, which may have moved.
void add_referrers(const MeshState& state, const std::string& path, std::set<std::string>& files) {
  const FileEntry* file = state.mesh.file(path);
  if (file == nullptr) return;
  for (const auto& document : file->documents) {
    for (const ResourceNode* node : document->resources) {
      for (const ResourceNode* referrer : state.findings.referrers(node)) add_files(*referrer, files);
    }
  }
}

}  // namespace

void Analysis::State::build(std::vector<MeshDefinition> definitions) {
  meshes.clear();
  for (MeshDefinition& definition : definitions)
    meshes.push_back(std::make_unique<MeshState>(*checks, std::move(definition)));
  for (const KnownFile& file : files) put(file.path, file.facts);
}

void Analysis::State::put(const CompactString& path, const std::shared_ptr<const FileFacts>& facts) {
  const bool is_broken = facts != nullptr && count_broken(*facts) > 0;
  for (const auto& state : meshes) {
    if (!state->contains(path)) continue;
    state->mesh.put(path, facts);
    if (is_broken) {
      state->broken.insert(path);
    } else if (!state->broken.empty()) {
      state->broken.erase(path);
    }
  }
}

std::shared_ptr<const FileFacts> Analysis::State::facts(std::string_view path) const {
  const KnownFile* file = files.find(path);
  return file == nullptr ? nullptr : file->facts;
}

void Analysis::State::commit(std::set<std::string>* touched) {
  for (const auto& state : meshes) {
    const workspace::MeshDelta delta = state->mesh.commit();
    state->findings.update(delta);
    if (touched == nullptr) continue;
    for (const ResourceNode* node : delta.changed) {
      add_files(*node, *touched);
      // Another definition may count now, in another place.
      for (const ResourceNode* referrer : state->findings.referrers(node)) add_files(*referrer, *touched);
    }
    for (const ResourceNode* node : delta.eased) add_files(*node, *touched);
  }
}

void Analysis::State::take(FileUpdate update) {
  KnownFile* file = files.find(update.path);
  if (file == nullptr) {
    if (update.facts == nullptr) return;
    file = &files.insert(std::make_unique<KnownFile>(KnownFile{update.path, nullptr}));
  }
  if (file->facts != nullptr) {
    const DocumentCounts gone = count_documents(*file->facts);
    counts.documents -= gone.documents;
    counts.templates -= gone.templates;
  }
  if (update.facts != nullptr) {
    const DocumentCounts come = count_documents(*update.facts);
    counts.documents += come.documents;
    counts.templates += come.templates;
  }
  put(file->path, update.facts);
  file->facts = std::move(update.facts);
  if (file->facts == nullptr) files.extract(update.path);
}

Analysis::Analysis(const CheckSet& checks, std::vector<MeshDefinition> meshes)
    : state_(std::make_unique<State>(checks)) {
  state_->build(std::move(meshes));
}
Analysis::~Analysis() = default;
Analysis::Analysis(Analysis&&) noexcept = default;
Analysis& Analysis::operator=(Analysis&&) noexcept = default;

std::vector<std::string> Analysis::set_meshes(std::vector<MeshDefinition> meshes) {
  state_->forget_trials();
  state_->build(std::move(meshes));
  std::set<std::string> touched;
  state_->commit(&touched);
  return files();
}

std::vector<std::string> Analysis::apply(std::vector<FileUpdate> updates) {
  state_->forget_trials();
  std::set<std::string> touched;
  for (FileUpdate& update : updates) {
    touched.insert(touched.end(), update.path);
    state_->take({update.path, std::move(update.facts)});
  }
  state_->commit(&touched);
  for (const FileUpdate& update : updates) {
    for (const auto& mesh : state_->meshes) add_referrers(*mesh, update.path, touched);
  }
  return {touched.begin(), touched.end()};
}

void Analysis::begin_apply(std::vector<FileUpdate> updates) {
  state_->forget_trials();
  std::vector<std::string> paths;
  paths.reserve(updates.size());
  for (FileUpdate& update : updates) {
    paths.push_back(update.path);
    state_->take(std::move(update));
  }
  for (const auto& state : state_->meshes) {
    state->findings.defer_update(state->mesh.commit_within_settings());
    // Files that show a place inside these, which may have moved.
    for (const std::string& path : paths) {
      const FileEntry* file = state->mesh.file(path);
      if (file == nullptr) continue;
      for (const auto& document : file->documents) {
        for (const ResourceNode* node : document->resources) state->findings.show_referrers(node);
      }
    }
  }
}

bool Analysis::step(std::vector<std::string>& touched) {
  for (const auto& state : state_->meshes) {
    const ResourceNode* node = state->findings.step();
    if (node == nullptr) continue;
    for (const workspace::Definition& definition : node->definitions)
      touched.push_back(definition.document->file->path.str());
    return true;
  }
  return false;
}

bool Analysis::has_steps() const {
  return std::any_of(state_->meshes.begin(), state_->meshes.end(),
                     [](const auto& state) { return state->findings.has_deferred(); });
}

bool Analysis::is_outdated() const {
  return std::any_of(state_->meshes.begin(), state_->meshes.end(),
                     [](const auto& state) { return state->mesh.is_outdated(); });
}

void Analysis::load(FileUpdate update) { state_->take(std::move(update)); }

void Analysis::update_findings() {
  state_->forget_trials();
  state_->commit(nullptr);
}

const FileFacts* Analysis::facts(const std::string& file) const { return state_->facts(file).get(); }

std::vector<std::string> Analysis::files() const {
  std::vector<std::string> names;
  names.reserve(state_->files.size());
  for (const KnownFile& file : state_->files) names.push_back(file.path.str());
  return names;
}

std::size_t Analysis::file_count() const { return state_->files.size(); }

std::vector<FileUpdate> Analysis::files_after(const std::string& path, std::size_t count) const {
  std::vector<FileUpdate> found;
  found.reserve(count);
  for (auto at = state_->files.after(path); at != state_->files.end() && found.size() < count; ++at)
    found.push_back({(*at).path.str(), (*at).facts});
  return found;
}

std::vector<MeshView> Analysis::meshes() const {
  std::vector<MeshView> views;
  views.reserve(state_->meshes.size());
  for (const auto& state : state_->meshes) views.push_back({state->definition.name, state->mesh});
  return views;
}

std::vector<MeshView> Analysis::meshes(const std::string& file) const {
  std::vector<MeshView> views;
  for (const auto& state : state_->meshes) {
    if (state->mesh.file(file) != nullptr) views.push_back({state->definition.name, state->mesh});
  }
  return views;
}

// ---------------------------------------------------------------- findings

namespace {

void collect_broken(const MeshState& mesh, const FileEntry& file, std::vector<Finding>& into) {
  const Check& invalid = mesh.findings.checks().invalid_document();
  for (const workspace::DocumentState& document : file.facts->documents) {
    if (!document.broken) continue;
    const auto severity = overridden(mesh.definition.settings, invalid.code, invalid.severity);
    if (!severity) return;
    into.push_back(broken_document(mesh, file, document, *severity));
  }
}

}  // namespace

std::vector<Finding> Analysis::findings(const std::string& file, std::size_t max_related) const {
  std::vector<Finding> found;
  for (const auto& mesh : state_->meshes) {
    const FileEntry* entry = mesh->mesh.file(file);
    if (entry == nullptr) continue;
    collect_broken(*mesh, *entry, found);
    for (const auto& document : entry->documents) {
      for_each_finding(*mesh, *document, [&](const StoredFinding& finding, std::uint32_t) {
        if (auto place = shown(*mesh, finding, max_related)) found.push_back(*std::move(place));
      });
    }
  }
  sort_findings(found);
  return found;
}

std::vector<Finding> Analysis::all_findings(std::size_t max_related) const {
  std::vector<Finding> found;
  for (const auto& mesh : state_->meshes) {
    for (const CompactString& path : mesh->broken) collect_broken(*mesh, *mesh->mesh.file(path), found);
    for (const auto& [node, findings] : mesh->findings.all()) {
      for (const StoredFinding& finding : findings) {
        if (auto place = shown(*mesh, finding, max_related)) found.push_back(*std::move(place));
      }
    }
  }
  sort_findings(found);
  return found;
}

FindingCounts Analysis::totals(const std::vector<Finding>& findings) const {
  FindingCounts totals;
  totals.files = state_->files.size();
  totals.documents = state_->counts.documents;
  totals.templates = state_->counts.templates;
  for (const Finding& finding : findings) {
    totals.errors += finding.severity == Severity::Error ? 1 : 0;
    totals.warnings += finding.severity == Severity::Warning ? 1 : 0;
    totals.information += finding.severity == Severity::Information ? 1 : 0;
  }
  return totals;
}

// What is found in a document, in all meshes; whether it is shown makes no difference.
std::vector<ReportedCode> Analysis::State::reported_codes(const std::string& path,
                                                          std::size_t ordinal) const {
  std::vector<ReportedCode> found;
  for (const auto& mesh : meshes) {
    const FileEntry* file = mesh->mesh.file(path);
    if (file == nullptr) continue;
    const auto document =
        std::lower_bound(file->documents.begin(), file->documents.end(), ordinal,
                         [](const auto& entry, std::size_t wanted) { return entry->ordinal < wanted; });
    if (document == file->documents.end() || (*document)->ordinal != ordinal) continue;
    for_each_finding(*mesh, **document, [&](const StoredFinding& finding, std::uint32_t resource) {
      found.push_back({finding.check->code, range_in_facts(finding.at).begin, resource});
    });
  }
  return found;
}

std::vector<UnusedSuppression> Analysis::unused_suppressions(const std::string& file,
                                                             const TextSource& texts) const {
  std::vector<UnusedSuppression> unused;
  const FileFacts* known = facts(file);
  if (known == nullptr || meshes(file).empty()) return unused;
  std::shared_ptr<const std::string> text;
  for (std::size_t i = 0; i < known->documents.size(); ++i) {
    const workspace::DocumentState& document = known->documents[i];
    if (document.problem() || !has_suppressions(document)) continue;
    if (text == nullptr) text = texts(file);
    if (text == nullptr || text->size() != known->text_size) return {};
    const auto more =
        checks::unused_suppressions(*state_->checks, *text, document, state_->reported_codes(file, i));
    unused.insert(unused.end(), more.begin(), more.end());
  }
  return unused;
}

// ---------------------------------------------------------------- fixes

namespace {

bool stands_at(const StoredFinding& stored, const Location& place) {
  const workspace::DocumentEntry& document = *stored.at.node->definitions[stored.at.definition].document;
  return document.file->path == place.file &&
         document.file->facts->documents[document.ordinal].place(range_in_facts(stored.at)) == place.range &&
         path_of(stored.at) == place.path;
}

const StoredFinding* find_on(MeshState& state, const ResourceNode* node, const Finding& finding) {
  for (const StoredFinding& stored : state.findings.of(node)) {
    if (stored.check->code == finding.code && stands_at(stored, finding.at)) return &stored;
  }
  return nullptr;
}

// Resources without a name are not found by it.
const StoredFinding* find_on_anonymous(MeshState& state, const FileEntry& file, const Finding& finding) {
  for (const auto& document : file.documents) {
    for (const ResourceNode* node : document->resources) {
      if (node->id != finding.at.id) continue;
      if (const StoredFinding* stored = find_on(state, node, finding)) return stored;
    }
  }
  return nullptr;
}

}  // namespace

const StoredFinding* Analysis::State::find(const Finding& finding, const MeshState** mesh) const {
  for (const auto& state : meshes) {
    if (state->definition.name != finding.mesh) continue;
    const FileEntry* file = state->mesh.file(finding.at.file);
    if (file == nullptr) continue;
    const ResourceNode* node = state->mesh.find(finding.at.id);
    const StoredFinding* stored =
        node == nullptr ? find_on_anonymous(*state, *file, finding) : find_on(*state, node, finding);
    if (stored == nullptr) continue;
    *mesh = state.get();
    return stored;
  }
  return nullptr;
}

std::vector<Fix> Analysis::fixes(const Finding& finding, const TextSource& source, bool can_create_files,
                                 FixFilter filter) {
  const MeshState* mesh = nullptr;
  const StoredFinding* stored = state_->find(finding, &mesh);
  if (stored == nullptr || stored->check->plan_fixes == nullptr) return {};
  FixContext context(mesh->mesh, *stored);
  stored->check->plan_fixes(context);
  const AnalysedTexts texts(source, state_->memo);
  std::vector<Fix> candidates;
  const auto add = [&](const FixPlan& plan, Placement placement, std::string_view where) {
    if (filter == FixFilter::Preferred && !plan.is_preferred()) return;
    auto edits = build_edits(mesh->mesh, plan, texts, placement);
    if (!edits) return;  // a text that has changed meanwhile; the next analysis offers it again
    candidates.push_back({plan.title + std::string(where), plan.is_preferred() && stored->is_sure,
                          plan.weakens, *std::move(edits)});
  };
  for (const FixPlan& plan : context.take()) {
    add(plan, Placement::EndOfFile, "");
    if (plan.inserts_document() && can_create_files) add(plan, Placement::NewFile, " in a new file");
  }
  // From here on only values are used: a trial that takes a node away replaces it.
  const FindingKey key = key_of(*stored);
  const auto facts_of = [this](std::string_view path) { return state_->facts(path); };
  std::erase_if(candidates, [&](const Fix& fix) {
    return !state_->trials.resolves(key, fix.edits, state_->meshes, facts_of, texts);
  });
  const auto rank = [](const Fix& fix) { return fix.preferred ? 0 : fix.weakens ? 2 : 1; };
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&rank](const Fix& a, const Fix& b) { return rank(a) < rank(b); });
  return candidates;
}

}  // namespace checks
