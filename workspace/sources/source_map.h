// Where the text of a document was written.
//
// A document that a kustomization builds has a text of its own, made from several files; a SourceMap leads
// from a range of that text to the file it came from. A document of a plain file has no map: its text is its
// source. Immutable after building; safe on any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workspace/text/text_range.h"

namespace workspace {

enum class OriginKind : std::uint8_t { File, Kustomization };

// What a document was read or built from.
struct Origin {
  OriginKind kind = OriginKind::File;
  std::string path;  // the file, or the folder of the kustomization; absolute and normalised
  friend bool operator==(const Origin&, const Origin&) = default;
};

enum class PlaceKind : std::uint8_t {
  None,     // stands in no file (a name's hash, `kind` of a generated ConfigMap)
  Written,  // the value is written there, and nothing else of the build comes from there
  Shared,  // the value is written there, but so are others of the build (an anchor, a patch with two targets)
  Made,    // a field of a kustomization, such as `namespace`, made the value; there is the field
};

// A range in a file of the build.
struct MappedRange {
  std::uint32_t file = 0;  // index into Build::files
  ByteRange range;         // bytes in that file
  // The text there is the value's own, and replacing it changes this value of the build and no other.
  bool editable = false;
  friend bool operator==(const MappedRange&, const MappedRange&) = default;
};

// Segments of the built text in order, without overlaps. What no segment covers (punctuation, indentation)
// has no place.
class SourceMap {
 public:
  struct Segment {
    ByteRange built;
    ByteRange source;
    std::uint32_t file = 0;
    PlaceKind kind = PlaceKind::None;
    friend bool operator==(const Segment&, const Segment&) = default;
  };

  SourceMap() = default;
  // `segments` must be in order of `built`.
  explicit SourceMap(std::vector<Segment> segments);

  // Where a range of the built text was written. A range over several segments, such as a mapping's, becomes
  // the smallest range that holds those in the file of the first one, and is not editable. None if nothing of
  // it was written anywhere. O(log n + segments covered).
  [[nodiscard]] std::optional<MappedRange> find(ByteRange built) const;

  [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }
  // Those that something was written in; sorted, each once.
  [[nodiscard]] const std::vector<std::uint32_t>& files() const { return files_; }
  friend bool operator==(const SourceMap&, const SourceMap&) = default;

 private:
  std::vector<Segment> segments_;
  std::vector<std::uint32_t> files_;
};

}  // namespace workspace
