// The present text of every file: open buffers over the disk.
//
// Buffers hold what the client says, as immutable texts, so that whoever looked at one keeps it. Texts of
// files that are not open are read when they are needed to show a place, and a few are kept, keyed by path
// and hash: asking with the hash of the facts means that a place is never shown in, or an edit computed for,
// a text other than the one that was analysed. Engine thread only. Positions come in the unit agreed on;
// nonsense (past the end, end before start) is clamped.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lsp/protocol/text_sync.h"
#include "workspace/platform/file_system.h"
#include "workspace/text/line_index.h"

namespace lsp {

struct Text {
  explicit Text(std::string text) : bytes(std::move(text)), lines(bytes) {}
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;

  const std::string bytes;
  const workspace::LineIndex lines;
};
using SharedText = std::shared_ptr<const Text>;

struct OpenDocument {
  std::string uri;  // as the client spells it
  std::string path;
  std::string language;
  std::int64_t version = 0;
  SharedText text;
  SharedText analysed;             // what the facts in use were read from; null: not yet
  bool is_chart_template = false;  // Helm makes a manifest of it; passed by, as on the disk
  bool is_second_name = false;     // of a file that is open under another name, whose text counts
  // A change was not understood: `text` is not what the client has, until it sends all of it.
  bool out_of_sync = false;
};

class TextStore {
 public:
  explicit TextStore(const workspace::FileSystem& files) : files_(files) {}

  OpenDocument& open(protocol::TextDocumentItem item, std::string path);  // once more: replaces
  void change(OpenDocument& document, std::int64_t version,
              std::span<const protocol::TextDocumentContentChangeEvent> changes, workspace::ColumnUnit unit);
  OpenDocument take(const std::string& path);  // which is open, and is not from then on

  [[nodiscard]] OpenDocument* find(const std::string& path);
  [[nodiscard]] const OpenDocument* find(const std::string& path) const;
  [[nodiscard]] const std::unordered_map<std::string, OpenDocument>& open_documents() const { return open_; }

  // The file's text on disk if it is that of `size` bytes whose hash is `hash`, else null.
  SharedText disk_text(const std::string& path, std::uint32_t size, std::uint64_t hash);
  void forget_disk_text(const std::string& path);  // the next disk_text looks at the disk

 private:
  struct Cached {
    std::string path;
    std::uint64_t hash = 0;
    SharedText text;
  };
  void remember(Cached entry);

  const workspace::FileSystem& files_;
  std::unordered_map<std::string, OpenDocument> open_;
  std::list<Cached> recent_;  // most recent first
  std::unordered_map<std::string, std::list<Cached>::iterator> cached_;
  std::size_t cached_bytes_ = 0;
};

// The text with one change made.
std::string changed_text(const Text& text, const protocol::TextDocumentContentChangeEvent& change,
                         workspace::ColumnUnit unit);

}  // namespace lsp
