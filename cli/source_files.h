// The texts that were analysed, and places in them as people count. Reads a text again when it is asked for,
// and holds it from then on; a file that is no longer what was analysed has no text. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "workspace/platform/file_system.h"
#include "workspace/sources/file_facts.h"
#include "workspace/text/line_index.h"
#include "workspace/text/text_range.h"

namespace cli {

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
  // What was read of a file; null: nothing.
  using FactsOf = std::function<const workspace::FileFacts*(const std::string& path)>;

  // `files` must outlive it.
  SourceFiles(const workspace::FileSystem& files, FactsOf facts_of)
      : files_(files), facts_of_(std::move(facts_of)) {}

  [[nodiscard]] const workspace::FileSystem& files() const { return files_; }

  void set(const std::string& path, Text text);      // is not, or no longer, what is on the disk
  [[nodiscard]] Text text(const std::string& path);  // null: not known, or changed
  // The files that were asked for in vain.
  [[nodiscard]] const std::set<std::string>& changed() const { return changed_; }

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
  Entry* known(const std::string& path);
  Entry* indexed(const std::string& path);
  [[nodiscard]] Text read_again(const std::string& path);

  const workspace::FileSystem& files_;
  FactsOf facts_of_;
  std::set<std::string> changed_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace cli
