#include "lsp/cli/project.h"

#include <algorithm>
#include <istream>
#include <iterator>
#include <ostream>
#include <thread>
#include <utility>

#include "lsp/cli/mesh_plan.h"
#include "lsp/cli/paths.h"
#include "lsp/cli/read_files.h"
#include "lsp/cli/terminal_text.h"

namespace lsp::cli {
namespace {

workspace::Result<std::string> read_stdin(const Environment& environment) {
  std::string text;
  constexpr std::size_t kPiece = std::size_t{1} << 16;
  std::string piece(kPiece, '\0');
  while (environment.in.read(piece.data(), kPiece) || environment.in.gcount() > 0) {
    text.append(piece, 0, static_cast<std::size_t>(environment.in.gcount()));
    if (text.size() > kMaxFileBytes) return workspace::Error{std::string(kStdinName) + ": is too large"};
  }
  if (environment.in.bad()) return workspace::Error{std::string(kStdinName) + ": cannot read"};
  return text;
}

// Turns what was read into updates of the analysis; tells what was not.
class Loader {
 public:
  Loader(const Environment& environment, Project& project) : environment_(environment), project_(project) {}

  void add(const std::string& path, ReadFile read) {
    if (read.error) {
      tell(read.error->message);
      return;
    }
    project_.sources.set(path, std::move(read.text));
    updates_.push_back({path, std::move(read.facts)});
  }

  void tell(const std::string& error) {
    complain(environment_, error);
    project_.complete = false;
  }

  void analyse() { project_.analysis.apply(std::move(updates_)); }

 private:
  const Environment& environment_;
  Project& project_;
  std::vector<checks::FileUpdate> updates_;
};

}  // namespace

checks::TextSource Project::texts() const {
  return [this](const std::string& path) { return sources.text(path); };
}

Project load_project(const Environment& environment, const Options& options) {
  Progress progress(environment.err, environment.err_is_terminal, environment.terminal_width);
  MeshPlan plan = plan_meshes(environment, options, progress);
  std::vector<ReadFile> read = read_files(environment.files, plan.files, job_count(options), progress);
  progress.clear();

  Project project{
      .given = std::move(plan.given), .sources = {}, .analysis = checks::Analysis(std::move(plan.meshes))};
  project.empty = plan.hopeless || (project.given.empty() && !plan.reads_stdin);
  Loader loader(environment, project);
  for (const std::string& error : plan.errors) loader.tell(error);
  for (const std::string& warning : plan.warnings) environment.err << printable(warning) << '\n';
  for (std::size_t i = 0; i < read.size(); ++i) loader.add(plan.files[i], std::move(read[i]));
  if (plan.reads_stdin) {
    const workspace::Result<std::string> text = read_stdin(environment);
    if (text) {
      loader.add(environment.current_folder + "/" + std::string(kStdinName), read_text(*text));
    } else {
      loader.tell(text.error().message);
    }
  }
  progress.update("analysing", plan.files.size(), plan.files.size());
  loader.analyse();
  return project;
}

}  // namespace lsp::cli
