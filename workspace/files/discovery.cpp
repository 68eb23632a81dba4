#include "workspace/files/discovery.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "workspace/base/reader_pool.h"
#include "workspace/base/uri.h"
#include "workspace/config/config_file.h"
#include "workspace/files/glob.h"

namespace workspace {
namespace {

constexpr std::string_view kChartFile = "Chart.yaml";
constexpr std::string_view kChartTemplates = "templates";

bool is_never_entered(std::string_view name) { return name == ".git" || name == "node_modules"; }

std::string joined(const std::string& folder, std::string_view name) {
  std::string path;
  path.reserve(folder.size() + 1 + name.size());
  path += folder;
  if (!folder.ends_with('/')) path += '/';
  path += name;
  return path;
}

// The folders still to be looked at, by several threads.
class FolderStack {
 public:
  void push(std::vector<std::string> folders) {
    if (folders.empty()) return;
    const std::scoped_lock lock(mutex_);
    std::move(folders.begin(), folders.end(), std::back_inserter(folders_));
    changed_.notify_all();
  }

  // Waits while others may still find some; none: there are no more. What was popped must be `done`.
  std::optional<std::string> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || !folders_.empty() || busy_ == 0; });
    if (stopped_ || folders_.empty()) return std::nullopt;
    ++busy_;
    std::string folder = std::move(folders_.back());
    folders_.pop_back();
    return folder;
  }

  void done() {
    const std::scoped_lock lock(mutex_);
    if (--busy_ == 0 && folders_.empty()) changed_.notify_all();
  }

  void stop() {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> folders_;
  std::size_t busy_ = 0;  // folders popped and not done
  bool stopped_ = false;
};

class Search {
 public:
  Search(const FileSystem& files, const std::string& root, const DiscoveryOptions& options)
      : files_(files),
        root_(root),
        options_(options),
        exclude_(options.exclude.begin(), options.exclude.end()) {
    if (const Result<std::string> resolved = files_.resolve(root_)) real_root_ = *resolved;
  }

  // Folders behind symlinks are not entered on the way, so it ends.
  Discovery run() {
    folders_.push({root_});
    {
      ReaderPool crew(options_.jobs, [this](ReaderPool& all) { work(all, nullptr); });
      work(crew, options_.cancelled ? &options_.cancelled : nullptr);
    }  // until all threads have told what they found
    if (options_.follows_links) follow_links();
    found_.other_names = drop_other_names(found_.files, found_.linked);
    std::sort(found_.charts.begin(), found_.charts.end());
    std::sort(found_.links.begin(), found_.links.end());
    std::sort(found_.problems.begin(), found_.problems.end(),
              [](const Error& a, const Error& b) { return a.message < b.message; });
    return std::move(found_);
  }

 private:
  // What one thread found.
  struct Part {
    Discovery found;
    std::vector<std::string> folders;  // in the folder at hand
    ReaderPool::LatencyMeter pace;
    std::string real_folder = {};  // that at hand, where a symlink out of the root led there
  };

  void work(ReaderPool& crew, const std::function<bool()>* cancelled) {
    Part part{{}, {}, ReaderPool::LatencyMeter(crew)};
    while (const auto folder = folders_.pop()) {
      if (cancelled != nullptr && (*cancelled)()) {
        folders_.stop();
        break;
      }
      look(*folder, part);
      folders_.push(std::exchange(part.folders, {}));
      folders_.done();
    }
    take(part);
  }

  void take(Part& part) {
    std::sort(part.found.files.begin(), part.found.files.end());
    const std::scoped_lock lock(found_mutex_);
    const auto middle = static_cast<std::ptrdiff_t>(found_.files.size());
    std::move(part.found.files.begin(), part.found.files.end(), std::back_inserter(found_.files));
    std::inplace_merge(found_.files.begin(), found_.files.begin() + middle, found_.files.end());
    std::move(part.found.charts.begin(), part.found.charts.end(), std::back_inserter(found_.charts));
    std::move(part.found.links.begin(), part.found.links.end(), std::back_inserter(found_.links));
    std::move(part.found.linked.begin(), part.found.linked.end(), std::back_inserter(found_.linked));
    std::move(part.found.problems.begin(), part.found.problems.end(), std::back_inserter(found_.problems));
  }

  // After all else, in an order that does not depend on threads: which name a file goes by must not, either.
  void follow_links() {
    ReaderPool alone(1, [](ReaderPool&) {});
    while (!found_.links.empty()) {
      Part part{{}, {}, ReaderPool::LatencyMeter(alone)};
      std::sort(found_.links.begin(), found_.links.end());
      for (std::string& link : std::exchange(found_.links, {})) {
        const Result<std::string> real = files_.resolve(link);
        if (!real) continue;  // gone meanwhile
        if (files_.status(*real).type == FileType::Directory) {
          walk(std::move(link), *real, part);
        } else {
          part.found.linked.push_back({link, *real});
          part.found.files.push_back(std::move(link));
        }
      }
      take(part);
    }
  }

  // All of a folder outside of the root but what has been walked already.
  void walk(std::string folder, std::string real, Part& part) {
    std::vector<std::pair<std::string, std::string>> left;
    left.emplace_back(std::move(folder), std::move(real));
    while (!left.empty() && !(options_.cancelled && options_.cancelled())) {
      auto [path, real_path] = std::move(left.back());
      left.pop_back();
      if (is_below(real_path, real_root_) || !walked_.insert(real_path).second) continue;
      part.real_folder = std::move(real_path);
      look(path, part);
      for (std::string& next : std::exchange(part.folders, {})) {
        std::string real_next = joined(part.real_folder, base_name(next));
        left.emplace_back(std::move(next), std::move(real_next));
      }
    }
    part.real_folder.clear();
  }

  void look(const std::string& folder, Part& part) {
    const auto entries = part.pace.access([&] { return files_.list(folder); });
    if (!entries) {
      part.found.problems.push_back(entries.error());
      return;
    }
    const bool is_chart = std::any_of(entries->begin(), entries->end(), [](const DirectoryEntry& entry) {
      return entry.type != FileType::Directory && entry.name == kChartFile;
    });
    for (const DirectoryEntry& entry : *entries) {
      if (is_chart && entry.type == FileType::Directory && entry.name == kChartTemplates) {
        part.found.charts.push_back(folder);
      } else {
        visit(folder, entry, part);
      }
    }
  }

  void visit(const std::string& folder, const DirectoryEntry& entry, Part& part) {
    if (entry.type == FileType::Directory) {
      std::string path = joined(folder, entry.name);
      if (!is_never_entered(entry.name) && !is_excluded(path + '/')) part.folders.push_back(std::move(path));
      return;
    }
    if (entry.type == FileType::Symlink) return follow(joined(folder, entry.name), part);
    if (entry.type != FileType::Regular || !is_manifest_name(entry.name)) return;
    std::string path = joined(folder, entry.name);
    if (is_excluded(path)) return;
    if (!part.real_folder.empty()) part.found.linked.push_back({path, joined(part.real_folder, entry.name)});
    part.found.files.push_back(std::move(path));
  }

  // Of a symlink: a manifest inside the root has its name here, too; a folder there is read by its own.
  void follow(std::string path, Part& part) {
    const FileType type = files_.status(path).type;
    const bool is_file = type == FileType::Regular && is_manifest_name(path);
    if (!is_file && type != FileType::Directory) return;
    if (is_never_entered(base_name(path)) || is_excluded(is_file ? path : path + '/')) return;
    const Result<std::string> real = files_.resolve(path);
    if (!real || !is_below(*real, real_root_)) {
      part.found.links.push_back(std::move(path));
    } else if (is_file) {
      const std::string_view below = std::string_view(*real).substr(joined(real_root_, "").size());
      part.found.linked.push_back({path, joined(root_, below)});
      part.found.files.push_back(std::move(path));
    }
  }

  [[nodiscard]] bool is_excluded(const std::string& path) const {
    if (options_.excluded && options_.excluded(path)) return true;
    if (exclude_.empty()) return false;
    const std::string_view below = std::string_view(path).substr(joined(root_, "").size());
    return std::any_of(exclude_.begin(), exclude_.end(),
                       [&](const Glob& glob) { return glob.matches(below); });
  }

  const FileSystem& files_;
  const std::string& root_;
  std::string real_root_ = root_;  // without symlinks
  const DiscoveryOptions& options_;
  std::vector<Glob> exclude_;
  FolderStack folders_;
  std::mutex found_mutex_;
  Discovery found_;
  std::set<std::string> walked_;  // folders outside of the root, without symlinks
};

}  // namespace

bool is_manifest_name(std::string_view path) {
  constexpr std::array<std::string_view, 3> kEndings = {".yaml", ".yml", ".json"};
  const std::string_view name = base_name(path);
  return name != kConfigFileName &&
         std::any_of(kEndings.begin(), kEndings.end(),
                     [name](std::string_view ending) { return name.ends_with(ending); });
}

bool is_chart_template(const FileSystem& files, std::string_view path) {
  constexpr std::string_view kPart = "/templates/";
  for (std::size_t at = path.find(kPart); at != std::string_view::npos; at = path.find(kPart, at + 1)) {
    const std::string chart = std::string(path.substr(0, at + 1)) + std::string(kChartFile);
    if (files.status(chart).type == FileType::Regular) return true;
  }
  return false;
}

std::vector<OtherName> drop_other_names(std::vector<std::string>& files, std::vector<LinkedFile>& linked) {
  if (linked.empty()) return {};
  std::sort(linked.begin(), linked.end(),
            [](const LinkedFile& a, const LinkedFile& b) { return a.path < b.path; });
  std::unordered_map<std::string_view, std::string_view> names;  // by the path without symlinks
  std::vector<OtherName> others;
  std::vector<LinkedFile> kept;
  for (const LinkedFile& link : linked) {
    const bool has_own = std::binary_search(files.begin(), files.end(), link.real);
    const auto [known, is_first] = names.try_emplace(link.real, has_own ? link.real : link.path);
    if (known->second == link.path) {
      kept.push_back(link);
    } else {
      others.push_back({link.path, std::string(known->second)});
    }
  }
  std::erase_if(files, [&](const std::string& file) {
    const auto at =
        std::lower_bound(others.begin(), others.end(), file,
                         [](const OtherName& other, const std::string& name) { return other.name < name; });
    return at != others.end() && at->name == file;
  });
  linked = std::move(kept);
  return others;
}

Discovery discover(const FileSystem& files, const std::string& root, const DiscoveryOptions& options) {
  return Search(files, root, options).run();
}

}  // namespace workspace
