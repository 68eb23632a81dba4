#include "cli/source_files.h"

#include <algorithm>
#include <utility>

#include "workspace/text/utf8.h"

namespace cli {
namespace {

TextPosition position(std::string_view text, const workspace::LineIndex& lines, std::uint32_t offset) {
  const workspace::LineColumn found = lines.position(text, offset, workspace::ColumnUnit::CodePoint);
  const bool after_bom =
      found.line == 0 && found.column > 0 && text.starts_with(workspace::utf8::kByteOrderMark);
  return {.line = found.line + 1, .column = found.column + (after_bom ? 0 : 1)};
}

}  // namespace

PositionRange position_range(std::string_view text, const workspace::LineIndex& lines,
                             workspace::ByteRange range) {
  return {.start = position(text, lines, range.begin), .end = position(text, lines, range.end)};
}

void SourceFiles::set(const std::string& path, Text text) {
  entries_[path] = {std::move(text), std::nullopt};
}

SourceFiles::Text SourceFiles::read_again(const std::string& path) {
  const workspace::FileFacts* facts = facts_of_(path);
  if (facts == nullptr) return nullptr;
  workspace::Result<std::string> text = files_.read(path, facts->text_size);
  if (text && text->size() == facts->text_size && workspace::hash_bytes(*text) == facts->text_hash) {
    return std::make_shared<const std::string>(std::move(*text));
  }
  changed_.insert(path);
  return nullptr;
}

SourceFiles::Entry* SourceFiles::known(const std::string& path) {
  const auto [at, is_new] = entries_.try_emplace(path);
  if (is_new) at->second.text = read_again(path);
  return at->second.text ? &at->second : nullptr;
}

SourceFiles::Text SourceFiles::text(const std::string& path) {
  const Entry* entry = known(path);
  return entry == nullptr ? nullptr : entry->text;
}

SourceFiles::Entry* SourceFiles::indexed(const std::string& path) {
  Entry* entry = known(path);
  if (entry != nullptr && !entry->lines) entry->lines.emplace(*entry->text);
  return entry;
}

PositionRange SourceFiles::positions(const std::string& path, workspace::ByteRange range) {
  const Entry* entry = indexed(path);
  return entry == nullptr ? PositionRange{} : position_range(*entry->text, *entry->lines, range);
}

SourceFiles::Excerpt SourceFiles::excerpt(const std::string& path, workspace::ByteRange range) {
  const Entry* entry = indexed(path);
  if (entry == nullptr) return {};
  const std::string_view text = *entry->text;
  const auto unit = workspace::ColumnUnit::Utf8;
  const std::uint32_t line_number = entry->lines->position(text, range.begin, unit).line;
  std::string_view line = entry->lines->line(text, line_number);
  const std::uint32_t start = entry->lines->offset(text, {line_number, 0}, unit);
  const auto skipped =
      static_cast<std::uint32_t>(line_number == 0 && line.starts_with(workspace::utf8::kByteOrderMark)
                                     ? workspace::utf8::kByteOrderMark.size()
                                     : 0);
  line.remove_prefix(skipped);
  const auto within = [&](std::uint32_t offset) {
    const std::uint32_t begin = start + skipped;
    return std::min(offset - std::min(offset, begin), static_cast<std::uint32_t>(line.size()));
  };
  return {.line = line, .marked = {within(range.begin), within(range.end)}};
}

}  // namespace cli
