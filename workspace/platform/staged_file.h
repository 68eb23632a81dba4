// One file of replace_files on its way: the new text is beside the file until it is committed, and gone if it
// never is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "workspace/base/result.h"
#include "workspace/platform/file_system.h"
#include "workspace/platform/replace_files.h"

namespace workspace {

// A staged file's name: this, the process, '-' and what makes it unique.
inline constexpr std::string_view kStagedPrefix = ".istio-mtls-";
inline constexpr std::string_view kUnique = "XXXXXX";

// What is the same for every platform; staged_file.cpp and its twin in wasm/ do the rest.
class StagedFile {
 public:
  explicit StagedFile(const Replacement& replacement) : replacement_(replacement) {}
  virtual ~StagedFile() = default;
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  [[nodiscard]] const Replacement& replacement() const { return replacement_; }
  [[nodiscard]] const std::string& target() const { return target_; }  // without symlinks; once staged
  // Writes the text beside the file, to the disk, with what is to be kept. An Error: nothing is left.
  virtual std::optional<Error> stage() = 0;
  // Puts it in place, unless the file has changed since it was staged.
  virtual std::optional<Error> commit() = 0;

 protected:
  [[nodiscard]] const std::string& path() const { return replacement_.path; }
  // Finds out what target() is.
  std::optional<Error> resolve_target() {
    Result<std::string> resolved = DiskFileSystem().resolve(path());
    if (!resolved) return resolved.error();
    target_ = *std::move(resolved);
    return std::nullopt;
  }
  // Reports whether the target still has the text to be replaced. The clock of a file system ticks slowly:
  // two writings in one tick have one time.
  [[nodiscard]] bool holds_text() const {
    const auto text = DiskFileSystem().read(target_, replacement_.before->size());
    return text && *text == *replacement_.before;
  }
  [[nodiscard]] Error changed_meanwhile() const {
    return Error{path() + ": was changed by another program meanwhile, so it is left alone"};
  }

 private:
  const Replacement& replacement_;
  std::string target_;
};

// `replacement` must outlive it.
std::unique_ptr<StagedFile> make_staged_file(const Replacement& replacement);

// Brings renames in a folder to the disk, as far as that can be had.
void sync_folder(const std::string& path);
// Is it a file, no symlink, that this user owns?
bool is_own_file(const std::string& path);
// Removes what another process has left; false: it is still there.
bool remove_staged(const std::string& path);

}  // namespace workspace
