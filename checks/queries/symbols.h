// What a file holds as a reader would list it, and where resources of a name are.
//
// The outline reads each document again, for the extents that facts keep no place of; of a broken document it
// has the resources alone, as far as their names still have a place. The search costs what the workspace is
// large. No state.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checks/engine/analysis.h"
#include "workspace/mesh/mesh.h"

namespace checks {

enum class SymbolKind : std::uint8_t {
  Policy,
  Rule,
  Service,
  Workload,
  Namespace,
  Other,
  Mode,
  Port,
  Host,
  Subset,
  Selector
};

struct Symbol {
  SymbolKind kind = SymbolKind::Other;
  std::string name;               // "PeerAuthentication foo/default", "port 8443"
  std::string detail;             // the mode, the host, the labels; may be empty
  workspace::ByteRange range;     // in the file's present text; inside its parent's
  workspace::ByteRange selected;  // inside `range`
  std::vector<Symbol> children;
};

// In the order of the text. `text` is the file's text that the mesh was told of.
std::vector<Symbol> outline(const workspace::Mesh& mesh, const std::string& file, std::string_view text);

// The same of a file by itself, while its mesh is not known. Reads the text once.
std::vector<Symbol> outline_alone(const std::string& file, std::string_view text,
                                  const workspace::Limits& limits);

struct ResourcePlace {
  workspace::ResourceId id;
  std::string file;
  workspace::ByteRange range;  // of the name
};

// Resources whose "kind namespace/name" holds `query`, best first: as it stands, else its characters in that
// order; letters' case does not count. A file that several meshes hold counts once. At most `limit`.
std::vector<ResourcePlace> find_resources(const Analysis& analysis, std::string_view query,
                                          std::size_t limit);

// The same search a file at a time, so that it can stop after each. `analysis` must not change meanwhile.
class ResourceSearch {
 public:
  ResourceSearch(const Analysis& analysis, std::string_view query, std::size_t limit);
  ~ResourceSearch();
  ResourceSearch(const ResourceSearch&) = delete;
  ResourceSearch& operator=(const ResourceSearch&) = delete;

  bool step();  // looks at a file; false: it has looked at all
  [[nodiscard]] std::size_t done() const;
  [[nodiscard]] std::size_t total() const;
  [[nodiscard]] std::vector<ResourcePlace> found() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

SymbolKind symbol_kind(workspace::Kind kind);

}  // namespace checks
