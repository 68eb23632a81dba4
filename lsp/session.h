// Everything that one client has open: folders, buffers, the engine, and what is shown of it.
//
// Ties the parts together: edits and disk changes become facts, facts go to the engine, and the files whose
// findings may differ are queued to be published. The document just edited is published at once; the rest
// follows in slices between messages; a client that does not read gets only the last state. While a folder
// has not been read completely, only what no other file could change is shown of its open files (broken
// documents): a false alarm is worse than a late one. Engine thread only.
//
// A file outside every folder is a mesh of its own while it is open, with an Analysis of its own.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "checks/engine/analysis.h"
#include "lsp/chart_renderer.h"
#include "lsp/client.h"
#include "lsp/cluster_sources.h"
#include "lsp/convert.h"
#include "lsp/editor_settings.h"
#include "lsp/folder_sources.h"
#include "lsp/folders.h"
#include "lsp/indexer.h"
#include "lsp/new_findings.h"
#include "lsp/publisher.h"
#include "lsp/rebuild.h"
#include "lsp/refresher.h"
#include "lsp/reports.h"
#include "lsp/text_store.h"
#include "workspace/platform/file_watch.h"
#include "workspace/platform/log.h"

namespace lsp {

struct SessionOptions {
  workspace::Settings settings;  // of the command line
  std::string config_file;
  // From so many manifests and objects of clusters on, what other settings mean is worked out on a worker; of
  // so many manifests, which meshes there are too.
  std::size_t rebuild_on_worker_from = 2000;
  ClusterAccess clusters = {};
};

class Session : public Documents, private Indexer::Host, private checks::BuildTrial {
 public:
  // Told how far a first index is, or that other settings are being worked out; `done` == `total` also when
  // there is nothing to read.
  struct Progress {
    std::function<void()> begin;
    std::function<void(std::size_t done, std::size_t total)> report;
    std::function<void()> end;
  };

  Session(SessionOptions options, const workspace::FileSystem& files, Scheduler& scheduler, MessageSink& sink,
          Client& client, workspace::Log log);

  // Before anything else, once the client's capabilities are known. They must outlive the session.
  // `reading_clusters` is told of the lists of clusters; `end` is called when nothing is read any more.
  void initialize(const protocol::ClientCapabilities& client, Progress progress, Progress rebuilding,
                  Progress reading_clusters);

  // Folders and settings.
  void add_folder(const std::string& uri, bool awaits_settings);
  void remove_folder(const std::string& uri);
  void set_editor_settings(workspace::Settings settings);                           // for all
  void set_folder_settings(const std::string& path, workspace::Settings settings);  // for one folder
  void stop_awaiting_settings();
  [[nodiscard]] const Folders& folders() const { return folders_; }
  // The one folder around the file, if a `.istio-mtls.yaml` at its root would be its configuration and there
  // is none; else null.
  [[nodiscard]] const Folder* folder_without_config(const std::string& path) const;
  // The file that a URI names: of one with several names that which it goes by.
  [[nodiscard]] std::string path_of(const std::string& uri) const;

  // Documents. A changed one is analysed by `analyze_pending`, so that a burst of changes is analysed once.
  void open(protocol::TextDocumentItem item);
  bool change(const protocol::DidChangeTextDocumentParams& change, TimePoint now);  // false: it is not open
  // A change of the document could not be read: nothing is said of its text until the client sends all of it.
  void lose_sync(const std::string& uri);
  void close(const std::string& uri);
  void saved(const std::string& uri);
  // After every message: analyses and publishes what changed, but not a document that the very next message
  // changes again.
  void analyze_pending(const std::function<bool(const std::string& uri)>& changes_next);

  // What comes up while somebody types is said after a pause of that length, and not while the line being
  // edited is half written (checks/queries/half_written.h). Zero: all is said at once.
  void set_shown(bool hints, bool lenses);
  [[nodiscard]] bool shows_hints() const { return shows_hints_; }
  [[nodiscard]] bool shows_lenses() const { return shows_lenses_; }
  void set_diagnostics_delay(std::chrono::milliseconds delay);
  [[nodiscard]] TimePoint pause_deadline() const { return new_findings_.deadline(); }
  void typing_paused();

  // The disk.
  void files_changed(const std::vector<protocol::FileEvent>& events);
  void files_changed(const workspace::FileChanges& changes);
  void rescan(bool gently = false);                 // looks at all folders
  bool work_on_index() { return indexer_.step(); }  // when no message waits; false: nothing new was begun
  [[nodiscard]] TimePoint::duration scan_time() const { return indexer_.scan_time(); }
  [[nodiscard]] bool indexing() const { return indexer_.busy() || indexer_.waiting() || !incoming_.empty(); }

  // Diagnostics that the client asks for. Then they are kept for it instead of published, but those of files
  // that are not open only once it has asked for the whole workspace's: not every client does.
  struct Report {
    std::string id;  // of what it says: as long as it is the same, so is the report
    Json items;
  };
  [[nodiscard]] bool complete(
      const std::string& path) const;  // is nothing missing that could change a report?
  [[nodiscard]] Report report(const std::string& path);
  // Another one after each change of what requests are answered from.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  [[nodiscard]] bool caught_up() const;  // every file's report is known, and complete
  [[nodiscard]] const Reports& reports() const { return reports_; }
  void workspace_is_pulled();
  // Did reports change but those of documents edited?
  [[nodiscard]] bool others_changed() const { return others_changed_; }
  void forget_others_changed() { others_changed_ = false; }

  // Publishes for at most so long; false: nothing is left to publish.
  bool publish_some(std::chrono::microseconds budget);
  [[nodiscard]] bool has_unpublished() const;

  // Counts, for whoever follows what the server does.
  [[nodiscard]] std::string state_in_words() const;

  // An analysis that is no longer in use is taken apart when nobody types.
  [[nodiscard]] bool has_retired() const { return retired_ != nullptr; }
  void drop_retired();

  // The clusters that files are laid over.
  [[nodiscard]] ClusterSources& clusters() { return clusters_; }
  [[nodiscard]] const ClusterSources& clusters() const { return clusters_; }
  // Told after each change of their states. Engine thread.
  void on_cluster_states(std::function<void()> changed) { cluster_states_changed_ = std::move(changed); }

  // For features.
  [[nodiscard]] const Converter& converter() const { return *converter_; }
  [[nodiscard]] const protocol::ClientCapabilities& client() const { return *capabilities_; }
  // The document a request names: null unless it is analysed and nothing said of it could be for lack of
  // another file.
  struct Subject {
    std::string path;
    SharedText text;
    checks::Analysis* analysis = nullptr;
  };
  [[nodiscard]] std::optional<Subject> subject(const std::string& uri);
  // An open document that may hold manifests or is a configuration file, as the client has it, whether it is
  // analysed or not; none: it is not open, it is something else, or what the client has is not known.
  struct Buffer {
    std::string path;
    SharedText text;
    bool is_json = false;
    bool is_configuration = false;
  };
  [[nodiscard]] std::optional<Buffer> buffer(const std::string& uri) const;
  // That of a manifest whose mesh is not known yet, since its folder is being read or settings are awaited.
  [[nodiscard]] std::optional<Buffer> unread_manifest(const std::string& uri) const;
  // What a file may cost to be read; also for the Indexer.
  [[nodiscard]] const workspace::Limits& limits(const std::string& path) const override;
  [[nodiscard]] const workspace::FileSystem& files() const { return sources_files_; }
  // Whether keys and values are completed and explained that are the same in every mesh.
  void set_schema_help(SchemaHelpWhen when) { schema_help_ = when; }
  [[nodiscard]] bool gives_schema_help(const Buffer& buffer) const;
  // Those that hold it; where builds of it differ, only those of the build that was chosen to be shown.
  [[nodiscard]] std::vector<checks::MeshView> meshes_of(const Subject& subject) const;
  // The build that is to be shown where several have values from a file; empty: none in particular.
  void choose_build(std::string name);

  struct FileBuild {
    std::string name;           // what messages call it
    std::string kustomization;  // path of its file; of what a deployment names without one, the folder
    std::size_t conflicts = 0;
    std::size_t warnings = 0;
    bool partial = false;
    bool refused = false;
    bool chosen = false;
  };
  // The builds that look at a file, by name.
  [[nodiscard]] std::vector<FileBuild> builds_of(const std::string& path) const;
  [[nodiscard]] checks::Analysis& workspace_analysis() { return analysis_; }
  [[nodiscard]] const TextStore& texts() const { return texts_; }
  // Shown as hints, never counted as findings.
  [[nodiscard]] std::vector<checks::UnusedSuppression> unused_suppressions(const std::string& path);
  [[nodiscard]] checks::TextSource text_source();

  // Documents (lsp/convert.h).
  SharedText text(const std::string& path) override;
  SharedText text_to_edit(const std::string& path) override;
  [[nodiscard]] std::string uri(const std::string& path) const override;
  [[nodiscard]] std::string relative_path(const std::string& path) const override;
  [[nodiscard]] std::optional<std::int64_t> version(const std::string& path) const override;
  [[nodiscard]] std::optional<ClusterPlace> in_cluster(const std::string& path,
                                                       workspace::ByteRange range) const override;

 private:
  // Indexer::Host
  [[nodiscard]] std::optional<ScanRequest> folder_to_scan(const std::string& path) const override;
  void folder_scanned(const ScannedFolder& folder) override;
  void files_read(std::vector<ReadFile> files) override;
  void indexing(std::size_t done, std::size_t total) override;
  void folders_indexed(const IndexedFolders& indexed) override;
  void log_unreadable(const std::vector<ReadFile>& files) const;

  // checks::BuildTrial
  std::vector<checks::FileUpdate> rebuilt(const std::map<std::string, std::string>& texts) override;
  [[nodiscard]] bool reads(const std::string& file) const override;

  // The sources of a folder without configured meshes.
  struct Sources {
    std::vector<checks::MeshDefinition> meshes;  // as configured, or the one that is the whole folder
    std::unique_ptr<FolderSources> builds;
    std::optional<checks::WorkspacePlan> plan;  // none: the first is not made yet
  };
  void update_sources(const std::vector<checks::MeshDefinition>& meshes);
  void sources_changed(const checks::FileUpdate& update);
  // Has the charts rendered anew that helm reads a file for.
  void chart_file_changed(const std::string& path);
  void render_charts(const std::string& folder, Sources& sources);
  void add_templates(const workspace::WorkspaceBuilds& builds, std::vector<checks::FileUpdate>& updates);
  // Whether a file is known as a chart's template, and not as a manifest.
  [[nodiscard]] bool is_template_source(const std::string& path) const;
  // The buffer of a template is what helm has read, or there is none.
  [[nodiscard]] bool is_as_rendered(const std::string& path) const;
  // Makes builds and plans until `end`; false: nothing is left to do.
  bool work_on_sources(std::chrono::steady_clock::time_point end);
  void finish_builds_of(const std::string& path);
  void take_plan(Sources& sources, checks::WorkspacePlan plan);
  void end_progress();
  ClusterSources::Listener cluster_listener();
  [[nodiscard]] std::vector<checks::SourceNote> source_notes() const;
  // Builds or a plan are to be made; and this can be done now, on this thread.
  [[nodiscard]] bool sources_are_behind() const;
  [[nodiscard]] bool sources_wait() const;
  [[nodiscard]] bool is_planning() const;
  [[nodiscard]] bool is_planned(const std::string& path) const;

  // Of one file that is open by several names, one text counts: the one by its own name, else the first.
  void reopen(OpenDocument document);
  bool reopen_other_name(const std::string& path);  // of a file that was closed; false: there is none
  void name_documents();                            // after files have other names

  [[nodiscard]] bool is_manifest(const OpenDocument& document) const;
  [[nodiscard]] checks::Analysis& analysis_of(const std::string& path);
  void analyse(OpenDocument& document);
  void place(OpenDocument& document);  // into the folders' analysis or one of its own
  void drop_facts(const std::string& path);
  void reconfigure();
  // Gives the folders' analysis what has changed.
  void update(std::vector<checks::FileUpdate> updates);
  void take_incoming();
  void rebuild();
  void rebuilt(checks::Analysis made, std::vector<checks::FileUpdate> late);
  [[nodiscard]] bool ready_for(const std::string& path) const;
  void read_within_new_limits();
  void reload_config(Folder& folder, SharedText text);
  void rescan_around(const std::string& path);
  void tell_unfollowed(Folder& folder, std::size_t links);
  void queue(std::vector<std::string> paths);
  void queue_everything();
  void queue_next_files();
  bool step_analyses(std::chrono::steady_clock::time_point end);
  [[nodiscard]] bool has_steps() const;
  void publish(const std::string& path, bool edited);
  void stop_showing(const std::string& path);
  void end_typing();
  [[nodiscard]] bool is_half_written(const std::string& path);
  [[nodiscard]] Json diagnostics(const std::string& path);

  const SessionOptions options_;
  workspace::Log log_;
  MessageSink& sink_;
  Client& client_;
  const protocol::ClientCapabilities* capabilities_ = nullptr;
  std::optional<Converter> converter_;
  Progress progress_;
  Progress rebuilding_;
  Progress reading_clusters_;
  std::function<void()> cluster_states_changed_;
  bool progress_begun_ = false;
  bool cluster_progress_begun_ = false;

  const workspace::FileSystem& sources_files_;
  Scheduler& scheduler_;
  Folders folders_;
  TextStore texts_;
  Indexer indexer_;
  Publisher publisher_;
  NewFindings new_findings_;
  SharedText text_before_edit_;  // of the document that was edited last, before the last edit
  Refresher refresher_;
  Reports reports_;
  bool others_changed_ = false;
  bool workspace_pulled_ = false;
  std::uint64_t generation_ = 0;
  checks::Analysis analysis_;                   // of the folders
  std::vector<checks::MeshDefinition> meshes_;  // of analysis_, or of what is being built
  std::string chosen_build_;
  bool shows_hints_ = true;
  bool shows_lenses_ = true;
  SchemaHelpWhen schema_help_ = SchemaHelpWhen::Auto;
  std::map<std::string, Sources> sources_;                        // by folder
  std::unordered_map<std::string, checks::Analysis> standalone_;  // of open files outside of them
  std::unordered_map<std::string, std::string> unreadable_;       // why, by path
  workspace::Settings settings_outside_folders_;                  // for those
  bool loose_await_settings_ = false;

  std::deque<checks::FileUpdate> incoming_;  // read, and not given to the analysis yet
  std::size_t incoming_at_once_ = 512;
  Rebuild rebuild_;
  ChartRenderer charts_;
  ClusterSources clusters_;
  std::shared_ptr<checks::Analysis> retired_;
  bool outdated_ = false;   // MeshConfig says other settings than analysis_ has
  bool held_back_ = false;  // until the rebuild is done: nothing right has been shown yet

  std::set<std::string> changed_;             // open documents to analyse and publish, come what may
  std::set<std::string> unpublished_;         // files whose findings may differ from what is shown
  std::optional<std::string> all_after_;      // and all of the analysis that come after this path
  std::set<std::string> edited_unpublished_;  // those of them that were edited: their publication is awaited
};

}  // namespace lsp
