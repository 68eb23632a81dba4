// Where in a document someone types: found out line by line, from the text alone, so that it works in text
// that is no YAML yet.
//
// Reads from the document's start (`---`) to the cursor, block and flow style, and on for the resource's
// names. What it can't make out (anchors, merge keys, keys over several lines) it leaves out. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/text/text_range.h"

namespace workspace {

struct CursorContext {
  // Keys from the resource (an item of a List is one) to the place, "[]" for an item of a sequence:
  // {"spec", "exportTo", "[]"}.
  std::vector<std::string> path;
  bool in_value = false;  // behind `key:`; else a key may be typed, or a value on a line of its own
  bool in_text = false;   // in a comment or a block scalar: the path is empty, and so is all else
  bool in_flow = false;   // between braces or brackets
  bool quoted = false;    // inside quotes
  ByteRange word;         // what is being typed, without quotes, also behind the cursor
  std::string typed;      // the part of it before the cursor
  // Keys that the mapping at `path` has, above and below, but the one that is typed; as they are written,
  // those of a mapping that is not closed included. Of the resource's own mapping at its root.
  std::vector<std::string> siblings;
  // In block style: columns, in bytes, of the word and of the key that `path` ends with; no key: 0.
  std::uint32_t column = 0;
  std::uint32_t parent_column = 0;

  // Of the resource around it, as far as they are written.
  std::string api_version;
  std::string kind;
  std::string name;
  std::string ns;
  std::string host;  // spec.host
};

// `offset` is a byte offset into the text of the file; past its end is its end. In a comment or a block
// scalar the path is empty.
CursorContext cursor_context(std::string_view text, std::uint32_t offset);

// A key, or a scalar value on the key's line or on its own, that a place points at.
struct PointedAt {
  std::vector<std::string> path;  // as above, to the value: a key is its last step
  bool is_key = false;
  ByteRange range;   // without quotes
  std::string text;  // the same range's
  std::string api_version;
  std::string kind;
};

// What stands at a byte offset, both ends included; none: neither a key nor a scalar on one line.
std::optional<PointedAt> pointed_at(std::string_view text, std::uint32_t offset);

}  // namespace workspace
