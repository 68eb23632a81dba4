#include "workspace/sources/printed_build.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace workspace::kustomize {
namespace {

using Segments = std::vector<SourceMap::Segment>;

// Both have values from the same files, which they come to in the same order.
bool come_to_files_alike(const PrintedPiece& a, const PrintedPiece& b) {
  return std::equal(a.extents.begin(), a.extents.end(), b.extents.begin(), b.extents.end(),
                    [](const Extent& one, const Extent& other) { return one.file == other.file; });
}

bool is_same_place(const SourceMap::Segment& a, const SourceMap::Segment& b) {
  return a.file == b.file && a.source == b.source && a.kind == b.kind;
}

// Gives files other numbers; asks once for each run of places in one file.
template <class NumberOf>
void renumber(Segments& segments, const NumberOf& number_of) {
  std::uint32_t last = kNoFile;
  std::uint32_t number = 0;
  for (SourceMap::Segment& segment : segments) {
    if (segment.file != last) {
      last = segment.file;
      number = number_of(last);
    }
    segment.file = number;
  }
}

// What mark_shared() made of a replaced piece holds for the one in its place, if both have the same places in
// contested files: then it holds for all others, too.
class MarksTakenOver {
 public:
  MarksTakenOver(const Segments& before, const SourceMap& marked,
                 const std::unordered_set<std::uint32_t>& contested)
      : before_(before), marked_(marked.segments()), contested_(contested) {}

  bool mark(Segments& segments) {
    for (SourceMap::Segment& segment : segments) {
      if (!contested_.contains(segment.file)) continue;
      skip_others();
      if (at_ == before_.size() || !is_same_place(before_[at_], segment)) return false;
      segment.kind = marked_[at_++].kind;
    }
    skip_others();
    return at_ == before_.size();
  }

 private:
  void skip_others() {
    while (at_ < before_.size() && !contested_.contains(before_[at_].file)) ++at_;
  }

  const Segments& before_;
  const Segments& marked_;
  const std::unordered_set<std::uint32_t>& contested_;
  std::size_t at_ = 0;
};

// Whether a file is contested now, if all pieces come to the same files as before.
bool is_contested(std::uint32_t file, const PrintedBuild& printed) {
  std::vector<Extent> extents;
  for (const std::uint32_t index : printed.by_file.at(file)) {
    for (const Extent& extent : printed.pieces[index].extents) {
      if (extent.file == file) extents.push_back(extent);
    }
  }
  return !contested_files(std::move(extents)).empty();
}

// Whether the same files are contested as before a piece was replaced by one that comes to the same.
bool are_contested_alike(const PrintedPiece& before, const PrintedPiece& now, const PrintedBuild& printed) {
  for (std::size_t i = 0; i < now.extents.size(); ++i) {
    const std::uint32_t file = now.extents[i].file;
    if (now.extents[i] == before.extents[i]) continue;
    if (is_contested(file, printed) != printed.result.contested.contains(file)) return false;
  }
  return true;
}

// The document in place of one that was replaced; none: others depend on it.
std::optional<BuiltDocument> document_in_place_of(const ReplacedPiece& replaced,
                                                  const PrintedBuild& printed) {
  const PiecesInBuild& result = printed.result;
  const PrintedPiece& before = replaced.before;
  const PrintedPiece& now = printed.pieces[replaced.index];
  if (!come_to_files_alike(before, now) || !are_contested_alike(before, now, printed)) return std::nullopt;
  Segments segments = now.segments;
  if (!result.contested.empty()) {
    MarksTakenOver marks(before.segments, result.documents[replaced.index].map(), result.contested);
    if (!marks.mark(segments)) return std::nullopt;
  }
  renumber(segments, [&](std::uint32_t file) { return result.indices.at(file); });
  return BuiltDocument(now.text, SourceMap(std::move(segments)));
}

}  // namespace

PiecesInBuild put_together(std::vector<PrintedPiece> pieces, const BuildFiles& files) {
  PiecesInBuild result;
  std::vector<Extent> extents;
  for (const PrintedPiece& piece : pieces)
    extents.insert(extents.end(), piece.extents.begin(), piece.extents.end());
  result.contested = contested_files(std::move(extents));
  std::vector<Segments> written;
  written.reserve(pieces.size());
  for (PrintedPiece& piece : pieces) written.push_back(std::move(piece.segments));
  if (!result.contested.empty()) mark_shared(written, result.contested);
  std::vector<std::string> paths;
  result.documents.reserve(pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    renumber(written[i], [&](std::uint32_t file) {
      const auto [known, is_new] = result.indices.emplace(file, static_cast<std::uint32_t>(paths.size()));
      if (is_new) paths.push_back(files.path(file));
      return known->second;
    });
    result.documents.emplace_back(std::move(pieces[i].text), SourceMap(std::move(written[i])));
  }
  result.files = share(std::move(paths));
  return result;
}

void put_together(PrintedBuild& printed, const BuildFiles& files) {
  printed.result = put_together(printed.pieces, files);
  printed.by_file.clear();
  printed.piece_of.assign(printed.made->resources.size(), kNoPiece);
  printed.referring.clear();
  printed.size = 0;
  for (std::uint32_t i = 0; i < printed.pieces.size(); ++i) {
    const PrintedPiece& piece = printed.pieces[i];
    for (const Extent& extent : piece.extents) printed.by_file[extent.file].push_back(i);
    printed.piece_of[piece.number] = i;
    printed.size += piece.size;
    if (piece.refers) printed.referring.push_back(piece.number);
  }
  std::sort(printed.referring.begin(), printed.referring.end());
}

void put_together_again(PrintedBuild& printed, const std::vector<ReplacedPiece>& replaced,
                        const BuildFiles& files) {
  std::vector<BuiltDocument> made;
  made.reserve(replaced.size());
  for (const ReplacedPiece& each : replaced) {
    auto document = document_in_place_of(each, printed);
    if (!document) return put_together(printed, files);
    made.push_back(*std::move(document));
  }
  for (std::size_t i = 0; i < replaced.size(); ++i)
    printed.result.documents[replaced[i].index] = std::move(made[i]);
}

}  // namespace workspace::kustomize
