#include "workspace/sources/source_map.h"

#include <algorithm>
#include <utility>

namespace workspace {

SourceMap::SourceMap(std::vector<Segment> segments) : segments_(std::move(segments)) {
  for (const Segment& segment : segments_) {
    // Most runs of segments are of one file.
    if (segment.kind != PlaceKind::None && (files_.empty() || files_.back() != segment.file))
      files_.push_back(segment.file);
  }
  std::sort(files_.begin(), files_.end());
  files_.erase(std::unique(files_.begin(), files_.end()), files_.end());
}

std::optional<MappedRange> SourceMap::find(ByteRange built) const {
  auto at = std::lower_bound(segments_.begin(), segments_.end(), built.begin,
                             [](const Segment& s, std::uint32_t begin) { return s.built.end < begin; });
  // A segment that only ends where the range begins holds nothing of it, unless both are empty there.
  while (at != segments_.end() && at->built.end == built.begin && at->built != built) ++at;
  std::optional<MappedRange> found;
  for (; at != segments_.end() && (at->built.begin < built.end || at->built == built); ++at) {
    if (at->kind == PlaceKind::None) continue;
    if (!found) {
      found = {at->file, at->source, at->kind == PlaceKind::Written && at->built == built};
      // A part of a segment that is written letter for letter has a place of its own.
      const bool inside = at->built.begin <= built.begin && built.end <= at->built.end && at->built != built;
      if (inside && at->kind != PlaceKind::Made && at->built.size() == at->source.size()) {
        const std::uint32_t begin = at->source.begin + (built.begin - at->built.begin);
        found->range = {begin, begin + built.size()};
        found->editable = at->kind == PlaceKind::Written;
      }
    } else if (at->file == found->file) {
      found->range.begin = std::min(found->range.begin, at->source.begin);
      found->range.end = std::max(found->range.end, at->source.end);
      found->editable = false;
    }
  }
  return found;
}

}  // namespace workspace
