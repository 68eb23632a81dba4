// Changes that the operating system reports, on a real disk.
#include "workspace/platform/file_watch.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

class WatchedFolder {
 public:
  WatchedFolder() {
    std::string pattern = (fs::temp_directory_path() / "istio-mtls-watch-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
  }
  ~WatchedFolder() {
    watch_ = nullptr;
    fs::remove_all(root_);
  }
  WatchedFolder(const WatchedFolder&) = delete;
  WatchedFolder& operator=(const WatchedFolder&) = delete;

  [[nodiscard]] fs::path path(const std::string& name) const { return root_ / name; }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(path(name).parent_path());
    std::ofstream(path(name)) << text;
  }

  // False: this system has no such watch.
  bool begin() {
    watch_ = workspace::make_file_watch();
    if (watch_ == nullptr) return false;
    workspace::WatchRequest request;
    request.folders = {root_.string()};
    request.wants_file = [](std::string_view name) { return name.ends_with(".yaml"); };
    request.enters_folder = [](std::string_view name) { return name != ".git"; };
    watch_->watch(std::move(request), [this](const workspace::FileChanges& changes) {
      const std::lock_guard lock(mutex_);
      files_.insert(changes.files.begin(), changes.files.end());
      folders_.insert(changes.folders.begin(), changes.folders.end());
      all_ |= changes.all;
      failure_ += changes.failure;
      changed_.notify_all();
    });
    return wait([this] { return all_; });
  }
  template <class Done>
  bool wait(const Done& done) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), done);
  }
  bool reports_file(const std::string& name) {
    return wait([&] { return files_.contains(path(name).string()); });
  }
  bool reports_folder(const std::string& name) {
    return wait([&] { return folders_.contains(path(name).string()); });
  }
  bool fails() {
    return wait([&] { return !failure_.empty(); });
  }
  [[nodiscard]] std::set<std::string> files() {
    const std::lock_guard lock(mutex_);
    return files_;
  }

 private:
  fs::path root_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> files_;
  std::set<std::string> folders_;
  bool all_ = false;
  std::string failure_;
  std::unique_ptr<workspace::FileWatch> watch_;
};

}  // namespace

TEST_CASE("a watch begins with everything, and reports files of interest by path") {
  WatchedFolder folder;
  folder.write("a/b/rule.yaml", "1");
  if (!folder.begin()) return;
  folder.write("a/b/notes.txt", "2");
  folder.write(".git/config.yaml", "2");
  folder.write("a/b/rule.yaml", "2");
  CHECK(folder.reports_file("a/b/rule.yaml"));
  CHECK(folder.files().size() == 1);
}

TEST_CASE("a watch follows folders that are made, moved and made again") {
  WatchedFolder folder;
  if (!folder.begin()) return;
  folder.write("new/deep/one.yaml", "1");
  CHECK(folder.reports_folder("new"));
  fs::rename(folder.path("new"), folder.path("moved"));
  CHECK(folder.reports_folder("moved"));
  folder.write("moved/deep/one.yaml", "2");
  CHECK(folder.reports_file("moved/deep/one.yaml"));
  folder.write("new/deep/one.yaml", "3");
  CHECK(folder.wait([&] { return true; }));
  folder.write("new/deep/two.yaml", "3");
  CHECK(folder.reports_folder("new"));
}

TEST_CASE("a watch reports a symlink whose target changes, whatever the target is called") {
  WatchedFolder folder;
  folder.write("shared/rule.txt", "1");
  fs::create_symlink("shared/rule.txt", folder.path("rule.yaml"));
  if (!folder.begin()) return;
  folder.write("shared/rule.txt", "2");
  CHECK(folder.reports_file("rule.yaml"));
}

TEST_CASE("a watch says when its folder goes") {
  WatchedFolder folder;
  folder.write("root/rule.yaml", "1");
  if (!folder.begin()) return;
  fs::remove_all(folder.path(""));
  CHECK(folder.fails());
}
