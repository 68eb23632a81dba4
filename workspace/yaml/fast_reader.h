// Reads the YAML that most manifests are written in, ten times faster than yaml-cpp: block mappings and
// sequences, scalars on one line, literal blocks, flow collections on one line, comments; where nothing is
// wanted, as in the descriptions of a CRD, scalars over several lines too. Gives up on all else (tabs, CR,
// anchors, tags, escapes, wanted scalars over several lines, a wanted key given twice, whatever is wrong),
// which is then the full reader's; what it does read, it reads exactly as the full reader would
// (tests/workspace/fast_reader_test.cpp holds it to that).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "workspace/text/byte_classes.h"
#include "workspace/yaml/reader.h"
#include "workspace/yaml/tree.h"

namespace workspace::yaml {

// The words that a plain scalar is null by, beside nothing at all.
bool is_null_word(std::string_view text);

// Which part of a document is wanted: a tree of mapping keys, seen through sequences. The rest is read, since
// it may be wrong, but makes no nodes.
struct Outline {
  std::string_view name;  // the key; of a root: the `kind` that the document has, empty: it has none
  std::span<const Outline> children;
  bool everything = true;  // what is below is all wanted; `children` means nothing
  bool prefix = false;     // `name` is what the key begins with

  // What is wanted of a key's value; null: nothing.
  [[nodiscard]] const Outline* below(std::string_view key) const {
    if (everything) return this;
    for (const Outline& child : children) {
      if (child.prefix ? key.starts_with(child.name) : is_same_key(child.name, key)) return &child;
    }
    return nullptr;
  }
};
inline constexpr Outline kEverything{};

// The document's root is there whatever is `wanted`; the ranges are those of the whole text. Gives up, too,
// on a document that `wanted` is not for.
std::optional<Document> read_plain_yaml(std::string_view text, const ReadLimits& limits = {},
                                        const Outline& wanted = kEverything);

// Reads documents of texts whose bytes are classified, one after the other, in the same memory. One thread.
class PlainYamlReader {
 public:
  // The ranges are relative to the document, which begins and ends where lines do.
  std::optional<Document> read(std::string_view text, const ByteClasses& classes, ByteRange document,
                               const ReadLimits& limits = {}, const Outline& wanted = kEverything);
  // Takes the memory of a document that is not needed any more.
  void recycle(Document&& document);

  // A block collection whose end has not come yet.
  struct Frame {
    std::uint32_t node;         // or none, when it is not wanted
    std::uint32_t column;       // in bytes
    std::uint32_t first_child;  // of those that it has so far
    bool mapping;
    const Outline* wanted;  // null: nothing in it
  };
  struct Memory {
    std::vector<Node> nodes;
    std::vector<std::uint32_t> links;
    std::vector<std::uint32_t> children;  // of all open collections, the innermost last
    std::vector<Frame> frames;
  };

 private:
  Memory memory_;
};

}  // namespace workspace::yaml
