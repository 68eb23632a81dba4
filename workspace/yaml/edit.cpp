#include "workspace/yaml/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>
#include <variant>

#include "workspace/text/utf8.h"
#include "workspace/yaml/reader.h"
#include "workspace/yaml/tree.h"

namespace workspace::yaml {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

using Steps = std::span<const PathStep>;
using Edits = std::vector<TextEdit>;

std::string describe(const PathStep& step) {
  return step.index < 0 ? fmt::format("key `{}`", step.key) : fmt::format("item {}", step.index);
}

Error missing(const PathStep& step) { return {fmt::format("there is no {}", describe(step))}; }

// ---- Writing values out
// ------------------------------------------------------------------------------------

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// Whether the text is the same scalar when written plain inside a flow collection. Errs towards quotes.
bool is_flow_safe(std::string_view text) {
  const auto is_inner = [](char c) {
    return is_alphanumeric(c) || std::string_view("_-./+").find(c) != std::string_view::npos;
  };
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_inner)) return false;
  return is_alphanumeric(text[0]) || text[0] == '_' || text[0] == '/' ||
         (text.size() > 1 && is_alphanumeric(text[1]));
}

std::string double_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      quoted += fmt::format("\\x{:02X}", c);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

// The line break that ends the line at `at`, or the line before it at the end of the text.
std::string_view line_break_at(std::string_view text, std::size_t at) {
  std::size_t found = text.find_first_of("\r\n", at);
  if (found == std::string_view::npos) found = text.find_last_of("\r\n");
  if (found == std::string_view::npos) return "\n";
  if (text.substr(found, 2) == "\r\n") return "\r\n";
  return found > 0 && text.substr(found - 1, 2) == "\r\n" ? "\r\n" : text.substr(found, 1);
}

// Bytes before an offset in its line, a byte order mark aside.
std::size_t column_of(std::string_view text, std::size_t offset) {
  const std::size_t line_feed = offset == 0 ? std::string_view::npos : text.find_last_of("\r\n", offset - 1);
  std::size_t line_start = line_feed == std::string_view::npos ? 0 : line_feed + 1;
  if (line_start == 0 && text.starts_with(utf8::kByteOrderMark)) line_start = utf8::kByteOrderMark.size();
  return offset - line_start;
}

bool is_removed(const EntryChange& change, std::string_view key) {
  return std::find(change.remove.begin(), change.remove.end(), key) != change.remove.end();
}

// What stands behind a key that was not there: mappings along `path`, and in the last what is set.
std::string new_flow_value(Steps path, const EntryChange& change, bool json) {
  const auto written = [json](std::string_view text) {
    return json ? double_quoted(text) : std::string(text);
  };
  const std::string value = json ? double_quoted(change.value) : write_scalar(change.value);
  std::string text = fmt::format("{{{}: {}}}", written(change.set), value);
  for (std::size_t i = path.size(); i > 0; --i)
    text = fmt::format("{{{}: {}}}", written(path[i - 1].key), text);
  return text;
}

// Writes values in flow style, aliases and merges resolved.
class FlowWriter {
 public:
  FlowWriter(std::string_view text, const EntryChange& change, bool create)
      : text_(text), change_(change), create_(create) {}

  // `value` with the mapping at `path` changed.
  [[nodiscard]] Result<std::string> write_changed(const Value& value, Steps path) const {
    if (path.empty()) return write_entries(value);
    if (path[0].index >= 0) return write_changed_sequence(value, path);
    return write_changed_mapping(value, path);
  }

 private:
  [[nodiscard]] Result<std::string> write_entries(const Value& value) const {
    if (!value.is_mapping() && (value.exists() || !create_)) return missing({change_.set, -1});
    std::vector<std::string> parts;
    bool found = change_.set.empty();
    for (const auto& [key, entry] : value.entries()) {
      if (is_removed(change_, key)) continue;
      const bool is_set = key == change_.set;
      found = found || is_set;
      parts.push_back(write_key(key, entry) + ": " + (is_set ? write_scalar(change_.value) : write(entry)));
    }
    if (!found) parts.insert(parts.begin(), fmt::format("{}: {}", change_.set, write_scalar(change_.value)));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }

  [[nodiscard]] Result<std::string> write_changed_mapping(const Value& value, Steps path) const {
    if (!value.is_mapping()) return missing(path[0]);
    std::vector<std::string> parts;
    bool found = false;
    for (const auto& [key, entry] : value.entries()) {
      std::string written;
      if (key == path[0].key) {
        found = true;
        Result<std::string> changed = write_changed(entry, path.subspan(1));
        if (!changed) return changed;
        written = *changed;
      } else {
        written = write(entry);
      }
      parts.push_back(write_key(key, entry) + ": " + written);
    }
    if (!found && !create_) return missing(path[0]);
    if (!found) {
      parts.insert(parts.begin(),
                   fmt::format("{}: {}", path[0].key, new_flow_value(path.subspan(1), change_, false)));
    }
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }

  [[nodiscard]] Result<std::string> write_changed_sequence(const Value& value, Steps path) const {
    const Items items = value.items();
    const auto changed_item = static_cast<std::size_t>(path[0].index);
    if (changed_item >= items.size()) return missing(path[0]);
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < items.size(); ++i) {
      Result<std::string> part =
          i == changed_item ? write_changed(items[i], path.subspan(1)) : write(items[i]);
      if (!part) return part;
      parts.push_back(*part);
    }
    return fmt::format("[{}]", fmt::join(parts, ", "));
  }

  [[nodiscard]] std::string write(const Value& value) const {
    std::vector<std::string> parts;
    if (value.is_mapping()) {
      for (const auto& [key, entry] : value.entries())
        parts.push_back(write_key(key, entry) + ": " + write(entry));
      return fmt::format("{{{}}}", fmt::join(parts, ", "));
    }
    if (value.is_sequence()) {
      for (const Value& item : value.items()) parts.push_back(write(item));
      return fmt::format("[{}]", fmt::join(parts, ", "));
    }
    if (!value.exists()) return "null";
    const bool tagged = text_.substr(value.node()->outer.begin, 1) == "!";
    return value.is_plain() && !tagged && is_flow_safe(value.text()) ? std::string(value.text())
                                                                     : double_quoted(value.text());
  }

  [[nodiscard]] std::string write_key(std::string_view key, const Value& entry) const {
    const std::uint32_t begin = entry.key_range().begin;
    const bool quoted = begin > 0 && (text_[begin - 1] == '"' || text_[begin - 1] == '\'');
    return !quoted && is_flow_safe(key) ? std::string(key) : double_quoted(key);
  }

  std::string_view text_;
  const EntryChange& change_;
  bool create_;
};

// ---- Editing in place
// --------------------------------------------------------------------------------------

class Editor {
 public:
  // `create`: mappings on the way that do not exist are made.
  Editor(std::string_view text, const Document& document, const EntryChange& change, bool create)
      : text_(text), document_(document), change_(change), create_(create), writer_(text, change, create) {}

  // Changes the mapping at `path`.
  [[nodiscard]] Result<Edits> apply(Steps path) const {
    std::uint32_t index = document_.root_index();
    std::vector<std::pair<std::uint32_t, std::size_t>> way;  // mappings, each with the entry taken
    for (; !path.empty(); path = path.subspan(1)) {
      const Node& node = document_.node(index);
      if (node.kind == NodeKind::Alias) return write_out(node, path);
      if (path[0].index >= 0) {
        const auto item = static_cast<std::size_t>(path[0].index);
        if (node.kind != NodeKind::Sequence || item >= node.children.count) return missing(path[0]);
        index = document_.children(node)[item];
        way.clear();
        continue;
      }
      if (create_ && node.null && !way.empty()) return fill(way.back(), path);
      if (node.kind != NodeKind::Mapping) return missing(path[0]);
      const std::size_t entry = effective_entry(node, path[0].key);
      if (entry == kNone && !create_) return missing(path[0]);
      if (entry == kNone) return change_.set.empty() ? Edits{} : Edits(insert_first(node, path));
      if (document_.node(document_.children(node)[entry]).merge) return override_merged(node, entry, path);
      way.emplace_back(index, entry);
      index = document_.children(node)[entry + 1];
    }
    const Node& node = document_.node(index);
    if (node.kind == NodeKind::Alias) return write_out(node, path);
    if (create_ && node.null && !way.empty()) return change_.set.empty() ? Edits{} : fill(way.back(), path);
    if (node.kind != NodeKind::Mapping) {
      return change_.set.empty() ? Error{"the value is no mapping"} : missing({change_.set, -1});
    }
    return change_entries(index, way);
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  [[nodiscard]] const Node& resolved(std::uint32_t index) const {
    const Node& node = document_.node(index);
    return node.kind == NodeKind::Alias ? document_.node(node.target) : node;
  }

  [[nodiscard]] bool merges_key(const Node& merged, std::string_view key) const {
    if (merged.kind == NodeKind::Mapping) return Value(document_, merged)[key].node() != nullptr;
    const auto items = document_.children(merged);
    return std::any_of(items.begin(), items.end(), [&](std::uint32_t item) {
      return Value(document_, resolved(item))[key].node() != nullptr;
    });
  }

  // Index into the mapping's children of the entry that gives `key` its value: its own, or a `<<`.
  [[nodiscard]] std::size_t effective_entry(const Node& mapping, std::string_view key) const {
    const auto children = document_.children(mapping);
    for (std::size_t i = children.size(); i >= 2; i -= 2) {
      const bool merge = document_.node(children[i - 2]).merge;
      const bool found =
          merge ? merges_key(resolved(children[i - 1]), key) : resolved(children[i - 2]).text == key;
      if (found) return i - 2;
    }
    return kNone;
  }

  [[nodiscard]] Result<Edits> write_out(const Node& alias, Steps path) const {
    const Result<std::string> written =
        writer_.write_changed(Value(document_, document_.node(alias.target)), path);
    if (!written) return written.error();
    return Edits{{alias.outer, *written}};
  }

  // ---- The entries of a mapping

  using Way = std::vector<std::pair<std::uint32_t, std::size_t>>;

  [[nodiscard]] Result<Edits> change_entries(std::uint32_t index, Way& way) const {
    const Node& mapping = document_.node(index);
    const auto children = document_.children(mapping);
    std::vector<bool> removed(children.size() / 2, false);
    std::vector<std::string> merged;  // lines that override what `<<` gives
    std::size_t last_merge = kNone;
    const std::size_t set = change_.set.empty() ? kNone : effective_entry(mapping, change_.set);
    for (std::size_t i = 0; i < children.size(); i += 2) {
      const Node& key = document_.node(children[i]);
      if (key.merge) {
        last_merge = i;
      } else if (is_removed(change_, resolved(children[i]).text)) {
        removed[i / 2] = true;
      }
    }
    Edits edits;
    if (set != kNone && document_.node(children[set]).merge) {
      merged.push_back(fmt::format("{}: {}", change_.set, write_scalar(change_.value)));
    } else if (set != kNone) {
      Result<Edits> replaced = replace(mapping, set);
      if (!replaced) return replaced;
      edits = *std::move(replaced);
    }
    for (const std::string& key : change_.remove) {
      if (last_merge == kNone) break;
      for (std::size_t i = 0; i < children.size(); i += 2) {
        if (!document_.node(children[i]).merge || !merges_key(resolved(children[i + 1]), key)) continue;
        merged.push_back(key + ": null");
        break;
      }
    }
    if (!merged.empty()) add(insert_after(mapping, last_merge, merged), edits);
    const bool inserts = !change_.set.empty() && set == kNone;
    const bool none_left = std::find(removed.begin(), removed.end(), false) == removed.end();
    if (none_left && !removed.empty()) {
      if (!inserts) return remove_whole(index, way);
      const std::uint32_t begin = document_.node(children[0]).outer.begin;
      const std::uint32_t end = document_.node(children[children.size() - 1]).outer.end;
      edits.push_back({{begin, end}, entry_text(mapping, {})});
      return edits;
    }
    if (inserts) add(insert_first(mapping, {}), edits);
    remove_entries(mapping, removed, edits);
    return sorted(std::move(edits));
  }

  // A mapping that would be empty goes, with those above that hold nothing else.
  [[nodiscard]] Result<Edits> remove_whole(std::uint32_t index, Way& way) const {
    if (way.empty()) return Error{"the last entry cannot be removed"};
    const auto [parent, entry] = way.back();
    way.pop_back();
    static_cast<void>(index);
    const Node& mapping = document_.node(parent);
    if (mapping.children.count == 2) return remove_whole(parent, way);
    std::vector<bool> removed(mapping.children.count / 2, false);
    removed[entry / 2] = true;
    Edits edits;
    remove_entries(mapping, removed, edits);
    return edits;
  }

  static void add(Edits more, Edits& edits) {
    std::move(more.begin(), more.end(), std::back_inserter(edits));
  }

  static Edits sorted(Edits edits) {
    std::stable_sort(edits.begin(), edits.end(),
                     [](const TextEdit& a, const TextEdit& b) { return a.range < b.range; });
    return edits;
  }

  // Not all entries are removed.
  void remove_entries(const Node& mapping, const std::vector<bool>& removed, Edits& edits) const {
    for (std::size_t first = 0; first < removed.size();) {
      if (!removed[first]) {
        ++first;
        continue;
      }
      std::size_t end = first + 1;
      while (end < removed.size() && removed[end]) ++end;
      edits.push_back(mapping.flow ? remove_flow_run(mapping, first, end, end == removed.size())
                                   : remove_block_run(mapping, first, end, end == removed.size()));
      first = end;
    }
  }

  [[nodiscard]] const Node& key_of(const Node& mapping, std::size_t entry) const {
    return document_.node(document_.children(mapping)[2 * entry]);
  }
  [[nodiscard]] const Node& value_of(const Node& mapping, std::size_t entry) const {
    return document_.node(document_.children(mapping)[2 * entry + 1]);
  }
  // Past the last character of an entry; of a block scalar, before its last line break.
  [[nodiscard]] std::size_t end_of(const Node& mapping, std::size_t entry) const {
    std::size_t end =
        std::max(key_of(mapping, entry).outer.end, last_end(document_.children(mapping)[2 * entry + 1]));
    while (end > 0 && kSpace.find(text_[end - 1]) != std::string_view::npos) --end;
    return end;
  }
  // A block collection may be said to reach up to what comes next.
  [[nodiscard]] std::uint32_t last_end(std::uint32_t index) const {
    const Node& node = document_.node(index);
    const bool collection = node.kind == NodeKind::Sequence || node.kind == NodeKind::Mapping;
    if (!collection || node.flow || node.children.count == 0) return node.outer.end;
    const std::uint32_t last = last_end(document_.children(node).back());
    const std::uint32_t before =
        node.children.count < 2 || node.kind == NodeKind::Sequence
            ? 0
            : document_.node(document_.children(node)[node.children.count - 2]).outer.end;
    return std::max(last, before);
  }

  // Up to the next entry's key, whose place the removed ones' comments and it take; of the last ones, from
  // the end of the line before.
  [[nodiscard]] TextEdit remove_block_run(const Node& mapping, std::size_t first, std::size_t end,
                                          bool is_last) const {
    const std::string new_line = std::string(line_break(mapping.range.begin)) + indentation(mapping);
    std::string kept;
    if (!is_last) {
      const std::uint32_t begin = key_of(mapping, first).outer.begin;
      const std::uint32_t next = key_of(mapping, end).outer.begin;
      for (const auto& comment : comments(mapping, first, end, begin, next)) kept += comment + new_line;
      return {{begin, next}, std::move(kept)};
    }
    const std::size_t begin = end_of_line(end_of(mapping, first - 1));
    const std::size_t stop = end_of_line(end_of(mapping, end - 1));
    for (const auto& comment : comments(mapping, first, end, begin, stop)) kept += new_line + comment;
    return {range(begin, stop), std::move(kept)};
  }

  [[nodiscard]] TextEdit remove_flow_run(const Node& mapping, std::size_t first, std::size_t end,
                                         bool is_last) const {
    const std::string new_line(line_break(mapping.range.begin));
    std::string kept;
    if (!is_last) {
      const std::uint32_t begin = key_of(mapping, first).outer.begin;
      const std::uint32_t next = key_of(mapping, end).outer.begin;
      for (const auto& comment : comments(mapping, first, end, begin, next)) kept += comment + new_line;
      return {{begin, next}, std::move(kept)};
    }
    const std::size_t begin = end_of(mapping, first - 1);
    const std::size_t stop = end_of(mapping, end - 1);
    for (const auto& comment : comments(mapping, first, end, begin, stop))
      kept.append(" ").append(comment).append(new_line);
    return {range(begin, stop), std::move(kept)};
  }

  // The comments in [begin, stop), which holds the entries [first, end).
  [[nodiscard]] std::vector<std::string> comments(const Node& mapping, std::size_t first, std::size_t end,
                                                  std::size_t begin, std::size_t stop) const {
    std::vector<ByteRange> scalars;
    for (std::size_t i = 2 * first; i < 2 * end; ++i) add_scalars(document_.children(mapping)[i], scalars);
    std::sort(scalars.begin(), scalars.end());
    std::vector<std::string> found;
    auto scalar = scalars.begin();
    for (std::size_t at = begin; at < stop;) {
      while (scalar != scalars.end() && scalar->end <= at) ++scalar;
      if (scalar != scalars.end() && scalar->begin <= at) {
        at = scalar->end;
      } else if (text_[at] == '#') {
        const std::size_t line_end = std::min(end_of_line(at), stop);
        found.emplace_back(text_.substr(at, line_end - at));
        at = line_end;
      } else {
        ++at;
      }
    }
    return found;
  }

  void add_scalars(std::uint32_t index, std::vector<ByteRange>& scalars) const {
    const Node& node = document_.node(index);
    if (node.kind == NodeKind::Scalar && !node.outer.empty()) scalars.push_back(node.outer);
    if (node.kind == NodeKind::Sequence || node.kind == NodeKind::Mapping) {
      for (const std::uint32_t child : document_.children(node)) add_scalars(child, scalars);
    }
  }

  // The null value of an entry becomes a mapping.
  [[nodiscard]] Result<Edits> fill(const std::pair<std::uint32_t, std::size_t>& entry, Steps path) const {
    const Node& mapping = document_.node(entry.first);
    const Node& key = document_.node(document_.children(mapping)[entry.second]);
    const Node& value = document_.node(document_.children(mapping)[entry.second + 1]);
    if (change_.set.empty()) return Edits{};
    const std::string written = new_flow_value(path, change_, is_json(mapping));
    if (!value.range.empty()) return Edits{{value.range, written}};
    if (key.outer.end < value.range.begin) return Edits{{value.range, " " + written}};
    if (!mapping.flow) return Error{"the key has no value"};
    return Edits{{value.range, ": " + written}};
  }

  // ---- An existing entry

  [[nodiscard]] Result<Edits> replace(const Node& mapping, std::size_t entry) const {
    const Node& key = document_.node(document_.children(mapping)[entry]);
    const Node& value = document_.node(document_.children(mapping)[entry + 1]);
    if (value.kind == NodeKind::Alias) return Edits{{value.outer, write_scalar(change_.value)}};
    if (value.kind != NodeKind::Scalar) return Error{"the value is no scalar"};
    if (value.style == ScalarStyle::Literal || value.style == ScalarStyle::Folded)
      return replace_block(value);
    if (value.style != ScalarStyle::Plain) return Edits{{value.range, change_.value}};

    const bool json = mapping.flow && key.style == ScalarStyle::DoubleQuoted && is_json_literal(value);
    const std::string written = json ? double_quoted(change_.value) : write_scalar(change_.value);
    if (!value.range.empty()) return Edits{{value.range, written}};
    if (key.outer.end < value.range.begin) return Edits{{value.range, " " + written}};
    if (!mapping.flow) return Error{"the key has no value"};  // `? key`
    return Edits{{value.range, ": " + written}};              // `{key}`
  }

  // Nothing, null, a number or a boolean: in JSON, a word must be quoted to take its place.
  static bool is_json_literal(const Node& value) {
    const std::string_view text = value.text;
    return value.null || text == "true" || text == "false" || text[0] == '-' ||
           (text[0] >= '0' && text[0] <= '9');
  }

  // `| # comment` and its lines -> `value # comment`.
  [[nodiscard]] Edits replace_block(const Node& value) const {
    std::size_t indicator = value.outer.begin;
    while (text_[indicator] == '&' || text_[indicator] == '!') {
      indicator = text_.find_first_not_of(kSpace, text_.find_first_of(kSpace, indicator));
    }
    const std::size_t indicator_end = std::min(text_.find_first_of(kSpace, indicator), text_.size());
    const std::size_t line_end = end_of_line(indicator);
    return {{range(indicator, indicator_end), write_scalar(change_.value)},
            {range(line_end, std::max<std::size_t>(value.outer.end, line_end)), ""}};
  }

  // ---- A new entry

  // `<<` gives the key its value: an own entry behind it does so for this mapping only.
  [[nodiscard]] Result<Edits> override_merged(const Node& mapping, std::size_t entry, Steps path) const {
    const Value merged = Value(document_, mapping)[path[0].key];
    const Result<std::string> written = writer_.write_changed(merged, path.subspan(1));
    if (!written) return written.error();
    return insert_after(mapping, entry, {fmt::format("{}: {}", path[0].key, *written)});
  }

  [[nodiscard]] Edits insert_after(const Node& mapping, std::size_t entry,
                                   const std::vector<std::string>& lines) const {
    const std::uint32_t end = document_.node(document_.children(mapping)[entry + 1]).outer.end;
    if (!mapping.flow) {
      const std::size_t at = end_of_line(end);
      std::string added;
      for (const std::string& line : lines)
        added += std::string(line_break(at)) + indentation(mapping) + line;
      return {{range(at, at), std::move(added)}};
    }
    const std::string added = fmt::format(", {}", fmt::join(lines, ", "));
    if (is_braced(mapping)) return {{range(end, end), added}};
    return {{range(mapping.range.begin, mapping.range.begin), "{"}, {range(end, end), added + "}"}};
  }

  // What is set, as an entry of `mapping` by way of the keys of `path`.
  [[nodiscard]] std::string entry_text(const Node& mapping, Steps path) const {
    if (mapping.flow) {
      const std::string whole = new_flow_value(path, change_, is_json(mapping));
      return whole.substr(1, whole.size() - 2);
    }
    std::string text;
    std::string new_line = std::string(line_break(mapping.range.begin)) + indentation(mapping);
    for (const PathStep& step : path) {
      new_line += "  ";
      text += step.key + ":" + new_line;
    }
    return text + fmt::format("{}: {}", change_.set, write_scalar(change_.value));
  }

  [[nodiscard]] Edits insert_first(const Node& mapping, Steps path) const {
    const std::uint32_t begin = mapping.range.begin;
    const std::string line = entry_text(mapping, path);
    if (!mapping.flow)
      return {{range(begin, begin), line + std::string(line_break(begin)) + indentation(mapping)}};
    if (!is_braced(mapping)) {
      return {{range(begin, begin), "{" + line + ", "}, {range(mapping.range.end, mapping.range.end), "}"}};
    }
    return {mapping.children.count == 0 ? insert_only(begin + 1, line) : insert_before(begin + 1, line)};
  }

  // Into `{}` or `{ }`, after the bracket.
  [[nodiscard]] TextEdit insert_only(std::uint32_t at, const std::string& line) const {
    const bool padded = text_[at] == ' ';
    const bool comment = text_[at] == '#';
    return {range(at, at), (padded ? " " : "") + line + (comment ? " " : "")};
  }

  // Before the first entry of a flow mapping, on a line of its own if that entry has one.
  [[nodiscard]] TextEdit insert_before(std::uint32_t after_bracket, const std::string& line) const {
    std::size_t first = after_bracket;
    while (kSpace.find(text_[first]) != std::string_view::npos || text_[first] == '#') {
      first = text_[first] == '#' ? end_of_line(first) : first + 1;
    }
    const std::size_t line_start = text_.find_last_of("\r\n", first - 1);
    const bool own_line = line_start != std::string_view::npos && line_start >= after_bracket;
    std::string separator = ", ";
    if (own_line) {
      separator = fmt::format(",{}{}", line_break(after_bracket),
                              text_.substr(line_start + 1, first - line_start - 1));
    }
    return {range(first, first), line + separator};
  }

  // ---- Around the text

  static ByteRange range(std::size_t begin, std::size_t end) {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }

  // A pair in a flow sequence, `[key: value]`, is a flow mapping without braces.
  [[nodiscard]] bool is_braced(const Node& mapping) const { return text_[mapping.range.begin] == '{'; }

  // Whether the mapping's keys are written as JSON's; an empty mapping goes by the document.
  [[nodiscard]] bool is_json(const Node& mapping) const {
    if (!mapping.flow) return false;
    const Node& example = mapping.children.count == 0 ? document_.node(document_.root_index()) : mapping;
    return example.flow && example.kind == NodeKind::Mapping && example.children.count > 0 &&
           document_.node(document_.children(example)[0]).style == ScalarStyle::DoubleQuoted;
  }

  [[nodiscard]] std::size_t end_of_line(std::size_t at) const {
    return std::min(text_.find_first_of("\r\n", at), text_.size());
  }

  [[nodiscard]] std::string_view line_break(std::size_t at) const { return line_break_at(text_, at); }

  // What puts a new line's key below the block mapping's first key.
  [[nodiscard]] std::string indentation(const Node& mapping) const {
    return std::string(column_of(text_, mapping.range.begin), ' ');
  }

  std::string_view text_;
  const Document& document_;
  const EntryChange& change_;
  bool create_;
  FlowWriter writer_;
};

Value at_path(Value value, Steps path) {
  for (const PathStep& step : path) {
    if (step.index < 0) {
      value = value[step.key];
      continue;
    }
    value = value.item(static_cast<std::size_t>(step.index));
  }
  return value;
}

// Whether two values read the same.
bool same(const Value& a, const Value& b) {
  if (a.exists() != b.exists() || a.is_mapping() != b.is_mapping() || a.is_sequence() != b.is_sequence())
    return false;
  if (a.is_mapping()) {
    const auto entries = a.entries();
    return entries.size() == b.entries().size() &&
           std::all_of(entries.begin(), entries.end(),
                       [&b](const auto& entry) { return same(entry.second, b[entry.first]); });
  }
  const Items x = a.items();
  const Items y = b.items();
  return a.text() == b.text() && std::equal(x.begin(), x.end(), y.begin(), y.end(), same);
}

// No edit is better than one that does not do what it says.
bool reads_as(const Document& before, std::string_view text, Steps mapping, const EntryChange& change) {
  const std::variant<Document, Problem> read = read_yaml(text, kWidestLimits);
  const auto* document = std::get_if<Document>(&read);
  if (document == nullptr) return false;
  const Value now = at_path(document->root(), mapping);
  if (!change.set.empty() && now[change.set].text() != change.value) return false;
  const auto is_there = [&now](const std::string& key) { return now[key].exists(); };
  if (std::any_of(change.remove.begin(), change.remove.end(), is_there)) return false;
  if (change.remove.empty()) return true;  // an alias of what is set changes with it
  const auto entries = at_path(before.root(), mapping).entries();
  return std::all_of(entries.begin(), entries.end(), [&](const auto& entry) {
    return entry.first == change.set || is_removed(change, entry.first) ||
           same(entry.second, now[entry.first]);
  });
}

Result<Edits> edits_for(std::string_view text, Steps mapping, const EntryChange& change, bool create) {
  const std::variant<Document, Problem> read = read_yaml(text, kWidestLimits);
  if (const auto* problem = std::get_if<Problem>(&read)) return Error{problem->message};
  const auto& document = std::get<Document>(read);
  Result<Edits> edits = Editor(text, document, change, create).apply(mapping);
  if (edits && !reads_as(document, apply_edits(text, *edits), mapping, change))
    return Error{"the value cannot be edited in place"};
  return edits;
}

// Whether the path leads to a key without an alias or `<<` on the way.
bool is_written_at(const Document& document, Steps path) {
  std::uint32_t index = document.root_index();
  for (; !path.empty(); path = path.subspan(1)) {
    const Node& node = document.node(index);
    const auto children = document.children(node);
    if (path[0].index >= 0) {
      const auto item = static_cast<std::size_t>(path[0].index);
      if (node.kind != NodeKind::Sequence || item >= children.size()) return false;
      index = children[item];
      continue;
    }
    if (node.kind != NodeKind::Mapping) return false;
    std::size_t entry = children.size();
    for (std::size_t i = 0; i < children.size(); i += 2) {
      if (document.node(children[i]).kind == NodeKind::Scalar &&
          document.node(children[i]).text == path[0].key) {
        if (entry != children.size()) return false;  // given twice
        entry = i;
      }
    }
    if (entry == children.size()) return false;
    index = children[entry + 1];
  }
  return true;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A number, a time or a date of YAML 1.1 or 1.2. Errs towards yes.
bool is_number_like(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (text.starts_with('.')) text.remove_prefix(1);
  if (text.empty()) return true;
  const bool word =
      text == "inf" || text == "Inf" || text == "INF" || text == "nan" || text == "NaN" || text == "NAN";
  if (word) return true;
  if (!is_digit(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
           std::string_view("xXoO_.,:+-eETZ").find(c) != std::string_view::npos;
  });
}

bool is_word_of_another_type(std::string_view text) {
  constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  return text == "~" || std::any_of(std::begin(kWords), std::end(kWords), [text](std::string_view word) {
           return std::equal(word.begin(), word.end(), text.begin(), text.end(),
                             [](char a, char b) { return a == b || a == static_cast<char>(b | 0x20); });
         });
}

}  // namespace

Path parse_path(std::string_view path) {
  Path steps;
  while (!path.empty()) {
    if (const std::size_t quote = path.find("\"]");
        path.starts_with("[\"") && quote != std::string_view::npos) {
      steps.push_back({std::string(path.substr(2, quote - 2)), -1});
      path.remove_prefix(quote + 2);
    } else if (path[0] == '[') {
      const std::size_t close = std::min(path.find(']'), path.size() - 1);
      PathStep step;
      std::from_chars(path.data() + 1, path.data() + close, step.index);
      steps.push_back(step);
      path.remove_prefix(close + 1);
    } else {
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      steps.push_back({std::string(path.substr(0, end)), -1});
      path.remove_prefix(end);
    }
    if (path.starts_with('.')) path.remove_prefix(1);
  }
  return steps;
}

Result<std::vector<TextEdit>> set_scalar(std::string_view document, const Path& path,
                                         std::string_view value) {
  if (path.empty() || path.back().index >= 0) return Error{"the path does not end in a key"};
  const EntryChange change{path.back().key, std::string(value), {}};
  return edits_for(document, Steps(path).first(path.size() - 1), change, false);
}

Result<std::vector<TextEdit>> change_entries(std::string_view document, const Path& mapping,
                                             const EntryChange& change) {
  return edits_for(document, mapping, change, true);
}

Result<std::vector<TextEdit>> rename_key(std::string_view document, const Path& path, std::string_view key) {
  if (path.empty() || path.back().index >= 0) return Error{"the path does not end in a key"};
  const std::variant<Document, Problem> read = read_yaml(document, kWidestLimits);
  if (const auto* problem = std::get_if<Problem>(&read)) return Error{problem->message};
  const auto& before = std::get<Document>(read);
  if (!is_written_at(before, path)) return missing(path.back());
  const Value root = before.root();
  const Value mapping = at_path(root, Steps(path).first(path.size() - 1));
  const Value value = mapping[path.back().key];
  if (mapping[key].node() != nullptr)
    return Error{fmt::format("there is a {} already", describe({std::string(key), -1}))};
  const ByteRange range = value.key_range();
  const bool quoted =
      range.begin > 0 && (document[range.begin - 1] == '"' || document[range.begin - 1] == '\'');
  const bool is_port = !key.empty() && std::all_of(key.begin(), key.end(), is_digit);
  Edits edits{{range, quoted || is_port ? std::string(key) : write_scalar(key)}};
  const std::string edited = apply_edits(document, edits);
  const std::variant<Document, Problem> again = read_yaml(edited, kWidestLimits);
  const auto* after = std::get_if<Document>(&again);
  if (after == nullptr) return Error{"the key cannot be edited in place"};
  const Value now = at_path(after->root(), Steps(path).first(path.size() - 1));
  if (now[path.back().key].node() != nullptr || !same(value, now[key]))
    return Error{"the key cannot be edited in place"};
  return edits;
}

Result<TextEdit> insert_document_marker(std::string_view document, std::uint32_t offset) {
  const bool at_line = offset > 0 && offset <= document.size() &&
                       (document[offset - 1] == '\n' || document[offset - 1] == '\r');
  if (!at_line) return Error{"the key does not begin a line"};
  const bool returns = document[offset - 1] == '\n' && offset > 1 && document[offset - 2] == '\r';
  return TextEdit{{offset, offset}, returns ? "---\r\n" : "---\n"};
}

namespace {

// The lines of an item below a list.
std::string block_item(std::string_view item, std::size_t indent, std::string_view line_end) {
  std::string lines;
  while (!item.empty()) {
    const std::size_t end = std::min(item.find('\n'), item.size());
    lines +=
        fmt::format("{:{}}{}{}{}", "", indent, lines.empty() ? "- " : "  ", item.substr(0, end), line_end);
    item.remove_prefix(std::min(end + 1, item.size()));
  }
  return lines;
}

// Where the line that holds `offset` ends, its line end included.
std::size_t next_line(std::string_view text, std::size_t offset) {
  const std::size_t end = text.find('\n', offset);
  return end == std::string_view::npos ? text.size() : end + 1;
}

}  // namespace

Result<TextEdit> append_item(std::string_view document, std::string_view key, std::string_view item) {
  const auto read = read_yaml(document, kWidestLimits);
  if (const auto* problem = std::get_if<Problem>(&read)) return Error{problem->message};
  const Value root = std::get<Document>(read).root();
  if (root.exists() && (!root.is_mapping() || document[root.range().begin] == '{'))
    return Error{"the document is no mapping in block style"};
  const std::string_view line_end = line_break_at(document, document.size());
  const std::size_t margin = root.exists() ? column_of(document, root.range().begin) : 0;
  // A line written at `at` begins there only if one ends before.
  const auto inserted = [&](std::size_t at, std::string lines) {
    if (at > 0 && document[at - 1] != '\n') lines.insert(0, line_end);
    const auto place = static_cast<std::uint32_t>(at);
    return TextEdit{{place, place}, std::move(lines)};
  };
  const auto written = root.written_entries();
  const auto at =
      std::find_if(written.begin(), written.end(), [&](const auto& entry) { return entry.first == key; });
  if (at == written.end()) {
    const std::size_t last = document.find_last_not_of(kSpace);
    if (last != std::string_view::npos && last >= 2 && document.substr(last - 2, 3) == "..." &&
        column_of(document, last) == 2)
      return Error{"the document has an end marker"};
    return inserted(document.size(), fmt::format("{:{}}{}:{}{}", "", margin, key, line_end,
                                                 block_item(item, margin, line_end)));
  }
  const Value& list = at->second;
  if (!list.exists()) {
    const std::size_t line = next_line(document, list.key_range().end);
    const std::string_view rest = document.substr(list.key_range().end, line - list.key_range().end);
    const std::size_t word = rest.find_first_not_of(": \t\r\n");
    if (word != std::string_view::npos && rest[word] != '#') return Error{"the value is no list"};
    return inserted(line, block_item(item, margin, line_end));
  }
  const ByteRange range = list.range();
  if (!list.is_sequence() || range.begin < list.key_range().end) return Error{"the value is no list"};
  if (document[range.begin] == '-') {
    const std::size_t last = document.find_last_not_of(kSpace, range.end == 0 ? 0 : range.end - 1);
    return inserted(next_line(document, last), block_item(item, column_of(document, range.begin), line_end));
  }
  const bool is_empty = document[range.begin] == '[' && list.items().empty() &&
                        document.substr(range.begin, range.size()).find('#') == std::string_view::npos;
  if (!is_empty) return Error{"the list is in flow style"};
  std::string lines = block_item(item, margin, line_end);
  lines.resize(lines.size() - line_end.size());
  return TextEdit{range, std::string(line_end) + lines};
}

std::string write_scalar(std::string_view text) {
  // Of what stands between blanks, only these begin or end something else in a block.
  const auto is_plain = [](char c) {
    return is_alphanumeric(c) || std::string_view("_-./+").find(c) != std::string_view::npos;
  };
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), is_plain) &&
                     (is_alphanumeric(text[0]) || text[0] == '_' || text[0] == '/');
  return plain && !is_number_like(text) && !is_word_of_another_type(text) ? std::string(text)
                                                                          : double_quoted(text);
}

std::string apply_edits(std::string_view text, const std::vector<TextEdit>& edits) {
  std::string edited;
  std::size_t copied = 0;
  for (const TextEdit& edit : edits) {
    edited.append(text.substr(copied, edit.range.begin - copied));
    edited += edit.new_text;
    copied = edit.range.end;
  }
  edited.append(text.substr(copied));
  return edited;
}

}  // namespace workspace::yaml
