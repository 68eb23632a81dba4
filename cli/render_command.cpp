// render: what a kustomization builds, as YAML, with each line's source on demand, or as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/paths.h"
#include "workspace/sources/cached_sources.h"
#include "workspace/sources/kustomize.h"
#include "workspace/text/line_index.h"

namespace cli {
namespace {

class Renderer {
 public:
  Renderer(const Environment& environment, workspace::CachedSources& reader)
      : environment_(environment), reader_(reader) {}

  // "base/rule.yaml:9:13"
  std::string place(const std::string& path, std::uint32_t offset, bool with_column) {
    std::string shown = relative_path(path, environment_.current_folder);
    const workspace::SharedSourceText text = reader_.read(path);
    if (text == nullptr) return shown;
    const auto index = indices_.try_emplace(path, *text).first;
    const workspace::LineColumn at = index->second.position(*text, offset, workspace::ColumnUnit::CodePoint);
    if (!with_column) return fmt::format("{}:{}", shown, at.line + 1);
    return fmt::format("{}:{}:{}", shown, at.line + 1, at.column + 1);
  }

  void print_with_origins(const workspace::Build& build) {
    std::vector<std::pair<std::string, std::string_view>> lines;
    for (const workspace::BuiltDocument& document : build.documents) {
      if (!lines.empty()) lines.emplace_back("", "---");
      add_lines(build, document, lines);
    }
    std::size_t width = 0;
    for (const auto& [origin, line] : lines) width = std::max(width, origin.size());
    for (const auto& [origin, line] : lines)
      environment_.out << printable(fmt::format("{:{}}  ", origin, width)) << printable(line) << '\n';
  }

 private:
  void add_lines(const workspace::Build& build, const workspace::BuiltDocument& document,
                 std::vector<std::pair<std::string, std::string_view>>& lines) {
    const std::string_view text = document.text();
    auto segment = document.map().segments().begin();
    const auto last = document.map().segments().end();
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      std::string origin;
      // A value says more than its key.
      for (; segment != last && segment->built.begin <= end; ++segment) {
        origin = place((*build.files)[segment->file], segment->source.begin, false);
        if (segment->kind == workspace::PlaceKind::Made) origin += " (made)";
      }
      lines.emplace_back(std::move(origin), text.substr(begin, end - begin));
      begin = end + 1;
    }
  }

  const Environment& environment_;
  workspace::CachedSources& reader_;
  std::map<std::string, workspace::LineIndex> indices_;
};

void print_json(const Environment& environment, const std::vector<std::string>& documents) {
  environment.out << '[';
  for (std::size_t i = 0; i < documents.size(); ++i)
    environment.out << (i == 0 ? "\n" : ",\n") << documents[i];
  environment.out << (documents.empty() ? "]\n" : "\n]\n");
}

}  // namespace

int render_command(const Environment& environment, const Options& options) {
  const std::string root =
      absolute_path(environment.files, environment.current_folder, options.paths.front());
  if (environment.files.status(root).type != workspace::FileType::Directory) {
    print_error(environment, options.paths.front() + ": is not a folder");
    return kExitTrouble;
  }
  const workspace::Limits limits = workspace::limits_of(options.settings.limits);
  workspace::CachedSources reader(environment.files, limits.file_size);
  workspace::Kustomizer kustomizer(reader, limits);
  std::vector<std::string> json;
  const workspace::Build build = options.render_format == RenderFormat::Json
                                     ? kustomizer.build_as_json(root, json)
                                     : kustomizer.build(root);
  Renderer renderer(environment, reader);
  for (const workspace::BuildProblem& problem : build.problems) {
    const std::string line =
        fmt::format("{}: {}", renderer.place(problem.path, problem.range.begin, true), problem.message);
    if (problem.kind == workspace::BuildProblemKind::Refused) {
      print_error(environment, line);
    } else {
      environment.err << printable("istio-mtls-ls: information: " + line) << '\n';
    }
  }
  if (build.refused) return kExitTrouble;
  if (options.render_format == RenderFormat::Json) {
    print_json(environment, json);
  } else if (options.origins) {
    renderer.print_with_origins(build);
  } else {
    bool first = true;
    for (const workspace::BuiltDocument& document : build.documents) {
      environment.out << (first ? "" : "---\n") << document.text();
      first = false;
    }
  }
  return kExitClean;
}

}  // namespace cli
