// Keeps the engine in step with the disk: finds the manifests of the folders, reads those that are new or
// changed.
//
// Works in rounds, one at a time. What is asked for during a round waits for the next, and is taken together.
// A round looks for files (one job), then reads (several jobs), both on the Scheduler; what comes of it is
// handed to the Host on the engine thread, in batches during a folder's first index, else all at once.
// Everything here runs on the engine thread but the two static functions, which are jobs. Memory: a path and
// a status for every file.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "checks/engine/analysis.h"
#include "lsp/scheduler.h"
#include "workspace/config/limits.h"
#include "workspace/config/settings.h"
#include "workspace/files/discovery.h"
#include "workspace/files/read_request.h"
#include "workspace/platform/file_system.h"

namespace lsp {

// One folder as a round looks at it.
struct ScanRequest {
  std::string path;
  std::string config_path;
  std::optional<std::string> config_buffer;  // the configuration file is open with this text
  workspace::Settings over;                  // over the configuration file
  bool gently = false;                       // on one thread only: nobody waits for it
};

struct ScannedFolder {
  std::string path;
  std::optional<std::string> config;  // the configuration file's text; none: there is none
  std::vector<std::string> files;
  std::vector<workspace::OtherName> other_names;  // of files
  std::vector<workspace::LinkedFile> linked;      // files that a symlink leads to
  std::vector<std::string> charts;                // folders of Helm charts
  std::vector<std::string> links;                 // symlinks that are not followed
  std::vector<std::string> problems;
};

struct ReadFile {
  std::string path;
  workspace::FileStatus status;
  std::shared_ptr<const workspace::FileFacts> facts;  // null: unreadable or gone
  std::string problem;                                // why it is unreadable; empty: it is not
  workspace::Limits limits;                           // that it was read within
};

struct IndexedFolders {
  std::vector<std::string> paths;
  bool first = false;  // one of them for the first time
  std::size_t files_read = 0;
  std::size_t files_gone = 0;
  TimePoint::duration time{};
};

class Indexer {
 public:
  class Host {
   public:
    virtual ~Host() = default;
    [[nodiscard]] virtual std::optional<ScanRequest> folder_to_scan(const std::string& path) const = 0;
    // Of what may be read of the file; asked when its reading begins.
    [[nodiscard]] virtual const workspace::Limits& limits(const std::string& path) const = 0;
    virtual void folder_scanned(const ScannedFolder& folder) = 0;
    virtual void files_read(std::vector<ReadFile> files) = 0;  // facts null: gone, or unreadable
    virtual void indexing(std::size_t done, std::size_t total) = 0;
    virtual void folders_indexed(const IndexedFolders& indexed) = 0;
  };

  Indexer(const workspace::FileSystem& files, Scheduler& scheduler, Host& host)
      : files_(files), scheduler_(scheduler), host_(host) {}

  // `gently`: with one thread, unless another asks for the same folder in a hurry.
  void scan(const std::string& folder, bool gently = false) {
    const auto [at, is_new] = folders_.try_emplace(folder, gently);
    at->second = at->second && gently;
  }
  void refresh(const std::string& path) { paths_.insert(path); }  // read it even if it looks the same
  void forget(const std::string& folder) { forgotten_.push_back(folder); }  // it is no longer looked after

  bool step();  // begins a round if there is something to do and none is under way; false: it did not
  [[nodiscard]] bool busy() const { return round_ != nullptr; }
  [[nodiscard]] bool waiting() const { return !folders_.empty() || !paths_.empty(); }
  [[nodiscard]] TimePoint::duration scan_time() const {
    return scan_time_;
  }  // of the last look at the folders
  [[nodiscard]] std::size_t file_count() const { return disk_->files.size(); }
  [[nodiscard]] bool knows(const std::string& path) const { return disk_->files.contains(path); }

 private:
  // What was on the disk when it was last looked at. Changed on the engine thread, and only while no job
  // looks at it.
  struct Disk {
    std::unordered_map<std::string, workspace::FileStatus> files;
    std::unordered_map<std::string, std::vector<std::string>> listed;  // by folder, sorted
  };
  struct Plan {
    std::vector<ScannedFolder> folders;
    std::vector<std::string> to_read;
    std::vector<std::string> gone;
    TimePoint::duration time{};
  };
  struct Round {
    std::vector<std::string> folders;
    bool first_index = false;
    TimePoint begin = std::chrono::steady_clock::now();
    std::size_t gone = 0;
    std::size_t total = 0;
    std::size_t done = 0;
    std::size_t jobs_left = 0;
    std::vector<ReadFile> read;
  };

  static Plan look(const workspace::FileSystem& files, const Scheduler& scheduler,
                   const std::vector<ScanRequest>& folders, const std::set<std::string>& paths,
                   const Disk& disk);
  static std::vector<ReadFile> read(const workspace::FileSystem& files, const Scheduler& scheduler,
                                    const std::vector<workspace::ReadRequest>& wanted);
  static std::vector<std::string> gone_files(const std::vector<ScannedFolder>& scanned, const Disk& disk);
  static ScannedFolder scan_folder(const workspace::FileSystem& files, const Scheduler& scheduler,
                                   const ScanRequest& folder);

  void drop_forgotten();
  void planned(Plan& plan);  // leaves in it what is to be freed
  void start_reading(const std::vector<std::string>& paths);
  void job_done(std::vector<ReadFile> files);
  void hand_over();
  void end_round();

  const workspace::FileSystem& files_;
  Scheduler& scheduler_;
  Host& host_;
  std::map<std::string, bool> folders_;  // to scan in the next round, gently
  std::set<std::string> paths_;          // to read in the next round
  std::shared_ptr<Disk> disk_ = std::make_shared<Disk>();
  std::unique_ptr<Round> round_;
  TimePoint::duration scan_time_{};
  std::vector<std::string> forgotten_;
};

}  // namespace lsp
