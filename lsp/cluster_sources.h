// The clusters that the files of the workspace are laid over (docs/design/cluster.md, section 4): taken with
// kubectl, or read from a file, on a worker, so that no edit waits for them.
//
// While a cluster cannot be had, the one that was read before counts; until the first one is there, what is
// below the files is unknown. Engine thread, but for the workers.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checks/engine/mesh_definition.h"
#include "lsp/scheduler.h"
#include "workspace/cluster/snapshot.h"
#include "workspace/cluster/take_snapshot.h"
#include "workspace/platform/file_system.h"

namespace lsp {

// What a source of clusters needs of the outside world.
struct ClusterAccess {
  workspace::ProcessRunner run_program;  // may be empty: there is none to run
  std::function<std::string()> now;      // RFC 3339, UTC; may be empty
};

class ClusterSources {
 public:
  struct Status {
    std::string name;      // of the context as kubectl has it; until that is known as it is configured
    std::string context;   // as configured; empty: a file
    std::string snapshot;  // the file, absolute; empty: a context
    bool reading = false;
    std::string taken;  // RFC 3339; empty: nothing has been read
    std::size_t objects = 0;
    std::vector<std::string> not_read;
    std::string error;       // of the last attempt; empty: it was good
    bool cancelled = false;  // the last attempt, which is no error
  };
  struct Listener {
    std::function<void()> read;     // a cluster is another one now
    std::function<void()> changed;  // of the states, anything
    std::function<void(std::size_t done, std::size_t total)> progress;
  };

  // `files` and `scheduler` must outlive this, and the scheduler have stopped before it goes.
  ClusterSources(Scheduler& scheduler, const workspace::FileSystem& files, ClusterAccess access,
                 Listener listener)
      : scheduler_(scheduler), files_(files), access_(std::move(access)), listener_(std::move(listener)) {}

  // Has each mesh laid over what its settings name, and reads what is not read yet. Forgets what none names.
  // `is_settled`: whether it is known what the editor says of a folder; before, nothing is read.
  void lay_below(std::vector<checks::MeshDefinition>& meshes,
                 const std::function<bool(const std::string& root)>& is_settled);
  // Reads all of them anew.
  void refresh();
  // Those that are read from a file that has changed.
  void file_changed(const std::string& path);
  // Gives up what is being read; what was read before counts on.
  void cancel();

  [[nodiscard]] std::vector<Status> states() const;
  // The cluster of a context, by its own name; null: none such is read.
  [[nodiscard]] std::shared_ptr<const workspace::Snapshot> find(std::string_view name) const;
  // When it was last read (RFC 3339); empty: never.
  [[nodiscard]] std::string taken(std::string_view name) const;
  // How many objects all of them have.
  [[nodiscard]] std::size_t object_count() const;

 private:
  using Loaded = workspace::Result<std::shared_ptr<const workspace::Snapshot>>;
  struct Request {
    std::string context;
    std::string path;
    std::string root_namespace;
    std::atomic<bool> is_cancelled = false;
    std::size_t done = 0;  // of the lists of a cluster
    std::size_t total = 0;
  };
  struct Source {
    std::string root_namespace;
    std::shared_ptr<const workspace::Snapshot> snapshot;  // null: none was read
    std::string taken;
    std::string error;
    std::shared_ptr<Request> request;  // that is under way; null: none
    bool is_asked = false;             // read once, or being read
    bool is_cancelled = false;
  };
  using Key = std::pair<std::string, std::string>;  // context, or absolute path of a file

  [[nodiscard]] const Source* source_of(std::string_view name) const;
  void read(const Key& key, Source& source);
  void done(const std::shared_ptr<Request>& request, Loaded loaded);
  void tell_progress();
  static Loaded load(const Request& request, const workspace::FileSystem& files, const ClusterAccess& access,
                     const std::function<bool()>& cancelled,
                     const std::function<void(std::size_t, std::size_t)>& progress);

  Scheduler& scheduler_;
  const workspace::FileSystem& files_;
  const ClusterAccess access_;
  const Listener listener_;
  std::map<Key, Source> sources_;
};

}  // namespace lsp
