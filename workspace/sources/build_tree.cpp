#include "workspace/sources/build_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>
#include <unordered_map>

#include "workspace/text/ascii.h"

namespace workspace::kustomize {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

constexpr std::array<std::string_view, 5> kNulls = {"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 3> kTrue = {"true", "True", "TRUE"};
constexpr std::array<std::string_view, 3> kFalse = {"false", "False", "FALSE"};
constexpr std::array<std::string_view, 8> kTrue11 = {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"};
constexpr std::array<std::string_view, 8> kFalse11 = {"n", "N", "no", "No", "NO", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 12> kNotFinite = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf", "+.INF",
                                                         "-.inf", "-.Inf", "-.INF", ".nan",  ".NaN",  ".NAN"};

std::string without_underscores(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '_');
  return plain;
}

// As Go's ParseInt and ParseUint take it with base 0; the number in decimal.
std::optional<std::string> integer(std::string_view plain) {
  bool negative = false;
  if (plain.starts_with('+') || plain.starts_with('-')) {
    negative = plain.front() == '-';
    plain.remove_prefix(1);
  }
  int base = 10;
  if (plain.size() > 2 && plain[0] == '0') {
    const char c = static_cast<char>(plain[1] | 0x20);
    base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 10;
    if (base != 10) plain.remove_prefix(2);
  }
  if (base == 10 && plain.size() > 1 && plain[0] == '0') {
    base = 8;
    plain.remove_prefix(1);
  }
  if (plain.empty() || plain.front() == '-' || plain.front() == '+') return std::nullopt;
  std::uint64_t value = 0;
  const auto read = std::from_chars(plain.data(), plain.data() + plain.size(), value, base);
  if (read.ec != std::errc() || read.ptr != plain.data() + plain.size()) return std::nullopt;
  if (negative && value > std::uint64_t{1} << 63U) return std::nullopt;
  return fmt::format("{}{}", negative && value != 0 ? "-" : "", value);
}

bool is_float(std::string_view plain) {
  std::size_t at = !plain.empty() && (plain[0] == '-' || plain[0] == '+') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < plain.size() && is_digit(plain[at])) ++at;
    return at > from;
  };
  const bool whole = digits();
  if (at < plain.size() && plain[at] == '.') {
    ++at;
    const bool fraction = digits();
    if (!whole && !fraction) return false;
  } else if (!whole) {
    return false;
  }
  if (at < plain.size() && (plain[at] == 'e' || plain[at] == 'E')) {
    ++at;
    if (at < plain.size() && (plain[at] == '-' || plain[at] == '+')) ++at;
    if (!digits()) return false;
  }
  return at == plain.size();
}

// "2001-12-14", and with a time behind "T", "t" or a blank. Its parts, or none.
std::optional<std::string> timestamp(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    for (std::size_t i = at; i < at + size; ++i) {
      if (i >= text.size() || !is_digit(text[i])) return -1;
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  if (text.size() < 8 || number(0, 4) < 0 || text[4] != '-') return std::nullopt;
  std::size_t at = 5;
  const auto part = [&](char end) {
    const std::size_t size = at + 1 < text.size() && is_digit(text[at + 1]) ? 2 : 1;
    const int value = number(at, size);
    at += size;
    if (end != '\0') {
      if (at >= text.size() || text[at] != end) return -1;
      ++at;
    }
    return value;
  };
  const int year = number(0, 4);
  const int month = part('-');
  const int day = part('\0');
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return std::nullopt;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day > kDays[static_cast<std::size_t>(month - 1)] + (leap && month == 2 ? 1 : 0)) return std::nullopt;
  const std::string date = fmt::format("{:04}-{:02}-{:02}", year, month, day);
  if (at == text.size()) return date + "T00:00:00Z";
  const char separator = text[at++];
  if (separator != 'T' && separator != 't' && separator != ' ') return std::nullopt;
  const int hour = part(':');
  const int minute = part(':');
  const int second = part('\0');
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
  std::string fraction;
  if (at < text.size() && text[at] == '.') {
    std::size_t end = at + 1;
    while (end < text.size() && is_digit(text[end])) ++end;
    fraction = text.substr(at, end - at);
    while (fraction.ends_with('0')) fraction.pop_back();
    if (fraction == ".") fraction.clear();
    at = end;
  }
  const std::string time = fmt::format("{}T{:02}:{:02}:{:02}{}", date, hour, minute, second, fraction);
  const std::string_view zone = text.substr(at);
  if (separator == ' ') return zone.empty() ? std::optional(time + "Z") : std::nullopt;
  if (zone == "Z" || zone == "z") return time + "Z";
  const bool offset = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':';
  if (!offset) return std::nullopt;
  if (zone.substr(1) == "00:00") return time + "Z";
  return time + std::string(zone);
}

std::string float_text(double value) {
  if (value == 0) return "0";
  const double size = std::fabs(value);
  const bool plain = size >= 1e-6 && size < 1e21;
  std::array<char, 400> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                     plain ? std::chars_format::fixed : std::chars_format::scientific);
  return {buffer.data(), written.ptr};
}

}  // namespace

Place made_at(const Place& field) { return {field.file, field.range, PlaceKind::Made}; }

const Entry* Tree::find_entry(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

const Tree* Tree::find(std::string_view key) const {
  const Entry* entry = find_entry(key);
  return entry == nullptr ? nullptr : &entry->value;
}

Tree* Tree::find(std::string_view key) {
  for (Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

void Tree::remove(std::string_view key) {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
  if (found != entries.end()) entries.erase(found);
}

Tree& Tree::find_or_add(std::string_view key, const Place& at, TreeKind wanted) {
  if (Tree* found = find(key)) return *found;
  Tree value;
  value.kind = wanted;
  value.place = at;
  entries.push_back({std::string(key), at, tag_of(key) == Tag::String, std::move(value)});
  return entries.back().value;
}

Tree make_scalar(std::string text, const Place& place, Tag tag) {
  Tree tree;
  tree.text = std::move(text);
  tree.place = place;
  tree.tag = tag;
  return tree;
}

std::size_t size_of(std::string_view text) { return text.size() / 64; }

std::size_t size_of(const Tree& tree) {
  std::size_t size = 1 + size_of(tree.text);
  for (const Tree& item : tree.items) size += size_of(item);
  for (const Entry& entry : tree.entries) size += size_of(entry.key) + size_of(entry.value);
  return size;
}

Tree make_mapping(const Place& place) {
  Tree tree;
  tree.kind = TreeKind::Mapping;
  tree.place = place;
  return tree;
}

bool set_scalar(Tree& target, std::string text, const Place& place, Tag tag) {
  if (!target.is_scalar()) return false;
  target.text = std::move(text);
  target.place = place;
  target.tag = tag;
  return true;
}

void set_field(Tree& mapping, std::string_view key, Tree value, const Place& key_place) {
  Tree* field = mapping.find(key);
  if (field == nullptr) {
    mapping.entries.push_back({std::string(key), key_place, tag_of(key) == Tag::String, std::move(value)});
    return;
  }
  if (value.is_scalar()) value.style = field->is_scalar() ? field->style : yaml::ScalarStyle::Plain;
  value.twin = field->twin;
  value.renewed = field->twin != 0;
  *field = std::move(value);
}

namespace {

void collect_renewed(Tree& tree, std::unordered_map<std::uint32_t, Tree>& renewed) {
  if (tree.renewed) {
    tree.renewed = false;
    renewed[tree.twin] = tree;
  }
  for (Tree& item : tree.items) collect_renewed(item, renewed);
  for (Entry& entry : tree.entries) collect_renewed(entry.value, renewed);
}

void set_twins(Tree& tree, const std::unordered_map<std::uint32_t, Tree>& renewed) {
  if (tree.twin != 0) {
    const auto found = renewed.find(tree.twin);
    if (found != renewed.end()) tree = found->second;
    return;
  }
  for (Tree& item : tree.items) set_twins(item, renewed);
  for (Entry& entry : tree.entries) set_twins(entry.value, renewed);
}

}  // namespace

void renew_twins(Tree& root) {
  std::unordered_map<std::uint32_t, Tree> renewed;
  collect_renewed(root, renewed);
  if (!renewed.empty()) set_twins(root, renewed);
}

Tag tag_of(std::string_view plain, bool yaml11) {
  constexpr std::string_view kFirstOfWords = "nNtTfFyYoO";  // null, true, false, yes, no, on, off
  if (!plain.empty() && is_letter(plain.front()) &&
      kFirstOfWords.find(plain.front()) == std::string_view::npos)
    return Tag::String;
  if (is_one_of(plain, kNulls)) return Tag::Null;
  if (is_one_of(plain, kTrue) || is_one_of(plain, kFalse)) return Tag::Boolean;
  if (yaml11 && (is_one_of(plain, kTrue11) || is_one_of(plain, kFalse11))) return Tag::Boolean;
  const char first = plain.front();
  if (!is_digit(first) && first != '+' && first != '-' && first != '.') return Tag::String;
  if (is_one_of(plain, kNotFinite)) return Tag::Float;
  if (timestamp(plain)) return yaml11 ? Tag::String : Tag::Timestamp;
  const std::string number = without_underscores(plain);
  if (integer(number)) return Tag::Integer;
  return is_float(number) ? Tag::Float : Tag::String;
}

std::optional<Resolved> resolve(const Tree& scalar, bool in_flow) {
  const bool plain = scalar.style == yaml::ScalarStyle::Plain;
  Tag tag = scalar.tag;
  if (tag == Tag::Auto) tag = plain ? tag_of(scalar.text) : Tag::String;
  if (!plain && tag != Tag::String) tag = Tag::String;  // quoted, a number is text
  switch (tag) {
    case Tag::Null:
      if (in_flow && scalar.text.empty()) return Resolved{Tag::String, ""};  // as kustomize prints it
      return Resolved{Tag::Null, "null"};
    case Tag::Boolean: {
      const bool on = is_one_of(scalar.text, kTrue) || is_one_of(scalar.text, kTrue11);
      return Resolved{Tag::Boolean, on ? "true" : "false"};
    }
    case Tag::Integer: {
      std::optional<std::string> value = integer(without_underscores(scalar.text));
      if (!value) return Resolved{Tag::String, scalar.text};
      return Resolved{Tag::Integer, *std::move(value)};
    }
    case Tag::Float: {
      if (is_one_of(scalar.text, kNotFinite)) return std::nullopt;
      const std::string number = without_underscores(scalar.text);
      double value = 0;
      const std::size_t sign = number.starts_with('+') ? 1 : 0;
      const auto read = std::from_chars(number.data() + sign, number.data() + number.size(), value);
      if (read.ec != std::errc()) return std::nullopt;
      return Resolved{Tag::Float, float_text(value)};
    }
    case Tag::Timestamp:
      return Resolved{Tag::String, timestamp(scalar.text).value_or(scalar.text)};
    case Tag::Auto:
    case Tag::String:
      break;
  }
  return Resolved{Tag::String, scalar.text};
}

std::vector<std::pair<std::string_view, std::uint32_t>> literal_lines(std::string_view decoded,
                                                                      std::string_view source,
                                                                      std::uint32_t first_character) {
  std::vector<std::pair<std::string_view, std::uint32_t>> lines;
  std::size_t leading = 0;  // empty lines before the first character
  while (leading < decoded.size() && decoded[leading] == '\n') ++leading;
  for (std::size_t i = 0; i < leading; ++i) lines.emplace_back(decoded.substr(i, 0), first_character);
  std::size_t raw = source.rfind('\n', first_character == 0 ? 0 : first_character - 1);
  raw = raw == std::string_view::npos ? 0 : raw + 1;
  for (std::size_t at = leading; at < decoded.size();) {
    const std::size_t end = std::min(decoded.find('\n', at), decoded.size());
    std::size_t raw_end = std::min(source.find('\n', raw), source.size());
    const std::size_t next = raw_end + 1;
    if (raw_end > raw && source[raw_end - 1] == '\r') --raw_end;
    const std::size_t size = end - at;
    const std::size_t begin = raw_end >= size ? std::max(raw, raw_end - size) : raw;
    lines.emplace_back(decoded.substr(at, size), static_cast<std::uint32_t>(begin));
    at = end + 1;
    if (next > source.size()) break;
    raw = next;
  }
  return lines;
}

TextPlaces::TextPlaces(const Tree& scalar, std::string_view source)
    : file_(scalar.place.file), begin_(scalar.place.range.begin), kind_(scalar.place.kind) {
  const ByteRange range = scalar.place.range;
  const bool is_traceable = kind_ != PlaceKind::None && range.end <= source.size();
  if (is_traceable && scalar.style == yaml::ScalarStyle::Literal) {
    for (const auto& [line, at] : literal_lines(scalar.text, source, range.begin)) {
      lines_.push_back({static_cast<std::uint32_t>(line.data() - scalar.text.data()),
                        static_cast<std::uint32_t>(line.size()), at});
    }
  } else if (!is_traceable || source.substr(range.begin, range.size()) != scalar.text) {
    whole_ = range;
  }
}

Place TextPlaces::place(ByteRange range) const {
  range = shifted(range, skipped_);
  if (whole_) return {file_, *whole_, kind_ == PlaceKind::None ? kind_ : PlaceKind::Made};
  if (lines_.empty()) return {file_, shifted(range, begin_), kind_};
  const auto line_of = [&](std::uint32_t offset) {
    auto line = std::upper_bound(lines_.begin(), lines_.end(), offset,
                                 [](std::uint32_t at, const Line& l) { return at < l.decoded; });
    return line == lines_.begin() ? line : std::prev(line);
  };
  const auto map = [](const Line& line, std::uint32_t offset) {
    return line.source + std::min(line.size, offset - std::min(offset, line.decoded));
  };
  const auto first = line_of(range.begin);
  const auto last = line_of(range.end);
  return {file_, {map(*first, range.begin), map(*last, range.end)}, kind_};
}

namespace {

class Converter {
 public:
  Converter(const yaml::Document& document, std::string_view text, const TextPlaces& places, bool yaml11,
            bool last_wins)
      : document_(document), text_(text), places_(places), yaml11_(yaml11), last_wins_(last_wins) {
    mark_targets(document.root_index());
  }

  ReadTree run() {
    read_.root = convert(document_.root_index(), false);
    return std::move(read_);
  }

 private:
  // Which nodes are reached through an alias as well.
  void mark_targets(std::uint32_t index) {
    const yaml::Node& node = document_.node(index);
    if (node.kind == yaml::NodeKind::Alias) {
      if (targets_.size() <= node.target) targets_.resize(node.target + 1U);
      targets_[node.target] = true;
    } else if (node.kind != yaml::NodeKind::Scalar) {
      for (const std::uint32_t child : document_.children(node)) mark_targets(child);
    }
  }

  [[nodiscard]] bool is_target(std::uint32_t index) const {
    return index < targets_.size() && targets_[index];
  }

  [[nodiscard]] Place place(ByteRange range, bool shared) const {
    Place place = places_.place(range);
    if (shared && place.kind == PlaceKind::Written) place.kind = PlaceKind::Shared;
    return place;
  }

  Tree convert(std::uint32_t index, bool shared) {
    const yaml::Node& node = document_.node(index);
    if (node.kind == yaml::NodeKind::Alias) return convert(node.target, true);
    shared |= is_target(index);
    Tree tree;
    tree.place = place(node.range, shared);
    tree.flow = node.flow;
    switch (node.kind) {
      case yaml::NodeKind::Scalar:
        convert_scalar(node, tree);
        break;
      case yaml::NodeKind::Sequence:
        tree.kind = TreeKind::Sequence;
        for (const std::uint32_t child : document_.children(node))
          tree.items.push_back(convert(child, shared));
        break;
      default:
        tree.kind = TreeKind::Mapping;
        convert_mapping(node, tree, shared);
    }
    return tree;
  }

  void convert_scalar(const yaml::Node& node, Tree& tree) const {
    tree.style = node.style;
    tree.text = node.text;
    const std::string_view written_tag =
        node.outer.begin < node.range.begin
            ? text_.substr(node.outer.begin, node.range.begin - node.outer.begin)
            : std::string_view();
    if (node.null && !(written_tag.find("!!str") != std::string_view::npos)) {
      tree.tag = Tag::Null;
    } else if (node.style != yaml::ScalarStyle::Plain ||
               written_tag.find("!!str") != std::string_view::npos) {
      tree.tag = Tag::String;
    } else if (written_tag.find("!!float") != std::string_view::npos) {
      tree.tag = Tag::Float;
    } else {
      tree.tag = tag_of(tree.text, yaml11_);
    }
  }

  void convert_mapping(const yaml::Node& node, Tree& tree, bool shared) {
    const auto children = document_.children(node);
    std::unordered_map<std::string, std::size_t> known;
    std::vector<std::uint32_t> merges;
    for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
      const yaml::Node& written = document_.node(children[i]);
      if (written.merge) {
        merges.push_back(children[i + 1]);
        continue;
      }
      const yaml::Node& key =
          written.kind == yaml::NodeKind::Alias ? document_.node(written.target) : written;
      Entry entry{std::string(key.text), place(written.range, shared), is_text_key(key), {}};
      const auto [known_at, is_new] = known.emplace(entry.key, tree.entries.size());
      if (!is_new && !read_.repeated_key) {
        read_.repeated_key = entry.place;
        read_.repeated_name = entry.key;
      }
      if (!is_new && !last_wins_) continue;
      entry.value = convert(children[i + 1], shared);
      if (is_new) {
        tree.entries.push_back(std::move(entry));
      } else {
        tree.entries[known_at->second] = std::move(entry);
      }
    }
    for (const std::uint32_t merge : merges) add_merged(merge, tree, known, shared);
  }

  static bool is_text_key(const yaml::Node& key) {
    return key.style != yaml::ScalarStyle::Plain || tag_of(key.text) == Tag::String;
  }

  void add_merged(std::uint32_t index, Tree& tree, std::unordered_map<std::string, std::size_t>& known,
                  bool shared) {
    Tree merged = convert(index, shared);
    const auto add = [&](Tree& mapping) {
      for (Entry& entry : mapping.entries) {
        if (known.emplace(entry.key, tree.entries.size()).second) tree.entries.push_back(std::move(entry));
      }
    };
    if (merged.is_sequence()) {
      for (Tree& item : merged.items) add(item);
    } else {
      add(merged);
    }
  }

  const yaml::Document& document_;
  std::string_view text_;
  const TextPlaces& places_;
  bool yaml11_;
  bool last_wins_;
  std::vector<bool> targets_;
  ReadTree read_;
};

}  // namespace

ReadTree to_tree(const yaml::Document& document, std::string_view text, const TextPlaces& places, bool yaml11,
                 bool last_wins) {
  return Converter(document, text, places, yaml11, last_wins).run();
}

}  // namespace workspace::kustomize
