#include "workspace/yaml/document_split.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "workspace/text/utf8.h"
#include "workspace/yaml/json_reader.h"

namespace workspace {
namespace {

// Past the line end that closes the line at `at`.
std::size_t next_line(std::string_view text, const ByteClasses& classes, std::size_t at, bool has_returns) {
  const std::size_t end = has_returns
                              ? text.find_first_of("\r\n", at)
                              : classes.find<&ByteClasses::Block::line_end>(static_cast<std::uint32_t>(at));
  if (end >= text.size()) return text.size();
  return end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
}

bool is_marker(std::string_view line, std::string_view marker) {
  if (!line.starts_with(marker)) return false;
  return line.size() == marker.size() ||
         std::string_view(" \t\r\n").find(line[marker.size()]) != std::string_view::npos;
}

// Blank lines, comments and directives may stand before the marker of their document.
bool is_preamble(std::string_view line) {
  if (line.starts_with('%')) return true;
  const std::size_t first = line.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos || line[first] == '#';
}

// Cuts slices that hold several JSON mappings, one after the other, as `kubectl get -o json` and jq write
// them.
void split_json_streams(std::string_view text, std::vector<ByteRange>& slices, std::size_t at_most) {
  const auto is_stream = [text](ByteRange slice) -> std::optional<std::uint32_t> {
    const std::string_view content = text.substr(slice.begin, slice.size());
    if (!yaml::begins_as_json(content)) return std::nullopt;
    const auto end = yaml::json_value_end(content);
    if (!end || !yaml::begins_as_json(content.substr(*end))) return std::nullopt;
    return slice.begin + *end;
  };
  if (std::none_of(slices.begin(), slices.end(),
                   [&](ByteRange slice) { return is_stream(slice).has_value(); }))
    return;
  std::vector<ByteRange> cut;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    ByteRange rest = slices[i];
    while (cut.size() + slices.size() - i < at_most) {
      const auto end = is_stream(rest);
      if (!end) break;
      cut.push_back({rest.begin, *end});
      rest.begin = *end;
    }
    cut.push_back(rest);
  }
  slices = std::move(cut);
}

}  // namespace

std::vector<ByteRange> split_documents(std::string_view text) {
  std::vector<ByteRange> slices;
  split_documents(text, ByteClasses(text), slices);
  return slices;
}

void split_documents(std::string_view text, const ByteClasses& classes, std::vector<ByteRange>& slices,
                     std::size_t at_most) {
  slices.clear();
  std::size_t begin = 0;      // of the current slice
  bool only_preamble = true;  // the current slice has neither content nor a marker yet
  const bool has_returns = !classes.is_common() && text.find('\r') != std::string_view::npos;
  // Files put one behind the other keep their byte order marks.
  const bool has_marks = !classes.is_common() && text.find(utf8::kByteOrderMark, 1) != std::string_view::npos;
  const auto cut = [&](std::size_t end) {
    slices.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    begin = end;
    only_preamble = true;
  };

  // `at` is always a line's start, but for a BOM.
  std::size_t at = text.starts_with(utf8::kByteOrderMark) ? utf8::kByteOrderMark.size() : 0;
  while (at < text.size() && slices.size() + 1 < at_most) {
    const std::size_t next = next_line(text, classes, at, has_returns);
    std::string_view line = text.substr(at, next - at);
    if (has_marks && line.starts_with(utf8::kByteOrderMark)) line.remove_prefix(utf8::kByteOrderMark.size());
    const char first = line.empty() ? '\n' : line.front();
    if (first == '-' && is_marker(line, "---")) {
      if (!only_preamble) cut(at);
      only_preamble = false;
    } else if (first == '.' && is_marker(line, "...")) {
      cut(next);
    } else if (only_preamble) {
      only_preamble = is_preamble(line);
    }
    const bool is_next = only_preamble || has_marks;
    at = is_next ? next : classes.find<&ByteClasses::Block::marker>(static_cast<std::uint32_t>(next));
  }
  if (begin < text.size() || slices.empty()) cut(text.size());
  split_json_streams(text, slices, at_most);
}

}  // namespace workspace
