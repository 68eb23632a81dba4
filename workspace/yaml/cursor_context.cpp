#include "workspace/yaml/cursor_context.h"

#include <algorithm>
#include <map>
#include <optional>

#include "workspace/text/utf8.h"
#include "workspace/yaml/document_split.h"

namespace workspace {

namespace {

constexpr std::string_view kItem = "[]";

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }

using Path = std::vector<std::string>;

class Scanner;

// Told of what a Scanner meets, which then stands right behind it: Scanner::path leads to the scalar, or to
// what the key names.
class Events {
 public:
  virtual ~Events() = default;
  virtual void key(const Scanner& scanner, std::size_t mapping, std::size_t begin, std::string_view text) = 0;
  virtual void scalar(const Scanner& scanner, std::size_t begin, std::string_view text) = 0;
};

// Reads a document's text up to an end, and knows at each point which keys lead there.
class Scanner {
 public:
  static constexpr std::size_t kRoot = std::string_view::npos;

  Scanner(std::string_view text, std::size_t begin, std::size_t end, Events* events)
      : text_(text), at_(begin), end_(end), events_(events) {}

  void run() {
    while (at_ < end_) {
      if (flow_.empty()) {
        line();
      } else {
        flow();
      }
    }
    finish();
  }

  [[nodiscard]] Path path() const {
    Path path;
    for (const Level& level : levels_) path.push_back(level.key);
    for (const Flow& flow : flow_) {
      if (flow.sequence) {
        path.emplace_back(kItem);
      } else if (flow.in_value) {
        path.push_back(flow.key);
      }
    }
    return path;
  }
  [[nodiscard]] std::uint32_t item() const { return item_; }
  // The mapping or sequence around the end: where its first key's parent, dash or bracket is written.
  [[nodiscard]] std::size_t mapping() const {
    if (!flow_.empty()) return flow_.back().begin;
    return levels_.empty() ? kRoot : levels_.back().begin;
  }
  [[nodiscard]] bool in_flow() const { return !flow_.empty(); }
  // At least the number of the path's steps; costs nothing.
  [[nodiscard]] std::size_t depth() const { return levels_.size() + flow_.size(); }
  // Of the last key that is no dash; 0: there is none.
  [[nodiscard]] std::size_t parent_column() const {
    const auto key =
        std::find_if(levels_.rbegin(), levels_.rend(), [](const Level& level) { return level.key != kItem; });
    return key == levels_.rend() ? 0 : key->indent;
  }
  [[nodiscard]] bool in_value() const { return in_value_; }
  [[nodiscard]] bool in_text() const { return in_text_; }  // a comment or a block scalar
  [[nodiscard]] char quote() const { return quote_; }
  [[nodiscard]] std::size_t word() const { return word_; }

 private:
  struct Level {
    std::size_t indent = 0;
    std::size_t begin = 0;  // of its key or dash
    std::string key;
  };
  struct Flow {
    std::size_t begin = 0;
    bool sequence = false;
    bool in_value = false;
    std::string key;
  };

  [[nodiscard]] bool more() const { return at_ < end_; }
  [[nodiscard]] char next() const { return text_[at_]; }
  [[nodiscard]] bool at_line_end() const { return !more() || is_line_end(next()); }

  void skip_spaces() {
    while (more() && is_space(next())) ++at_;
  }
  void skip_line() {
    while (!at_line_end()) ++at_;
    while (more() && is_line_end(next())) ++at_;
  }

  // The end was reached where nothing was being typed.
  void start_word() {
    word_ = at_;
    quote_ = 0;
  }

  void pop(std::size_t indent, bool item) {
    while (!levels_.empty()) {
      const Level& last = levels_.back();
      const bool sibling = last.indent == indent && (!item || last.key == kItem);
      if (last.indent < indent || (last.indent == indent && !sibling)) return;
      levels_.pop_back();
    }
  }

  void line() {
    const std::size_t begin = at_;
    skip_spaces();
    start_word();
    in_value_ = false;
    in_text_ = false;
    if (!more()) return pop(at_ - begin, false);
    if (is_line_end(next())) return skip_line();
    if (next() == '#') return comment();
    std::size_t indent = at_ - begin;
    if (block_scalar_ && indent > *block_scalar_) {
      in_text_ = true;
      while (!at_line_end()) ++at_;
      if (!more()) return;
      in_text_ = false;
      return skip_line();
    }
    block_scalar_.reset();
    while (dash()) {
      pop(indent, true);
      levels_.push_back({indent, at_, std::string(kItem)});
      if (levels_.size() == 2 && levels_.front().key == "items") ++item_;
      ++at_;
      skip_spaces();
      indent = at_ - begin;
      start_word();
    }
    entry(indent);
  }

  [[nodiscard]] bool dash() const {
    return more() && next() == '-' &&
           (at_ + 1 == end_ || is_space(text_[at_ + 1]) || is_line_end(text_[at_ + 1]));
  }

  void comment() {
    in_text_ = true;
    while (!at_line_end()) ++at_;
    if (!more()) return;
    in_text_ = false;
    skip_line();
  }

  // `key: value`, `key:` or a value alone.
  void entry(std::size_t indent) {
    if (at_line_end() || next() == '#' || next() == '{' || next() == '[') return value(indent);
    const std::string key = scalar(false);
    pop_keys(indent);
    if (!more()) return;
    if (!colon()) return end_of_value(key);
    const std::size_t around = mapping();
    levels_.push_back({indent, word_, key});
    if (events_ != nullptr) events_->key(*this, around, word_, key);
    ++at_;
    skip_spaces();
    in_value_ = true;
    start_word();
    value(indent);
  }

  // The keys that a key or a word at this indentation stands beside; an item holds what is behind its dash.
  void pop_keys(std::size_t indent) {
    while (!levels_.empty() && levels_.back().indent >= indent) levels_.pop_back();
  }

  [[nodiscard]] bool colon() const {
    if (!more() || next() != ':') return false;
    if (at_ + 1 >= end_) return true;
    const char after = text_[at_ + 1];
    return is_space(after) || is_line_end(after) || (!flow_.empty() && (after == ',' || after == '}'));
  }

  void value(std::size_t indent) {
    if (!more()) return;
    if (next() == '{' || next() == '[') return open();
    if (next() == '|' || next() == '>') {
      block_scalar_ = indent;
      return skip_line();
    }
    if (at_line_end()) return skip_line();
    if (next() == '#') return comment();
    const std::string text = scalar(false);
    end_of_value(text);
  }

  void end_of_value(const std::string& text) {
    if (!more()) return;
    if (events_ != nullptr) events_->scalar(*this, word_, text);
    skip_spaces();
    if (more() && next() == '#') return comment();
    skip_line();
    if (!more()) start_word();
  }

  // Up to what ends a scalar; leaves `word_` where its text begins.
  std::string scalar(bool in_flow) {
    start_word();
    if (more() && (next() == '"' || next() == '\'')) return quoted();
    const std::size_t begin = at_;
    while (more() && !is_line_end(next()) && !colon()) {
      const bool ends = in_flow && std::string_view(",]}[{").find(next()) != std::string_view::npos;
      if (ends || (next() == '#' && at_ > begin && is_space(text_[at_ - 1]))) break;
      ++at_;
    }
    std::size_t end = at_;
    while (more() && end > begin && is_space(text_[end - 1])) --end;
    return std::string(text_.substr(begin, end - begin));
  }

  std::string quoted() {
    const char quote = next();
    ++at_;
    word_ = at_;
    quote_ = quote;
    const std::size_t begin = at_;
    while (more() && next() != quote && !is_line_end(next()))
      at_ += next() == '\\' && quote == '"' && at_ + 1 < end_ ? 2 : 1;
    std::string text(text_.substr(begin, at_ - begin));
    if (!more()) return text;
    if (next() == quote) ++at_;
    quote_ = 0;
    return text;
  }

  // ---- flow style

  void open() {
    flow_.push_back({at_, next() == '[', false, {}});
    ++at_;
    in_value_ = flow_.back().sequence;
    start_word();
  }

  void flow() {
    Flow& top = flow_.back();
    in_value_ = top.sequence || top.in_value;
    start_word();
    switch (next()) {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        ++at_;
        return start_word();
      case '{':
      case '[':
        return open();
      case '}':
      case ']':
        return close();
      case ',':
        top.in_value = false;
        ++at_;
        return start_word();
      case '#':
        return comment();
      default:
        return flow_scalar(top);
    }
  }

  void close() {
    flow_.pop_back();
    ++at_;
    start_word();
    if (flow_.empty()) skip_line();
  }

  void flow_scalar(Flow& top) {
    const std::size_t begin = at_;
    const std::string text = scalar(true);
    if (!more()) return;
    if (!top.sequence && !top.in_value && next() == ':') {
      top.key = text;
      top.in_value = true;
      if (events_ != nullptr) events_->key(*this, top.begin, word_, text);
      ++at_;
      return start_word();
    }
    if (events_ != nullptr && (top.sequence || top.in_value)) events_->scalar(*this, word_, text);
    if (at_ == begin) ++at_;  // a character that ends nothing here
  }

  // At the start of a line nothing leads to, in block style, whatever stood above.
  void finish() {
    if (!flow_.empty()) {
      in_value_ = flow_.back().sequence || flow_.back().in_value;
    } else if (at_ > 0 && is_line_end(text_[at_ - 1])) {
      pop(0, false);
      start_word();
      in_value_ = false;
    }
  }

  std::string_view text_;
  std::size_t at_;
  std::size_t end_;
  Events* events_;
  std::vector<Level> levels_;
  std::vector<Flow> flow_;
  std::optional<std::size_t> block_scalar_;  // the indentation of its key
  std::uint32_t item_ = 0;
  bool in_value_ = false;
  bool in_text_ = false;
  char quote_ = 0;
  std::size_t word_ = 0;
};

// Inside the resource: without the two steps that lead to an item of a List.
std::vector<std::string> in_resource(std::vector<std::string> path) {
  if (path.size() >= 2 && path[0] == "items" && path[1] == kItem) path.erase(path.begin(), path.begin() + 2);
  return path;
}

struct Names {
  std::string api_version;
  std::string kind;
  std::string name;
  std::string ns;
  std::string host;

  void take(const Scanner& scanner, std::string_view text) {
    // Two keys, in an item of a List.
    constexpr std::size_t kDeepest = 4;
    if (scanner.depth() <= kDeepest) take(in_resource(scanner.path()), text);
  }

 private:
  void take(const Path& path, std::string_view text) {
    if (path == Path{"apiVersion"}) api_version = text;
    if (path == Path{"kind"}) kind = text;
    if (path == Path{"metadata", "name"}) name = text;
    if (path == Path{"metadata", "namespace"}) ns = text;
    if (path == Path{"spec", "host"}) host = text;
  }
};

// The names of one resource of a document, and the keys of one mapping but that at a place.
class Surroundings : public Events {
 public:
  Surroundings(std::uint32_t item, std::size_t mapping, std::size_t left_out)
      : item_(item), mapping_(mapping), left_out_(left_out) {}

  void key(const Scanner&, std::size_t mapping, std::size_t begin, std::string_view text) override {
    if (mapping == mapping_ && begin != left_out_) keys.emplace_back(text);
  }
  void scalar(const Scanner& scanner, std::size_t, std::string_view text) override {
    if (scanner.item() == item_) names.take(scanner, text);
  }

  Names names;
  std::vector<std::string> keys;

 private:
  const std::uint32_t item_;
  const std::size_t mapping_;
  const std::size_t left_out_;
};

// What stands at a place.
class Pointer : public Events {
 public:
  explicit Pointer(std::size_t place) : place_(place) {}

  void key(const Scanner& scanner, std::size_t, std::size_t begin, std::string_view text) override {
    look(scanner, begin, text, true);
  }
  void scalar(const Scanner& scanner, std::size_t begin, std::string_view text) override {
    if (!text.empty()) look(scanner, begin, text, false);
    names_[scanner.item()].take(scanner, text);
  }
  std::optional<PointedAt> take() {
    if (found_) {
      found_->api_version = names_[item_].api_version;
      found_->kind = names_[item_].kind;
    }
    return std::move(found_);
  }

 private:
  void look(const Scanner& scanner, std::size_t begin, std::string_view text, bool is_key) {
    if (place_ < begin || place_ > begin + text.size()) return;
    item_ = scanner.item();
    found_ = PointedAt{in_resource(scanner.path()),
                       is_key,
                       {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + text.size())},
                       std::string(text),
                       {},
                       {}};
  }

  const std::size_t place_;
  std::uint32_t item_ = 0;
  std::optional<PointedAt> found_;
  std::map<std::uint32_t, Names> names_;  // by item
};

std::size_t end_of_word(std::string_view text, std::size_t at, char quote, bool in_flow) {
  while (at < text.size() && !is_line_end(text[at])) {
    if (quote != 0 ? text[at] == quote : is_space(text[at]) || text[at] == ':') break;
    if (quote == 0 && in_flow && std::string_view(",]}").find(text[at]) != std::string_view::npos) break;
    ++at;
  }
  return at;
}

// Where the marker is that begins the document of a slice; none: it has none.
std::optional<std::uint32_t> marker_in(std::string_view text, ByteRange slice) {
  constexpr std::string_view kMarker = "---";
  for (std::size_t line = slice.begin; line < slice.end;) {
    const std::size_t after = line + kMarker.size();
    const bool is_marked = text.substr(line, kMarker.size()) == kMarker &&
                           (after >= text.size() || is_space(text[after]) || is_line_end(text[after]));
    if (is_marked) return static_cast<std::uint32_t>(line);
    // Only comments, directives and empty lines may stand before it.
    const bool may_precede = line < text.size() && (is_space(text[line]) || is_line_end(text[line]) ||
                                                    text[line] == '#' || text[line] == '%');
    const std::size_t line_end = text.find('\n', line);
    if (!may_precede || line_end == std::string_view::npos) break;
    line = line_end + 1;
  }
  return std::nullopt;
}

// The content of the document around a place: what is below the line of the marker that begins it.
ByteRange content_around(std::string_view text, std::uint32_t offset) {
  ByteRange found{0, static_cast<std::uint32_t>(text.size())};
  for (const ByteRange slice : split_documents(text)) {
    if (slice.begin <= offset) found = slice;
  }
  if (text.substr(found.begin).starts_with(utf8::kByteOrderMark)) {
    found.begin += static_cast<std::uint32_t>(utf8::kByteOrderMark.size());
  }
  const std::optional<std::uint32_t> marker = marker_in(text, found);
  if (!marker) return found;
  const std::size_t line_end = text.find('\n', *marker);
  const auto content = line_end == std::string_view::npos
                           ? found.end
                           : std::min(found.end, static_cast<std::uint32_t>(line_end) + 1);
  // Above a marker there are only comments: whatever is typed there becomes a document of its own.
  if (offset < *marker) return {found.begin, *marker};
  return {content, found.end};
}

// A line's end at the end lets the last line be read to its end.
std::string with_line_end(std::string_view text, ByteRange document) {
  return std::string(text.substr(document.begin, document.size())) + "\n";
}

}  // namespace

CursorContext cursor_context(std::string_view text, std::uint32_t offset) {
  CursorContext context;
  offset = std::min(offset, static_cast<std::uint32_t>(text.size()));
  const ByteRange document = content_around(text, offset);
  if (offset < document.begin) {
    context.in_text = true;
    return context;
  }
  Scanner scanner(text, document.begin, offset, nullptr);
  scanner.run();
  if (scanner.in_text()) {
    context.in_text = true;
    return context;
  }
  context.path = in_resource(scanner.path());
  context.in_value = scanner.in_value();
  context.in_flow = scanner.in_flow();
  context.quoted = scanner.quote() != 0;
  const std::size_t begin = std::min<std::size_t>(scanner.word(), offset);
  context.typed = text.substr(begin, offset - begin);
  context.word = {static_cast<std::uint32_t>(begin),
                  static_cast<std::uint32_t>(end_of_word(text, offset, scanner.quote(), true))};
  const std::string_view above = text.substr(document.begin, begin - document.begin);
  context.column = static_cast<std::uint32_t>(above.size() - (above.find_last_of("\r\n") + 1));
  context.parent_column = static_cast<std::uint32_t>(scanner.parent_column());

  const std::string whole = with_line_end(text, document);
  const std::size_t mapping =
      scanner.mapping() == Scanner::kRoot ? Scanner::kRoot : scanner.mapping() - document.begin;
  Surroundings around(scanner.item(), mapping, begin - document.begin);
  Scanner(whole, 0, whole.size(), &around).run();
  context.siblings = std::move(around.keys);
  context.api_version = std::move(around.names.api_version);
  context.kind = std::move(around.names.kind);
  context.name = std::move(around.names.name);
  context.ns = std::move(around.names.ns);
  context.host = std::move(around.names.host);
  return context;
}

std::optional<PointedAt> pointed_at(std::string_view text, std::uint32_t offset) {
  const ByteRange document = content_around(text, std::min(offset, static_cast<std::uint32_t>(text.size())));
  if (offset < document.begin || offset > document.end) return std::nullopt;
  const std::string whole = with_line_end(text, document);
  Pointer pointer(offset - document.begin);
  Scanner(whole, 0, whole.size(), &pointer).run();
  auto found = pointer.take();
  if (found) found->range = shifted(found->range, document.begin);
  return found;
}

}  // namespace workspace
