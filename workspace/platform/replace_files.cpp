#include "workspace/platform/replace_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

#include "workspace/base/uri.h"
#include "workspace/platform/file_system.h"

namespace workspace {
namespace {

Error system_error(const std::string& path, std::string_view action, int code) {
  return Error{fmt::format("{}: cannot {}: {}", path, action, std::generic_category().message(code))};
}

Error changed_meanwhile(const std::string& path) {
  return Error{path + ": was changed by another program meanwhile, so it is left alone"};
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// A new text on its way: beside the file until it is committed, gone if it never is.
class StagedFile {
 public:
  explicit StagedFile(const Replacement& replacement) : replacement_(&replacement) {}
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!staged_.empty()) ::unlink(staged_.c_str());
  }

  [[nodiscard]] const Replacement& replacement() const { return *replacement_; }
  [[nodiscard]] const std::string& target() const { return target_; }

  std::optional<Error> stage() {
    if (auto error = look_at_target()) return error;
    staged_ =
        fmt::format("{}/.{}.istio-mtls-XXXXXX", parent_path(target_), target_.substr(target_.rfind('/') + 1));
    descriptor_ = ::mkostemp(staged_.data(), O_CLOEXEC);
    if (descriptor_ < 0) {
      staged_.clear();
      return system_error(path(), "write beside it", errno);
    }
    if (auto error = write_text()) return error;
    if (::fchmod(descriptor_, info_.st_mode & 07777U) != 0)
      return system_error(path(), "keep its mode", errno);
    if (info_.st_uid != ::geteuid() || info_.st_gid != ::getegid()) {
      if (::fchown(descriptor_, info_.st_uid, info_.st_gid) != 0)
        return system_error(path(), "keep its owner", errno);
    }
    if (::fsync(descriptor_) != 0) return system_error(path(), "write", errno);
    const int closed = ::close(std::exchange(descriptor_, -1));
    return closed == 0 ? std::nullopt : std::optional(system_error(path(), "write", errno));
  }

  std::optional<Error> commit() {
    struct stat now {};
    if (::stat(target_.c_str(), &now) != 0 || !same_file(now, info_) || !holds_text())
      return changed_meanwhile(path());
    if (::rename(staged_.c_str(), target_.c_str()) != 0) return system_error(path(), "replace", errno);
    staged_.clear();
    sync_folder();
    return std::nullopt;
  }

 private:
  [[nodiscard]] const std::string& path() const { return replacement_->path; }

  // Where the text goes, and whether it may.
  std::optional<Error> look_at_target() {
    const DiskFileSystem disk;
    const Result<std::string> resolved = disk.resolve(path());
    if (!resolved) return resolved.error();
    target_ = *resolved;
    if (::stat(target_.c_str(), &info_) != 0) return system_error(path(), "read", errno);
    constexpr mode_t kAnyoneWrites = S_IWUSR | S_IWGRP | S_IWOTH;
    if ((info_.st_mode & kAnyoneWrites) == 0)
      return Error{path() + ": is read-only"};  // root could write it still
    if (::access(target_.c_str(), W_OK) != 0) return system_error(path(), "write", errno);
    if (!holds_text()) return changed_meanwhile(path());
    return std::nullopt;
  }

  // The clock of a file system ticks slowly: two writings in one tick have one time.
  [[nodiscard]] bool holds_text() const {
    const auto text = DiskFileSystem().read(target_, replacement_->before->size());
    return text && *text == *replacement_->before;
  }

  std::optional<Error> write_text() {
    std::string_view rest = *replacement_->after;
    while (!rest.empty()) {
      const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return system_error(path(), "write", errno);
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return std::nullopt;
  }

  // Brings the rename to the disk; best effort, since the file is whole either way.
  void sync_folder() const {
    const int folder = ::open(parent_path(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    ::fsync(folder);
    ::close(folder);
  }

  const Replacement* replacement_;
  std::string target_;  // the path without symlinks
  std::string staged_;  // empty: nothing of ours is on the disk
  int descriptor_ = -1;
  struct stat info_ {};
};

using StagedFiles = std::vector<std::unique_ptr<StagedFile>>;

std::optional<Error> stage_all(const std::vector<Replacement>& replacements, StagedFiles& staged) {
  for (const Replacement& replacement : replacements) {
    auto file = std::make_unique<StagedFile>(replacement);
    if (auto error = file->stage()) return error;
    for (const auto& other : staged) {
      if (other->target() == file->target()) {
        return Error{fmt::format("{}: is the same file as {}, and both would change", replacement.path,
                                 other->replacement().path)};
      }
    }
    staged.push_back(std::move(file));
  }
  return std::nullopt;
}

// Puts back what was committed before a failure.
void take_back(const StagedFiles& committed, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const Replacement& done = committed[i]->replacement();
    const Replacement reverse{done.path, done.after, done.before};
    StagedFile file(reverse);
    if (!file.stage()) static_cast<void>(file.commit());
  }
}

}  // namespace

std::optional<Error> replace_files(const std::vector<Replacement>& replacements) {
  StagedFiles staged;
  if (auto error = stage_all(replacements, staged)) return error;
  for (std::size_t i = 0; i < staged.size(); ++i) {
    if (auto error = staged[i]->commit()) {
      take_back(staged, i);
      return error;
    }
  }
  return std::nullopt;
}

}  // namespace workspace
