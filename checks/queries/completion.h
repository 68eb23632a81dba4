// What could be written at a cursor, and what choosing it would mean in the mesh.
//
// The place is known from the text (workspace/cursor_context.h), so it may be half typed; what is known of
// the mesh are the last good facts. At most kMaxCandidates, found in the graph's indices; no more than
// kMaxLookedAt of anything is looked at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checks/queries/peers.h"
#include "workspace/yaml/cursor_context.h"

namespace checks {

inline constexpr std::size_t kMaxCandidates = 100;

enum class CandidateKind : std::uint8_t { Mode, Namespace, Host, LabelKey, LabelValue, Port, ExportScope };

struct Candidate {
  CandidateKind kind = CandidateKind::Mode;
  std::string text;           // as decoded
  bool needs_quotes = false;  // would read as something else in YAML without
  std::string detail;         // a few words; may be empty
  std::string documentation;  // sentences; may be empty
};

struct Candidates {
  std::vector<Candidate> list;  // the likely ones first
  bool complete = true;         // false: more of them, once more is typed
};

Candidates complete(const workspace::Mesh& mesh, const std::string& file, std::uint32_t offset,
                    const workspace::CursorContext& cursor);

}  // namespace checks
