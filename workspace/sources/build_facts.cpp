#include "workspace/sources/build_facts.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "workspace/base/uri.h"

namespace workspace {

namespace {

constexpr std::string_view kMarker = "---\n";

std::vector<std::uint32_t> files_of(const SourceMap& map) {
  std::vector<std::uint32_t> files;
  for (const SourceMap::Segment& segment : map.segments()) {
    // Most runs of segments are of one file.
    if (segment.kind != PlaceKind::None && (files.empty() || files.back() != segment.file))
      files.push_back(segment.file);
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

// The build was bounded when it was made.
Limits limits_of_builds() {
  Limits limits;
  limits.file_size = std::numeric_limits<std::uint32_t>::max();
  limits.documents = kMaxBuiltDocuments;
  return limits;
}

}  // namespace

std::string build_path(std::string_view folder, std::string_view name) {
  std::string path(folder);
  path += folder == "/" ? "" : "/";
  path += "(build";
  if (!name.empty()) {
    path += ' ';
    // One name of a file: a build's is a path itself.
    for (const char c : name) path += c == '/' ? ':' : c;
  }
  return path + ')';
}

bool is_build_path(std::string_view path) {
  return path.ends_with(')') && base_name(path).starts_with("(build");
}

std::shared_ptr<const FileFacts> build_facts(Build build, std::string name, const FileFacts* previous) {
  std::string text;
  std::vector<BuildOrigin::Document> documents;
  documents.reserve(build.documents.size());
  std::size_t size = 0;
  for (const BuiltDocument& document : build.documents) size += kMarker.size() + document.text.size();
  text.reserve(size);
  for (BuiltDocument& document : build.documents) {
    if (!text.empty()) text += kMarker;
    BuildOrigin::Document& added = documents.emplace_back();
    added.begin = static_cast<std::uint32_t>(text.size());
    added.files = files_of(document.map);
    added.map = std::move(document.map);
    text += document.text;
  }
  const std::string_view text_before = previous != nullptr && previous->origin
                                           ? std::string_view(previous->origin->text())
                                           : std::string_view();
  static const Limits kLimits = limits_of_builds();
  auto facts = std::make_shared<FileFacts>(*read_facts(text, previous, text_before, kLimits));
  if (facts->documents.size() != std::max<std::size_t>(documents.size(), 1)) {
    // A text that reads as other documents than were built has no way back to its sources.
    text.clear();
    documents.clear();
    facts = std::make_shared<FileFacts>(*read_facts(text, nullptr, {}, kLimits));
  }
  facts->origin = make_ref(BuildOrigin(std::move(build.root), std::move(name), std::move(text),
                                       std::move(build.files), std::move(documents), build.is_chart));
  return facts;
}

}  // namespace workspace
