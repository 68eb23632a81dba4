#include "workspace/sources/build_facts.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "workspace/base/uri.h"

namespace workspace {

namespace {

constexpr std::string_view kMarker = "---\n";

// The build was bounded when it was made.
Limits limits_of_builds() {
  Limits limits;
  limits.file_size = std::numeric_limits<std::uint32_t>::max();
  limits.documents = kMaxBuiltDocuments;
  return limits;
}

// The documents of a text, and whether each is the same object as before.
std::vector<TextPart> parts_of(std::string_view text, const std::vector<BuildOrigin::Document>& documents,
                               const std::vector<BuildOrigin::Document>& before) {
  std::vector<TextPart> parts;
  parts.reserve(documents.size());
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const auto begin = i == 0 ? 0 : documents[i].begin - static_cast<std::uint32_t>(kMarker.size());
    if (i > 0) parts.back().range.end = begin;
    parts.push_back({{begin, static_cast<std::uint32_t>(text.size())},
                     i < before.size() && documents[i].map == before[i].map});
  }
  return parts;
}

std::shared_ptr<FileFacts> read_documents(std::string_view text,
                                          const std::vector<BuildOrigin::Document>& documents,
                                          const FileFacts* previous) {
  static const Limits kLimits = limits_of_builds();
  FactsReader reader;
  const bool was_built = previous != nullptr && previous->origin;
  const std::string_view text_before =
      was_built ? std::string_view(previous->origin->text()) : std::string_view();
  if (was_built && !documents.empty()) {
    const auto parts = parts_of(text, documents, previous->origin->documents());
    if (auto facts = reader.read_parts(text, parts, *previous, text_before, kLimits)) return facts;
  }
  return reader.read(text, previous, text_before, kLimits);
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
  for (const BuiltDocument& document : build.documents) size += kMarker.size() + document.text().size();
  text.reserve(size);
  for (const BuiltDocument& document : build.documents) {
    if (!text.empty()) text += kMarker;
    documents.push_back({static_cast<std::uint32_t>(text.size()), document.shared_map()});
    text += document.text();
  }
  std::shared_ptr<FileFacts> facts = read_documents(text, documents, previous);
  if (facts->documents.size() != std::max<std::size_t>(documents.size(), 1)) {
    // A text that reads as other documents than were built has no way back to its sources.
    text.clear();
    documents.clear();
    facts = read_documents(text, documents, nullptr);
  }
  facts->origin = make_ref(BuildOrigin(std::move(build.root), std::move(name), std::move(text),
                                       std::move(build.files), std::move(documents), build.is_chart));
  return facts;
}

}  // namespace workspace
