// Internal to kustomize.h: from the documents that a root prints to those of its build.
//
// A document's places depend on the other documents in two ways: which of the build's files they are in, and
// whether another value comes from the same place. Where neither is another than before, documents are taken
// over as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "workspace/sources/build_files.h"
#include "workspace/sources/build_increment.h"
#include "workspace/sources/kustomize_evaluation.h"

namespace workspace::kustomize {

// A document as it is printed, from a resource of what a root's kustomization makes.
struct PrintedPiece {
  std::uint32_t number = 0;                  // of the resource
  bool refers = false;                       // a name that it refers to was changed
  std::size_t size = 0;                      // of its values
  SharedSourceText text;                     // behind a marker
  std::vector<SourceMap::Segment> segments;  // files as BuildFiles numbers them
  std::vector<Extent> extents;
};

// What becomes of all pieces of a build. Files are told apart by the numbers of BuildFiles.
struct PiecesInBuild {
  std::vector<BuiltDocument> documents;  // one for each
  SharedPaths files = no_paths();
  std::unordered_map<std::uint32_t, std::uint32_t> indices;  // of files, into those
  std::unordered_set<std::uint32_t> contested;               // contested_files()
};

PiecesInBuild put_together(std::vector<PrintedPiece> pieces, const BuildFiles& files);

inline constexpr std::uint32_t kNoPiece = UINT32_MAX;

// What a root printed last.
struct PrintedBuild {
  std::shared_ptr<const Accumulator> made;  // what its kustomization makes
  const Tree* kustomization = nullptr;      // as long as `text` lives
  std::shared_ptr<const void> text;
  std::vector<PrintedPiece> pieces;  // in the order of printing
  PiecesInBuild result;
  std::vector<std::uint32_t> piece_of;   // of each resource of `made`; kNoPiece: it is not printed
  std::vector<std::uint32_t> referring;  // the numbers of resources whose piece refers to others; sorted
  std::size_t size = 0;                  // of all pieces' values
  // The number of what has taken the resources of `made` over, and those of `made` that are others there. 0:
  // nothing has.
  std::uint64_t successor = 0;
  std::vector<ChangedResource> replaced;
  // The pieces with values from a file, by its number.
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> by_file;
};

// Makes the result of the pieces.
void put_together(PrintedBuild& printed, const BuildFiles& files);

// A piece that another one has taken the place of.
struct ReplacedPiece {
  std::size_t index = 0;
  PrintedPiece before;
};

// Brings the result up to date. Costs what the replaced pieces are large and how many others have values from
// their files, or, where others depend on them, what the build is large.
void put_together_again(PrintedBuild& printed, const std::vector<ReplacedPiece>& replaced,
                        const BuildFiles& files);

}  // namespace workspace::kustomize
