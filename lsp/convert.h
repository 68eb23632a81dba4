// Byte ranges <-> LSP positions in the encoding agreed on; findings and fixes -> their wire forms.
//
// The only place where bytes become lines and UTF-16 units. What a client has not said it understands is left
// out. Engine thread. Nothing throws; a place in a file whose text is not to be had is shown at its start.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "checks/engine/finding.h"
#include "checks/engine/unused_suppressions.h"
#include "lsp/protocol/basic.h"
#include "lsp/protocol/lifecycle.h"
#include "lsp/text_store.h"
#include "workspace/config/config_file.h"

namespace lsp {

// utf-8 if it is offered, else utf-16, which every client knows; utf-32 where only that is offered.
workspace::ColumnUnit negotiated_encoding(const std::vector<std::string>& offered);
std::string_view encoding_name(workspace::ColumnUnit unit);

protocol::Range to_range(const Text& text, workspace::ByteRange range, workspace::ColumnUnit unit);
workspace::ByteRange to_bytes(const Text& text, const protocol::Range& range, workspace::ColumnUnit unit);
std::uint32_t to_offset(const Text& text, protocol::Position position, workspace::ColumnUnit unit);

// The documents as the client sees them.
class Documents {
 public:
  virtual ~Documents() = default;
  virtual SharedText text(const std::string& path) = 0;  // the analysed text; null if it is not to be had
  // The same, but only if the file still is so on the disk now: for edits.
  virtual SharedText text_to_edit(const std::string& path) = 0;
  [[nodiscard]] virtual std::string uri(const std::string& path) const = 0;
  // Relative to the innermost workspace folder around it; outside of all as it is.
  [[nodiscard]] virtual std::string relative_path(const std::string& path) const = 0;
  [[nodiscard]] virtual std::optional<std::int64_t> version(
      const std::string& path) const = 0;  // open documents
  // What stands in a cluster, which files are laid over, as a document to open; none: it is gone meanwhile.
  struct ClusterPlace {
    std::string uri;
    SharedText text;
    workspace::ByteRange range;  // in `text`
  };
  [[nodiscard]] virtual std::optional<ClusterPlace> in_cluster(const std::string& path,
                                                               workspace::ByteRange range) const = 0;
};

// Whether a client opens the documents of clusters, which it asks for with `istioMtls/clusterDocument`.
bool opens_cluster_documents(const protocol::ClientCapabilities& client);

inline constexpr std::size_t kMaxRelated = 10;
inline constexpr std::string_view kUnusedSuppression = "unused-suppression";  // a diagnostic's code

class Converter {
 public:
  Converter(const protocol::ClientCapabilities& client, workspace::ColumnUnit unit, Documents& documents)
      : client_(client), unit_(unit), documents_(documents) {}

  [[nodiscard]] workspace::ColumnUnit unit() const { return unit_; }
  [[nodiscard]] nlohmann::json diagnostic(const checks::Finding& finding) const;
  [[nodiscard]] nlohmann::json diagnostic(const checks::UnusedSuppression& unused, const Text& text) const;
  [[nodiscard]] nlohmann::json diagnostic(const workspace::ConfigProblem& problem, const Text& text) const;
  // Null for what stands in a cluster, where the client cannot open that.
  [[nodiscard]] nlohmann::json location(const std::string& path, workspace::ByteRange range) const;

  // A URI that opens a file at a line: "file:///…/peer.yaml#L8,11", safe inside Markdown. Empty as location
  // is null.
  [[nodiscard]] std::string link(const std::string& path, workspace::ByteRange range) const;
  // For people: "payments/rules.yaml:22". Of a file on the disk.
  [[nodiscard]] std::string place_name(const std::string& path, workspace::ByteRange range) const;

  // A WorkspaceEdit; null if the client can't take it (file creation), or a text it would change is not to be
  // had. `edits` are sorted by file and place and do not overlap.
  [[nodiscard]] nlohmann::json workspace_edit(const std::vector<checks::FileEdit>& edits,
                                              const std::string& label, bool weakens) const;

 private:
  [[nodiscard]] protocol::Range range_in(const std::string& path, workspace::ByteRange range) const;
  [[nodiscard]] nlohmann::json related_place(const checks::Finding& finding, const checks::Location& place,
                                             const std::string& message) const;
  [[nodiscard]] nlohmann::json related_information(const checks::Finding& finding) const;
  [[nodiscard]] nlohmann::json text_edit(const Text* text, const checks::FileEdit& edit) const;

  const protocol::ClientCapabilities& client_;
  workspace::ColumnUnit unit_;
  Documents& documents_;
};

}  // namespace lsp
