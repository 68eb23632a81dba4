#include "workspace/yaml/tree.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <unordered_map>

namespace workspace::yaml {
namespace {

const Node& resolved(const Document& document, std::uint32_t index) {
  const Node& node = document.node(index);
  return node.kind == NodeKind::Alias ? document.node(node.target) : node;
}

struct Found {
  const Node* value = nullptr;  // as written, perhaps an alias
  ByteRange key_range;
};

Found find(const Document& document, const Node& mapping, std::string_view key);

// `value` is what stands after `<<`: a mapping, or a sequence of mappings of which the first one wins.
Found find_merged(const Document& document, const Node& value, std::string_view key) {
  if (value.kind == NodeKind::Mapping) return find(document, value, key);
  for (const std::uint32_t item : document.children(value)) {
    if (Found found = find(document, resolved(document, item), key); found.value) return found;
  }
  return {};
}

// Backwards, so that the last written entry is the first one seen.
Found find(const Document& document, const Node& mapping, std::string_view key) {
  const std::uint32_t* const children = document.children(mapping).data();
  for (std::size_t i = mapping.children.count; i >= 2; i -= 2) {
    const Node& written_key = document.node(children[i - 2]);
    if (written_key.merge) {
      const Node& value = resolved(document, children[i - 1]);
      if (Found found = find_merged(document, value, key); found.value) return found;
    } else if (is_same_key(resolved(document, children[i - 2]).text, key)) {
      return {&document.node(children[i - 1]), written_key.range};
    }
  }
  return {};
}

// Collects effective entries in the order of their last writing.
class EntryCollector {
 public:
  explicit EntryCollector(const Document& document) : document_(document) {}

  void add_mapping(const Node& mapping) {
    const std::span<const std::uint32_t> children = document_.children(mapping);
    for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
      const Node& key = document_.node(children[i]);
      if (key.merge) {
        add_merged(resolved(document_, children[i + 1]));
      } else {
        add(resolved(document_, children[i]).text,
            Value(document_, document_.node(children[i + 1]), key.range));
      }
    }
  }

  std::vector<std::pair<std::string_view, Value>> take() {
    std::erase_if(entries_, [](const auto& entry) { return entry.second.node() == nullptr; });
    return std::move(entries_);
  }

 private:
  void add_merged(const Node& value) {
    if (value.kind == NodeKind::Mapping) return add_mapping(value);
    const std::span<const std::uint32_t> items = document_.children(value);
    for (auto item = items.rbegin(); item != items.rend(); ++item) {
      add_mapping(resolved(document_, *item));
    }
  }

  void add(std::string_view key, Value value) {
    if (const auto before = place_of(key)) entries_[*before].second = Value();  // taken out at the end
    if (!places_.empty()) places_[key] = entries_.size();
    entries_.emplace_back(key, value);
    if (entries_.size() == kFew) {
      for (std::size_t i = 0; i < kFew; ++i) places_[entries_[i].first] = i;
    }
  }

  // Where the entry of that key is that counts so far.
  [[nodiscard]] std::optional<std::size_t> place_of(std::string_view key) const {
    if (!places_.empty()) {
      const auto known = places_.find(key);
      return known == places_.end() ? std::nullopt : std::optional(known->second);
    }
    for (std::size_t i = entries_.size(); i-- > 0;) {
      if (is_same_key(entries_[i].first, key)) return i;
    }
    return std::nullopt;
  }

  static constexpr std::size_t kFew = 16;

  const Document& document_;
  std::vector<std::pair<std::string_view, Value>> entries_;
  std::unordered_map<std::string_view, std::size_t> places_;  // of entries_, once they are more than a few
};

}  // namespace

Value Document::root() const { return {*this, resolved(*this, root_)}; }

Value Value::operator[](std::string_view key) const {
  if (!is_mapping()) return {};
  const Found found = find(*document_, *node_, key);
  return found.value ? Value(*document_, *found.value, found.key_range) : Value();
}

Value Value::item(std::size_t index) const {
  if (!is_sequence() || index >= node_->children.count) return {};
  return {*document_, document_->node(document_->children(*node_)[index])};
}

Entries Value::entries() const {
  if (!is_mapping()) return {};
  const std::span<const std::uint32_t> children = document_->children(*node_);
  bool all_count = !document_->repeats_keys();
  for (std::size_t i = 0; all_count && i < children.size(); i += 2)
    all_count = !document_->node(children[i]).merge;
  if (all_count) return {*document_, children};
  EntryCollector collector(*document_);
  collector.add_mapping(*node_);
  return Entries(collector.take());
}

std::vector<std::pair<std::string_view, Value>> Value::written_entries() const {
  std::vector<std::pair<std::string_view, Value>> written;
  if (!is_mapping()) return written;
  const std::span<const std::uint32_t> children = document_->children(*node_);
  written.reserve(children.size() / 2);
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    const Node& key = document_->node(children[i]);
    if (key.merge) continue;
    written.emplace_back(resolved(*document_, children[i]).text,
                         Value(*document_, document_->node(children[i + 1]), key.range));
  }
  return written;
}

namespace {

std::vector<Entry> sorted_entries(const Value& mapping) {
  const Entries all = mapping.entries();
  std::vector<Entry> entries(all.begin(), all.end());
  std::erase_if(entries, [](const auto& entry) { return !entry.second.exists(); });
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return entries;
}

bool have_same_items(const Items& a, const Items& b, std::size_t& budget) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&budget](const Value& x, const Value& y) { return is_same_value(x, y, budget); });
}

bool have_same_entries(const std::vector<Entry>& a, const std::vector<Entry>& b, std::size_t& budget) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&budget](const auto& x, const auto& y) {
    return x.first == y.first && is_same_value(x.second, y.second, budget);
  });
}

}  // namespace

bool is_same_value(const Value& a, const Value& b, std::size_t& budget) {
  if (!a.exists() || !b.exists()) return a.exists() == b.exists();
  if (a.node() == b.node()) return true;
  if (a.node()->kind != b.node()->kind) return false;
  if (a.is_scalar()) return a.text() == b.text();
  const std::size_t cost = std::size_t{a.node()->children.count} + b.node()->children.count + 1;
  if (cost > budget) {
    budget = 0;
    return true;
  }
  budget -= cost;
  return a.is_sequence() ? have_same_items(a.items(), b.items(), budget)
                         : have_same_entries(sorted_entries(a), sorted_entries(b), budget);
}

namespace {

// The finalizer of SplitMix64.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

std::uint64_t hash_of(std::string_view text) { return mixed(std::hash<std::string_view>()(text)); }

}  // namespace

std::uint64_t content_hash(const Value& value, std::size_t& budget) {
  if (!value.exists()) return 1;
  if (value.is_scalar()) return hash_of(value.text()) | 1U;
  const std::size_t cost = std::size_t{value.node()->children.count} + 1;
  if (cost > budget) {
    budget = 0;
    return 1;
  }
  budget -= cost;
  std::uint64_t hash = value.is_sequence() ? 2 : 3;
  if (value.is_sequence()) {
    for (const Value& item : value.items()) hash = mixed(hash ^ content_hash(item, budget));
  } else {
    // The order of entries says nothing.
    for (const auto& [key, entry] : value.entries()) {
      if (entry.exists()) hash += mixed(hash_of(key) ^ (content_hash(entry, budget) * 31));
    }
  }
  return mixed(hash) | 1U;
}

}  // namespace workspace::yaml
