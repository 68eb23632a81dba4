// One file of replace_files on its way: the new text is beside the file until it is committed, and gone if it
// never is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "workspace/base/result.h"
#include "workspace/platform/replace_files.h"

namespace workspace {

// A staged file's name: this, the process, '-' and what makes it unique.
inline constexpr std::string_view kStagedPrefix = ".istio-mtls-";
inline constexpr std::string_view kUnique = "XXXXXX";

class StagedFile {
 public:
  StagedFile() = default;
  virtual ~StagedFile() = default;
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  [[nodiscard]] virtual const Replacement& replacement() const = 0;
  [[nodiscard]] virtual const std::string& target() const = 0;  // without symlinks; once staged
  // Writes the text beside the file, to the disk, with what is to be kept. An Error: nothing is left.
  virtual std::optional<Error> stage() = 0;
  // Puts it in place, unless the file has changed since it was staged.
  virtual std::optional<Error> commit() = 0;
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
