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

// Of the text, from the hashes of its parts.
std::uint64_t hash_of_documents(const FileFacts& facts) {
  std::vector<std::uint64_t> hashes;
  hashes.reserve(facts.documents.size());
  for (const DocumentState& document : facts.documents) hashes.push_back(document.hash);
  return hash_bytes({reinterpret_cast<const char*>(hashes.data()), hashes.size() * sizeof(std::uint64_t)});
}

// The documents of a build; none where there is none.
const std::vector<BuildOrigin::Document>& documents_of(const FileFacts* build) {
  static const std::vector<BuildOrigin::Document> kNone;
  return build == nullptr || !build->origin ? kNone : build->origin->documents();
}

// Whether the document of an ordinal is the same object in two states of a build.
bool is_same_document(std::size_t ordinal, const std::vector<BuildOrigin::Document>& a,
                      const std::vector<BuildOrigin::Document>& b) {
  return ordinal < a.size() && ordinal < b.size() && a[ordinal].map == b[ordinal].map;
}

// The documents of a text, and whether each is the same object as before.
std::vector<TextPart> parts_of(std::string_view text, const std::vector<BuildOrigin::Document>& documents,
                               const std::vector<BuildOrigin::Document>& before) {
  std::vector<TextPart> parts;
  parts.reserve(documents.size());
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const auto begin = i == 0 ? 0 : documents[i].begin - static_cast<std::uint32_t>(kMarker.size());
    if (i > 0) parts.back().range.end = begin;
    parts.push_back(
        {{begin, static_cast<std::uint32_t>(text.size())}, is_same_document(i, documents, before)});
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
  facts->text_hash = hash_of_documents(*facts);
  facts->origin = make_ref(BuildOrigin(std::move(build.root), std::move(name), std::move(text),
                                       std::move(build.files), std::move(documents), build.is_chart));
  return facts;
}

std::vector<std::string> files_of_changes(const FileFacts* build, const FileFacts* other) {
  const std::vector<BuildOrigin::Document>& documents = documents_of(build);
  const std::vector<BuildOrigin::Document>& others = documents_of(other);
  std::vector<std::uint32_t> files;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (is_same_document(i, documents, others)) continue;
    const std::vector<std::uint32_t>& more = documents[i].map->files();
    files.insert(files.end(), more.begin(), more.end());
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  std::vector<std::string> paths;
  paths.reserve(files.size());
  for (const std::uint32_t file : files) paths.push_back(build->origin->files()[file]);
  return paths;
}

}  // namespace workspace
