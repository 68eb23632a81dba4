#include "workspace/yaml/text_structure.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "workspace/yaml/document_split.h"
#include "workspace/yaml/reader.h"

namespace workspace {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

// Without white space and line ends at both ends.
ByteRange trimmed(std::string_view text, ByteRange range) {
  const auto is_blank = [&](std::uint32_t at) {
    return is_space(text[at]) || text[at] == '\n' || text[at] == '\r';
  };
  while (range.begin < range.end && is_blank(range.begin)) ++range.begin;
  while (range.begin < range.end && is_blank(range.end - 1)) --range.end;
  return range;
}

ByteRange line_around(std::string_view text, std::uint32_t offset) {
  const std::size_t before = offset == 0 ? std::string_view::npos : text.find_last_of("\r\n", offset - 1);
  const std::size_t after = text.find_first_of("\r\n", offset);
  return {before == std::string_view::npos ? 0 : static_cast<std::uint32_t>(before) + 1,
          static_cast<std::uint32_t>(after == std::string_view::npos ? text.size() : after)};
}

class Folder {
 public:
  explicit Folder(std::string_view text) : text_(text) {}

  std::vector<Fold> take() {
    for (std::size_t begin = 0; begin < text_.size();) {
      std::size_t end = std::min(text_.find_first_of("\r\n", begin), text_.size());
      line({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
      if (text_.substr(end, 2) == "\r\n") ++end;
      begin = end + 1;
    }
    end_comment();
    close(0, false);
    end_document();
    // The fold of the whole is worth something only where there are several documents.
    if (documents_ < 2) std::erase_if(found_, [](const Found& each) { return each.is_document; });
    std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
      const auto& [x, y] = std::pair(a.fold.range, b.fold.range);
      return x.begin != y.begin ? x.begin < y.begin : x.end > y.end;
    });
    std::vector<Fold> folds;
    for (const Found& each : found_) {
      // A line can be folded in one way only.
      if (folds.empty() || folds.back().range.begin != each.fold.range.begin) folds.push_back(each.fold);
    }
    return folds;
  }

 private:
  struct Block {
    std::size_t indent = 0;
    bool is_item = false;
    ByteRange first;
  };
  struct Found {
    Fold fold;
    bool is_document = false;
  };

  void line(ByteRange range) {
    const std::string_view all = text_.substr(range.begin, range.size());
    const std::size_t indent = std::min(all.find_first_not_of(" \t"), all.size());
    const std::string_view line = all.substr(indent);
    if (line.empty()) return end_comment();
    if (line.front() == '#') {
      comment_ = comment_ ? ByteRange{comment_->begin, range.end} : range;
      return;
    }
    end_comment();
    const bool is_marker = indent == 0 && (line.starts_with("---") || line.starts_with("...")) &&
                           (line.size() == 3 || is_space(line[3]));
    if (is_marker) {
      close(0, false);
      end_document();
      if (line.front() == '-') document_ = range;
      last_ = range;
      return;
    }
    if (!document_) document_ = range;
    const bool is_item = line.front() == '-' && (line.size() == 1 || is_space(line[1]));
    close(indent, is_item);
    blocks_.push_back({indent, is_item, range});
    last_ = range;
  }

  // What a line at this indentation ends; the items of a list may stand as far left as its key.
  void close(std::size_t indent, bool is_item) {
    while (!blocks_.empty()) {
      const Block& block = blocks_.back();
      if (block.indent < indent || (block.indent == indent && is_item && !block.is_item)) return;
      add(block.first, last_, false, false);
      blocks_.pop_back();
    }
  }

  void end_comment() {
    if (comment_) add(*comment_, *comment_, true, false);
    comment_.reset();
  }

  void end_document() {
    if (!document_) return;
    ++documents_;
    add(*document_, last_, false, true);
    document_.reset();
  }

  void add(ByteRange first, ByteRange last, bool is_comment, bool is_document) {
    const ByteRange range{first.begin, last.end};
    const std::string_view lines = text_.substr(range.begin, range.size());
    if (lines.find_first_of("\r\n") == std::string_view::npos) return;
    found_.push_back({{range, is_comment}, is_document});
  }

  std::string_view text_;
  std::vector<Block> blocks_;
  ByteRange last_;  // the last line that holds something
  std::optional<ByteRange> comment_;
  std::optional<ByteRange> document_;
  std::size_t documents_ = 0;
  std::vector<Found> found_;
};

// Goes down the tree to an offset, and keeps what it comes through.
class Enclosing {
 public:
  Enclosing(const yaml::Document& document, std::uint32_t offset) : document_(document), offset_(offset) {
    visit(document.node(document.root_index()));
  }

  std::vector<ByteRange> take() { return std::move(found_); }

 private:
  [[nodiscard]] bool touches(ByteRange range) const { return range.begin <= offset_ && offset_ <= range.end; }

  void visit(const yaml::Node& node) {
    found_.push_back(node.outer);
    found_.push_back(node.range);
    if (node.kind != yaml::NodeKind::Mapping && node.kind != yaml::NodeKind::Sequence) return;
    const auto children = document_.children(node);
    const std::size_t step = node.kind == yaml::NodeKind::Mapping ? 2 : 1;
    for (std::size_t i = 0; i + step <= children.size(); i += step) {
      const yaml::Node& key = document_.node(children[i]);
      const yaml::Node& value = document_.node(children[i + step - 1]);
      if (!touches({key.outer.begin, std::max(key.outer.end, value.outer.end)})) continue;
      if (step == 2) found_.push_back({key.outer.begin, std::max(key.outer.end, value.outer.end)});
      if (step == 2 && touches(key.outer)) return visit(key);
      if (touches(value.outer)) return visit(value);
      return;
    }
  }

  const yaml::Document& document_;
  const std::uint32_t offset_;
  std::vector<ByteRange> found_;  // the outermost first
};

}  // namespace

std::vector<Fold> folds(std::string_view text) { return Folder(text).take(); }

std::vector<ByteRange> enclosing_ranges(std::string_view text, std::uint32_t offset) {
  offset = std::min(offset, static_cast<std::uint32_t>(text.size()));
  ByteRange slice{0, static_cast<std::uint32_t>(text.size())};
  for (const ByteRange each : split_documents(text)) {
    if (each.begin <= offset) slice = each;
  }
  std::vector<ByteRange> around{{0, static_cast<std::uint32_t>(text.size())}, slice, trimmed(text, slice)};
  const auto read = yaml::read_yaml(text.substr(slice.begin, slice.size()), yaml::kWidestLimits);
  if (const auto* document = std::get_if<yaml::Document>(&read)) {
    for (const ByteRange range : Enclosing(*document, offset - slice.begin).take())
      around.push_back(trimmed(text, shifted(range, slice.begin)));
  } else {
    around.push_back(trimmed(text, line_around(text, offset)));
  }
  // Each holds the place and lies in the one around it.
  std::vector<ByteRange> found;
  for (const ByteRange range : around) {
    const bool holds = range.begin <= offset && offset <= range.end && !range.empty();
    const bool is_inside = found.empty() || (found.back().begin <= range.begin &&
                                             range.end <= found.back().end && found.back() != range);
    if (holds && is_inside) found.push_back(range);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace workspace
