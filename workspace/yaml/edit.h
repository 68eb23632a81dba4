// Exact edits of YAML text: the fewest characters that make a value read differently.
//
// Comments, quotes, indentation and line ends outside the edit stay byte-identical; block and flow style,
// CRLF, missing final newline, anchors, aliases and merge keys are all handled. A value reached through an
// alias is replaced at the alias's use (a shared mapping is written out there as a flow mapping), a value
// that comes from `<<` by writing the key after it, so that no other user of the anchor changes. A value that
// carries an anchor itself is edited in place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/base/result.h"
#include "workspace/text/text_range.h"

namespace workspace::yaml {

struct TextEdit {
  ByteRange range;
  std::string new_text;
  friend bool operator==(const TextEdit&, const TextEdit&) = default;
};

struct PathStep {
  std::string key;  // used when index < 0
  int index = -1;
};
using Path = std::vector<PathStep>;

// "spec.subsets[0].trafficPolicy.tls.mode" -> steps. A key with a dot, slash or bracket stands as
// `["a.b/c"]`.
Path parse_path(std::string_view path);

// The edits after which `document` (one slice) reads as before, save that the scalar at `path` is `value`.
// The last step is a key of an existing mapping; if that mapping has no such key (or its value is null), the
// key is inserted as its first key in block style, or the value written after the key. `value` must be
// plain-safe. Edits are sorted and don't overlap.
Result<std::vector<TextEdit>> set_scalar(std::string_view document, const Path& path, std::string_view value);

// How a mapping is to read: `set` has the value (plain-safe, as above), and none of `remove` is there.
struct EntryChange {
  std::string set;  // empty: no key is set
  std::string value;
  std::vector<std::string> remove;
};

// The edits after which the mapping at `mapping` reads so, and all else as before. Mappings on the way that
// do not exist are made. Comments inside removed entries stay, on lines of their own; a removed key that `<<`
// gives is written with the value null. A mapping that holds no other key than those removed is removed
// itself.
Result<std::vector<TextEdit>> change_entries(std::string_view document, const Path& mapping,
                                             const EntryChange& change);

// The edits after which the key at `path` (written there, not through an alias or `<<`) is called otherwise.
Result<std::vector<TextEdit>> rename_key(std::string_view document, const Path& path, std::string_view key);

// A line `---` before the line of a top-level key, which begins at `offset`.
Result<TextEdit> insert_document_marker(std::string_view document, std::uint32_t offset);

// The edit after which the sequence at a top-level key has one more item. `item` is its text in block style,
// without indentation, each line with its '\n'. A key that is not there is written at the end. An Error where
// the document or the sequence is written in flow style (an empty one aside), or the value is no sequence.
Result<TextEdit> append_item(std::string_view document, std::string_view key, std::string_view item);

// The scalar as it can stand behind a key, in quotes where plain text would be read as something else than
// that text, in YAML 1.1 (as kubectl reads: yes, 1e3, 0x1, 1:30, dates) or 1.2.
std::string write_scalar(std::string_view text);

// Applies edits (sorted, non-overlapping) to text.
std::string apply_edits(std::string_view text, const std::vector<TextEdit>& edits);

}  // namespace workspace::yaml
