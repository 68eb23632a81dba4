#include "workspace/yaml/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
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

// Writes values in flow style, aliases and merges resolved.
class FlowWriter {
 public:
  FlowWriter(std::string_view text, std::string_view new_value) : text_(text), new_value_(new_value) {}

  // `value` with the scalar at `path` replaced.
  [[nodiscard]] Result<std::string> write_changed(const Value& value, Steps path) const {
    if (path.empty()) return std::string(new_value_);
    if (path[0].index >= 0) return write_changed_sequence(value, path);
    return write_changed_mapping(value, path);
  }

 private:
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
    if (!found && path.size() > 1) return missing(path[0]);
    if (!found) parts.insert(parts.begin(), fmt::format("{}: {}", path[0].key, new_value_));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }

  [[nodiscard]] Result<std::string> write_changed_sequence(const Value& value, Steps path) const {
    const std::vector<Value> items = value.items();
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
  std::string_view new_value_;
};

// ---- Editing in place
// --------------------------------------------------------------------------------------

class Editor {
 public:
  Editor(std::string_view text, const Document& document, std::string_view value)
      : text_(text), document_(document), value_(value), writer_(text, value) {}

  [[nodiscard]] Result<Edits> set(Steps path) const {
    std::uint32_t index = document_.root_index();
    for (; !path.empty(); path = path.subspan(1)) {
      const Node& node = document_.node(index);
      if (path[0].index >= 0) {
        const auto item = static_cast<std::size_t>(path[0].index);
        if (node.kind != NodeKind::Sequence || item >= node.children.count) return missing(path[0]);
        index = document_.children(node)[item];
      } else {
        if (node.kind != NodeKind::Mapping) return missing(path[0]);
        const std::size_t entry = effective_entry(node, path[0].key);
        if (entry == kNone && path.size() > 1) return missing(path[0]);
        if (entry == kNone) return insert_first(node, path[0].key);
        if (document_.node(document_.children(node)[entry]).merge) return override_merged(node, entry, path);
        if (path.size() == 1) return replace(node, entry);
        index = document_.children(node)[entry + 1];
      }
      if (document_.node(index).kind == NodeKind::Alias)
        return write_out(document_.node(index), path.subspan(1));
    }
    return Error{"the path does not end in a key"};
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

  // ---- An existing entry

  [[nodiscard]] Result<Edits> replace(const Node& mapping, std::size_t entry) const {
    const Node& key = document_.node(document_.children(mapping)[entry]);
    const Node& value = document_.node(document_.children(mapping)[entry + 1]);
    if (value.kind == NodeKind::Alias) return Edits{{value.outer, std::string(value_)}};
    if (value.kind != NodeKind::Scalar) return Error{"the value is no scalar"};
    if (value.style == ScalarStyle::Literal || value.style == ScalarStyle::Folded)
      return replace_block(value);
    if (value.style != ScalarStyle::Plain) return Edits{{value.range, std::string(value_)}};

    const bool json = mapping.flow && key.style == ScalarStyle::DoubleQuoted && is_json_literal(value);
    const std::string written = json ? double_quoted(value_) : std::string(value_);
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
    return {{range(indicator, indicator_end), std::string(value_)},
            {range(line_end, std::max<std::size_t>(value.outer.end, line_end)), ""}};
  }

  // ---- A new entry

  // `<<` gives the key its value: an own entry behind it does so for this mapping only.
  [[nodiscard]] Result<Edits> override_merged(const Node& mapping, std::size_t entry, Steps path) const {
    const Value merged = Value(document_, mapping)[path[0].key];
    const Result<std::string> written = writer_.write_changed(merged, path.subspan(1));
    if (!written) return written.error();
    const std::string line = fmt::format("{}: {}", path[0].key, *written);
    const std::uint32_t end = document_.node(document_.children(mapping)[entry + 1]).outer.end;
    if (!mapping.flow) {
      const std::size_t at = end_of_line(end);
      return Edits{{range(at, at), std::string(line_break(at)) + indentation(mapping) + line}};
    }
    if (is_braced(mapping)) return Edits{{range(end, end), ", " + line}};
    return Edits{{range(mapping.range.begin, mapping.range.begin), "{"},
                 {range(end, end), ", " + line + "}"}};
  }

  [[nodiscard]] Edits insert_first(const Node& mapping, std::string_view key) const {
    const std::uint32_t begin = mapping.range.begin;
    const std::string line =
        is_json(mapping) ? fmt::format("\"{}\": \"{}\"", key, value_) : fmt::format("{}: {}", key, value_);
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

  // The line break that ends the line at `at`, or the line before it at the end of the text.
  [[nodiscard]] std::string_view line_break(std::size_t at) const {
    std::size_t found = text_.find_first_of("\r\n", at);
    if (found == std::string_view::npos) found = text_.find_last_of("\r\n");
    if (found == std::string_view::npos) return "\n";
    if (text_.substr(found, 2) == "\r\n") return "\r\n";
    return found > 0 && text_.substr(found - 1, 2) == "\r\n" ? "\r\n" : text_.substr(found, 1);
  }

  // What puts a new line's key below the block mapping's first key.
  [[nodiscard]] std::string indentation(const Node& mapping) const {
    const std::uint32_t begin = mapping.range.begin;
    const std::size_t line_feed = begin == 0 ? std::string_view::npos : text_.find_last_of("\r\n", begin - 1);
    std::size_t line_start = line_feed == std::string_view::npos ? 0 : line_feed + 1;
    if (line_start == 0 && text_.starts_with(utf8::kByteOrderMark)) line_start = utf8::kByteOrderMark.size();
    return std::string(begin - line_start, ' ');
  }

  std::string_view text_;
  const Document& document_;
  std::string_view value_;
  FlowWriter writer_;
};

Value at_path(Value value, Steps path) {
  for (const PathStep& step : path) {
    if (step.index < 0) {
      value = value[step.key];
      continue;
    }
    const std::vector<Value> items = value.items();
    value = static_cast<std::size_t>(step.index) < items.size() ? items[static_cast<std::size_t>(step.index)]
                                                                : Value();
  }
  return value;
}

// No edit is better than one that does not do what it says.
bool reads_as(std::string_view text, Steps path, std::string_view value) {
  const std::variant<Document, Problem> read = read_yaml(text, kWidestLimits);
  const auto* document = std::get_if<Document>(&read);
  return document != nullptr && at_path(document->root(), path).text() == value;
}

}  // namespace

Path parse_path(std::string_view path) {
  Path steps;
  while (!path.empty()) {
    if (path[0] == '[') {
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
  const std::variant<Document, Problem> read = read_yaml(document, kWidestLimits);
  if (const auto* problem = std::get_if<Problem>(&read)) return Error{problem->message};
  Result<Edits> edits = Editor(document, std::get<Document>(read), value).set(path);
  if (edits && !reads_as(apply_edits(document, *edits), path, value))
    return Error{"the value cannot be edited in place"};
  return edits;
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
