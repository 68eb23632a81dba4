// Any bytes as a file: cut into documents, read with ranges, read again after an edit. The last four bytes
// say which part of the text was not there before.
//
// Promises: the slices cover the text; every range lies inside its document, on the boundaries of code
// points, and holds what the value was read from; the plain reader reads as the full one does; what an
// outline leaves out decodes to nothing; what is read after an edit is what is read afresh; a place survives
// being told as line and column.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <variant>

#include "fuzz/choices.h"
#include "fuzz/target.h"
#include "workspace/resources/outline.h"
#include "workspace/resources/resource.h"
#include "workspace/sources/file_facts.h"
#include "workspace/sources/manifest_text.h"
#include "workspace/text/line_index.h"
#include "workspace/yaml/document_split.h"
#include "workspace/yaml/fast_reader.h"
#include "workspace/yaml/reader.h"

namespace fuzz {
namespace {

using workspace::ByteRange;
using workspace::yaml::Document;
using workspace::yaml::Node;
using workspace::yaml::NodeKind;
using workspace::yaml::ScalarStyle;

bool on_boundary(std::string_view text, std::uint32_t at) {
  return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
}

bool is_inside(ByteRange inner, ByteRange outer) {
  return outer.begin <= inner.begin && inner.end <= outer.end;
}

std::string_view at(std::string_view text, ByteRange range) { return text.substr(range.begin, range.size()); }

void check_range(std::string_view text, ByteRange range) {
  require(range.begin <= range.end && range.end <= text.size(), "a range lies inside the document");
  require(on_boundary(text, range.begin) && on_boundary(text, range.end), "a range ends between code points");
}

std::string without_doubled(std::string_view text, char quote) {
  std::string single;
  for (std::size_t i = 0; i < text.size(); ++i) {
    single += text[i];
    if (text[i] == quote) ++i;
  }
  return single;
}

// Of scalars on one line without escapes, the value follows from the source by itself.
void check_source(std::string_view text, const Node& node) {
  const std::string_view source = at(text, node.range);
  if (source.find_first_of("\r\n") != std::string_view::npos) return;
  switch (node.style) {
    case ScalarStyle::Plain:
      return require(node.text == source, fmt::format("plain '{}' is written '{}'", node.text, source));
    case ScalarStyle::SingleQuoted:
      return require(node.text == without_doubled(source, '\''),
                     fmt::format("single-quoted '{}' is '{}'", node.text, source));
    case ScalarStyle::DoubleQuoted:
      if (source.find('\\') == std::string_view::npos)
        require(node.text == source, fmt::format("double-quoted '{}' is '{}'", node.text, source));
      return;
    case ScalarStyle::Literal:
    case ScalarStyle::Folded:
      return;
  }
}

void check_node(std::string_view text, const Document& document, const Node& node) {
  check_range(text, node.range);
  check_range(text, node.outer);
  require(is_inside(node.range, node.outer), "a value lies inside its quotes");
  if (node.kind == NodeKind::Scalar) check_source(text, node);
  if (node.kind == NodeKind::Alias) return;
  for (const std::uint32_t child : document.children(node)) {
    if (node.kind != NodeKind::Scalar)
      require(is_inside(document.node(child).outer, node.outer), "children lie inside");
    check_node(text, document, document.node(child));
  }
}

void print(const Document& document, const Node& node, std::string& into) {
  into += fmt::format("({} {} {}{}{} {}-{} {}-{} '{}'", static_cast<int>(node.kind),
                      static_cast<int>(node.style), node.flow, node.null, node.merge, node.range.begin,
                      node.range.end, node.outer.begin, node.outer.end, node.text);
  for (const std::uint32_t child : document.children(node)) print(document, document.node(child), into);
  into += ')';
}

std::string printed(const Document& document) {
  std::string text;
  print(document, document.node(document.root_index()), text);
  return text;
}

// What reading by an outline leaves out never mattered.
void check_outline(std::string_view text, const Document& whole) {
  const auto part = workspace::yaml::read_plain_yaml(text, {}, workspace::outline_of(text));
  if (!part) return;
  const auto ours = workspace::decode_resources(part->root());
  const auto theirs = workspace::decode_resources(whole.root());
  require(ours == theirs, "reading by an outline decodes as reading all of it");
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const workspace::Metadata& a = workspace::metadata_of(ours[i]);
    const workspace::Metadata& b = workspace::metadata_of(theirs[i]);
    require(a.name.place.range == b.name.place.range, "reading by an outline finds the same places");
  }
}

void check_document(std::string_view text) {
  const auto full = workspace::yaml::read_any_yaml(text);
  if (const auto* problem = std::get_if<workspace::yaml::Problem>(&full)) {
    require(problem->range.begin <= problem->range.end && problem->range.end <= text.size(),
            "a problem has a place");
    require(!problem->message.empty() && problem->message.find('\n') == std::string::npos,
            "a problem is one line");
  }
  if (const auto plain = workspace::yaml::read_plain_yaml(text)) {
    require(std::holds_alternative<Document>(full), "what the plain reader reads, the full one does");
    const std::string ours = printed(*plain);
    const std::string theirs = printed(std::get<Document>(full));
    require(ours == theirs, fmt::format("plain reads {}\nfull reads {}", ours, theirs));
  }
  if (const auto* document = std::get_if<Document>(&full)) {
    check_node(text, *document, document->node(document->root_index()));
    check_outline(text, *document);
  } else {
    require(!workspace::yaml::read_plain_yaml(text, {}, workspace::outline_of(text)),
            "reading by an outline passes by nothing that is wrong");
  }
}

void check_slices(std::string_view text, const std::vector<ByteRange>& slices) {
  std::uint32_t end = 0;
  for (const ByteRange slice : slices) {
    require(slice.begin == end, "slices cover the text without gaps");
    end = slice.end;
  }
  require(end == text.size() && !slices.empty(), "slices cover the text");
}

// Reports whether the document is read as one that is being edited: what it said last goes on to count, and
// it stays a manifest however little of one is left. A fresh reading passes by such text, or says what is
// wrong.
bool goes_on(const workspace::DocumentState& document) {
  return document.broken != nullptr && document.broken->good_text != nullptr;
}

bool is_passed_by(const workspace::DocumentState& document) {
  return document.broken == nullptr && document.facts->resources.empty();
}

// `part`: what was not there before.
void check_edit(const std::string& text, ByteRange part) {
  std::string before = text;
  before.erase(part.begin, part.size());
  const auto old = workspace::read_facts(before);
  const auto edited = workspace::read_facts(text, old.get(), before);
  const auto fresh = workspace::read_facts(text);
  if (!workspace::may_hold_manifest(text) &&
      std::any_of(edited->documents.begin(), edited->documents.end(), goes_on)) {
    return require(is_passed_by(fresh->documents.front()), "what holds no manifest is passed by");
  }
  require(edited->documents.size() == fresh->documents.size(),
          "an edit leaves the documents of a fresh reading");
  for (std::size_t i = 0; i < fresh->documents.size(); ++i) {
    const workspace::DocumentState& a = edited->documents[i];
    const workspace::DocumentState& b = fresh->documents[i];
    require(a.begin == b.begin && a.size == b.size && a.hash == b.hash && a.empty() == b.empty(),
            "documents are in place");
    require((a.broken == nullptr) == (b.broken == nullptr) || (goes_on(a) && is_passed_by(b)),
            "an edit leaves the problems of a fresh reading");
    require(a.problem() || *a.facts == *b.facts, "an edit leaves the facts of a fresh reading");
    if (!a.problem()) {
      const std::size_t count = a.facts->suppressions.size();
      for (std::size_t k = 0; k < count; ++k) {
        const auto place = a.place(a.facts->suppressions[k].place.range);
        require(place && *place == b.place(b.facts->suppressions[k].place.range),
                "places are those of a fresh reading");
      }
    }
    for (const auto& comment : a.facts->suppressions) {
      const auto place = a.place(comment.place.range);
      require(!place || (place->begin <= place->end && place->end <= text.size()),
              "places lie inside the text");
    }
  }
}

// Some places, since each is counted from the start of its line.
void check_places(std::string_view text) {
  constexpr std::size_t kPlaces = 16;
  const std::size_t stride = text.size() / kPlaces + 1;
  const workspace::LineIndex lines(text);
  for (const auto unit :
       {workspace::ColumnUnit::Utf8, workspace::ColumnUnit::Utf16, workspace::ColumnUnit::CodePoint}) {
    for (std::size_t at = 0; at <= text.size(); at += stride) {
      const auto offset = static_cast<std::uint32_t>(at);
      const std::uint32_t back = lines.offset(text, lines.position(text, offset, unit), unit);
      const bool in_line_end = at > 0 && text.substr(at - 1).starts_with("\r\n");
      constexpr std::uint32_t kLongest = 4;
      require(back <= offset && offset < back + kLongest, "a place survives line and column");
      require(back == offset || in_line_end || !on_boundary(text, offset), "a place survives exactly");
    }
  }
}

}  // namespace

void reading(std::string_view input) {
  constexpr std::size_t kTail = 4;
  const std::string text(input.substr(0, input.size() - std::min(kTail, input.size())));
  Choices choices(input.substr(text.size()));

  const auto slices = workspace::split_documents(text);
  check_slices(text, slices);
  for (const ByteRange slice : slices) check_document(at(text, slice));

  const std::size_t begin = choices.pick(text.size() + 1);
  const std::size_t size = std::min(choices.pick(4096), text.size() - begin);
  check_edit(text, {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + size)});
  check_places(text);
}

}  // namespace fuzz
