#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/auto_fix.h"
#include "cli/commands.h"
#include "cli/counted.h"
#include "cli/find_code.h"
#include "cli/given_paths.h"
#include "cli/paths.h"
#include "cli/project.h"
#include "cli/report.h"
#include "cli/unified_diff.h"
#include "workspace/base/uri.h"
#include "workspace/platform/held_signals.h"
#include "workspace/platform/replace_files.h"

namespace cli {
namespace {

std::vector<workspace::Replacement> replacements_of(Project& project, const AutoFix& fixed) {
  std::vector<workspace::Replacement> replacements;
  for (const auto& [path, before] : fixed.before) {
    const SourceFiles::Text after = project.sources.text(path);
    if (*after != *before) replacements.push_back({path, before, after});
  }
  return replacements;
}

// Clears away what a run left that was killed, in the folders of the files that may be changed.
void remove_leftovers(const Environment& environment, const Project& project, GivenPaths& given) {
  std::set<std::string> folders;
  for (const std::string& file : project.analysis.files()) {
    std::string folder = workspace::parent_path(file);
    if (!folders.contains(folder) && given.hold(file)) folders.insert(std::move(folder));
  }
  std::size_t removed = 0;
  for (const std::string& folder : folders) removed += workspace::remove_leftovers(folder);
  if (removed == 0) return;
  environment.err << fmt::format("removed {} that a run left that was killed\n",
                                 counted(removed, "temporary file", "temporary files"));
}

// All or none. Whether it was done; tells what was not, and why.
bool write_all(const Environment& environment, const std::vector<workspace::Replacement>& replacements) {
  const workspace::HeldSignals signals;
  const auto failure = workspace::replace_files(replacements, [&] { return signals.any(); });
  if (!failure) {
    if (signals.any()) {
      print_error(environment, fmt::format("interrupted when {} had been changed already",
                                           counted(replacements.size(), "file", "files")));
    }
    return true;
  }
  print_error(environment, failure->why.message);
  for (const std::string& path : failure->changed)
    print_error(environment, path + ": is changed, and could not be put back");
  print_error(environment, failure->changed.empty() ? "nothing is changed" : "nothing else is changed");
  return false;
}

constexpr std::size_t kMostRelated = 10;  // to see which findings are ends of one conflict

void tell_what_was_done(const Environment& environment, Project& project, const AutoFix& fixed,
                        std::size_t files, bool dry_run) {
  const Report left = make_report(project, environment.current_folder, {.max_related = kMostRelated});
  const bool is_clean = left.findings.empty();
  if (files == 0) {
    environment.err << (is_clean ? "nothing to fix" : "no automatic fix for " + summary_line(left)) << '\n';
  } else {
    environment.err << fmt::format("{} {} to {}; {}\n", dry_run ? "would apply" : "applied",
                                   counted(fixed.applied, "fix", "fixes"), counted(files, "file", "files"),
                                   is_clean ? "no conflict is left" : "left: " + summary_line(left));
  }
  for (const std::string& line : scope_lines(left)) environment.err << printable(line) << '\n';
}

}  // namespace

int fix_command(const Environment& environment, const Options& options) {
  std::string code;
  if (!options.code.empty()) {
    const checks::Check* check = find_code(environment, options.code);
    if (check == nullptr) return kExitTrouble;
    code = check->code;
  }
  if (std::find(options.paths.begin(), options.paths.end(), "-") != options.paths.end()) {
    print_error(environment, "fix cannot be used with standard input");
    return kExitTrouble;
  }
  const std::unique_ptr<Project> loaded = load_project(environment, options);
  Project& project = *loaded;
  if (!project.complete) {
    print_error(environment, "nothing is changed, since not everything could be read");
    return kExitTrouble;
  }
  GivenPaths given(environment.files, project.given);
  const AutoFix fixed =
      apply_preferred_fixes(project, code, [&given](const std::string& path) { return given.hold(path); });
  if (!project.sources.changed().empty()) {
    print_error(environment, "nothing is changed, since files changed meanwhile");
    return finish(environment, project, kExitTrouble);
  }
  const std::vector<workspace::Replacement> replacements = replacements_of(project, fixed);
  if (!options.dry_run) {
    remove_leftovers(environment, project, given);
    if (!write_all(environment, replacements)) return kExitTrouble;
  }
  const Palette palette = output_palette(environment, options);
  for (const workspace::Replacement& change : replacements) {
    environment.out << unified_diff(relative_path(change.path, environment.current_folder), *change.before,
                                    *change.after, palette);
  }
  environment.out.flush();
  tell_what_was_done(environment, project, fixed, replacements.size(), options.dry_run);
  return finish(environment, project, kExitClean);
}

}  // namespace cli
