#include "workspace/sources/build_origin.h"

#include <algorithm>
#include <utility>

namespace workspace {

BuildOrigin::BuildOrigin(std::string root, std::string name, SharedPaths files,
                         std::vector<Document> documents, bool is_chart)
    : root_(std::move(root)),
      name_(std::move(name)),
      files_(std::move(files)),
      documents_(std::move(documents)),
      is_chart_(is_chart) {}

std::string BuildOrigin::text_of(const std::vector<Document>& documents) {
  std::string text;
  for (std::size_t i = 0; i < documents.size(); ++i) text += documents[i].built.slice(i);
  return text;
}

const BuildOrigin::Document* BuildOrigin::document_at(std::uint32_t offset) const {
  const auto after =
      std::upper_bound(documents_.begin(), documents_.end(), offset,
                       [](std::uint32_t at, const Document& document) { return at < document.begin; });
  return after == documents_.begin() ? nullptr : &*std::prev(after);
}

std::optional<SourcePlace> BuildOrigin::place(ByteRange built) const {
  const Document* document = document_at(built.begin);
  if (document == nullptr) return std::nullopt;
  const auto found = document->built.map().find({built.begin - document->begin, built.end - document->begin});
  if (!found) return std::nullopt;
  return SourcePlace{(*files_)[found->file], found->range, found->editable};
}

std::optional<SourcePlace> BuildOrigin::first_place(std::uint32_t ordinal) const {
  const auto& segments = documents_[ordinal].built.map().segments();
  const auto first = std::find_if(segments.begin(), segments.end(), [](const SourceMap::Segment& segment) {
    return segment.kind != PlaceKind::None;
  });
  if (first == segments.end()) return std::nullopt;
  return SourcePlace{(*files_)[first->file], first->source, false};
}

std::optional<std::uint32_t> BuildOrigin::index_of(std::string_view file) const {
  const auto at = std::find(files_->begin(), files_->end(), file);
  if (at == files_->end()) return std::nullopt;
  return static_cast<std::uint32_t>(at - files_->begin());
}

bool BuildOrigin::uses(std::uint32_t ordinal, std::uint32_t file) const {
  const std::vector<std::uint32_t>& files = documents_[ordinal].built.map().files();
  return std::binary_search(files.begin(), files.end(), file);
}

bool BuildOrigin::has_values_in(std::uint32_t ordinal, std::string_view file, ByteRange range) const {
  const auto index = index_of(file);
  if (!index || !uses(ordinal, *index)) return false;
  const auto& segments = documents_[ordinal].built.map().segments();
  return std::any_of(segments.begin(), segments.end(), [&](const SourceMap::Segment& segment) {
    return segment.kind != PlaceKind::None && segment.source.begin <= range.end &&
           range.begin <= segment.source.end && segment.file == *index;
  });
}

std::vector<ByteRange> BuildOrigin::built_from(std::string_view file, std::uint32_t offset) const {
  std::vector<ByteRange> found;
  const auto index = index_of(file);
  if (!index) return found;
  for (std::uint32_t ordinal = 0; ordinal < documents_.size(); ++ordinal) {
    if (!uses(ordinal, *index)) continue;
    const Document& document = documents_[ordinal];
    for (const SourceMap::Segment& segment : document.built.map().segments()) {
      if (segment.file != *index || segment.kind == PlaceKind::None) continue;
      if (offset < segment.source.begin || segment.source.end < offset) continue;
      found.push_back(shifted(segment.built, document.begin));
    }
  }
  std::stable_sort(found.begin(), found.end(), [](ByteRange a, ByteRange b) { return a.size() < b.size(); });
  return found;
}

}  // namespace workspace
