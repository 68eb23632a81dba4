// The engine: facts in, findings out, incrementally. Other programs could embed it; the language server and
// the command line are two that do. It does no I/O and knows no wire format.
//
// An Analysis holds several meshes over one set of files. `apply` costs what the change touches, not what
// the workspace holds; its result equals that of a fresh Analysis over the same files.
// Not thread-safe: one owner thread. FileFacts are immutable and may be made on any thread (file_facts.h).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checks/engine/check_set.h"
#include "checks/engine/finding.h"
#include "checks/engine/mesh_definition.h"
#include "checks/engine/unused_suppressions.h"
#include "workspace/base/result.h"
#include "workspace/config/settings.h"
#include "workspace/mesh/mesh.h"
#include "workspace/sources/file_facts.h"

namespace checks {

// What is said of a file as a source of documents (MTLS0901 to MTLS0904), found by whoever reads the sources.
struct SourceNote {
  std::string code;
  Severity severity = Severity::Warning;
  std::string file;
  workspace::ByteRange range;
  std::string message;
  bool on_first_name =
      false;  // in place of `range`: on the name of the file's first resource, while it has one
  friend bool operator==(const SourceNote&, const SourceNote&) = default;
};

using workspace::FileUpdate;

// Makes builds anew, for trials of fixes. One thread.
class BuildTrial {
 public:
  virtual ~BuildTrial() = default;
  // The builds that have values from these files, as they would be with these texts; facts without documents
  // where the build would be refused. Leaves everything as it was.
  virtual std::vector<FileUpdate> rebuilt(const std::map<std::string, std::string>& texts) = 0;
  // Whether any build looks at a file.
  [[nodiscard]] virtual bool reads(const std::string& file) const = 0;
};

// The present text of a file, from an open buffer or the disk; none if it can't be read.
using TextSource = std::function<std::shared_ptr<const std::string>(const std::string& path)>;

// A mesh of an Analysis, to look around in. Valid until that Analysis changes.
struct MeshView {
  std::string_view name;
  const workspace::Mesh& mesh;
  const workspace::Snapshot* cluster = nullptr;  // that its files are laid over; null: none
};

struct ReadCounts {
  std::size_t files = 0;
  std::size_t documents = 0;
  std::size_t templates = 0;  // of the documents, those passed by as text for a template engine
};

struct BuildCounts {
  std::size_t conflicts = 0;  // pairs of places that an error names; an error of one place counts as one
  std::size_t warnings = 0;   // places
};

// Which fixes are asked for.
enum class FixFilter : std::uint8_t { All, Preferred };

class Analysis {
 public:
  // `checks` must outlive the Analysis.
  Analysis(const CheckSet& checks, std::vector<MeshDefinition> meshes);
  ~Analysis();
  Analysis(Analysis&&) noexcept;
  Analysis& operator=(Analysis&&) noexcept;

  // Replaces all that is said of files as sources. Returns the files whose findings may now differ.
  std::vector<std::string> set_source_notes(std::vector<SourceNote> notes);
  // Must outlive the Analysis, or be replaced; null: fixes of what builds say are not offered.
  void set_build_trial(BuildTrial* trial);

  // Replaces the meshes and keeps the files' facts. Returns every file whose findings may now differ.
  std::vector<std::string> set_meshes(std::vector<MeshDefinition> meshes);

  // Brings in new facts and re-runs what depends on them. Returns the files whose findings, or whose places
  // shown in findings, may now differ (sorted, unique); files with facts replaced are always among them.
  std::vector<std::string> apply(std::vector<FileUpdate> updates);

  // The same in steps, for an edit that many findings depend on. `begin_apply` takes the facts in, and what
  // is asked for from then on is of the new state; `step` re-runs the checks of one resource elsewhere and
  // adds the files whose findings may differ to `touched` (each file once or twice). False: nothing is left.
  void begin_apply(std::vector<FileUpdate> updates);
  bool step(std::vector<std::string>& touched);
  [[nodiscard]] bool has_steps() const;
  // Did updates change settings that every resource's meaning depends on (MeshConfig)? `begin_apply` leaves
  // the mesh as it was in that; `apply` and `update_findings` work it all out again.
  [[nodiscard]] bool is_outdated() const;

  // The same for a first reading of many files, in order of path: each is taken in as it comes, and what
  // depends on them is worked out at the end. Findings are right after `update_findings` only.
  void load(FileUpdate update);
  void update_findings();

  // The facts in use; null if the file or build is not known.
  [[nodiscard]] const workspace::FileFacts* facts(const std::string& file) const;
  [[nodiscard]] std::vector<std::string> files() const;  // sorted; without builds
  [[nodiscard]] std::size_t file_count() const;
  // The next files and builds in that order, at most `count`, as updates that make the same state.
  [[nodiscard]] std::vector<FileUpdate> files_after(const std::string& path, std::size_t count) const;

  // The meshes of whole scope, in the order they were given; with `file`, those that it is part of, also
  // through a build.
  [[nodiscard]] std::vector<MeshView> meshes() const;
  [[nodiscard]] std::vector<MeshView> meshes(const std::string& file) const;
  // All, for what is asked of files as they are written.
  [[nodiscard]] std::vector<MeshView> meshes_of_any_scope() const;

  // Findings shown in a file, by place then code; of each at most `max_related` related places. What several
  // builds or planned meshes say alike is one finding.
  [[nodiscard]] std::vector<Finding> findings(const std::string& file,
                                              std::size_t max_related = SIZE_MAX) const;
  [[nodiscard]] std::vector<Finding> all_findings(std::size_t max_related = SIZE_MAX) const;
  // What is said of the documents of a build, by the path of its facts. Costs what the build is large.
  [[nodiscard]] BuildCounts counts_of_build(const std::string& build) const;
  [[nodiscard]] ReadCounts read_counts() const;

  // Comments and annotations of a file that silence nothing in any mesh that holds it; of broken documents
  // none. `texts` is asked only for a file that has such.
  [[nodiscard]] std::vector<UnusedSuppression> unused_suppressions(const std::string& file,
                                                                   const TextSource& texts) const;

  // The fixes of a finding just obtained from this Analysis, in the order of docs/design/mtls-semantics.md
  // section 8. Each was tried on a scratch change first: the finding is gone with it and no new error
  // appears. `can_create_files` adds those that need a new file. Costs what the fixes touch (fix_trials.h);
  // the analysis is as before when it returns.
  std::vector<Fix> fixes(const Finding& finding, const TextSource& source, bool can_create_files,
                         FixFilter filter = FixFilter::All);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace checks
