// The texts that were analysed, and places in them as people count. Holds every text for as long as it lives,
// so that what is shown is what was checked, whatever happens on the disk meanwhile. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "workspace/line_index.h"
#include "workspace/text_range.h"

namespace lsp::cli {

// Counted from 1; columns in code points; a BOM is not counted.
struct TextPosition {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend auto operator<=>(const TextPosition&, const TextPosition&) = default;
};

struct PositionRange {
  TextPosition start;
  TextPosition end;  // exclusive
};

PositionRange position_range(std::string_view text, const workspace::LineIndex& lines,
                             workspace::ByteRange range);

class SourceFiles {
 public:
  using Text = std::shared_ptr<const std::string>;

  void set(const std::string& path, Text text);            // new or changed
  [[nodiscard]] Text text(const std::string& path) const;  // null: not known

  // Of a known file; 1:1 for any other.
  [[nodiscard]] PositionRange positions(const std::string& path, workspace::ByteRange range);

  // The line of `offset` without line end and BOM, and the part of it that `range` covers.
  struct Excerpt {
    std::string_view line;
    workspace::ByteRange marked;  // inside `line`; may be empty
  };
  [[nodiscard]] Excerpt excerpt(const std::string& path, workspace::ByteRange range);

 private:
  struct Entry {
    Text text;
    std::optional<workspace::LineIndex> lines;  // made when first asked for
  };
  Entry* indexed(const std::string& path);

  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace lsp::cli
