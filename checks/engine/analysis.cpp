#include "checks/engine/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "checks/engine/build_override.h"
#include "checks/engine/field_words.h"
#include "checks/engine/finding_store.h"
#include "checks/engine/fix_builder.h"
#include "checks/engine/fix_trials.h"
#include "checks/engine/mesh_index.h"
#include "checks/engine/mesh_state.h"
#include "checks/engine/name_anchor.h"
#include "checks/engine/suppressions.h"
#include "workspace/base/path_map.h"
#include "workspace/cluster/snapshot.h"
#include "workspace/sources/build_facts.h"

namespace checks {

namespace {

using workspace::CompactString;
using workspace::FileEntry;
using workspace::FileFacts;
using workspace::ResourceNode;
using FactsOf = AnalysedTexts::FactsOf;

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

const FileEntry& file_of(const FieldRef& site) {
  return *site.node->definitions[site.definition].document->file;
}

// Copies in files that nothing says are deployed together are one thing (docs/design/sources.md, section 2),
// unless somebody asks to be told.
bool is_for_editors(const MeshState& state, const StoredFinding& stored) {
  if (!stored.check->tells_copies || !state.definition.planned || stored.related.empty()) return false;
  if (state.definition.settings.severity.contains(std::string(stored.check->code))) return false;
  const FileEntry& file = file_of(stored.at);
  const FileEntry& other = file_of(stored.related.front());
  return &file != &other && !(file.facts->origin && other.facts->origin);
}

std::optional<Finding> shown(const MeshState& state, const StoredFinding& stored, std::size_t max_related,
                             const FactsOf& facts_of) {
  const auto severity = overridden(state.definition.settings, stored.check->code, stored.severity);
  if (!severity) return std::nullopt;
  auto place = location_of(stored.at);
  if (!place || is_suppressed(stored)) return std::nullopt;
  const auto& origin = file_of(stored.at).facts->origin;
  if (origin && is_silenced_in(facts_of(place->file).get(), place->range.begin, stored.check->code))
    return std::nullopt;
  Finding finding;
  finding.code = stored.check->code;
  finding.severity = is_for_editors(state, stored) ? Severity::Hint : *severity;
  finding.message = stored.message;
  finding.mesh = state.definition.name;
  finding.at = *std::move(place);
  finding.related_total = static_cast<std::uint32_t>(stored.related.size());
  for (const FieldRef& site : stored.related) {
    if (finding.related.size() >= max_related) break;
    if (auto related = location_of(site))
      finding.related.push_back({*std::move(related), related_words(site, stored.related_message)});
  }
  if (origin) {
    finding.where = {origin->name()};
    finding.where_total = 1;
  } else if (state.definition.planned) {
    finding.where = {state.definition.name};
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
      document.broken->good_text != nullptr
          ? fmt::format("not valid YAML: {}; checked as it was before this edit", document.problem()->message)
          : fmt::format("not valid YAML, so this document was not checked: {}", document.problem()->message);
  finding.mesh = state.definition.name;
  if (state.definition.planned) finding.where = {finding.mesh};  // to be said once for all of them
  finding.at.has_resource = false;
  finding.at.file = file.path.str();
  finding.at.range = workspace::shifted(document.problem()->range, document.begin);
  return finding;
}

// The names of builds or meshes that a finding is true for, as they end its message.
std::string where_words(const Finding& finding) {
  const std::vector<std::string>& names = finding.where;
  if (names.size() == 1) return fmt::format(" (in {})", names.front());
  if (names.size() == 2) return fmt::format(" (in {} and {})", names.front(), names.back());
  return fmt::format(" (in {} and {} of {} others)", names.front(), names.size() - 1,
                     std::max<std::size_t>(finding.where_total, names.size()) - 1);
}

void sort_findings(std::vector<Finding>& findings) {
  std::sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.at.file, a.at.range.begin, a.code, a.at.range.end, a.mesh, a.at.id, a.at.path,
                    a.message) < std::tie(b.at.file, b.at.range.begin, b.code, b.at.range.end, b.mesh,
                                          b.at.id, b.at.path, b.message);
  });
}

// Where the first resource of a file is named; none: it has no resource.
std::optional<workspace::ByteRange> first_name(const FileFacts* facts) {
  if (facts == nullptr) return std::nullopt;
  for (const workspace::DocumentState& document : facts->documents) {
    if (document.facts->resources.empty()) continue;
    return document.place(workspace::metadata_of(document.facts->resources.front()).name.place.range);
  }
  return std::nullopt;
}

// What is said of a resource by its name stays on that name while the file is edited.
struct PlacedNote {
  SourceNote note;
  std::optional<NameAnchor> name;  // none: it stands at its range
};

std::optional<workspace::ByteRange> range_of(const PlacedNote& placed, const FileFacts* facts) {
  if (placed.note.on_first_name) return first_name(facts);
  if (!placed.name || facts == nullptr) return placed.note.range;
  return placed.name->range(*facts);
}

struct KnownFile {
  CompactString path;
  std::shared_ptr<const FileFacts> facts;
};

// The resource of a document that stands around an offset of its slice: the last that has its name before.
std::uint32_t resource_at(const workspace::DocumentState& document, std::uint32_t offset) {
  const auto& resources = document.facts->resources;
  std::uint32_t found = 0;
  for (std::uint32_t i = 1; i < resources.size(); ++i) {
    if (workspace::metadata_of(resources[i]).name.place.range.begin <= offset) found = i;
  }
  return found;
}

// The checks of a set that `keep` wants.
template <class Keep>
std::vector<const Check*> checks_that(const CheckSet& checks, const Keep& keep) {
  std::vector<const Check*> kept;
  std::copy_if(checks.all().begin(), checks.all().end(), std::back_inserter(kept), keep);
  return kept;
}

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

// Whether findings that it has alone say its name.
bool is_planned(const MeshState& mesh) {
  return mesh.definition.planned && mesh.definition.scope == MeshScope::Whole;
}

auto count_broken(const FileFacts& facts) {
  return std::count_if(facts.documents.begin(), facts.documents.end(),
                       [](const auto& document) { return document.problem() != nullptr; });
}

}  // namespace

struct Analysis::State {
  explicit State(const CheckSet& check_set)
      : checks(&check_set),
        by_itself_list(checks_that(check_set, [](const Check* check) { return check->by_itself; })),
        by_itself(by_itself_list, check_set.invalid_document()),
        nothing({}, check_set.invalid_document()) {}

  const CheckSet* checks;
  const std::vector<const Check*> by_itself_list;
  const CheckSet by_itself;  // for MeshScope::EachByItself
  const CheckSet nothing;    // for MeshScope::ValidYaml
  std::vector<std::unique_ptr<MeshState>> meshes;
  MeshIndex index;
  bool several_planned = false;  // meshes that were found, of whole scope
  workspace::PathMap<KnownFile> files;
  DocumentCounts counts;        // of all files; builds are made of those
  std::size_t build_count = 0;  // of `files`, those that are builds
  std::size_t chart_count = 0;  // of those, charts
  std::map<std::string, std::vector<PlacedNote>, std::less<>> notes;  // by file
  BuildTrial* build_trial = nullptr;
  // Of the present state, for fixes; cleared when it changes.
  FixTrials trials;
  FixMemo memo;

  void build(std::vector<MeshDefinition> definitions);
  [[nodiscard]] const CheckSet& checks_of(MeshScope scope) const;
  void add_notes(std::string_view file, std::vector<Finding>& findings) const;
  // Sorts, and makes one of what several builds or planned meshes say alike.
  void merge(std::vector<Finding>& findings) const;
  [[nodiscard]] FactsOf facts_of() const {
    return [this](std::string_view path) { return facts(path); };
  }
  // `before`: what the meshes have of it.
  void put(const CompactString& path, const FileFacts* before, const std::shared_ptr<const FileFacts>& facts);
  [[nodiscard]] std::shared_ptr<const FileFacts> facts(std::string_view path) const;
  // `touched` may be null: nobody wants to know.
  void commit(std::set<std::string>* touched);
  void take(FileUpdate update);
  void count(const FileFacts& facts, int by);
  // The files that show what a file or build says.
  void add_shown_in(const std::string& path, std::set<std::string>& files_shown) const;
  void forget_trials();
  [[nodiscard]] const StoredFinding* find(const Finding& finding, const MeshState** mesh) const;
  [[nodiscard]] std::vector<ReportedCode> reported_codes(const std::string& path, std::size_t ordinal) const;
};

void Analysis::State::forget_trials() {
  trials.clear();
  memo.clear();
}

namespace {

// The files that show findings of a document.
template <class Add>
void for_each_source(const workspace::DocumentEntry& document, const Add& add) {
  const auto& origin = document.file->facts->origin;
  if (!origin) return add(document.file->path.view());
  for (const std::uint32_t file : origin->documents()[document.ordinal].built.map().files())
    add(std::string_view(origin->files()[file]));
}

void add_files(const ResourceNode& node, std::set<std::string>& files) {
  for (const workspace::Definition& definition : node.definitions)
    for_each_source(*definition.document, [&](std::string_view file) { files.emplace(file); });
}

// Files that show findings of the cluster, of what has changed.
void add_other_ends(const MeshState& state, const workspace::MeshDelta& delta, std::set<std::string>& files) {
  if (state.definition.cluster == nullptr || delta.rebuilt) return;
  for (const ResourceNode* node : delta.changed) {
    for (const StoredFinding& finding : state.findings.known(node)) {
      if (!finding.in_cluster) continue;
      for (const FieldRef& related : finding.related) add_files(*related.node, files);
    }
  }
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
    meshes.push_back(std::make_unique<MeshState>(checks_of(definition.scope), std::move(definition)));
  several_planned =
      std::count_if(meshes.begin(), meshes.end(), [](const auto& mesh) { return is_planned(*mesh); }) > 1;
  index.reset(meshes);
  for (const KnownFile& file : files) put(file.path, nullptr, file.facts);
}

const CheckSet& Analysis::State::checks_of(MeshScope scope) const {
  switch (scope) {
    case MeshScope::Whole:
      break;
    case MeshScope::EachByItself:
      return by_itself;
    case MeshScope::ValidYaml:
      return nothing;
  }
  return *checks;
}

void Analysis::State::put(const CompactString& path, const FileFacts* before,
                          const std::shared_ptr<const FileFacts>& facts) {
  const bool is_broken = facts != nullptr && count_broken(*facts) > 0;
  index.for_each_containing(path, [&](MeshState& mesh) {
    mesh.put(path, facts);
    if (is_broken) {
      mesh.broken.insert(path);
    } else if (!mesh.broken.empty()) {
      mesh.broken.erase(path);
    }
  });
  index.replace(path, before, facts.get());
}

std::shared_ptr<const FileFacts> Analysis::State::facts(std::string_view path) const {
  const KnownFile* file = files.find(path);
  return file == nullptr ? nullptr : file->facts;
}

void Analysis::State::commit(std::set<std::string>* touched) {
  for (const auto& state : meshes) {
    state->lay_over_cluster();
    const workspace::MeshDelta delta = state->mesh.commit();
    if (touched != nullptr) add_other_ends(*state, delta, *touched);
    state->findings.update(delta);
    if (touched == nullptr) continue;
    add_other_ends(*state, delta, *touched);
    for (const ResourceNode* node : delta.changed) {
      add_files(*node, *touched);
      // Another definition may count now, in another place.
      for (const ResourceNode* referrer : state->findings.referrers(node)) add_files(*referrer, *touched);
    }
    for (const ResourceNode* node : delta.eased) add_files(*node, *touched);
  }
}

void Analysis::State::count(const FileFacts& facts, int by) {
  const auto times = static_cast<std::size_t>(by);  // modulo, right after adding
  if (facts.origin) {
    build_count += times;
    chart_count += facts.origin->is_chart() ? times : 0;
    return;
  }
  const DocumentCounts more = count_documents(facts);
  counts.documents += times * more.documents;
  counts.templates += times * more.templates;
}

void Analysis::State::take(FileUpdate update) {
  KnownFile* file = files.find(update.path);
  if (file == nullptr) {
    if (update.facts == nullptr) return;
    file = &files.insert(std::make_unique<KnownFile>(KnownFile{update.path, nullptr}));
  }
  if (file->facts != nullptr) count(*file->facts, -1);
  if (update.facts != nullptr) count(*update.facts, 1);
  put(file->path, file->facts.get(), update.facts);
  file->facts = std::move(update.facts);
  if (file->facts == nullptr) files.extract(update.path);
}

void Analysis::State::add_shown_in(const std::string& path, std::set<std::string>& files_shown) const {
  const KnownFile* file = files.find(path);
  if (file == nullptr || !file->facts->origin) {
    if (!workspace::is_build_path(path)) files_shown.insert(path);
    return;
  }
  const auto& sources = file->facts->origin->files();
  files_shown.insert(sources.begin(), sources.end());
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
  state_->commit(nullptr);
  return files();
}

std::vector<std::string> Analysis::apply(std::vector<FileUpdate> updates) {
  state_->forget_trials();
  std::set<std::string> touched;
  for (FileUpdate& update : updates) {
    state_->add_shown_in(update.path, touched);
    state_->take({update.path, std::move(update.facts)});
    state_->add_shown_in(update.path, touched);
  }
  state_->commit(&touched);
  for (const FileUpdate& update : updates) {
    state_->index.for_each_holding(update.path,
                                   [&](const MeshState& mesh) { add_referrers(mesh, update.path, touched); });
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
    state->lay_over_cluster();
    state->findings.defer_update(state->mesh.commit_within_settings());
  }
  // Files that show a place inside these, which may have moved.
  for (const std::string& path : paths) {
    state_->index.for_each_holding(path, [&path](MeshState& mesh) {
      const FileEntry* file = mesh.mesh.file(path);
      if (file == nullptr) return;
      for (const auto& document : file->documents) {
        for (const ResourceNode* node : document->resources) mesh.findings.show_referrers(node);
      }
    });
  }
}

bool Analysis::step(std::vector<std::string>& touched) {
  for (const auto& state : state_->meshes) {
    const ResourceNode* node = state->findings.step();
    if (node == nullptr) continue;
    for (const workspace::Definition& definition : node->definitions)
      for_each_source(*definition.document, [&](std::string_view file) { touched.emplace_back(file); });
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
  names.reserve(file_count());
  for (const KnownFile& file : state_->files) {
    if (!file.facts->origin) names.push_back(file.path.str());
  }
  return names;
}

std::size_t Analysis::file_count() const { return state_->files.size() - state_->build_count; }

std::vector<FileUpdate> Analysis::files_after(const std::string& path, std::size_t count) const {
  std::vector<FileUpdate> found;
  found.reserve(std::min(count, state_->files.size()));
  for (auto at = state_->files.after(path); at != state_->files.end() && found.size() < count; ++at)
    found.push_back({(*at).path.str(), (*at).facts});
  return found;
}

std::vector<MeshView> Analysis::meshes() const {
  std::vector<MeshView> views;
  views.reserve(state_->meshes.size());
  for (const auto& state : state_->meshes) {
    if (state->definition.scope == MeshScope::Whole)
      views.push_back({state->definition.name, state->mesh, state->definition.cluster.get()});
  }
  return views;
}

std::vector<MeshView> Analysis::meshes_of_any_scope() const {
  std::vector<MeshView> views;
  views.reserve(state_->meshes.size());
  for (const auto& state : state_->meshes)
    views.push_back({state->definition.name, state->mesh, state->definition.cluster.get()});
  return views;
}

std::vector<MeshView> Analysis::meshes(const std::string& file) const {
  std::vector<MeshView> views;
  state_->index.for_each_holding(file, [&](const MeshState& state) {
    if (state.definition.scope == MeshScope::Whole && state.mesh.holds(file))
      views.push_back({state.definition.name, state.mesh, state.definition.cluster.get()});
  });
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

void Analysis::State::add_notes(std::string_view file, std::vector<Finding>& findings) const {
  const auto at = notes.find(file);
  if (at == notes.end() || meshes.empty()) return;
  for (const PlacedNote& placed : at->second) {
    const SourceNote& note = placed.note;
    // Of the meshes' settings those that hold for the file.
    const auto mesh = std::find_if(meshes.begin(), meshes.end(), [&](const auto& state) {
      return state->mesh.holds(file) || state->definition.root.empty() ||
             file.starts_with(state->definition.root);
    });
    if (mesh == meshes.end()) continue;
    const auto severity = overridden((*mesh)->definition.settings, note.code, note.severity);
    const auto range = range_of(placed, facts(file).get());
    if (!severity || !range) continue;
    const bool is_hint = note.severity == Severity::Hint;
    Finding& finding = findings.emplace_back();
    finding.code = note.code;
    finding.severity = is_hint ? Severity::Hint : *severity;  // for editors, whatever its code is for others
    finding.message = note.message;
    finding.mesh = (*mesh)->definition.name;
    finding.at.has_resource = false;
    finding.at.file = note.file;
    finding.at.range = *range;
  }
}

void Analysis::State::merge(std::vector<Finding>& findings) const {
  sort_findings(findings);
  std::vector<Finding> merged;
  merged.reserve(findings.size());
  for (Finding& finding : findings) {
    Finding* last = merged.empty() ? nullptr : &merged.back();
    const bool alike =
        last != nullptr && !finding.where.empty() && !last->where.empty() &&
        std::tie(last->at.file, last->at.range, last->code) ==
            std::tie(finding.at.file, finding.at.range, finding.code) &&
        (finding.where != last->where || finding.mesh != last->mesh || finding.message == last->message);
    if (!alike) {
      merged.push_back(std::move(finding));
      continue;
    }
    last->severity = std::min(last->severity, finding.severity);
    if (finding.mesh != last->mesh &&
        (last->other_meshes.empty() || last->other_meshes.back() != finding.mesh)) {
      last->other_meshes.push_back(finding.mesh);
    }
    for (std::string& name : finding.where) {
      if (std::find(last->where.begin(), last->where.end(), name) == last->where.end())
        last->where.push_back(std::move(name));
    }
  }
  for (Finding& finding : merged) {
    if (finding.where.empty()) continue;
    if (finding.code == checks->invalid_document().code) {
      finding.where.clear();
      continue;
    }
    const bool is_built = finding.where_total > 0;
    // A chart's values are told even where nothing else is built.
    if (is_built ? build_count < 2 && chart_count == 0 : !several_planned) {
      finding.where.clear();
      finding.where_total = 0;
      continue;
    }
    std::sort(finding.where.begin(), finding.where.end());
    std::set<std::string_view> builds;
    std::size_t meshes_around = 0;
    index.for_each_holding(finding.at.file, [&](const MeshState& state) {
      if (!is_planned(state) && state.definition.builds.empty()) return;
      meshes_around += state.mesh.file(finding.at.file) != nullptr ? 1 : 0;
      for (const FileEntry* build : state.mesh.builds_from(finding.at.file))
        builds.insert(build->facts->origin->name());
    });
    finding.where_total = static_cast<std::uint32_t>(is_built ? builds.size() : meshes_around);
    finding.message += where_words(finding);
  }
  findings = std::move(merged);
}

BuildCounts Analysis::counts_of_build(const std::string& build) const {
  using Site = std::pair<std::string, workspace::ByteRange>;
  std::set<std::pair<Site, Site>> conflicts;
  std::set<std::pair<Site, std::string>> warnings;
  const auto facts_of = state_->facts_of();
  state_->index.for_each_holding(build, [&](MeshState& mesh) {
    const FileEntry* entry = mesh.mesh.file(build);
    if (entry == nullptr) return;
    for (const auto& document : entry->documents) {
      for_each_finding(mesh, *document, [&](const StoredFinding& stored, std::uint32_t) {
        const auto finding = shown(mesh, stored, SIZE_MAX, facts_of);
        if (!finding) return;
        const Site at{finding->at.file, finding->at.range};
        if (finding->severity == Severity::Warning) warnings.emplace(at, finding->code);
        if (finding->severity != Severity::Error) return;
        if (finding->related.empty()) conflicts.emplace(at, at);
        for (const Related& related : finding->related) {
          const Site other{related.place.file, related.place.range};
          conflicts.emplace(std::min(at, other), std::max(at, other));
        }
      });
    }
  });
  return {conflicts.size(), warnings.size()};
}

namespace {

// Findings that stand in the cluster and have an end in the file are shown there, unless the file says it
// itself.
void add_from_cluster(const MeshState& state, const std::string& file, std::size_t max_related,
                      const FactsOf& facts_of, std::vector<Finding>& found) {
  std::set<const ResourceNode*> elsewhere;
  std::set<std::pair<const Check*, const ResourceNode*>> said;
  const auto add_referrers_of = [&](const FileEntry* entry) {
    if (entry == nullptr) return;
    for (const auto& document : entry->documents) {
      for (const ResourceNode* node : document->resources) {
        const auto referrers = state.findings.referrers(node);
        elsewhere.insert(referrers.begin(), referrers.end());
        for (const StoredFinding& own : state.findings.of(node)) {
          for (const FieldRef& related : own.related) said.emplace(own.check, related.node);
        }
      }
    }
  };
  add_referrers_of(state.mesh.file(file));
  for (const FileEntry* build : state.mesh.builds_from(file)) add_referrers_of(build);
  for (const ResourceNode* node : elsewhere) {
    for (const StoredFinding& stored : state.findings.of(node)) {
      if (!stored.in_cluster || said.contains({stored.check, node})) continue;
      const auto finding = shown(state, stored, SIZE_MAX, facts_of);
      if (!finding) continue;
      const auto end = std::find_if(finding->related.begin(), finding->related.end(),
                                    [&](const Related& related) { return related.place.file == file; });
      if (end == finding->related.end()) continue;
      const auto index = static_cast<std::size_t>(end - finding->related.begin());
      found.push_back(moved_to(*finding, index));
      if (found.back().related.size() > max_related) found.back().related.resize(max_related);
    }
  }
}

}  // namespace

std::vector<Finding> Analysis::findings(const std::string& file, std::size_t max_related) const {
  std::vector<Finding> found;
  const auto facts_of = state_->facts_of();
  state_->index.for_each_holding(file, [&](MeshState& mesh) {
    const auto add_from = [&](const workspace::DocumentEntry& document) {
      for_each_finding(mesh, document, [&](const StoredFinding& finding, std::uint32_t) {
        auto place = shown(mesh, finding, max_related, facts_of);
        if (place && place->at.file == file) found.push_back(*std::move(place));
      });
    };
    if (const FileEntry* entry = mesh.mesh.file(file)) {
      collect_broken(mesh, *entry, found);
      for (const auto& document : entry->documents) add_from(*document);
    }
    for (const FileEntry* build : mesh.mesh.builds_from(file)) {
      const workspace::BuildOrigin& origin = *build->facts->origin;
      const auto index = origin.index_of(file);
      for (const auto& document : build->documents) {
        if (index && origin.uses(document->ordinal, *index)) add_from(*document);
      }
    }
  });
  // Of the cluster itself all is said where it was found.
  state_->index.for_each_holding(file, [&](const MeshState& mesh) {
    if (mesh.definition.cluster != nullptr && !workspace::is_cluster_path(file))
      add_from_cluster(mesh, file, max_related, facts_of, found);
  });
  state_->add_notes(file, found);
  state_->merge(found);
  return found;
}

std::vector<Finding> Analysis::all_findings(std::size_t max_related) const {
  std::vector<Finding> found;
  const auto facts_of = state_->facts_of();
  for (const auto& mesh : state_->meshes) {
    for (const CompactString& path : mesh->broken) collect_broken(*mesh, *mesh->mesh.file(path), found);
    for (const auto& [node, findings] : mesh->findings.all()) {
      for (const StoredFinding& finding : findings) {
        if (auto place = shown(*mesh, finding, max_related, facts_of)) found.push_back(*std::move(place));
      }
    }
  }
  for (const auto& [file, notes] : state_->notes) state_->add_notes(file, found);
  state_->merge(found);
  return found;
}

std::vector<std::string> Analysis::set_source_notes(std::vector<SourceNote> notes) {
  std::map<std::string, std::vector<PlacedNote>, std::less<>> by_file;
  for (SourceNote& note : notes) {
    const std::shared_ptr<const FileFacts> known = state_->facts(note.file);
    auto name = known == nullptr ? std::nullopt : NameAnchor::at(*known, note.range);
    std::vector<PlacedNote>& of_file = by_file[note.file];
    of_file.push_back({std::move(note), std::move(name)});
  }
  std::vector<std::string> touched;
  for (const auto& [file, list] : by_file) {
    const auto before = state_->notes.find(file);
    const auto is_same = [](const PlacedNote& a, const PlacedNote& b) { return a.note == b.note; };
    if (before == state_->notes.end() ||
        !std::equal(before->second.begin(), before->second.end(), list.begin(), list.end(), is_same))
      touched.push_back(file);
  }
  for (const auto& [file, list] : state_->notes) {
    if (!by_file.contains(file)) touched.push_back(file);
  }
  state_->notes = std::move(by_file);
  return touched;
}

void Analysis::set_build_trial(BuildTrial* trial) { state_->build_trial = trial; }

ReadCounts Analysis::read_counts() const {
  return {file_count(), state_->counts.documents, state_->counts.templates};
}

// What is found in a document, in all meshes; whether it is shown makes no difference.
std::vector<ReportedCode> Analysis::State::reported_codes(const std::string& path,
                                                          std::size_t ordinal) const {
  std::vector<ReportedCode> found;
  index.for_each_holding(path, [&](MeshState& mesh) {
    if (const FileEntry* file = mesh.mesh.file(path)) {
      const auto document =
          std::lower_bound(file->documents.begin(), file->documents.end(), ordinal,
                           [](const auto& entry, std::size_t wanted) { return entry->ordinal < wanted; });
      if (document == file->documents.end() || (*document)->ordinal != ordinal) return;
      for_each_finding(mesh, **document, [&](const StoredFinding& finding, std::uint32_t resource) {
        found.push_back({finding.check->code, range_in_facts(finding.at).begin, resource});
      });
    }
    const auto builds = mesh.mesh.builds_from(path);
    if (builds.empty()) return;
    const workspace::DocumentState& written = facts(path)->documents[ordinal];
    for (const FileEntry* build : builds) {
      for (const auto& document : build->documents) {
        for_each_finding(mesh, *document, [&](const StoredFinding& finding, std::uint32_t) {
          const auto place = location_of(finding.at);
          if (!place || place->file != path) return;
          const std::uint32_t at = place->range.begin - written.begin;  // wraps where it is before
          if (at < written.size) found.push_back({finding.check->code, at, resource_at(written, at)});
        });
      }
    }
  });
  return found;
}

std::vector<UnusedSuppression> Analysis::unused_suppressions(const std::string& file,
                                                             const TextSource& texts) const {
  std::vector<UnusedSuppression> unused;
  const FileFacts* known = facts(file);
  bool belongs = false;
  state_->index.for_each_holding(file, [&](const MeshState& mesh) { belongs |= mesh.mesh.holds(file); });
  if (known == nullptr || !belongs) return unused;
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

// Where a finding was found.
const Location& place_found(const Finding& finding) {
  return finding.is_moved ? finding.related.front().place : finding.at;
}

bool stands_at(const StoredFinding& stored, const Location& place) {
  const auto at = location_of(stored.at);
  return at && at->file == place.file && at->range == place.range && at->path == place.path;
}

const StoredFinding* find_on(MeshState& state, const ResourceNode* node, const Finding& finding) {
  for (const StoredFinding& stored : state.findings.of(node)) {
    if (stored.check->code == finding.code && stands_at(stored, place_found(finding))) return &stored;
  }
  return nullptr;
}

// Resources without a name are not found by it.
const StoredFinding* find_on_anonymous(MeshState& state, const FileEntry& file, const Finding& finding) {
  for (const auto& document : file.documents) {
    for (const ResourceNode* node : document->resources) {
      if (node->id != place_found(finding).id) continue;
      if (const StoredFinding* stored = find_on(state, node, finding)) return stored;
    }
  }
  return nullptr;
}

}  // namespace

const StoredFinding* Analysis::State::find(const Finding& finding, const MeshState** mesh) const {
  const StoredFinding* found = nullptr;
  const Location& at = place_found(finding);
  index.for_each_holding(at.file, [&](MeshState& state) {
    if (found != nullptr || state.definition.name != finding.mesh || !state.mesh.holds(at.file)) return;
    const FileEntry* file = state.mesh.file(at.file);
    if (const ResourceNode* node = state.mesh.find(at.id)) {
      found = find_on(state, node, finding);
    } else if (file != nullptr) {
      found = find_on_anonymous(state, *file, finding);
    }
    if (found != nullptr) *mesh = &state;
  });
  return found;
}

std::vector<Fix> Analysis::fixes(const Finding& finding, const TextSource& source, bool can_create_files,
                                 FixFilter filter) {
  const MeshState* mesh = nullptr;
  const StoredFinding* stored = state_->find(finding, &mesh);
  if (stored == nullptr || stored->check->plan_fixes == nullptr) return {};
  FixContext context(mesh->mesh, *stored);
  stored->check->plan_fixes(context);
  const AnalysedTexts texts(source, state_->memo, state_->facts_of());
  std::vector<Fix> candidates;
  std::vector<Fix> overrides;
  const auto serves_several_builds = [&](const FixPlan& plan) {
    const auto place = plan.modes.empty() ? std::nullopt : location_of(plan.modes.front().site);
    if (!place) return false;
    std::set<std::string_view> builds;
    state_->index.for_each_holding(place->file, [&](const MeshState& each) {
      for (const FileEntry* build : each.mesh.builds_from(place->file)) builds.insert(build->path.view());
    });
    return builds.size() > 1;
  };
  const auto add_override = [&](const FixPlan& plan) {
    if (!serves_several_builds(plan)) return;
    auto made = override_in_build(plan, texts);
    if (!made) return;
    overrides.push_back({fmt::format("{}, in {} only", plan.title, made->build),
                         plan.is_preferred() && stored->is_sure, plan.weakens, std::move(made->edits)});
  };
  const auto add = [&](const FixPlan& plan, Placement placement, std::string_view where) {
    if (filter == FixFilter::Preferred && !plan.is_preferred()) return;
    if (placement == Placement::EndOfFile) add_override(plan);
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
  const auto keep_those_that_heal = [&](std::vector<Fix>& fixes) {
    std::erase_if(fixes, [&](const Fix& fix) {
      return !state_->trials.resolves(key, fix.edits, state_->meshes, texts, state_->build_trial);
    });
  };
  keep_those_that_heal(candidates);
  // Where an edit of the base is preferred, a patch of one build is not.
  const bool has_preferred =
      std::any_of(candidates.begin(), candidates.end(), [](const Fix& fix) { return fix.preferred; });
  if (filter == FixFilter::Preferred && has_preferred) overrides.clear();
  keep_those_that_heal(overrides);
  for (Fix& fix : overrides) {
    fix.preferred = fix.preferred && !has_preferred;
    candidates.push_back(std::move(fix));
  }
  const auto rank = [](const Fix& fix) { return fix.preferred ? 0 : fix.weakens ? 2 : 1; };
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&rank](const Fix& a, const Fix& b) { return rank(a) < rank(b); });
  return candidates;
}

}  // namespace checks
