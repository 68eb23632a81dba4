// As its twin, with what JavaScript's hosts can do: access control lists and extended attributes are not
// known to them, and not kept.
#include "workspace/platform/staged_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "workspace/base/uri.h"
#include "workspace/platform/file_system.h"
#include "workspace/platform/wasm/host_calls.h"

namespace workspace {
namespace {

Error host_error(const std::string& path, std::string_view action, int failure) {
  return Error{fmt::format("{}: cannot {}: {}", path, action, host::message_of(failure))};
}

int status_of(const std::string& path, bool follows, host::Status& status) {
  return host_path_status(path.data(), path.size(), follows ? 1 : 0, &status);
}

bool same_file(const host::Status& a, const host::Status& b) {
  return a.device == b.device && a.file_number == b.file_number && a.size == b.size &&
         a.modified_ns == b.modified_ns;
}

// Six characters that mkstemp might have chosen.
std::string unique_name() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string name(kUnique);
  for (char& c : name) c = kLetters[host_random() % kLetters.size()];
  return name;
}

class HostStagedFile : public StagedFile {
 public:
  using StagedFile::StagedFile;
  HostStagedFile(const HostStagedFile&) = delete;
  HostStagedFile& operator=(const HostStagedFile&) = delete;
  ~HostStagedFile() override {
    if (file_ >= 0) host_close_file(file_);
    if (!staged_.empty()) host_remove(staged_.data(), staged_.size());
  }

  std::optional<Error> stage() override {
    if (auto error = look_at_target()) return error;
    if (const int failure = make_file(); failure < 0) return host_error(path(), "write beside it", failure);
    if (auto error = write_text()) return error;
    host::Status own;
    int failure = host_file_status(file_, &own);
    if (failure >= 0 && (own.owner != status_.owner || own.group != status_.group))
      failure = host_set_owner(file_, status_.owner, status_.group);
    if (failure < 0) return host_error(path(), "keep its owner", failure);
    failure = host_set_mode(file_, status_.mode);
    if (failure < 0) return host_error(path(), "keep its mode", failure);
    failure = host_sync_file(file_);
    if (failure >= 0) failure = host_close_file(std::exchange(file_, -1));
    return failure >= 0 ? std::nullopt : std::optional(host_error(path(), "write", failure));
  }

  std::optional<Error> commit() override {
    host::Status now;
    if (status_of(target(), true, now) < 0 || !same_file(now, status_) || !holds_text())
      return changed_meanwhile();
    const int failure = host_rename(staged_.data(), staged_.size(), target().data(), target().size());
    if (failure < 0) return host_error(path(), "replace", failure);
    staged_.clear();
    return std::nullopt;
  }

 private:
  // Where the text goes, and whether it may.
  std::optional<Error> look_at_target() {
    if (auto error = resolve_target()) return error;
    if (const int failure = status_of(target(), true, status_); failure < 0)
      return host_error(path(), "read", failure);
    constexpr std::uint32_t kAnyoneWrites = 0222;
    if ((status_.mode & kAnyoneWrites) == 0)
      return Error{path() + ": is read-only"};  // root could write it still
    if (const int failure = host_may_write(target().data(), target().size()); failure < 0)
      return host_error(path(), "write", failure);
    if (status_.links > 1)
      return Error{path() + ": has other names (hard links), which would keep the old text"};
    if (!holds_text()) return changed_meanwhile();
    return std::nullopt;
  }

  int make_file() {
    constexpr int kTries = 100;
    for (int i = 0; i < kTries && (i == 0 || file_ == -EEXIST); ++i) {
      staged_ = fmt::format("{}/{}{}-{}", parent_path(target()), kStagedPrefix, host_process_number(),
                            unique_name());
      file_ = host_open_file(staged_.data(), staged_.size(), static_cast<int>(host::Open::New));
    }
    if (file_ < 0) staged_.clear();
    return file_;
  }

  std::optional<Error> write_text() {
    std::string_view rest = *replacement().after;
    while (!rest.empty()) {
      const int written = host_write_file(file_, rest.data(), rest.size());
      if (written < 0) return host_error(path(), "write", written);
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return std::nullopt;
  }

  std::string staged_;  // empty: nothing of ours is on the disk
  int file_ = -1;
  host::Status status_;
};

}  // namespace

std::unique_ptr<StagedFile> make_staged_file(const Replacement& replacement) {
  return std::make_unique<HostStagedFile>(replacement);
}

void sync_folder(const std::string& path) {
  const int folder = host_open_file(path.data(), path.size(), static_cast<int>(host::Open::Read));
  if (folder < 0) return;
  host_sync_file(folder);
  host_close_file(folder);
}

bool is_own_file(const std::string& path) {
  host::Status status;
  return status_of(path, false, status) >= 0 && static_cast<FileType>(status.type) == FileType::Regular &&
         status.owner == host_user_number();
}

bool remove_staged(const std::string& path) { return host_remove(path.data(), path.size()) >= 0; }

}  // namespace workspace
