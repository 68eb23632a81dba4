// A read YAML document: nodes with exact source ranges, seen through cheap views.
//
// The views resolve aliases and apply merge keys the way kubectl does (docs/design/mtls-semantics.md, section
// 1): in a mapping the last written entry of a key wins, `<<` replaces keys before it and keys after it
// replace it; of a sequence under `<<` the first mapping wins. `null` means absent. A scalar that is an alias
// has the alias as its range, since an edit replaces that; any other value reached through an alias or a
// merge has the range where it is written, i.e. at the anchor. All ranges are byte offsets relative to the
// text that was handed to read_yaml. Immutable after reading; a Value must not outlive its Document, nor
// either the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <forward_list>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workspace/text/text_range.h"

namespace workspace::yaml {

enum class NodeKind : std::uint8_t { Scalar, Sequence, Mapping, Alias };
enum class ScalarStyle : std::uint8_t { Plain, SingleQuoted, DoubleQuoted, Literal, Folded };

struct Node {
  NodeKind kind = NodeKind::Scalar;
  ScalarStyle style = ScalarStyle::Plain;
  bool flow = false;         // a collection in flow style
  bool null = false;         // a plain scalar that reads as null ("", ~, null, Null, NULL)
  bool merge = false;        // a mapping key that merges: a plain `<<`
  std::uint32_t target = 0;  // Alias: index of the anchored node
  ByteRange range;  // scalar: its characters without quotes or block indicator; collection, alias: all of it
  ByteRange outer;  // with quotes, block indicator, anchor and tag: what an edit may replace
  std::string_view text;  // Scalar: decoded
  struct {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  } children;  // see Document::children
};

// Whether keys are equal. Most differ in their length or where they begin.
inline bool is_same_key(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || (a.front() == b.front() && a == b));
}

class Value;

class Document {
 public:
  // `links`: the children of all nodes; `texts`: what nodes' texts view that does not stand so in the source;
  // `repeats_keys`: some mapping has a key more than once.
  Document(std::vector<Node> nodes, std::vector<std::uint32_t> links, std::forward_list<std::string> texts,
           std::uint32_t root, bool repeats_keys = false)
      : nodes_(std::move(nodes)),
        links_(std::move(links)),
        texts_(std::move(texts)),
        root_(root),
        repeats_keys_(repeats_keys) {}
  Document(Document&&) = default;
  Document& operator=(Document&&) = default;
  Document(const Document&) = delete;  // nodes view texts_
  Document& operator=(const Document&) = delete;
  ~Document() = default;

  [[nodiscard]] Value root() const;
  [[nodiscard]] const Node& node(std::uint32_t index) const { return nodes_[index]; }
  // Sequence: items; Mapping: key, value, key, value …
  [[nodiscard]] std::span<const std::uint32_t> children(const Node& node) const {
    return {links_.data() + node.children.first, node.children.count};  // as the reader linked them
  }
  [[nodiscard]] std::uint32_t root_index() const { return root_; }
  // Reports whether some mapping, as written, has a key more than once.
  [[nodiscard]] bool repeats_keys() const { return repeats_keys_; }
  // Gives up its memory, for another document; it is then good for nothing.
  std::vector<Node> take_nodes() { return std::move(nodes_); }
  std::vector<std::uint32_t> take_links() { return std::move(links_); }

 private:
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> links_;
  std::forward_list<std::string> texts_;
  std::uint32_t root_;
  bool repeats_keys_;
};

class Items;
class Entries;

class Value {
 public:
  Value() = default;  // absent
  // `node`: as written, perhaps an alias.
  Value(const Document& document, const Node& node, ByteRange key_range = {})
      : document_(&document),
        node_(node.kind == NodeKind::Alias ? &document.node(node.target) : &node),
        written_(&node),
        key_range_(key_range) {}

  // Absent and null are the same to every reader.
  [[nodiscard]] bool exists() const { return node_ != nullptr && !node_->null; }
  [[nodiscard]] bool is_scalar() const { return exists() && node_->kind == NodeKind::Scalar; }
  [[nodiscard]] bool is_mapping() const { return exists() && node_->kind == NodeKind::Mapping; }
  [[nodiscard]] bool is_sequence() const { return exists() && node_->kind == NodeKind::Sequence; }
  [[nodiscard]] bool is_plain() const { return is_scalar() && node_->style == ScalarStyle::Plain; }
  // A scalar's decoded text; empty for all else.
  [[nodiscard]] std::string_view text() const { return is_scalar() ? node_->text : std::string_view(); }
  // Where the value is written, without quotes; of a scalar that is an alias, the alias.
  [[nodiscard]] ByteRange range() const {
    if (node_ == nullptr) return {};
    return node_->kind == NodeKind::Scalar ? written_->range : node_->range;
  }
  // Where the key is written that this value was looked up by; empty for items and roots.
  [[nodiscard]] ByteRange key_range() const { return key_range_; }
  [[nodiscard]] const Node* node() const { return node_; }

  // The effective value of a key; absent when there is none or this is no mapping.
  [[nodiscard]] Value operator[](std::string_view key) const;
  // The same of a literal, which is compared without a call.
  template <std::size_t N>
  [[nodiscard]] Value operator[](const char (&key)[N]) const {
    return is_mapping() ? find_literal<N>(key) : Value();
  }
  // The items of a sequence, in order, aliases resolved (absent values stay, so indices are right); empty for
  // all else.
  [[nodiscard]] Items items() const;
  // One of them; absent when there is none or this is no sequence.
  [[nodiscard]] Value item(std::size_t index) const;
  // The effective entries of a mapping in order of their last writing; empty for all else.
  [[nodiscard]] Entries entries() const;
  // The entries of a mapping as they are written, also those that a later one of the same key replaces; what
  // `<<` merges is left out. Empty for all else.
  [[nodiscard]] std::vector<std::pair<std::string_view, Value>> written_entries() const;
  // Document::repeats_keys of the value's document.
  [[nodiscard]] bool in_document_that_repeats_keys() const {
    return document_ != nullptr && document_->repeats_keys();
  }

 private:
  // One for each length, since the length is what the comparison is made for. Backwards: the last entry
  // counts.
  template <std::size_t N>
  [[nodiscard, gnu::noinline]] Value find_literal(const char* key) const {
    const std::uint32_t* const children = document_->children(*node_).data();
    for (std::size_t i = node_->children.count; i >= 2; i -= 2) {
      const Node& written = document_->node(children[i - 2]);
      if (written.merge || written.kind == NodeKind::Alias) return (*this)[std::string_view(key, N - 1)];
      if (written.text.size() == N - 1 && std::memcmp(written.text.data(), key, N - 1) == 0)
        return {*document_, document_->node(children[i - 1]), written.range};
    }
    return {};
  }

  const Document* document_ = nullptr;
  const Node* node_ = nullptr;     // never an Alias
  const Node* written_ = nullptr;  // node_, or the alias of it that stands there
  ByteRange key_range_;
};

// Goes through a view that makes its elements when they are asked for.
template <class View, class Element>
class IndexIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Element;
  using difference_type = std::ptrdiff_t;
  using pointer = const Element*;
  using reference = Element;

  IndexIterator(const View& view, std::size_t at) : view_(&view), at_(at) {}
  Element operator*() const { return (*view_)[at_]; }
  IndexIterator& operator++() {
    ++at_;
    return *this;
  }
  void operator++(int) { ++at_; }
  friend bool operator==(const IndexIterator& a, const IndexIterator& b) { return a.at_ == b.at_; }

 private:
  const View* view_;
  std::size_t at_;
};

// The items of a sequence: a view, which must not outlive the document.
class Items {
 public:
  Items() = default;  // none
  Items(const Document& document, const Node& sequence)
      : document_(&document), nodes_(document.children(sequence)) {}
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] bool empty() const { return nodes_.empty(); }
  [[nodiscard]] Value operator[](std::size_t index) const {
    return {*document_, document_->node(nodes_[index])};
  }
  [[nodiscard]] auto begin() const { return IndexIterator<Items, Value>(*this, 0); }
  [[nodiscard]] auto end() const { return IndexIterator<Items, Value>(*this, size()); }

 private:
  const Document* document_ = nullptr;
  std::span<const std::uint32_t> nodes_;
};

using Entry = std::pair<std::string_view, Value>;

// The entries of a mapping: most are those that are written, and are made when asked for; where some are
// merged or replaced, those that count are collected. A view, which must not outlive the document.
class Entries {
 public:
  Entries() = default;  // none
  // All that are written.
  Entries(const Document& document, std::span<const std::uint32_t> children)
      : document_(&document), children_(children) {}
  explicit Entries(std::vector<Entry> collected) : collected_(std::move(collected)) {}
  [[nodiscard]] std::size_t size() const {
    return collected_.empty() ? children_.size() / 2 : collected_.size();
  }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] Entry operator[](std::size_t index) const {
    if (!collected_.empty()) return collected_[index];
    const Node& written = document_->node(children_[2 * index]);
    const Node& key = written.kind == NodeKind::Alias ? document_->node(written.target) : written;
    return {key.text, Value(*document_, document_->node(children_[2 * index + 1]), written.range)};
  }
  [[nodiscard]] auto begin() const { return IndexIterator<Entries, Entry>(*this, 0); }
  [[nodiscard]] auto end() const { return IndexIterator<Entries, Entry>(*this, size()); }

 private:
  const Document* document_ = nullptr;
  std::span<const std::uint32_t> children_;
  std::vector<Entry> collected_;
};

inline Items Value::items() const { return is_sequence() ? Items(*document_, *node_) : Items(); }

// Reports whether two values say the same: texts of scalars, items in order, effective entries in any order;
// null is as absent. Looks at `budget` values at most and takes those off it; what is left then counts as the
// same.
bool is_same_value(const Value& a, const Value& b, std::size_t& budget);

// A number that two values which say the same (is_same_value) share, and others hardly. Looks at `budget`
// values at most and takes those off it. Never 0.
std::uint64_t content_hash(const Value& value, std::size_t& budget);

}  // namespace workspace::yaml
