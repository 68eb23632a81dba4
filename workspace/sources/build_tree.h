// The tree that a kustomization is evaluated on: an ordered tree of values that know where they were written.
//
// Scalars keep how they were written (quoted or plain) and what that makes of them, since both decide what
// kustomize makes of a value that is set: a number set into a quoted field becomes text. Values; a copy is
// deep. Files are indices into a table of the evaluation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/sources/source_map.h"
#include "workspace/text/text_range.h"
#include "workspace/yaml/tree.h"

namespace workspace::kustomize {

inline constexpr std::uint32_t kNoFile = UINT32_MAX;

struct Place {
  std::uint32_t file = kNoFile;
  ByteRange range;
  PlaceKind kind = PlaceKind::None;
  friend bool operator==(const Place&, const Place&) = default;
};

// The same place, as one that a field made a value at.
Place made_at(const Place& field);

enum class TreeKind : std::uint8_t { Scalar, Sequence, Mapping };
// Auto: what the text is taken for is decided when it is written.
enum class Tag : std::uint8_t { Auto, String, Integer, Float, Boolean, Null, Timestamp };

struct Entry;

struct Tree {
  TreeKind kind = TreeKind::Scalar;
  Tag tag = Tag::Auto;
  yaml::ScalarStyle style = yaml::ScalarStyle::Plain;
  bool flow = false;  // a collection in brackets
  // Scalars of one resource that kustomize keeps as one: a change of one changes them all. 0: none.
  std::uint32_t twin = 0;
  bool renewed = false;  // changed since renew_twins
  Place place;           // a scalar's characters; a collection from its first to its last character
  std::string text;      // Scalar: decoded
  std::vector<Tree> items;
  std::vector<Entry> entries;

  [[nodiscard]] bool is_mapping() const { return kind == TreeKind::Mapping; }
  [[nodiscard]] bool is_sequence() const { return kind == TreeKind::Sequence; }
  [[nodiscard]] bool is_scalar() const { return kind == TreeKind::Scalar; }
  [[nodiscard]] bool is_null() const { return is_scalar() && tag == Tag::Null; }
  // The first entry of a key; null: none, or no mapping.
  [[nodiscard]] const Tree* find(std::string_view key) const;
  [[nodiscard]] Tree* find(std::string_view key);
  [[nodiscard]] const Entry* find_entry(std::string_view key) const;
  void remove(std::string_view key);
  // The entry of a key, appended as a mapping (or `kind`) with the place of what asked for it.
  Tree& find_or_add(std::string_view key, const Place& place, TreeKind kind = TreeKind::Mapping);
};

struct Entry {
  std::string key;
  Place place;
  bool is_text = true;  // the key would be read as text, not as a number or a boolean
  Tree value;
};

Tree make_scalar(std::string text, const Place& place, Tag tag = Tag::Auto);
Tree make_mapping(const Place& place);

// What a tree takes: each value counts as one, and each 64 bytes of keys and texts as one more.
std::size_t size_of(const Tree& tree);
std::size_t size_of(std::string_view text);

// Sets a scalar as kustomize does: the style of what is there stays. False: there is a collection.
bool set_scalar(Tree& target, std::string text, const Place& place, Tag tag);
// Puts `value` at a key; a scalar there keeps its style.
void set_field(Tree& mapping, std::string_view key, Tree value, const Place& key_place);

// Gives all twins of changed scalars their new value.
void renew_twins(Tree& root);

// What a plain scalar is taken for: YAML 1.2 and what go-yaml 3 adds to it; `yaml11` adds yes, no, on and
// off.
Tag tag_of(std::string_view plain, bool yaml11 = false);
// A scalar's final type and text, numbers in JSON's form. None: it has none (infinity).
struct Resolved {
  Tag tag;
  std::string text;
};
std::optional<Resolved> resolve(const Tree& scalar, bool in_flow = false);

// Where a text stands in a file: as it is, or as the decoded text of a scalar there.
class TextPlaces {
 public:
  // The text is a part of the file from `begin` on.
  TextPlaces(std::uint32_t file, std::uint32_t begin) : file_(file), begin_(begin) {}
  // The text is the decoded text of `scalar`, which stands in `source`.
  TextPlaces(const Tree& scalar, std::string_view source);

  [[nodiscard]] Place place(ByteRange range) const;
  // The same for the part of the text that begins at `begin`.
  [[nodiscard]] TextPlaces from(std::uint32_t begin) const {
    TextPlaces part = *this;
    part.skipped_ += begin;
    return part;
  }

 private:
  struct Line {
    std::uint32_t decoded;  // where it begins
    std::uint32_t size;
    std::uint32_t source;
  };

  std::uint32_t file_;
  std::uint32_t begin_ = 0;
  std::uint32_t skipped_ = 0;  // of the text, before the part
  PlaceKind kind_ = PlaceKind::Written;
  std::optional<ByteRange> whole_;  // no better place is known
  std::vector<Line> lines_;         // of a literal block
};

// The lines of a literal block in its file, in order: each decoded line with the offset of its first
// character.
std::vector<std::pair<std::string_view, std::uint32_t>> literal_lines(std::string_view decoded,
                                                                      std::string_view source,
                                                                      std::uint32_t first_character);

struct ReadTree {
  Tree root;
  std::optional<Place> repeated_key;  // the first key that its mapping has twice
  std::string repeated_name;
};

// A read document as a Tree: aliases copied, merge keys applied as kustomize does (what a mapping says itself
// wins). Of a key that is there twice the first counts, or the last one.
ReadTree to_tree(const yaml::Document& document, std::string_view text, const TextPlaces& places, bool yaml11,
                 bool last_wins);

}  // namespace workspace::kustomize
