#include "lsp/indexer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lsp/folders.h"
#include "workspace/cluster/snapshot.h"
#include "workspace/config/config_file.h"
#include "workspace/files/read_text.h"
#include "workspace/platform/heap.h"

namespace lsp {
namespace {

constexpr std::size_t kFilesPerJob = 64;
constexpr std::size_t kManyFiles = 256;      // a first reading, a checkout
constexpr std::size_t kFilesPerBatch = 512;  // how many files go to the engine at once during a first index

// What is used again for each file of a job.
struct Reader {
  std::string buffer;
  workspace::FactsReader facts;
};

ReadFile read_file(const workspace::FileSystem& files, const workspace::ReadRequest& file, Reader& reader) {
  ReadFile result{file.path, {}, nullptr, {}, file.limits};
  result.status = files.status(file.path);  // before the text: a later change is seen next time
  const auto text = workspace::read_manifest_text(files, file, reader.buffer);
  if (text) {
    result.facts = workspace::is_snapshot_text(*text) ? workspace::facts_without_documents(*text)
                                                      : reader.facts.read(*text, nullptr, {}, file.limits);
  } else if (result.status.type != workspace::FileType::Missing) {
    result.problem = text.error().message;
  }
  return result;
}

bool lists(const std::vector<std::string>& sorted, const std::string& path) {
  return std::binary_search(sorted.begin(), sorted.end(), path);
}

}  // namespace

bool Indexer::step() {
  if (round_ || !(waiting() || !forgotten_.empty())) return false;
  drop_forgotten();
  std::vector<ScanRequest> folders;
  round_ = std::make_unique<Round>();
  for (const auto& [path, gently] : std::exchange(folders_, {})) {
    if (auto folder = host_.folder_to_scan(path)) {
      folder->gently = gently;
      round_->folders.push_back(path);
      round_->first_index |= !disk_->listed.contains(path);
      folders.push_back(*std::move(folder));
    }
  }
  scheduler_.run([this, folders = std::move(folders), paths = std::exchange(paths_, {}),
                  disk = std::shared_ptr<const Disk>(disk_)]() -> Task {
    const auto begin = std::chrono::steady_clock::now();
    auto plan = std::make_shared<Plan>(look(files_, scheduler_, folders, paths, *disk));
    plan->time = std::chrono::steady_clock::now() - begin;
    return [this, plan = std::move(plan)]() mutable {
      planned(*plan);
      scheduler_.free(std::move(plan));
    };
  });
  return true;
}

void Indexer::drop_forgotten() {
  if (forgotten_.empty()) return;
  // Also one that has come back: its files' facts went with it, so all are to be read again.
  for (const std::string& folder : std::exchange(forgotten_, {})) disk_->listed.erase(folder);
  std::erase_if(disk_->files, [&](const auto& file) {
    return std::none_of(disk_->listed.begin(), disk_->listed.end(),
                        [&](const auto& folder) { return lists(folder.second, file.first); });
  });
}

ScannedFolder Indexer::scan_folder(const workspace::FileSystem& files, const Scheduler& scheduler,
                                   const ScanRequest& folder) {
  ScannedFolder scanned;
  scanned.path = folder.path;
  scanned.config = folder.config_buffer;
  if (!scanned.config) {
    if (auto text = workspace::read_config_text(files, folder.config_path)) {
      scanned.config = std::move(*text);
    } else if (files.status(folder.config_path).type != workspace::FileType::Missing) {
      scanned.problems.push_back(text.error().message);
    }
  }
  const auto config = workspace::read_config(scanned.config.value_or(""), known_codes());
  workspace::DiscoveryOptions options;
  const workspace::Settings settings = layered(folder.over, config.settings);
  options.exclude = settings.exclude;
  options.follows_links = settings.follow_links.value_or(false);
  options.cancelled = [&] { return scheduler.cancelled(); };
  options.jobs = folder.gently ? 1 : scheduler.parallelism();
  workspace::Discovery found = workspace::discover(files, folder.path, options);
  scanned.files = std::move(found.files);
  scanned.other_names = std::move(found.other_names);
  scanned.linked = std::move(found.linked);
  scanned.charts = std::move(found.charts);
  scanned.links = std::move(found.links);
  for (workspace::Error& problem : found.problems) scanned.problems.push_back(std::move(problem.message));
  return scanned;
}

// What was listed before and is in no folder now.
std::vector<std::string> Indexer::gone_files(const std::vector<ScannedFolder>& scanned, const Disk& disk) {
  std::vector<std::string> gone;
  const auto listed_now = [&](const std::string& path) {
    const auto is_scanned = [&](const std::string& folder) {
      return std::any_of(scanned.begin(), scanned.end(), [&](const auto& s) { return s.path == folder; });
    };
    return std::any_of(scanned.begin(), scanned.end(), [&](const auto& s) { return lists(s.files, path); }) ||
           std::any_of(disk.listed.begin(), disk.listed.end(),
                       [&](const auto& old) { return !is_scanned(old.first) && lists(old.second, path); });
  };
  for (const ScannedFolder& folder : scanned) {
    const auto before = disk.listed.find(folder.path);
    if (before == disk.listed.end()) continue;
    for (const std::string& path : before->second) {
      if (!lists(folder.files, path) && !listed_now(path)) gone.push_back(path);
    }
  }
  return gone;
}

Indexer::Plan Indexer::look(const workspace::FileSystem& files, const Scheduler& scheduler,
                            const std::vector<ScanRequest>& folders, const std::set<std::string>& paths,
                            const Disk& disk) {
  Plan plan;
  std::set<std::string> to_read;
  for (const ScanRequest& folder : folders) {
    plan.folders.push_back(scan_folder(files, scheduler, folder));
    const bool is_new = disk.files.empty();
    for (const std::string& path : plan.folders.back().files) {
      if (scheduler.cancelled()) return plan;
      const auto known = is_new ? disk.files.end() : disk.files.find(path);
      if (known == disk.files.end() || known->second != files.status(path)) to_read.insert(path);
    }
  }
  plan.gone = gone_files(plan.folders, disk);
  for (const std::string& path : paths) {
    const bool listed = disk.files.contains(path) ||
                        std::any_of(plan.folders.begin(), plan.folders.end(),
                                    [&](const auto& folder) { return lists(folder.files, path); });
    if (listed) {
      to_read.insert(path);
    } else {
      plan.gone.push_back(path);
    }
  }
  for (const std::string& path : plan.gone) to_read.erase(path);
  plan.to_read.assign(to_read.begin(), to_read.end());
  return plan;
}

void Indexer::planned(Plan& plan) {
  if (!plan.folders.empty()) scan_time_ = plan.time;
  for (ScannedFolder& folder : plan.folders) {
    if (!host_.folder_to_scan(folder.path)) continue;  // removed meanwhile
    host_.folder_scanned(folder);
    disk_->listed[folder.path].swap(folder.files);
  }
  round_->gone = plan.gone.size();
  for (const std::string& path : plan.gone) {
    disk_->files.erase(path);
    round_->read.push_back({path, {}, nullptr, {}, {}});
  }
  start_reading(plan.to_read);
}

void Indexer::start_reading(const std::vector<std::string>& paths) {
  round_->total = paths.size();
  round_->jobs_left = (paths.size() + kFilesPerJob - 1) / kFilesPerJob;
  host_.indexing(0, round_->total);
  if (round_->jobs_left == 0) return end_round();
  for (std::size_t begin = 0; begin < paths.size(); begin += kFilesPerJob) {
    const auto first = paths.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last =
        paths.begin() + static_cast<std::ptrdiff_t>(std::min(begin + kFilesPerJob, paths.size()));
    std::vector<workspace::ReadRequest> chunk;
    std::transform(first, last, std::back_inserter(chunk), [this](const std::string& path) {
      return workspace::ReadRequest{path, host_.limits(path)};
    });
    scheduler_.run([this, chunk = std::move(chunk)]() -> Task {
      auto files = std::make_shared<std::vector<ReadFile>>(read(files_, scheduler_, chunk));
      return [this, files] { job_done(std::move(*files)); };
    });
  }
}

std::vector<ReadFile> Indexer::read(const workspace::FileSystem& files, const Scheduler& scheduler,
                                    const std::vector<workspace::ReadRequest>& wanted) {
  std::vector<ReadFile> result;
  result.reserve(wanted.size());
  Reader reader;
  for (const workspace::ReadRequest& file : wanted) {
    if (scheduler.cancelled()) break;
    result.push_back(read_file(files, file, reader));
  }
  return result;
}

void Indexer::job_done(std::vector<ReadFile> files) {
  round_->done += files.size();
  --round_->jobs_left;
  for (const ReadFile& file : files) {
    if (file.status.type == workspace::FileType::Missing) {
      disk_->files.erase(file.path);
    } else {
      disk_->files[file.path] = file.status;
    }
  }
  round_->read.insert(round_->read.end(), std::make_move_iterator(files.begin()),
                      std::make_move_iterator(files.end()));
  host_.indexing(round_->done, round_->total);
  if (round_->jobs_left == 0) return end_round();
  if (round_->first_index && round_->read.size() >= kFilesPerBatch) hand_over();
}

void Indexer::hand_over() {
  if (!round_->read.empty()) host_.files_read(std::exchange(round_->read, {}));
}

void Indexer::end_round() {
  hand_over();
  const auto finished = std::move(round_);
  // A folder that went meanwhile, and perhaps came back, is not what this round has read.
  std::erase_if(finished->folders, [this](const std::string& folder) {
    return std::find(forgotten_.begin(), forgotten_.end(), folder) != forgotten_.end();
  });
  if (!finished->folders.empty()) {
    host_.folders_indexed({finished->folders, finished->first_index, finished->done, finished->gone,
                           std::chrono::steady_clock::now() - finished->begin});
  }
  if (finished->done >= kManyFiles) workspace::give_back_memory();
}

}  // namespace lsp
