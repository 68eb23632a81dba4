#include "workspace/platform/replace_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

#include "workspace/base/uri.h"
#include "workspace/platform/file_system.h"
#include "workspace/platform/parent_watch.h"
#include "workspace/platform/staged_file.h"

namespace workspace {
namespace {

using StagedFiles = std::vector<std::unique_ptr<StagedFile>>;

std::optional<Error> stage_all(const std::vector<Replacement>& replacements,
                               const std::function<bool()>& interrupted, StagedFiles& staged) {
  for (const Replacement& replacement : replacements) {
    if (interrupted && interrupted()) return Error{"interrupted"};
    auto file = make_staged_file(replacement);
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

// Puts back what was committed before a failure. Returns what could not be.
std::vector<std::string> take_back(const StagedFiles& committed, std::size_t count) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < count; ++i) {
    const Replacement& done = committed[i]->replacement();
    const Replacement reverse{done.path, done.after, done.before};
    const std::unique_ptr<StagedFile> file = make_staged_file(reverse);
    if (file->stage() || file->commit()) kept.push_back(done.path);
  }
  return kept;
}

// Brings the renames to the disk; best effort, since each file is whole either way.
void sync_folders(const StagedFiles& committed) {
  std::set<std::string> folders;
  for (const auto& file : committed) folders.insert(parent_path(file->target()));
  for (const std::string& path : folders) sync_folder(path);
}

// The process that a staged file's name says it is of.
std::optional<std::int32_t> process_of(std::string_view name) {
  if (!name.starts_with(kStagedPrefix)) return std::nullopt;
  name.remove_prefix(kStagedPrefix.size());
  std::int32_t process = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
  if (error != std::errc() || process <= 0) return std::nullopt;
  name.remove_prefix(static_cast<std::size_t>(end - name.data()));
  const bool is_ours =
      name.size() == kUnique.size() + 1 && name.front() == '-' &&
      std::all_of(name.begin() + 1, name.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
  return is_ours ? std::optional(process) : std::nullopt;
}

}  // namespace

std::optional<NotReplaced> replace_files(const std::vector<Replacement>& replacements,
                                         const std::function<bool()>& interrupted) {
  StagedFiles staged;
  if (auto error = stage_all(replacements, interrupted, staged)) return NotReplaced{*std::move(error), {}};
  for (std::size_t i = 0; i < staged.size(); ++i) {
    if (auto error = staged[i]->commit()) return NotReplaced{*std::move(error), take_back(staged, i)};
  }
  sync_folders(staged);
  return std::nullopt;
}

std::size_t remove_leftovers(const std::string& folder) {
  const auto entries = DiskFileSystem().list(folder);
  if (!entries) return 0;  // nothing was left where nothing can be written
  std::size_t removed = 0;
  for (const DirectoryEntry& entry : *entries) {
    const std::optional<std::int32_t> process = process_of(entry.name);
    const std::string path = folder + '/' + entry.name;
    if (!process || is_running(*process) || !is_own_file(path)) continue;
    removed += remove_staged(path) ? 1 : 0;
  }
  return removed;
}

}  // namespace workspace
