// Any text as a folder of kustomizations (story.h; without its steps), each of which is built.
//
// Promises: every place that a build gives for its values lies inside a file, between code points, in order;
// a place leads back to what was built from it; and where a value may be edited, the text there is the
// value's own, and the build shows the edit there and nowhere else.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/story.h"
#include "fuzz/target.h"
#include "tests/kustomize/memory_reader.h"
#include "workspace/sources/build_facts.h"
#include "workspace/sources/kustomize.h"
#include "workspace/text/ascii.h"

namespace fuzz {
namespace {

using workspace::Build;
using workspace::BuildOrigin;
using workspace::BuiltDocument;
using workspace::ByteRange;
using workspace::Kustomizer;
using workspace::PlaceKind;
using workspace::SourceMap;

constexpr std::size_t kMaxRoots = 3;  // built of one story
constexpr std::size_t kMaxEdits = 8;  // made of one build
const std::string kEdited = "EDITED";

Build build_of(const Texts& files, const std::string& folder) {
  tests::MemoryReader reader;
  for (const auto& [path, text] : files) reader.add(path, text);
  return Kustomizer(reader).build(folder);
}

bool on_boundary(std::string_view text, std::uint32_t at) {
  return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
}

void check_range(std::string_view text, ByteRange range, const std::string& what) {
  require(range.begin <= range.end && range.end <= text.size(),
          fmt::format("{}: {} to {} lie inside {} bytes", what, range.begin, range.end, text.size()));
  require(on_boundary(text, range.begin) && on_boundary(text, range.end),
          what + ": ends between code points");
}

std::string_view at(std::string_view text, ByteRange range) { return text.substr(range.begin, range.size()); }

void check_map(const Build& build, const BuiltDocument& document, const Texts& files) {
  std::uint32_t end = 0;
  for (const SourceMap::Segment& segment : document.map().segments()) {
    check_range(document.text(), segment.built, "a built value");
    require(segment.built.begin >= end, "built values are in order and apart");
    end = segment.built.end;
    require(segment.file < build.files->size(), "a place is in a file of the build");
    const auto file = files.find((*build.files)[segment.file]);
    require(file != files.end(), "a place is in a file that is there");
    check_range(file->second, segment.source, (*build.files)[segment.file]);
    const auto place = document.map().find(segment.built);
    require(place.has_value(), "a value's place is found");
    // Of several empty values at one place the first is found.
    if (segment.built.empty()) continue;
    require(place->editable == (segment.kind == PlaceKind::Written),
            "what is written there may be edited there");
    require(place->file == segment.file && place->range == segment.source, "a value's own place is found");
  }
}

// The way back from the files to the build, as questions about a place in a file take it.
void check_origin(Build build, const Texts& files) {
  const std::size_t count = build.documents.size();
  const auto facts = workspace::build_facts(std::move(build), "x", nullptr);
  require(bool(facts->origin), "a build has an origin");
  const BuildOrigin& origin = *facts->origin;
  require(origin.documents().size() == count, "the text of a build reads as the documents that were built");
  for (std::uint32_t ordinal = 0; ordinal < count; ++ordinal) {
    const BuildOrigin::Document& document = origin.documents()[ordinal];
    require(origin.first_place(ordinal).has_value() == !document.built.map().segments().empty(),
            "a document with places has a first one");
    for (const SourceMap::Segment& segment : document.built.map().segments()) {
      const ByteRange built = shifted(segment.built, document.begin);
      const std::string& file = origin.files()[segment.file];
      const auto back = origin.built_from(file, segment.source.begin);
      require(std::find(back.begin(), back.end(), built) != back.end(),
              "a place leads to what is built from it");
      require(origin.index_of(file) == segment.file && origin.uses(ordinal, segment.file) &&
                  origin.has_values_in(ordinal, file, segment.source),
              "a document uses the files that its values come from");
    }
  }
  for (const workspace::DocumentState& document : facts->documents) {
    require(count == 0 || document.problem() == nullptr, "what is built can be read");
    for (const workspace::Resource& resource : document.facts->resources) {
      const auto built = document.place(workspace::metadata_of(resource).name.place.range);
      const auto place = built ? origin.place(*built) : std::nullopt;
      if (place) check_range(files.at(std::string(place->file)), place->range, "a resource's name");
    }
  }
}

// Whether a segment is a word below `spec`, alone behind its key, that nothing is found by: names, kinds and
// what lists are merged by may decide where a value goes.
bool is_free_word(std::string_view text, ByteRange built) {
  constexpr std::string_view kBehindKey = ": ";
  if (built.begin < kBehindKey.size() || text.substr(built.begin - kBehindKey.size(), 2) != kBehindKey)
    return false;
  if (text.substr(built.end, 1) != "\n" || built.size() < 2) return false;
  const std::string_view word = at(text, built);
  if (!std::all_of(word.begin(), word.end(), [](char c) { return workspace::is_letter(c) || c == '_'; }))
    return false;
  const std::size_t line = text.rfind('\n', built.begin);
  const std::size_t top = text.rfind("\nspec:", built.begin);
  if (line == std::string_view::npos || top == std::string_view::npos || line == top) return false;
  for (std::size_t next = text.find('\n', top + 1); next <= line; next = text.find('\n', next + 1)) {
    if (text.substr(next + 1, 1) != " " && text.substr(next + 1, 1) != "-") return false;  // another field
  }
  std::string_view key = text.substr(line + 1, built.begin - kBehindKey.size() - line - 1);
  key.remove_prefix(std::min(key.find_first_not_of(" -"), key.size()));
  constexpr std::array kFoundBy = {"name",        "kind",       "apiVersion", "namespace", "group",
                                   "mountPath",   "devicePath", "key",        "type",      "ip",
                                   "topologyKey", "protocol",   "resource"};
  return !key.starts_with('"') && !key.ends_with("Name") &&
         std::find(kFoundBy.begin(), kFoundBy.end(), key) == kFoundBy.end();
}

void try_edit(const Build& before, const Texts& files, std::size_t ordinal,
              const SourceMap::Segment& segment) {
  const BuiltDocument& document = before.documents[ordinal];
  const std::string& path = (*before.files)[segment.file];
  Texts changed = files;
  std::string& text = changed[path];
  const std::string value(at(document.text(), segment.built));
  const std::string what =
      fmt::format("{} of\n{}edited in {} at {}", value, document.text(), path, segment.source.begin);
  // Other words than these are text, and written as they are.
  const bool is_text = value != "null" && value != "true" && value != "false";
  require(!is_text || at(text, segment.source) == value, what + ": the text there is the value's own");
  text.replace(segment.source.begin, segment.source.size(), kEdited);
  const Build after = build_of(changed, before.root);
  // A JSON patch may ask for the value that there was.
  const bool tests = std::any_of(files.begin(), files.end(), [](const auto& file) {
    return file.second.find("test") != std::string::npos;
  });
  if (after.refused && tests) return;
  require(after.documents.size() == before.documents.size(), what + ": as many documents");
  std::string expected(document.text());
  expected.replace(segment.built.begin, segment.built.size(), kEdited);
  for (std::size_t i = 0; i < after.documents.size(); ++i) {
    const std::string_view wanted = i == ordinal ? expected : before.documents[i].text();
    require(after.documents[i].text() == wanted,
            fmt::format("{}: shows so, not as\n{}", what, after.documents[i].text()));
  }
}

void try_edits(const Build& build, const Texts& files) {
  std::size_t tried = 0;
  for (std::size_t i = 0; i < build.documents.size(); ++i) {
    for (const SourceMap::Segment& segment : build.documents[i].map().segments()) {
      // An empty one is an absent value behind its key, where a value takes more than its text.
      if (segment.kind != PlaceKind::Written || segment.source.empty()) continue;
      if (!is_free_word(build.documents[i].text(), segment.built)) continue;
      if (++tried > kMaxEdits) return;
      try_edit(build, files, i, segment);
    }
  }
}

}  // namespace

void places(std::string_view input) {
  const Texts files = read_story(input).files;
  for (const std::string& folder : kustomized_folders(files, kMaxRoots)) {
    Build build = build_of(files, folder);
    for (const BuiltDocument& document : build.documents) check_map(build, document, files);
    try_edits(build, files);
    check_origin(std::move(build), files);
  }
}

}  // namespace fuzz
