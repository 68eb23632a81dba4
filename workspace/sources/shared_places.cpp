// Which places of a build several of its values come from.
//
// Most documents stand apart in their files, and each of their values has a place of its own: that is seen
// from the extent of each document in each file. Only where extents overlap are single places compared.
#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "workspace/sources/kustomize_evaluation.h"

namespace workspace::kustomize {

std::vector<Extent> extents_of(const std::vector<SourceMap::Segment>& document) {
  std::vector<Extent> extents;
  std::size_t current = 0;
  for (const SourceMap::Segment& segment : document) {
    if (current >= extents.size() || extents[current].file != segment.file) {
      current = 0;
      while (current < extents.size() && extents[current].file != segment.file) ++current;
    }
    const bool is_written = segment.kind == PlaceKind::Written;
    if (current == extents.size()) {
      extents.push_back({segment.file, segment.source, segment.source.begin, is_written, true});
      continue;
    }
    Extent& extent = extents[current];
    extent.in_order = extent.in_order && segment.source.begin > extent.last_begin;
    extent.last_begin = segment.source.begin;
    extent.range.begin = std::min(extent.range.begin, segment.source.begin);
    extent.range.end = std::max(extent.range.end, segment.source.end);
    extent.has_written |= is_written;
  }
  return extents;
}

std::unordered_set<std::uint32_t> contested_files(std::vector<Extent> extents) {
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::tie(a.file, a.range.begin) < std::tie(b.file, b.range.begin);
  });
  std::unordered_set<std::uint32_t> contested;
  for (std::size_t at = 0; at < extents.size();) {
    const std::uint32_t file = extents[at].file;
    bool has_written = false;
    bool overlap = false;
    for (std::uint32_t end = 0; at < extents.size() && extents[at].file == file; ++at) {
      const Extent& extent = extents[at];
      has_written |= extent.has_written;
      overlap |= !extent.in_order || extent.range.begin < end;
      end = std::max({end, extent.range.end, extent.range.begin + 1});
    }
    if (has_written && overlap) contested.insert(file);
  }
  return contested;
}

void mark_shared(std::vector<std::vector<SourceMap::Segment>>& documents,
                 const std::unordered_set<std::uint32_t>& contested) {
  using PlaceKey = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;
  const auto key_of = [](const SourceMap::Segment& segment) {
    return PlaceKey{segment.file, segment.source.begin, segment.source.end};
  };
  std::vector<PlaceKey> uses;
  std::vector<SourceMap::Segment*> written;
  for (std::vector<SourceMap::Segment>& document : documents) {
    std::uint32_t file = kNoFile;  // of the segment before: most runs of segments are of one file
    bool is_contested = false;
    for (SourceMap::Segment& segment : document) {
      if (segment.file != file) {
        file = segment.file;
        is_contested = contested.contains(file);
      }
      if (!is_contested) continue;
      uses.push_back(key_of(segment));
      if (segment.kind == PlaceKind::Written) written.push_back(&segment);
    }
  }
  std::sort(uses.begin(), uses.end());
  for (SourceMap::Segment* segment : written) {
    const auto [first, last] = std::equal_range(uses.begin(), uses.end(), key_of(*segment));
    if (last - first > 1) segment->kind = PlaceKind::Shared;
  }
}

}  // namespace workspace::kustomize
