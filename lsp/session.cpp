#include "lsp/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

#include "checks/queries/half_written.h"
#include "checks/registry.h"
#include "workspace/base/uri.h"
#include "workspace/cluster/cluster_document.h"
#include "workspace/files/discovery.h"

namespace lsp {
namespace {

constexpr std::size_t kFilesAtOnce = 1024;  // that are taken in without a look at what waits

// Findings that no other file could make wrong.
bool needs_no_other_file(const checks::Finding& finding) { return finding.code == "MTLS0900"; }

// By place and code, and then by what they say, so that the same state always shows in the same order.
std::vector<checks::Finding> findings_in_order(const checks::Analysis& analysis, const std::string& path) {
  std::vector<checks::Finding> findings = analysis.findings(path, kMaxRelated + 1);
  std::sort(findings.begin(), findings.end(), [](const checks::Finding& a, const checks::Finding& b) {
    return std::tie(a.at.range, a.code, a.mesh, a.message) < std::tie(b.at.range, b.code, b.mesh, b.message);
  });
  return findings;
}

// Do two states of a file mean the same?
bool same_meaning(const workspace::FileFacts& a, const workspace::FileFacts& b) {
  return std::equal(a.documents.begin(), a.documents.end(), b.documents.begin(), b.documents.end(),
                    [](const workspace::DocumentState& x, const workspace::DocumentState& y) {
                      return x.facts == y.facts || *x.facts == *y.facts;
                    });
}

// The end of the meshes of one folder, which stand together.
std::vector<checks::MeshDefinition>::const_iterator end_of_folder(
    std::vector<checks::MeshDefinition>::const_iterator first,
    std::vector<checks::MeshDefinition>::const_iterator last) {
  return std::find_if(first, last,
                      [&](const checks::MeshDefinition& mesh) { return mesh.root != first->root; });
}

// Whether other files are found with them.
bool finds_others(const workspace::Settings& a, const workspace::Settings& b) {
  return a.exclude != b.exclude || a.follow_links != b.follow_links;
}

bool is_config_name(const std::string& path) {
  return path.ends_with("/" + std::string(workspace::kConfigFileName));
}

Json unreadable_diagnostic(const std::string& problem) {
  constexpr int kWarning = 2;
  return {{"range", protocol::Range{}},
          {"severity", kWarning},
          {"code", "MTLS0900"},
          {"source", "istio-mtls"},
          {"message", "not checked: " + problem}};
}

}  // namespace

Session::Session(SessionOptions options, const workspace::FileSystem& files, Scheduler& scheduler,
                 MessageSink& sink, Client& client, workspace::Log log)
    : options_(std::move(options)),
      log_(std::move(log)),
      sink_(sink),
      client_(client),
      sources_files_(files),
      scheduler_(scheduler),
      folders_(options_.settings, options_.config_file),
      texts_(files),
      indexer_(files, scheduler, *this),
      publisher_(sink),
      refresher_(client),
      analysis_(checks::check_registry(), std::vector<checks::MeshDefinition>{}),
      rebuild_(scheduler,
               [this](checks::Analysis made, std::vector<checks::FileUpdate> late) {
                 rebuilt(std::move(made), std::move(late));
               }),
      charts_(scheduler, files,
              [this](const std::string& folder, const workspace::ChartToRender& chart,
                     workspace::RenderedChart result) {
                const auto sources = sources_.find(folder);
                if (sources == sources_.end()) return;
                if (!result.error.empty()) log_.info(fmt::format("{}: {}", chart.name, result.error));
                sources->second.builds->builds().set_rendered(chart, std::move(result));
              }),
      clusters_(scheduler, files, options_.clusters, cluster_listener()) {
  analysis_.set_build_trial(this);
}

// ---- clusters

ClusterSources::Listener Session::cluster_listener() {
  ClusterSources::Listener listener;
  listener.read = [this] { reconfigure(); };
  listener.changed = [this] {
    if (cluster_states_changed_) cluster_states_changed_();
  };
  listener.progress = [this](std::size_t done, std::size_t total) {
    const bool reads = total > 0;
    if (reads != std::exchange(cluster_progress_begun_, reads)) {
      const auto& told = reads ? reading_clusters_.begin : reading_clusters_.end;
      if (told) told();
    }
    if (reads && reading_clusters_.report) reading_clusters_.report(done, total);
  };
  return listener;
}

std::optional<Documents::ClusterPlace> Session::in_cluster(const std::string& path,
                                                           workspace::ByteRange range) const {
  const std::string_view name = workspace::cluster_name(path);
  // The one that findings are of, which may be read anew already.
  const workspace::Snapshot* cluster = nullptr;
  for (const checks::MeshView& view : analysis_.meshes()) {
    if (view.cluster != nullptr && view.cluster->header.context == name) cluster = view.cluster;
  }
  const workspace::SnapshotObject* object =
      cluster == nullptr ? nullptr : workspace::object_at(*cluster, range.begin);
  if (object == nullptr) return std::nullopt;
  const workspace::ClusterDocument document(*cluster, *object);
  return ClusterPlace{workspace::cluster_document_uri(name, object->id),
                      std::make_shared<const Text>(document.text()), document.shown(range)};
}

void Session::initialize(const protocol::ClientCapabilities& client, Progress progress, Progress rebuilding,
                         Progress reading_clusters) {
  capabilities_ = &client;
  converter_.emplace(client, negotiated_encoding(client.positionEncodings), *this);
  refresher_.initialize(client);
  progress_ = std::move(progress);
  rebuilding_ = std::move(rebuilding);
  reading_clusters_ = std::move(reading_clusters);
  loose_await_settings_ = client.configuration;
}

// ---- folders and settings

void Session::add_folder(const std::string& uri, bool awaits_settings) {
  Folder* folder = folders_.add(uri);
  if (folder == nullptr) return;
  folder->awaits_settings = awaits_settings;
  log_.info("folder " + folder->path);
  indexer_.scan(folder->path);
  if (const OpenDocument* config = texts_.find(folders_.config_path(*folder))) changed_.insert(config->path);
  reconfigure();
}

void Session::remove_folder(const std::string& uri) {
  const auto path = workspace::path_of_file_uri(uri);
  if (!path || !folders_.remove(uri)) return;
  log_.info("folder removed: " + *path);
  indexer_.forget(*path);
  name_documents();
  for (const std::string& file : analysis_.files()) {
    if (!workspace::is_below(file, *path) || texts_.find(file) != nullptr) continue;
    if (folders_.contain(file)) {
      indexer_.refresh(file);  // a folder around it may not have listed it yet
    } else {
      drop_facts(file);
    }
  }
  rescan_around(*path);
  std::erase_if(unreadable_, [&](const auto& file) { return !folders_.contain(file.first); });
  queue(publisher_.shown());
  queue(reports_.paths());
  reconfigure();
  end_progress();  // it may have been what was waited for
}

void Session::set_editor_settings(workspace::Settings settings) {
  const bool rescan_needed = finds_others(folders_.editor(), settings);
  folders_.set_editor(std::move(settings));
  reconfigure();
  if (rescan_needed) rescan();
}

void Session::set_folder_settings(const std::string& path, workspace::Settings settings) {
  Folder* folder = folders_.find(path);
  if (folder == nullptr) return;
  const bool rescan_needed = finds_others(folder->editor, settings);
  const bool was_waiting = std::exchange(folder->awaits_settings, false);
  folder->editor = std::move(settings);
  if (rescan_needed) indexer_.scan(path);
  reconfigure();
  if (was_waiting) queue_everything();
}

void Session::stop_awaiting_settings() {
  loose_await_settings_ = false;
  for (Folder& folder : folders_.all()) folder.awaits_settings = false;
  reconfigure();  // clusters may be read now
  queue_everything();
}

// The meshes may be others now, and open files may have come into a folder or out of one.
void Session::reconfigure() {
  if (folders_.update_limits()) read_within_new_limits();
  auto meshes = folders_.meshes();
  clusters_.lay_below(meshes, [this](const std::string& root) {
    const Folder* folder = folders_.find(root);
    return folder != nullptr && !folder->awaits_settings;
  });
  update_sources(meshes);
  std::vector<checks::MeshDefinition> divided;
  for (auto at = meshes.cbegin(); at != meshes.cend();) {
    const auto end = end_of_folder(at, meshes.cend());
    const auto sources = sources_.find(at->root);
    const bool has_plan = sources != sources_.end() && sources->second.plan;
    const auto planned = has_plan ? std::span<const checks::MeshDefinition>(sources->second.plan->meshes)
                                  : std::span<const checks::MeshDefinition>(&*at, &*at + (end - at));
    divided.insert(divided.end(), planned.begin(), planned.end());
    at = end;
  }
  meshes = std::move(divided);
  auto loose_settings = folders_.settings_outside_folders();
  if (meshes == meshes_ && loose_settings == settings_outside_folders_) return;
  ++generation_;
  refresher_.mark_stale();
  meshes_ = meshes;
  settings_outside_folders_ = std::move(loose_settings);
  if (analysis_.file_count() + clusters_.object_count() < options_.rebuild_on_worker_from) {
    if (rebuild_.running() && rebuilding_.end) rebuilding_.end();
    rebuild_.stop();
    held_back_ = false;
    outdated_ = false;
    queue(analysis_.set_meshes(std::move(meshes)));
  } else {
    rebuild();
  }
  standalone_.clear();
  for (const auto& [path, document] : texts_.open_documents()) place(*texts_.find(path));
}

void Session::update(std::vector<checks::FileUpdate> updates) {
  for (const checks::FileUpdate& update : updates) {
    rebuild_.note(update);
    if (!workspace::is_build_path(update.path)) {
      if (update.facts == nullptr || !update.facts->documents.empty()) sources_changed(update);
      unpublished_.insert(update.path);
      continue;
    }
    // What a build says is shown in the files that it was made of.
    const workspace::FileFacts* before = analysis_.facts(update.path);
    workspace::visit_files_of_changes(before, update.facts.get(), [this](const std::string& file) {
      if (!workspace::is_cluster_path(file)) unpublished_.insert(file);
    });
  }
  analysis_.begin_apply(std::move(updates));
  outdated_ = analysis_.is_outdated();
  if (!outdated_ || rebuild_.running() || analysis_.file_count() >= options_.rebuild_on_worker_from) return;
  queue(analysis_.apply({}));
  outdated_ = false;
}

// ---- sources

// Keeps one for each folder in which there may be something to build.
void Session::update_sources(const std::vector<checks::MeshDefinition>& meshes) {
  std::set<std::string> wanted;
  for (auto at = meshes.begin(); at != meshes.end();) {
    const auto end = end_of_folder(at, meshes.end());
    std::vector<checks::MeshDefinition> of_folder(at, end);
    at = end;
    const std::string& root = of_folder.front().root;
    if (!checks::have_builds(of_folder) || !wanted.insert(root).second) continue;
    Sources& sources = sources_[root];
    if (sources.builds != nullptr && sources.meshes == of_folder) continue;
    if (sources.builds == nullptr) {
      sources.builds = std::make_unique<FolderSources>(
          sources_files_, limits(root), FolderSources::Workers{&scheduler_, options_.rebuild_on_worker_from});
    } else {
      if (sources.plan && of_folder.front().planned && sources.meshes.front().planned) {
        // The meshes found have other settings, at least until they are planned anew.
        for (checks::MeshDefinition& planned : sources.plan->meshes)
          planned.settings = of_folder.front().settings;
      }
      if (!checks::have_equal_plans(sources.meshes.front(), of_folder.front())) sources.builds->set_stale();
    }
    sources.meshes = std::move(of_folder);
  }
  std::vector<checks::FileUpdate> gone;
  std::erase_if(sources_, [&](auto& folder) {
    if (wanted.contains(folder.first)) return false;
    for (const auto& build : folder.second.builds->builds().builds()) gone.push_back({build->path, nullptr});
    charts_.forget(folder.first);
    return true;
  });
  if (!gone.empty()) update(std::move(gone));
  queue(analysis_.set_source_notes(source_notes()));
}

std::vector<checks::SourceNote> Session::source_notes() const {
  std::vector<checks::SourceNote> notes;
  for (const auto& [path, sources] : sources_) {
    if (sources.plan) notes.insert(notes.end(), sources.plan->notes.begin(), sources.plan->notes.end());
  }
  return notes;
}

void Session::sources_changed(const checks::FileUpdate& update) {
  const OpenDocument* document = texts_.find(update.path);
  const SharedText text = document == nullptr ? nullptr : document->text;
  for (auto& [path, sources] : sources_) {
    if (!workspace::is_below(update.path, path) && !sources.builds->builds().looks_at(update.path)) continue;
    sources.builds->file_changed(
        update.path, analysis_.facts(update.path), update.facts,
        text ? workspace::SharedSourceText(text, &text->bytes) : workspace::SharedSourceText());
  }
}

bool Session::work_on_sources(std::chrono::steady_clock::time_point end) {
  if (indexing()) return false;  // planned once all is read
  for (auto& [path, sources] : sources_) {
    const Folder* folder = folders_.find(path);
    if (folder == nullptr || !folder->indexed) continue;
    while (sources.builds->has_steps()) {
      std::vector<checks::FileUpdate> updates;
      sources.builds->step(sources.meshes, analysis_, updates);
      add_templates(sources.builds->builds(), updates);
      if (!updates.empty()) {
        ++generation_;
        update(std::move(updates));
      }
      if (std::chrono::steady_clock::now() >= end) return true;
    }
    render_charts(path, sources);
    if (!sources.builds->needs_plan()) continue;
    if (auto plan = sources.builds->plan(sources.meshes)) take_plan(sources, *std::move(plan));
  }
  return false;
}

// Not before it is known whether the editor lets helm run.
void Session::render_charts(const std::string& folder, Sources& sources) {
  const Folder* found = folders_.find(folder);
  if (found == nullptr || found->awaits_settings) return;
  for (workspace::ChartToRender& chart : sources.builds->builds().charts_to_render())
    charts_.render(folder, std::move(chart));
}

void Session::chart_file_changed(const std::string& path) {
  for (auto& [folder, sources] : sources_) {
    if (sources.builds->builds().mark_chart_changed(path)) render_charts(folder, sources);
  }
}

// What charts say is shown in their templates, which are no manifests.
void Session::add_templates(const workspace::WorkspaceBuilds& builds,
                            std::vector<checks::FileUpdate>& updates) {
  const std::size_t count = updates.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (updates[i].facts == nullptr || !updates[i].facts->origin || !updates[i].facts->origin->is_chart())
      continue;
    const auto build = std::find_if(builds.builds().begin(), builds.builds().end(),
                                    [&](const auto& each) { return each->path == updates[i].path; });
    if (build == builds.builds().end() || !(*build)->is_rendered()) continue;
    const workspace::RenderedChart& chart = *(*build)->chart;
    const std::vector<std::string>& files = chart.facts->origin->files();
    for (std::size_t file = 0; file < files.size(); ++file) {
      const workspace::FileFacts* known = analysis_.facts(files[file]);
      if (chart.texts[file] == nullptr || (known != nullptr && !known->documents.empty())) continue;
      updates.push_back({files[file], workspace::facts_without_documents(*chart.texts[file])});
    }
  }
}

bool Session::is_template_source(const std::string& path) const {
  const workspace::FileFacts* facts = analysis_.facts(path);
  return facts != nullptr && facts->documents.empty() && !facts->origin;
}

bool Session::is_as_rendered(const std::string& path) const {
  const OpenDocument* document = texts_.find(path);
  const workspace::FileFacts* facts = analysis_.facts(path);
  return document == nullptr || facts == nullptr ||
         (document->text->bytes.size() == facts->text_size &&
          workspace::hash_bytes(document->text->bytes) == facts->text_hash);
}

void Session::saved(const std::string& uri) {
  const std::string path = path_of(uri);
  end_typing();
  chart_file_changed(path);
  clusters_.file_changed(path);
}

void Session::take_plan(Sources& sources, checks::WorkspacePlan plan) {
  const bool first = !sources.plan.has_value();
  if (sources.meshes.front().planned) {
    // Those may have changed on which no plan depends.
    for (checks::MeshDefinition& mesh : plan.meshes) mesh.settings = sources.meshes.front().settings;
  }
  if (sources.plan)
    sources.builds->discard(std::make_shared<checks::WorkspacePlan>(*std::exchange(sources.plan, {})));
  sources.plan = std::move(plan);
  reconfigure();  // brings the notes in, too
  if (first) queue_everything();
  end_progress();
}

void Session::finish_builds_of(const std::string& path) {
  for (auto& [root, sources] : sources_) {
    if (!sources.builds->waits_for(path)) continue;
    ++generation_;
    update(sources.builds->finish(path, analysis_));
  }
}

bool Session::sources_wait() const {
  return !indexing() && std::any_of(sources_.begin(), sources_.end(), [](const auto& folder) {
    return folder.second.builds->has_steps() || folder.second.builds->needs_plan();
  });
}

bool Session::sources_are_behind() const {
  return std::any_of(sources_.begin(), sources_.end(), [](const auto& folder) {
    return folder.second.builds->has_steps() || folder.second.builds->needs_plan() ||
           folder.second.builds->is_planning();
  });
}

bool Session::is_planning() const {
  return std::any_of(sources_.begin(), sources_.end(),
                     [](const auto& folder) { return folder.second.builds->is_planning(); });
}

// Is it known which meshes a file is in?
bool Session::is_planned(const std::string& path) const {
  return std::all_of(sources_.begin(), sources_.end(), [&](const auto& folder) {
    return folder.second.plan.has_value() || !workspace::is_below(path, folder.first);
  });
}

std::vector<checks::FileUpdate> Session::rebuilt(const std::map<std::string, std::string>& texts) {
  std::vector<checks::FileUpdate> updates;
  for (auto& [path, sources] : sources_) {
    auto more = sources.builds->builds().with_texts(texts);
    updates.insert(updates.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return updates;
}

bool Session::reads(const std::string& file) const {
  return std::any_of(sources_.begin(), sources_.end(),
                     [&](const auto& folder) { return folder.second.builds->builds().looks_at(file); });
}

// What has been shown stays meanwhile, and edits are answered in its sense.
void Session::rebuild() {
  const auto ready = [](const Folder& folder) { return folder.ready(); };
  held_back_ |= !std::all_of(folders_.all().begin(), folders_.all().end(), ready);
  if (!rebuild_.running() && rebuilding_.begin) rebuilding_.begin();
  outdated_ = false;
  rebuild_.start(meshes_);
}

void Session::rebuilt(checks::Analysis made, std::vector<checks::FileUpdate> late) {
  ++generation_;
  made.begin_apply(std::move(late));
  made.set_build_trial(this);
  made.set_source_notes(source_notes());
  if (retired_ != nullptr) rebuild_.dispose(std::move(retired_));
  retired_ = std::make_shared<checks::Analysis>(std::move(analysis_));
  analysis_ = std::move(made);
  held_back_ = false;
  if (rebuilding_.end) rebuilding_.end();
  queue_everything();
  outdated_ = analysis_.is_outdated();
}

void Session::drop_retired() {
  if (retired_ != nullptr) rebuild_.dispose_at_leisure(std::exchange(retired_, nullptr));
}

// Has all been read that findings of the file depend on, within the settings that hold?
bool Session::ready_for(const std::string& path) const {
  return folders_.ready_for(path) && is_planned(path) && !(held_back_ && rebuild_.running());
}

// What is being read at this moment is looked at when it comes (files_read).
void Session::read_within_new_limits() {
  const auto read_again = [this](const std::string& path) {
    if (texts_.find(path) == nullptr) indexer_.refresh(path);
  };
  for (const std::string& path : analysis_.files()) {
    if (analysis_.facts(path)->limits != limits(path) && !is_template_source(path)) read_again(path);
  }
  for (const auto& [path, problem] : unreadable_) read_again(path);
  for (const auto& [path, document] : texts_.open_documents()) {
    const workspace::FileFacts* facts = analysis_of(path).facts(path);
    if (facts != nullptr && facts->limits != limits(path)) changed_.insert(path);
  }
}

void Session::reload_config(Folder& folder, SharedText text) {
  const workspace::Settings before = folder.config.settings;
  Folders::set_config(folder, std::move(text));
  log_.info(fmt::format("{} {}, {} problems", folders_.config_path(folder),
                        folder.config_text ? "read" : "is gone", folder.config.problems.size()));
  if (finds_others(before, folder.config.settings)) indexer_.scan(folder.path);
  reconfigure();
  unpublished_.insert(folders_.config_path(folder));
}

// ---- documents

std::string Session::path_of(const std::string& uri) const {
  std::string path = workspace::document_path(uri);
  const OpenDocument* document = texts_.find(path);
  return document != nullptr && document->is_second_name ? path : folders_.file_named(path);
}

void Session::open(protocol::TextDocumentItem item) {
  end_typing();
  const std::string path = workspace::document_path(item.uri);
  const std::string file = folders_.file_named(path);
  const OpenDocument* known = texts_.find(file);
  const bool is_second = known != nullptr && known->uri != item.uri;
  if (is_second && path == file) {
    OpenDocument other = texts_.take(file);
    open(std::move(item));
    return reopen(std::move(other));
  }
  OpenDocument& document = texts_.open(std::move(item), is_second ? path : file);
  document.is_second_name = is_second;
  document.analysed = nullptr;
  changed_.insert(document.path);
}

void Session::reopen(OpenDocument document) {
  open({document.uri, std::move(document.language), document.version, document.text->bytes});
  texts_.find(path_of(document.uri))->out_of_sync = document.out_of_sync;
}

bool Session::reopen_other_name(const std::string& path) {
  const auto& open = texts_.open_documents();
  const auto other = std::find_if(open.begin(), open.end(), [&](const auto& each) {
    return each.second.is_second_name && folders_.file_named(each.first) == path;
  });
  if (other == open.end()) return false;
  reopen(texts_.take(std::string(other->first)));
  return true;
}

void Session::name_documents() {
  std::vector<std::string> moved;
  for (const auto& [path, document] : texts_.open_documents()) {
    const std::string file = folders_.file_named(workspace::document_path(document.uri));
    const bool is_right =
        document.is_second_name ? file != path && texts_.find(file) != nullptr : file == path;
    if (!is_right) moved.push_back(path);
  }
  for (const std::string& path : moved) {
    OpenDocument document = texts_.take(path);
    changed_.erase(path);
    if (standalone_.erase(path) > 0 || analysis_.facts(path) != nullptr) drop_facts(path);
    if (folders_.contain(path)) indexer_.refresh(path);
    stop_showing(path);
    reopen(std::move(document));
  }
}

bool Session::change(const protocol::DidChangeTextDocumentParams& change, TimePoint now) {
  OpenDocument* document = texts_.find(path_of(change.uri));
  if (document == nullptr) return false;
  text_before_edit_ = document->text;
  new_findings_.typed(document->path, now);
  texts_.change(*document, change.version, change.contentChanges, converter_->unit());
  changed_.insert(document->path);
  return true;
}

void Session::lose_sync(const std::string& uri) {
  OpenDocument* document = texts_.find(path_of(uri));
  if (document == nullptr) return;
  document->out_of_sync = true;
  end_typing();
  unpublished_.insert(document->path);
}

void Session::close(const std::string& uri) {
  const std::string path = path_of(uri);
  if (texts_.find(path) == nullptr) return;
  ++generation_;
  end_typing();
  const bool is_second = texts_.take(path).is_second_name;
  changed_.erase(path);
  if (is_second) return stop_showing(path);
  if (reopen_other_name(path)) return;
  if (folders_.configured_by(path) != nullptr) return rescan_around(path);
  if (standalone_.erase(path) > 0 || !folders_.contain(path)) {
    stop_showing(path);
    drop_facts(path);
    return;
  }
  indexer_.refresh(path);
  rescan_around(path);
}

void Session::analyze_pending(const std::function<bool(const std::string& uri)>& changes_next) {
  std::set<std::string> later;
  while (!changed_.empty()) {  // analysing a configuration file may add to it
    std::string path = std::move(changed_.extract(changed_.begin()).value());
    OpenDocument* document = texts_.find(path);
    if (document == nullptr) continue;
    if (changes_next(document->uri)) {
      later.insert(std::move(path));
      continue;
    }
    analyse(*document);
    finish_builds_of(path);
    // What is shown in a template holds for the text that helm has read.
    if (is_template_source(path) && !is_as_rendered(path)) continue;
    if (sink_.congested()) {
      unpublished_.insert(path);
      edited_unpublished_.insert(std::move(path));
    } else {
      publish(path, true);
      unpublished_.erase(path);
    }
  }
  changed_ = std::move(later);
}

bool Session::is_manifest(const OpenDocument& document) const {
  if (folders_.configured_by(document.path) != nullptr || is_config_name(document.path)) return false;
  if (document.is_chart_template || document.is_second_name) return false;
  return workspace::is_manifest_name(document.path) || document.language == "yaml" ||
         document.language == "json";
}

checks::Analysis& Session::analysis_of(const std::string& path) {
  const auto loose = standalone_.find(path);
  return loose == standalone_.end() ? analysis_ : loose->second;
}

void Session::analyse(OpenDocument& document) {
  ++generation_;
  if (const Folder* folder = folders_.configured_by(document.path)) {
    document.analysed = document.text;
    reload_config(*folders_.find(folder->path), document.text);
    return;
  }
  if (!is_manifest(document)) {
    document.analysed = document.text;
    return;
  }
  if (!folders_.contain(document.path) && !standalone_.contains(document.path)) place(document);
  const bool loose = standalone_.contains(document.path);
  checks::Analysis& analysis = analysis_of(document.path);
  const workspace::FileFacts* before = analysis.facts(document.path);
  const bool continues = before != nullptr && document.analysed != nullptr;
  auto facts =
      workspace::is_snapshot_text(document.text->bytes)
          ? workspace::facts_without_documents(document.text->bytes)
          : workspace::read_facts(document.text->bytes, continues ? before : nullptr,
                                  continues ? std::string_view(document.analysed->bytes) : std::string_view(),
                                  limits(document.path));
  document.analysed = document.text;
  // For the document itself a client asks again unasked.
  const bool others_open = texts_.open_documents().size() > 1;
  if (others_open && (before == nullptr || !same_meaning(*before, *facts))) refresher_.mark_stale();
  if (!loose) return update({{document.path, std::move(facts)}});
  analysis.begin_apply({{document.path, std::move(facts)}});
  if (analysis.is_outdated()) analysis.apply({});
}

void Session::place(OpenDocument& document) {
  if (!is_manifest(document)) return;
  const bool known = analysis_.facts(document.path) != nullptr;
  const bool belongs = folders_.contain(document.path);
  if (known && belongs) return;
  if (known) drop_facts(document.path);
  if (!belongs) {
    std::vector<checks::MeshDefinition> alone(1);
    alone.front().root = workspace::parent_path(document.path);
    alone.front().settings = settings_outside_folders_;
    standalone_.insert_or_assign(document.path, checks::Analysis(checks::check_registry(), std::move(alone)));
  }
  if (document.analysed == nullptr) return;  // it is about to be analysed
  document.analysed = nullptr;
  changed_.insert(document.path);
}

void Session::drop_facts(const std::string& path) {
  ++generation_;
  refresher_.mark_stale();
  update({{path, nullptr}});
}

// ---- the disk

void Session::files_changed(const std::vector<protocol::FileEvent>& events) {
  for (const protocol::FileEvent& event : events) {
    const auto path = workspace::path_of_file_uri(event.uri);
    if (!path) continue;
    chart_file_changed(*path);
    const std::string file = folders_.file_named(*path);
    const bool known = indexer_.knows(file);
    if (known) indexer_.refresh(file);
    if (!known) clusters_.file_changed(*path);
    if (!known || event.type != protocol::FileEvent::Type::Changed) rescan_around(*path);
  }
}

void Session::rescan_around(const std::string& path) {
  for (const Folder& folder : folders_.all()) {
    if (workspace::is_below(path, folder.path) || path == folders_.config_path(folder))
      indexer_.scan(folder.path);
  }
}

void Session::files_changed(const workspace::FileChanges& changes) {
  if (changes.all) rescan();
  for (const std::string& path : changes.files) {
    chart_file_changed(path);
    const std::string file = folders_.file_named(path);
    const bool is_gone = file != path && sources_files_.status(path).type == workspace::FileType::Missing;
    if (indexer_.knows(file)) indexer_.refresh(file);
    if (is_gone || !indexer_.knows(file)) {
      clusters_.file_changed(path);
      rescan_around(path);
    }
  }
  for (const std::string& path : changes.folders) {
    chart_file_changed(path);
    rescan_around(path);
  }
}

void Session::rescan(bool gently) {
  for (const Folder& folder : folders_.all()) indexer_.scan(folder.path, gently);
}

std::optional<ScanRequest> Session::folder_to_scan(const std::string& path) const {
  const auto& all = folders_.all();
  const auto folder = std::find_if(all.begin(), all.end(), [&](const Folder& f) { return f.path == path; });
  if (folder == all.end()) return std::nullopt;
  ScanRequest scan{path, folders_.config_path(*folder), std::nullopt, folders_.over(*folder)};
  if (const OpenDocument* buffer = texts_.find(scan.config_path)) scan.config_buffer = buffer->text->bytes;
  return scan;
}

const workspace::Limits& Session::limits(const std::string& path) const { return folders_.limits(path); }

// In the client's log: a window for links that nobody meant to be read would be in the way.
void Session::tell_unfollowed(Folder& folder, std::size_t links) {
  if (std::exchange(folder.unfollowed_links, links) == links || links == 0) return;
  const std::string text =
      fmt::format("{}: {} symbolic link{} out of this folder {} not read (setting followLinks)", folder.path,
                  links, links == 1 ? "" : "s", links == 1 ? "is" : "are");
  log_.info(text);
  constexpr int kInfo = 3;
  client_.notify("window/logMessage", {{"type", kInfo}, {"message", text}});
}

void Session::folder_scanned(const ScannedFolder& scanned) {
  for (const std::string& problem : scanned.problems) {
    log_.warning(problem);
    client_.warn(problem);
  }
  Folder& folder = *folders_.find(scanned.path);
  tell_unfollowed(folder, scanned.links.size());
  if (Folders::set_names(folder, scanned.other_names, scanned.linked)) {
    name_documents();
    reconfigure();
  }
  if (const auto sources = sources_.find(scanned.path); sources != sources_.end())
    sources->second.builds->set_charts(scanned.charts);
  if (!folder.indexed && !progress_begun_ && progress_.begin) {
    progress_begun_ = true;
    progress_.begin();
  }
  if (texts_.find(folders_.config_path(folder)) != nullptr) return;  // the buffer counts, and was read
  const bool same = folder.config_text ? scanned.config && folder.config_text->bytes == *scanned.config
                                       : !scanned.config.has_value();
  if (same) return;
  reload_config(folder, scanned.config ? std::make_shared<const Text>(*scanned.config) : nullptr);
}

void Session::files_read(std::vector<ReadFile> files) {
  log_unreadable(files);
  std::vector<checks::FileUpdate> updates;
  updates.reserve(files.size());
  for (ReadFile& file : files) {
    if (texts_.find(file.path) != nullptr) continue;  // the buffer counts
    if (file.facts && !folders_.contain(file.path)) continue;
    const workspace::FileFacts* before = analysis_.facts(file.path);
    if (before != nullptr && file.facts != nullptr && before->text_hash != file.facts->text_hash)
      clusters_.file_changed(file.path);
    const bool was_read = file.facts != nullptr || !file.problem.empty();
    if (was_read && file.limits != limits(file.path)) indexer_.refresh(file.path);  // changed meanwhile
    if (unreadable_.erase(file.path) > 0) unpublished_.insert(file.path);
    if (!file.problem.empty()) {
      unpublished_.insert(file.path);
      unreadable_[file.path] = std::move(file.problem);
    }
    updates.push_back({std::move(file.path), std::move(file.facts)});
  }
  if (updates.empty()) return;
  ++generation_;
  refresher_.mark_stale();
  if (incoming_.empty() && updates.size() <= kFilesAtOnce) return update(std::move(updates));
  incoming_.insert(incoming_.end(), std::make_move_iterator(updates.begin()),
                   std::make_move_iterator(updates.end()));
}

// Many files that changed together, as in a checkout: nothing is published in between, but edits are
// answered.
void Session::take_incoming() {
  std::vector<checks::FileUpdate> updates;
  while (!incoming_.empty() && updates.size() < incoming_at_once_) {
    checks::FileUpdate next = std::move(incoming_.front());
    incoming_.pop_front();
    if (texts_.find(next.path) != nullptr) continue;  // opened meanwhile
    if (!folders_.contain(next.path)) next.facts = nullptr;
    updates.push_back(std::move(next));
  }
  ++generation_;
  const auto begin = std::chrono::steady_clock::now();
  update(std::move(updates));
  const auto took = std::chrono::steady_clock::now() - begin;
  // Each time costs what the namespaces at hand hold, however few files of them come.
  constexpr std::chrono::milliseconds kLong{10};
  constexpr std::size_t kFewest = 256;
  constexpr std::size_t kMost = 4096;
  incoming_at_once_ =
      std::clamp(took > kLong ? incoming_at_once_ / 2 : incoming_at_once_ * 2, kFewest, kMost);
}

void Session::indexing(std::size_t done, std::size_t total) {
  if (progress_begun_ && progress_.report) progress_.report(done, total);
}

// In each file's own problem the client sees them all.
void Session::log_unreadable(const std::vector<ReadFile>& files) const {
  constexpr std::size_t kMost = 20;
  if (!log_.wants(workspace::LogLevel::Info)) return;
  std::size_t count = 0;
  for (const ReadFile& file : files) {
    if (!file.problem.empty() && ++count <= kMost) log_.info("not read: " + file.problem);
  }
  if (count > kMost) log_.info(fmt::format("not read: {} more files", count - kMost));
}

void Session::folders_indexed(const IndexedFolders& round) {
  if (round.first || log_.wants(workspace::LogLevel::Debug)) {
    log_.info(fmt::format("{}: {} manifests, {} read and {} gone in {:.3f} s", fmt::join(round.paths, ", "),
                          indexer_.file_count(), round.files_read, round.files_gone,
                          std::chrono::duration<double>(round.time).count()));
  }
  bool first = false;
  for (const std::string& path : round.paths) {
    Folder* folder = folders_.find(path);
    if (folder != nullptr) first |= !std::exchange(folder->indexed, true);
  }
  held_back_ |= first && (outdated_ || rebuild_.running());
  if (first) queue_everything();
  end_progress();
}

// Ends it once all folders are read and it is known which meshes they hold: requests are answered from then
// on.
void Session::end_progress() {
  const auto indexed = [](const Folder& folder) { return folder.indexed; };
  const auto planned = [](const auto& folder) { return folder.second.plan.has_value(); };
  if (!progress_begun_ || !std::all_of(folders_.all().begin(), folders_.all().end(), indexed) ||
      !std::all_of(sources_.begin(), sources_.end(), planned)) {
    return;
  }
  progress_begun_ = false;
  if (progress_.end) progress_.end();
}

// ---- publishing

void Session::queue(std::vector<std::string> paths) {
  for (std::string& path : paths) {
    if (!workspace::is_cluster_path(path)) unpublished_.insert(std::move(path));
  }
}

void Session::queue_everything() {
  refresher_.mark_stale();
  all_after_ = "";
  for (const auto& [path, document] : texts_.open_documents()) unpublished_.insert(path);
  for (const auto& [path, problem] : unreadable_) unpublished_.insert(path);  // of which nothing is known
  // What is shown of a file that is no longer there has to go, and was not cleared while its folder was read.
  queue(publisher_.shown());
  queue(reports_.paths());
}

bool Session::publish_some(std::chrono::microseconds budget) {
  const auto end = std::chrono::steady_clock::now() + budget;
  if (!incoming_.empty()) {
    take_incoming();
    return true;
  }
  if (outdated_ && !rebuild_.running() && !indexing()) rebuild();
  if (work_on_sources(end)) return true;
  // A plan that is being made may be of other meshes than what would be built now.
  const bool can_rebuild = !is_planning();
  if (can_rebuild) rebuild_.step(analysis_, end);
  if (!step_analyses(end)) return true;
  while (has_unpublished()) {
    if (unpublished_.empty()) queue_next_files();
    if (unpublished_.empty()) break;
    const std::string path = std::move(unpublished_.extract(unpublished_.begin()).value());
    if (!changed_.contains(path)) publish(path, edited_unpublished_.erase(path) > 0);
    if (std::chrono::steady_clock::now() >= end) break;
  }
  if (!has_unpublished() && !indexing()) refresher_.publishing_done();
  return has_unpublished() || (can_rebuild && rebuild_.step(analysis_, end));
}

// A few at a time: to queue 100,000 paths takes longer than an edit may wait.
void Session::queue_next_files() {
  constexpr std::size_t kFiles = 32;
  if (!all_after_) return;
  std::vector<checks::FileUpdate> files = analysis_.files_after(*all_after_, kFiles);
  if (files.empty()) {
    all_after_.reset();
    return;
  }
  all_after_ = files.back().path;
  for (checks::FileUpdate& file : files) {
    if (!file.facts->origin) unpublished_.insert(std::move(file.path));
  }
}

// False: findings are still being worked out. Nothing is published before, for most files would be twice.
bool Session::step_analyses(std::chrono::steady_clock::time_point end) {
  std::vector<std::string> touched;
  const auto step_one = [&](checks::Analysis& analysis) {
    while (analysis.step(touched)) {
      if (std::chrono::steady_clock::now() >= end) break;
    }
    return !analysis.has_steps();
  };
  bool done = step_one(analysis_);
  for (auto& [path, alone] : standalone_) done = done && step_one(alone);
  queue(std::move(touched));
  return done;
}

bool Session::has_unpublished() const {
  return !unpublished_.empty() || all_after_ || has_steps() || !incoming_.empty() || sources_wait();
}

bool Session::has_steps() const {
  return analysis_.has_steps() || std::any_of(standalone_.begin(), standalone_.end(),
                                              [](const auto& alone) { return alone.second.has_steps(); });
}

void Session::stop_showing(const std::string& path) {
  publisher_.clear(path);
  reports_.set(path, Json::array());
}

void Session::set_shown(bool hints, bool lenses) {
  if (hints == shows_hints_ && lenses == shows_lenses_) return;
  shows_hints_ = hints;
  shows_lenses_ = lenses;
  ++generation_;
  refresher_.mark_stale();
}

void Session::set_diagnostics_delay(std::chrono::milliseconds delay) {
  if (delay == new_findings_.delay()) return;
  new_findings_.set_delay(delay);
  end_typing();
}

void Session::typing_paused() {
  if (is_half_written(new_findings_.last_edited())) {
    new_findings_.wait_for_more();
  } else {
    end_typing();
  }
}

void Session::end_typing() {
  if (!new_findings_.is_typing()) return;
  NewFindings::Released released = new_findings_.release();
  text_before_edit_ = nullptr;
  others_changed_ |= !released.held_back.empty();  // a client that pulls has to be told
  queue(std::move(released.held_back));
  for (std::string& path : released.edited) {
    if (texts_.find(path) == nullptr) continue;
    unpublished_.insert(path);
    edited_unpublished_.insert(std::move(path));
  }
}

// Looks at where the text ceases to be as it was before the last edit.
bool Session::is_half_written(const std::string& path) {
  const OpenDocument* document = texts_.find(path);
  if (document == nullptr || text_before_edit_ == nullptr || !complete(path) || !is_manifest(*document))
    return false;
  const std::string& now = document->text->bytes;
  const std::string& before = text_before_edit_->bytes;
  const auto same = std::mismatch(now.rbegin(), now.rend(), before.rbegin(), before.rend());
  const auto end = static_cast<std::uint32_t>(now.rend() - same.first);
  const std::vector<checks::MeshView> meshes = analysis_of(path).meshes(path);
  return checks::is_half_written(meshes, path, now, end);
}

void Session::publish(const std::string& path, bool edited) {
  const bool open = texts_.find(path) != nullptr;
  const bool is_config = folders_.configured_by(path) != nullptr;
  if (!open && !is_config && !ready_for(path)) return;  // queued again when the folder is ready
  const Json shown = new_findings_.pass(path, diagnostics(path));
  others_changed_ |= reports_.set(path, shown) && !edited;
  if (capabilities_->pullDiagnostics && (open || workspace_pulled_)) return publisher_.clear(path);
  // While somebody types, only what is another than before.
  publisher_.show(path, uri(path), version(path), shown, edited && !new_findings_.is_typing());
}

std::string Session::state_in_words() const {
  return fmt::format("{} manifests, {} documents open, {} files to publish{}", indexer_.file_count(),
                     texts_.open_documents().size(), unpublished_.size(), indexing() ? ", indexing" : "");
}

bool Session::complete(const std::string& path) const {
  return standalone_.contains(path) ? !loose_await_settings_ : ready_for(path);
}

Session::Report Session::report(const std::string& path) {
  Report report{{}, new_findings_.pass(path, diagnostics(path))};
  report.id = Reports::id_of(report.items);
  reports_.set(path, report.items);
  return report;
}

bool Session::caught_up() const {
  const auto ready = [](const Folder& folder) { return folder.ready(); };
  return !has_unpublished() && changed_.empty() && !rebuild_.running() && !sources_are_behind() &&
         !charts_.running() && (standalone_.empty() || !loose_await_settings_) &&
         std::all_of(folders_.all().begin(), folders_.all().end(), ready);
}

void Session::workspace_is_pulled() {
  if (std::exchange(workspace_pulled_, true) || !capabilities_->pullDiagnostics) return;
  for (const std::string& path : publisher_.shown()) publisher_.clear(path);
}

Json Session::diagnostics(const std::string& path) {
  Json result = Json::array();
  if (const Folder* folder = folders_.configured_by(path)) {
    if (!folder->config_text) return result;
    for (const auto& problem : folder->config.problems) {
      result.push_back(converter_->diagnostic(problem, *folder->config_text));
    }
    return result;
  }
  if (const OpenDocument* document = texts_.find(path); document != nullptr && document->out_of_sync) {
    result.push_back(unreadable_diagnostic(
        "the editor sent a change that could not be read; close this file and open it again"));
    return result;
  }
  if (const auto problem = unreadable_.find(path);
      problem != unreadable_.end() && texts_.find(path) == nullptr) {
    result.push_back(unreadable_diagnostic(problem->second));
  }
  const bool all = complete(path);
  for (const checks::Finding& finding : findings_in_order(analysis_of(path), path)) {
    if (all || needs_no_other_file(finding)) result.push_back(converter_->diagnostic(finding));
  }
  if (!all) return result;
  for (const checks::UnusedSuppression& unused : unused_suppressions(path)) {
    if (const SharedText shown = text(path)) result.push_back(converter_->diagnostic(unused, *shown));
  }
  return result;
}

std::vector<checks::UnusedSuppression> Session::unused_suppressions(const std::string& path) {
  const auto present = [this](const std::string& file) -> std::shared_ptr<const std::string> {
    const SharedText found = text(file);
    return found ? std::shared_ptr<const std::string>(found, &found->bytes) : nullptr;
  };
  return analysis_of(path).unused_suppressions(path, present);
}

// ---- for features and the converter

std::optional<Session::Subject> Session::subject(const std::string& uri) {
  Subject subject{path_of(uri), nullptr, nullptr};
  if (!complete(subject.path)) return std::nullopt;
  if (is_template_source(subject.path) && !is_as_rendered(subject.path)) return std::nullopt;
  subject.analysis = &analysis_of(subject.path);
  if (subject.analysis->facts(subject.path) == nullptr) return std::nullopt;
  subject.text = text(subject.path);
  if (!subject.text) return std::nullopt;
  return subject;
}

std::optional<Session::Buffer> Session::buffer(const std::string& uri) const {
  const OpenDocument* document = texts_.find(path_of(uri));
  if (document == nullptr || document->out_of_sync) return std::nullopt;
  const bool is_configuration =
      folders_.configured_by(document->path) != nullptr || is_config_name(document->path);
  if (!is_configuration && !is_manifest(*document)) return std::nullopt;
  const bool is_json = document->language == "json" || document->path.ends_with(".json");
  return Buffer{document->path, document->text, is_json, is_configuration};
}

std::optional<Session::Buffer> Session::unread_manifest(const std::string& uri) const {
  auto found = buffer(uri);
  if (!found || complete(found->path) || found->is_configuration || is_template_source(found->path))
    return std::nullopt;
  if (workspace::is_snapshot_text(found->text->bytes)) return std::nullopt;
  return found;
}

bool Session::gives_schema_help(const Buffer& buffer) const {
  if (workspace::has_kustomization_name(buffer.path)) return false;
  if (schema_help_ != SchemaHelpWhen::Auto) return schema_help_ == SchemaHelpWhen::Always;
  const std::string_view text = buffer.text->bytes;
  const std::size_t marker = text.find("yaml-language-server:");
  if (marker == std::string_view::npos) return true;
  return text.substr(marker, text.find('\n', marker) - marker).find("$schema=") == std::string_view::npos;
}

std::vector<checks::MeshView> Session::meshes_of(const Subject& subject) const {
  std::vector<checks::MeshView> meshes = subject.analysis->meshes(subject.path);
  if (chosen_build_.empty()) return meshes;
  const auto has_chosen = [&](const checks::MeshView& view) {
    const auto builds = view.mesh.builds_from(subject.path);
    return std::any_of(builds.begin(), builds.end(), [&](const workspace::FileEntry* build) {
      return build->facts->origin->name() == chosen_build_;
    });
  };
  std::vector<checks::MeshView> chosen;
  std::copy_if(meshes.begin(), meshes.end(), std::back_inserter(chosen), has_chosen);
  return chosen.empty() ? meshes : chosen;
}

void Session::choose_build(std::string name) {
  if (chosen_build_ == name) return;
  chosen_build_ = std::move(name);
  ++generation_;
  refresher_.mark_stale();
}

std::vector<Session::FileBuild> Session::builds_of(const std::string& path) const {
  std::vector<FileBuild> found;
  for (const auto& [root, sources] : sources_) {
    const workspace::WorkspaceBuilds& builds = sources.builds->builds();
    for (const workspace::WorkspaceBuild* build : builds.that_look_at(path)) {
      FileBuild& added = found.emplace_back();
      added.name = build->request.name;
      added.kustomization = build->request.folder;
      for (const std::string& looked_at : *build->looked_at) {
        const bool is_own = workspace::parent_path(looked_at) == build->request.folder;
        if (is_own && workspace::has_kustomization_name(looked_at) && analysis_.facts(looked_at) != nullptr) {
          added.kustomization = looked_at;
        }
      }
      const checks::BuildCounts counts = analysis_.counts_of_build(build->path);
      added.conflicts = counts.conflicts;
      added.warnings = counts.warnings;
      added.partial = build->partial;
      added.refused = build->refused;
      added.chosen = build->request.name == chosen_build_;
    }
  }
  std::sort(found.begin(), found.end(),
            [](const FileBuild& a, const FileBuild& b) { return a.name < b.name; });
  return found;
}

checks::TextSource Session::text_source() {
  return [this](const std::string& path) -> std::shared_ptr<const std::string> {
    const SharedText found = text_to_edit(path);
    return found ? std::shared_ptr<const std::string>(found, &found->bytes) : nullptr;
  };
}

SharedText Session::text_to_edit(const std::string& path) {
  if (texts_.find(path) == nullptr) texts_.forget_disk_text(path);
  return text(path);
}

SharedText Session::text(const std::string& path) {
  const OpenDocument* document = texts_.find(path);
  const bool is_template = is_template_source(path);
  if (is_template && !is_as_rendered(path)) {
    const workspace::FileFacts* facts = analysis_.facts(path);
    if (SharedText rendered = texts_.disk_text(path, facts->text_size, facts->text_hash)) return rendered;
  }
  if (document != nullptr) {
    return document->analysed ? document->analysed : document->text;
  }
  if (const Folder* folder = folders_.configured_by(path)) return folder->config_text;
  const workspace::FileFacts* facts = analysis_of(path).facts(path);
  if (facts == nullptr) return nullptr;
  SharedText text = texts_.disk_text(path, facts->text_size, facts->text_hash);
  if (!text && is_template) {
    chart_file_changed(path);
  } else if (!text) {
    indexer_.refresh(path);  // changed since it was read
  }
  return text;
}

std::string Session::uri(const std::string& path) const {
  const OpenDocument* document = texts_.find(path);
  return document != nullptr ? document->uri : workspace::file_uri(path);
}

const Folder* Session::folder_without_config(const std::string& path) const {
  const Folder* only = nullptr;
  for (const Folder& folder : folders_.all()) {
    if (!workspace::is_below(path, folder.path)) continue;
    if (only != nullptr) return nullptr;
    only = &folder;
  }
  if (only == nullptr || only->config_text != nullptr) return nullptr;
  return workspace::parent_path(folders_.config_path(*only)) == only->path ? only : nullptr;
}

std::string Session::relative_path(const std::string& path) const {
  std::size_t begin = 0;
  for (const Folder& folder : folders_.all()) {
    if (!workspace::is_below(path, folder.path)) continue;
    begin = std::max(begin, folder.path.size() + (folder.path.ends_with('/') ? 0 : 1));
  }
  return path.substr(begin);
}

std::optional<std::int64_t> Session::version(const std::string& path) const {
  const OpenDocument* document = texts_.find(path);
  if (document == nullptr) return std::nullopt;
  return document->version;
}

}  // namespace lsp
