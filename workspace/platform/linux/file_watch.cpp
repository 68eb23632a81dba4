// With inotify.
#include "workspace/platform/file_watch.h"

#include <dirent.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

namespace workspace {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kQuiet{50};     // after the last event, before changes are handed on
constexpr std::chrono::milliseconds kLongest{500};  // after the first one
constexpr std::uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE |
                                  IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

// Of file systems that others change without a word to this kernel (linux/magic.h, and CIFS's and SMB2's).
constexpr std::array<std::uint32_t, 8> kRemote = {0x6969,     0xFF534D42, 0xFE534D42, 0x65735546,
                                                  0x01021997, 0x00C36400, 0x5346414F, 0x73757245};

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  void reset(int fd) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

std::string joined(const std::string& folder, std::string_view name) {
  std::string path = folder;
  if (!path.ends_with('/')) path += '/';
  return path += name;
}

bool is_remote(const std::string& path) {
  struct statfs info {};
  if (::statfs(path.c_str(), &info) != 0) return false;
  const auto type = static_cast<std::uint32_t>(info.f_type);
  return std::find(kRemote.begin(), kRemote.end(), type) != kRemote.end();
}

std::optional<std::string> resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  if (!real) return std::nullopt;
  return std::string(real.get());
}

// One thread owns everything but `request_`, `on_changes_` and `stopping_`.
class InotifyWatch : public FileWatch {
 public:
  InotifyWatch() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~InotifyWatch() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake();
    if (thread_.joinable()) thread_.join();
  }
  InotifyWatch(const InotifyWatch&) = delete;
  InotifyWatch& operator=(const InotifyWatch&) = delete;

  void watch(WatchRequest request, OnChanges on_changes) override {
    {
      const std::lock_guard lock(mutex_);
      request_ = std::move(request);
      on_changes_ = std::move(on_changes);
      is_new_ = true;
    }
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    wake();
  }

 private:
  struct Folder {
    std::string path;
    bool deep = true;  // else only for files that were asked for by name
  };

  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  }
  [[nodiscard]] bool stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  void run() {
    while (!stopping()) {
      if (take_request() || begin_again_) begin();
      wait();
      read_events();
      hand_on();
    }
  }

  bool take_request() {
    const std::lock_guard lock(mutex_);
    if (!is_new_) return false;
    is_new_ = false;
    wanted_ = request_;
    report_to_ = on_changes_;
    return true;
  }

  // Watches first and reports `all` then, so that no change falls between.
  void begin() {
    begin_again_ = false;
    folders_.clear();
    by_path_.clear();
    links_.clear();
    roots_.clear();
    pending_ = {};
    inotify_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (inotify_.get() < 0) return fail("inotify", errno);
    for (const std::string& folder : wanted_.folders) {
      if (is_remote(folder)) return fail(fmt::format("{} is on a file system of the network", folder));
      if (auto real = resolved(folder)) roots_.emplace_back(*std::move(real), folder);
    }
    for (const std::string& folder : wanted_.folders) add_tree(folder);
    for (const std::string& file : wanted_.files) {
      const std::string parent = file.substr(0, std::max<std::size_t>(file.rfind('/'), 1));
      if (!by_path_.contains(parent)) add(parent, false);
    }
    pending_.all = true;
    note_event();
  }

  void fail(std::string why) {
    pending_ = {};
    pending_.failure = std::move(why);
    inotify_.reset(-1);
    folders_.clear();
    by_path_.clear();
    note_event();
  }
  void fail(std::string_view action, int code) {
    fail(fmt::format("{}: {}", action, std::generic_category().message(code)));
  }

  // ---- folders

  bool add(const std::string& path, bool deep) {
    const int watched = ::inotify_add_watch(inotify_.get(), path.c_str(), kEvents | IN_ONLYDIR);
    if (watched < 0) {
      // Gone again, or not ours to look into: what is said about its parent is all there is.
      if (errno == ENOSPC || errno == ENOMEM)
        fail("no more folders can be watched (fs.inotify.max_user_watches)");
      return false;
    }
    // The same folder, under what it is called now.
    if (const auto known = folders_.find(watched); known != folders_.end())
      by_path_.erase(known->second.path);
    folders_[watched] = {path, deep};
    by_path_[path] = watched;
    return true;
  }

  void add_tree(const std::string& root) {
    std::vector<std::string> left = {root};
    while (!left.empty() && inotify_.get() >= 0 && !stopping()) {
      const std::string folder = std::move(left.back());
      left.pop_back();
      if (add(folder, true)) list(folder, left);
    }
  }

  void list(const std::string& folder, std::vector<std::string>& folders) {
    const std::unique_ptr<DIR, int (*)(DIR*)> opened(::opendir(folder.c_str()), ::closedir);
    if (!opened) return;
    while (const dirent* entry = ::readdir(opened.get())) {  // NOLINT(concurrency-mt-unsafe): our own stream
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      const unsigned char type = entry->d_type == DT_UNKNOWN ? type_of(joined(folder, name)) : entry->d_type;
      if (type == DT_DIR && wanted_.enters_folder(name)) folders.push_back(joined(folder, name));
      if (type == DT_LNK && wanted_.wants_file(name)) remember_link(joined(folder, name));
    }
  }

  static unsigned char type_of(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return DT_UNKNOWN;
    return S_ISDIR(info.st_mode) ? DT_DIR : S_ISLNK(info.st_mode) ? DT_LNK : DT_REG;
  }

  void remember_link(const std::string& link) {
    const auto target = resolved(link);
    if (!target) return;
    // Events name paths as they were asked for, which may lead through links.
    for (const auto& [real, asked] : roots_) {
      if (target->starts_with(real + '/')) links_[asked + target->substr(real.size())].insert(link);
    }
  }

  // Watches follow a folder that moves; what it was called is no longer true.
  void remove_tree(const std::string& root) {
    const auto remove = [this](std::map<std::string, int>::iterator at) {
      ::inotify_rm_watch(inotify_.get(), at->second);
      folders_.erase(at->second);
      return by_path_.erase(at);
    };
    if (const auto own = by_path_.find(root); own != by_path_.end()) remove(own);
    const std::string prefix = root + '/';
    for (auto at = by_path_.lower_bound(prefix); at != by_path_.end() && at->first.starts_with(prefix);)
      at = remove(at);
  }

  // ---- events

  void wait() {
    std::array<pollfd, 2> polled{{{wake_.get(), POLLIN, 0}, {inotify_.get(), POLLIN, 0}}};
    const nfds_t count = inotify_.get() >= 0 ? 2 : 1;
    int timeout_ms = -1;
    if (due_) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*due_ - Clock::now());
      timeout_ms = static_cast<int>(std::max<std::int64_t>(left.count(), 0)) + 1;
    }
    ::poll(polled.data(), count, timeout_ms);
    std::uint64_t ignored = 0;
    [[maybe_unused]] const auto got = ::read(wake_.get(), &ignored, sizeof ignored);
  }

  void read_events() {
    alignas(inotify_event) std::array<char, std::size_t{64} << 10> buffer{};
    while (inotify_.get() >= 0) {
      const ssize_t size = ::read(inotify_.get(), buffer.data(), buffer.size());
      if (size <= 0) return;
      for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
        inotify_event event{};
        std::memcpy(&event, buffer.data() + at, sizeof event);
        const std::string name = event.len == 0 ? "" : buffer.data() + at + sizeof event;
        at += sizeof event + event.len;
        take(event, name);
        if (inotify_.get() < 0) return;
      }
    }
  }

  void take(const inotify_event& event, const std::string& name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      begin_again_ = true;
      return;
    }
    const auto found = folders_.find(event.wd);
    if (found == folders_.end()) return;
    const Folder folder = found->second;
    if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) return lose(folder);
    if (name.empty()) return;
    const std::string path = joined(folder.path, name);
    if ((event.mask & IN_ISDIR) != 0) return take_folder(event.mask, folder, path, name);
    take_file(event.mask, folder, path, name);
  }

  // Of other folders, their parent reports.
  void lose(const Folder& folder) {
    const auto& roots = wanted_.folders;
    if (std::find(roots.begin(), roots.end(), folder.path) != roots.end() || !folder.deep)
      fail(folder.path + " is gone or was moved");
  }

  void take_folder(std::uint32_t mask, const Folder& parent, const std::string& path,
                   const std::string& name) {
    if (!parent.deep || !wanted_.enters_folder(name) || mask == (IN_ATTRIB | IN_ISDIR)) return;
    if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0) remove_tree(path);
    if ((mask & (IN_MOVED_TO | IN_CREATE)) != 0) {
      remove_tree(path);
      add_tree(path);
    }
    if (pending_.failure.empty()) folders_changed_.insert(path);
    note_event();
  }

  void take_file(std::uint32_t mask, const Folder& folder, const std::string& path, const std::string& name) {
    if (const auto links = links_.find(path); links != links_.end()) {  // of whatever name it is itself
      files_changed_.insert(links->second.begin(), links->second.end());
      note_event();
    }
    const auto& files = wanted_.files;
    const bool by_name = std::find(files.begin(), files.end(), path) != files.end();
    if (!by_name && (!folder.deep || !wanted_.wants_file(name))) return;
    files_changed_.insert(path);
    if ((mask & (IN_MOVED_TO | IN_CREATE)) != 0 && type_of(path) == DT_LNK) {
      remember_link(path);
      folders_changed_.insert(folder.path);  // it may lead to where nothing is read
    }
    note_event();
  }

  void note_event() {
    const auto now = Clock::now();
    if (!first_) first_ = now;
    due_ = std::min(now + kQuiet, *first_ + kLongest);
  }

  void hand_on() {
    if (!due_ || Clock::now() < *due_) return;
    first_.reset();
    due_.reset();
    FileChanges changes = std::exchange(pending_, {});
    changes.files.assign(files_changed_.begin(), files_changed_.end());
    changes.folders.assign(folders_changed_.begin(), folders_changed_.end());
    files_changed_.clear();
    folders_changed_.clear();
    report_to_(std::move(changes));
  }

  std::mutex mutex_;
  WatchRequest request_;
  OnChanges on_changes_;
  bool is_new_ = false;
  bool stopping_ = false;

  Descriptor wake_;
  Descriptor inotify_;
  WatchRequest wanted_;
  OnChanges report_to_;
  bool begin_again_ = false;
  std::unordered_map<int, Folder> folders_;  // by watch
  std::map<std::string, int> by_path_;
  std::unordered_map<std::string, std::set<std::string>> links_;  // by what they lead to
  std::vector<std::pair<std::string, std::string>> roots_;        // without links, as asked for
  FileChanges pending_;                                           // without lists of paths
  std::set<std::string> files_changed_;
  std::set<std::string> folders_changed_;
  std::optional<Clock::time_point> first_;  // event not handed on
  std::optional<Clock::time_point> due_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<FileWatch> make_file_watch() { return std::make_unique<InotifyWatch>(); }

}  // namespace workspace
