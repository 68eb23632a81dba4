// Evaluates kustomizations as `kustomize build` (v5) does, from texts in memory, with the place where each
// value of each built document was written (docs/design/sources.md, section 3).
//
// What is named and not there (remote bases, missing files, charts, plugins) is left out and makes the build
// partial; what else kustomize refuses, refuses the build. All work is bounded: by the limits on files and
// documents, and by kMaxDocuments and kMaxDepth below. One thread per Kustomizer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workspace/config/limits.h"
#include "workspace/sources/built_document.h"
#include "workspace/sources/shared_paths.h"
#include "workspace/sources/source_map.h"

namespace workspace {

// What a kustomization is read from: the disk, open buffers before it, or a test's memory. Paths are absolute
// and normalised.
class SourceReader {
 public:
  virtual ~SourceReader() = default;
  // A file's text; null: there is none, or it cannot be read. The same object as long as the text is the same
  // spares reading it again.
  virtual SharedSourceText read(const std::string& path) = 0;
  virtual bool is_folder(const std::string& path) = 0;
  // The same number as long as all files and folders are the same, which spares asking for them again; none:
  // not known.
  [[nodiscard]] virtual std::optional<std::uint64_t> version() const { return std::nullopt; }
};

enum class BuildProblemKind : std::uint8_t {
  NotSeen,      // cannot be seen from here: a remote base, a chart, a plugin (MTLS0901)
  Missing,      // named, and not there (MTLS0902, information)
  OutsideRoot,  // outside of its kustomization's folder: built all the same (MTLS0902, information)
  Refused,      // kustomize refuses the build (MTLS0902, warning)
  NotRendered,  // helm does not render a chart (MTLS0904, warning)
  NoHelm,       // there is no helm to render it (likewise, once)
};

struct BuildProblem {
  BuildProblemKind kind = BuildProblemKind::Refused;
  std::string path;     // the file it is about
  ByteRange range;      // the field there
  std::string message;  // one sentence without a final full stop
  friend bool operator==(const BuildProblem&, const BuildProblem&) = default;
};

struct Build {
  std::string root;                      // the folder
  std::vector<BuiltDocument> documents;  // in the order that kustomize prints; none if refused
  std::vector<BuildProblem> problems;
  bool partial = false;  // something that belongs to it was not seen
  bool refused = false;
  bool is_chart = false;           // made by helm
  SharedPaths files = no_paths();  // what the documents' places refer to
  // All files and folders whose change could change the build; sorted. The same object where they
  // are those of the build before.
  SharedPaths looked_at = no_paths();
};

// The names a kustomization may have, in the order kustomize tries them.
inline constexpr std::string_view kKustomizationNames[] = {"kustomization.yaml", "kustomization.yml",
                                                           "Kustomization"};
// Reports whether a file may be a kustomization, by its name.
bool has_kustomization_name(std::string_view path);

inline constexpr std::size_t kMaxBuiltDocuments = 100'000;
// Scalars and collections of one build; each 64 bytes of text count as one more, so that texts have 300 MiB.
inline constexpr std::size_t kMaxBuiltValues = 5'000'000;
inline constexpr std::size_t kMaxKustomizationDepth = 100;

// Remembers what bases build and what files say as long as the reader returns the same texts, for all
// builds: a second build costs what is its own. A root that is built again costs what has changed of its
// resources, where they are called as before and build_increment.h can tell.
class Kustomizer {
 public:
  // `reader` must outlive this.
  explicit Kustomizer(SourceReader& reader, const Limits& limits = kDefaultLimits);
  ~Kustomizer();
  Kustomizer(const Kustomizer&) = delete;
  Kustomizer& operator=(const Kustomizer&) = delete;

  // `root` is a folder with a kustomization. Never fails: what is wrong is in the problems. `may_repeat`: it
  // may name a resource twice, which kustomize refuses.
  Build build(const std::string& root, bool may_repeat = false);
  // The same with each document as JSON in `json`, for comparisons with other programs.
  Build build_as_json(const std::string& root, std::vector<std::string>& json);

  // What was read and built anew since this began, for tests of incremental work.
  [[nodiscard]] std::size_t targets_evaluated() const;
  [[nodiscard]] std::size_t documents_printed() const;

 private:
  class Evaluation;
  std::unique_ptr<Evaluation> evaluation_;
};

}  // namespace workspace
