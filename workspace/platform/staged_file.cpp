#include "workspace/platform/staged_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "workspace/base/uri.h"
#include "workspace/platform/file_attributes.h"
#include "workspace/platform/file_system.h"
#include "workspace/platform/file_times.h"
#include "workspace/platform/system_error.h"

namespace workspace {
namespace {

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         modified_ns(a) == modified_ns(b);
}

class DiskStagedFile : public StagedFile {
 public:
  using StagedFile::StagedFile;
  DiskStagedFile(const DiskStagedFile&) = delete;
  DiskStagedFile& operator=(const DiskStagedFile&) = delete;
  ~DiskStagedFile() override {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!staged_.empty()) ::unlink(staged_.c_str());
  }

  std::optional<Error> stage() override {
    if (auto error = look_at_target()) return error;
    staged_ = fmt::format("{}/{}{}-{}", parent_path(target()), kStagedPrefix, ::getpid(), kUnique);
    descriptor_ = ::mkostemp(staged_.data(), O_CLOEXEC);
    if (descriptor_ < 0) {
      staged_.clear();
      return system_error(path(), "write beside it", errno);
    }
    if (auto error = write_text()) return error;
    if (auto error = keep_owner_and_attributes()) return error;
    if (::fsync(descriptor_) != 0) return system_error(path(), "write", errno);
    const int closed = ::close(std::exchange(descriptor_, -1));
    return closed == 0 ? std::nullopt : std::optional(system_error(path(), "write", errno));
  }

  std::optional<Error> commit() override {
    struct stat now {};
    if (::stat(target().c_str(), &now) != 0 || !same_file(now, info_) || !holds_text())
      return changed_meanwhile();
    if (::rename(staged_.c_str(), target().c_str()) != 0) return system_error(path(), "replace", errno);
    staged_.clear();
    return std::nullopt;
  }

 private:
  // Where the text goes, and whether it may.
  std::optional<Error> look_at_target() {
    if (auto error = resolve_target()) return error;
    if (::stat(target().c_str(), &info_) != 0) return system_error(path(), "read", errno);
    constexpr mode_t kAnyoneWrites = S_IWUSR | S_IWGRP | S_IWOTH;
    if ((info_.st_mode & kAnyoneWrites) == 0)
      return Error{path() + ": is read-only"};  // root could write it still
    if (::access(target().c_str(), W_OK) != 0) return system_error(path(), "write", errno);
    if (info_.st_nlink > 1)
      return Error{path() + ": has other names (hard links), which would keep the old text"};
    if (!holds_text()) return changed_meanwhile();
    return std::nullopt;
  }

  // In this order: a new owner takes bits of the mode away, and a list may allow no more than the old one did
  // before the mode does.
  std::optional<Error> keep_owner_and_attributes() {
    if (info_.st_uid != ::geteuid() || info_.st_gid != ::getegid()) {
      if (::fchown(descriptor_, info_.st_uid, info_.st_gid) != 0)
        return system_error(path(), "keep its owner", errno);
    }
    if (auto error = keep_attributes()) return error;
    if (::fchmod(descriptor_, info_.st_mode & 07777U) != 0)
      return system_error(path(), "keep its mode", errno);
    return std::nullopt;
  }

  std::optional<Error> keep_attributes() {
    const int original = ::open(target().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (original < 0) return system_error(path(), "read", errno);
    auto error = copy_file_attributes(original, descriptor_, path());
    ::close(original);
    return error;
  }

  std::optional<Error> write_text() {
    std::string_view rest = *replacement().after;
    while (!rest.empty()) {
      const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return system_error(path(), "write", errno);
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return std::nullopt;
  }

  std::string staged_;  // empty: nothing of ours is on the disk
  int descriptor_ = -1;
  struct stat info_ {};
};

}  // namespace

std::unique_ptr<StagedFile> make_staged_file(const Replacement& replacement) {
  return std::make_unique<DiskStagedFile>(replacement);
}

void sync_folder(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

bool is_own_file(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == ::geteuid();
}

bool remove_staged(const std::string& path) { return ::unlink(path.c_str()) == 0; }

}  // namespace workspace
