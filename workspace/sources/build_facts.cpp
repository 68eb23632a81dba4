#include "workspace/sources/build_facts.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "workspace/base/uri.h"

namespace workspace {

namespace {

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

using Documents = std::vector<BuildOrigin::Document>;

// The documents of a build; none where there is none.
const Documents& documents_of(const FileFacts* build) {
  static const Documents kNone;
  return build == nullptr || !build->origin ? kNone : build->origin->documents();
}

// Whether the document of an ordinal is the same object in two states of a build.
bool is_same_document(std::size_t ordinal, const Documents& a, const Documents& b) {
  return ordinal < a.size() && ordinal < b.size() && a[ordinal].built.is(b[ordinal].built);
}

// The parts of a build's text.
std::vector<TextPart> parts_of(const Documents& documents, const Documents& before) {
  std::vector<TextPart> parts(documents.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].is_as_before = is_same_document(i, documents, before);
    if (parts[i].is_as_before) continue;
    parts[i].text = documents[i].built.slice(i);
    if (i < before.size()) parts[i].before = before[i].built.slice(i);
  }
  return parts;
}

std::shared_ptr<FileFacts> read_documents(FactsReader& reader, const Documents& documents,
                                          const FileFacts* previous) {
  static const Limits kLimits = limits_of_builds();
  const bool was_built = previous != nullptr && previous->origin;
  if (was_built && !documents.empty()) {
    const auto parts = parts_of(documents, previous->origin->documents());
    if (auto facts = reader.read_parts(parts, *previous, kLimits)) return facts;
  }
  const std::string text_before = was_built ? previous->origin->text() : std::string();
  return reader.read(BuildOrigin::text_of(documents), previous, text_before, kLimits);
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

std::shared_ptr<const FileFacts> build_facts(Build build, std::string name, const FileFacts* previous,
                                             FactsReader& reader) {
  Documents documents;
  documents.reserve(build.documents.size());
  for (BuiltDocument& document : build.documents) documents.push_back({0, std::move(document)});
  std::shared_ptr<FileFacts> facts = read_documents(reader, documents, previous);
  if (facts->documents.size() != std::max<std::size_t>(documents.size(), 1)) {
    // A text that reads as other documents than were built has no way back to its sources.
    documents.clear();
    facts = read_documents(reader, documents, nullptr);
  }
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const std::size_t marker = i == 0 ? 0 : kDocumentMarker.size();
    documents[i].begin = facts->documents[i].begin + static_cast<std::uint32_t>(marker);
  }
  facts->text_hash = hash_of_documents(*facts);
  facts->origin = make_ref(BuildOrigin(std::move(build.root), std::move(name), std::move(build.files),
                                       std::move(documents), build.is_chart));
  return facts;
}

std::shared_ptr<const FileFacts> build_facts(Build build, std::string name, const FileFacts* previous) {
  FactsReader reader;
  return build_facts(std::move(build), std::move(name), previous, reader);
}

void visit_files_of_changes(const FileFacts* a, const FileFacts* b,
                            const std::function<void(const std::string& file)>& visit) {
  const Documents& of_a = documents_of(a);
  const Documents& of_b = documents_of(b);
  const auto visit_documents = [&](const FileFacts* build, const Documents& documents,
                                   const Documents& others) {
    for (std::size_t i = 0; i < documents.size(); ++i) {
      if (is_same_document(i, documents, others)) continue;
      for (const std::uint32_t file : documents[i].built.map().files()) visit(build->origin->files()[file]);
    }
  };
  visit_documents(a, of_a, of_b);
  visit_documents(b, of_b, of_a);
}

}  // namespace workspace
