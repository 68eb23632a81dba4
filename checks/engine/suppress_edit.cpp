#include "checks/engine/suppress_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <variant>

#include "checks/engine/suppressions.h"
#include "workspace/text/utf8.h"
#include "workspace/yaml/reader.h"

namespace checks {

namespace {

using workspace::ByteRange;
using workspace::DocumentState;
using workspace::FileFacts;
using workspace::SuppressionComment;
using workspace::yaml::Document;
using workspace::yaml::Node;
using workspace::yaml::NodeKind;
using workspace::yaml::TextEdit;

constexpr std::string_view kMarker = "istio-mtls: ignore";

std::uint32_t offset(std::size_t at) { return static_cast<std::uint32_t>(at); }

// ---- lines

struct Line {
  std::size_t begin = 0;
  std::size_t end = 0;   // without the line's end
  std::size_t next = 0;  // begin of the next line, or the end of the text
};

Line line_at(std::string_view text, std::size_t at) {
  Line line;
  const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  line.begin = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t newline = text.find('\n', at);
  line.end = std::min(newline, text.size());
  line.next = newline == std::string_view::npos ? text.size() : newline + 1;
  if (line.end > line.begin && text[line.end - 1] == '\r') --line.end;
  if (line.begin == 0 && text.starts_with(workspace::utf8::kByteOrderMark))
    line.begin = workspace::utf8::kByteOrderMark.size();
  return line;
}

// The end that lines have here: this one's own, or that of the one before the last.
std::string_view line_end(std::string_view text, const Line& line) {
  const std::size_t newline = line.next > line.end ? line.next - 1 : text.rfind('\n');
  const bool crlf = newline != std::string_view::npos && newline > 0 && text[newline - 1] == '\r';
  return crlf ? "\r\n" : "\n";
}

// A lone "\r" ends a line for YAML, but not for the comments that silence.
bool has_lone_return(std::string_view text) {
  for (std::size_t at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1)) {
    if (at + 1 == text.size() || text[at + 1] != '\n') return true;
  }
  return false;
}

std::string_view indentation(std::string_view text, const Line& line) {
  const std::string_view whole = text.substr(line.begin, line.end - line.begin);
  return whole.substr(0, std::min(whole.find_first_not_of(" \t"), whole.size()));
}

// ---- reading again

bool same_nodes(const Document& a, std::uint32_t at, const Document& b, std::uint32_t bt) {
  const Node& x = a.node(at);
  const Node& y = b.node(bt);
  if (x.kind != y.kind || x.style != y.style || x.flow != y.flow || x.null != y.null || x.merge != y.merge ||
      x.text != y.text) {
    return false;
  }
  if (x.kind == NodeKind::Alias) return x.target == y.target;
  const auto ours = a.children(x);
  const auto theirs = b.children(y);
  return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                    [&](std::uint32_t i, std::uint32_t j) { return same_nodes(a, i, b, j); });
}

bool reads_the_same(std::string_view a, std::string_view b) {
  const auto before = workspace::yaml::read_yaml(a, workspace::yaml::kWidestLimits);
  const auto after = workspace::yaml::read_yaml(b, workspace::yaml::kWidestLimits);
  const auto* x = std::get_if<Document>(&before);
  const auto* y = std::get_if<Document>(&after);
  return x != nullptr && y != nullptr && same_nodes(*x, x->root_index(), *y, y->root_index());
}

std::string_view slice(std::string_view text, const DocumentState& document) {
  return text.substr(document.begin, document.size);
}

// The sound document around an offset; none if `facts` are not of this text.
std::optional<std::size_t> document_at(std::string_view text, const FileFacts& facts, std::uint32_t at) {
  if (facts.text_size != text.size()) return std::nullopt;
  for (std::size_t i = 0; i < facts.documents.size(); ++i) {
    const DocumentState& document = facts.documents[i];
    if (at < document.begin || at >= document.begin + document.size) continue;
    return document.problem() ? std::nullopt : std::optional(i);
  }
  return std::nullopt;
}

// The document as it reads after the edit; none if anything but its comments is another then.
std::optional<DocumentState> tried(std::string_view text, const FileFacts& facts, std::size_t document,
                                   const TextEdit& edit, std::string& edited) {
  edited = workspace::yaml::apply_edits(text, {edit});
  const auto fresh = workspace::read_facts(edited, &facts, text, facts.limits);
  if (fresh->documents.size() != facts.documents.size()) return std::nullopt;
  for (std::size_t i = 0; i < facts.documents.size(); ++i) {
    if (i == document) continue;
    if (slice(edited, fresh->documents[i]) != slice(text, facts.documents[i])) return std::nullopt;
  }
  const DocumentState& now = fresh->documents[document];
  const DocumentState& before = facts.documents[document];
  if (now.problem() || !(now.facts->resources == before.facts->resources)) return std::nullopt;
  if (!reads_the_same(slice(text, before), slice(edited, now))) return std::nullopt;
  return now;
}

// ---- where a code goes

TextEdit extended(std::string_view text, ByteRange comment, std::string_view code) {
  const std::vector<ByteRange> codes = code_ranges(text, comment);
  const std::uint32_t at = codes.back().end;
  const bool commas = codes.size() < 2 ||
                      text.substr(codes[0].end, codes[1].begin - codes[0].end).find(',') != std::string::npos;
  return {{at, at}, fmt::format("{}{}", commas ? ", " : " ", code)};
}

TextEdit line_above(std::string_view text, const Line& line, std::string_view code) {
  const std::uint32_t at = offset(line.begin);
  return {{at, at}, fmt::format("{}# {} {}{}", indentation(text, line), kMarker, code, line_end(text, line))};
}

TextEdit behind(std::string_view text, const Line& line, std::string_view code) {
  const std::uint32_t at = offset(line.end);
  const bool spaced = line.end > line.begin && (text[line.end - 1] == ' ' || text[line.end - 1] == '\t');
  return {{at, at}, fmt::format("{}# {} {}", spaced ? "" : " ", kMarker, code)};
}

std::vector<TextEdit> candidates(std::string_view text, const DocumentState& document, std::uint32_t at,
                                 std::string_view code) {
  for (const SuppressionComment& comment : document.facts->suppressions) {
    if (!comment.covers.range.contains(at - document.begin)) continue;
    if (comment.codes.empty()) return {};  // silenced already
    return {extended(text, workspace::shifted(comment.place.range, document.begin), code)};
  }
  const Line line = line_at(text, at);
  std::vector<TextEdit> edits{line_above(text, line, code), behind(text, line, code)};
  if (line.begin > document.begin) edits.push_back(behind(text, line_at(text, line.begin - 1), code));
  return edits;
}

// ---- what is taken out

// The edit, if the document reads as before but for the comment.
std::optional<TextEdit> if_harmless(std::string_view text, const FileFacts& facts, ByteRange comment,
                                    TextEdit edit) {
  const auto document = document_at(text, facts, comment.begin);
  std::string edited;
  if (!document || !tried(text, facts, *document, edit, edited)) return std::nullopt;
  return edit;
}

}  // namespace

std::vector<ByteRange> code_ranges(std::string_view text, ByteRange comment) {
  std::string_view codes = text.substr(comment.begin, comment.size());
  const std::size_t marker = codes.find(kMarker);
  if (marker == std::string_view::npos) return {};
  const std::size_t first = marker + kMarker.size();
  codes = codes.substr(first);
  codes = codes.substr(0, codes.find("--"));
  const auto is_inner = [&](std::size_t at) {
    return at < codes.size() && std::isalnum(static_cast<unsigned char>(codes[at])) != 0;
  };
  std::vector<ByteRange> ranges;
  for (std::size_t at = 0; at < codes.size();) {
    std::size_t end = at;
    while (is_inner(end)) ++end;
    if (end > at)
      ranges.push_back(workspace::shifted({offset(at), offset(end)}, comment.begin + offset(first)));
    at = end + 1;
  }
  return ranges;
}

std::optional<TextEdit> suppress(std::string_view path, std::string_view text, const FileFacts& facts,
                                 std::uint32_t at, std::string_view code) {
  // Its document can't be commented on, and its place may be where the next one begins.
  if (code == "MTLS0900") return std::nullopt;
  const auto document = document_at(text, facts, at);
  if (!document || path.ends_with(".json") || has_lone_return(text)) return std::nullopt;
  for (TextEdit& edit : candidates(text, facts.documents[*document], at, code)) {
    std::string edited;
    const auto now = tried(text, facts, *document, edit, edited);
    if (!now) continue;
    const std::uint32_t moved = edit.range.begin <= at ? offset(edit.new_text.size()) : 0;
    const auto& comments = now->facts->suppressions;
    if (std::any_of(comments.begin(), comments.end(), [&](const SuppressionComment& comment) {
          return silences(comment, at + moved - now->begin, code);
        })) {
      return std::move(edit);
    }
  }
  return std::nullopt;
}

std::optional<TextEdit> remove_comment(std::string_view text, const FileFacts& facts, ByteRange comment) {
  const Line line = line_at(text, comment.begin);
  std::size_t begin = comment.begin;
  while (begin > line.begin && (text[begin - 1] == ' ' || text[begin - 1] == '\t')) --begin;
  const bool own_line = begin == line.begin;
  return if_harmless(text, facts, comment, {{offset(begin), offset(own_line ? line.next : line.end)}, ""});
}

std::optional<TextEdit> remove_code(std::string_view text, const FileFacts& facts, ByteRange comment,
                                    std::string_view code) {
  const std::vector<ByteRange> codes = code_ranges(text, comment);
  const auto at = std::find_if(codes.begin(), codes.end(), [&](ByteRange range) {
    return text.substr(range.begin, range.size()) == code;
  });
  if (at == codes.end() || codes.size() < 2) return std::nullopt;
  const bool last = at + 1 == codes.end();
  const ByteRange gone = last ? ByteRange{(at - 1)->end, at->end} : ByteRange{at->begin, (at + 1)->begin};
  return if_harmless(text, facts, comment, {gone, ""});
}

}  // namespace checks
