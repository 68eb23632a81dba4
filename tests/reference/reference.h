// The oracle: what docs/design/mtls-semantics.md (edition 2) says must be found in a mesh, by going through
// every call of section 5. Slow and plain on purpose, and written without looking at the product, so that the
// two can disagree. Left out are MTLS0010, MTLS0011 and MTLS0900, which are about one document's text.
//
// The parts follow the page: documents (sections 1 and 2), proxies (3.1), policies (3.2), lookup (4),
// calls (5 and 6), and the findings of section 7 in conflicts, declarations and callers.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "tests/reference/mesh_model.h"

namespace reference {

// One place inside a resource.
struct Place {
  std::string kind;
  std::string ns;    // resolved: a missing one is the default namespace
  std::string name;  // empty when missing
  std::string path;  // e.g. `spec.mtls.mode`
  std::string file;
  int document = 0;  // of the file, from 0
  int item = -1;     // of a `kind: List`, from 0; -1 outside of one
  friend auto operator<=>(const Place&, const Place&) = default;
};

struct ExpectedFinding {
  std::string code;
  std::string severity;  // error, warning, information, hint
  std::string role;      // rule for a DestinationRule or BackendTLSPolicy, else policy
  Place at;
  std::vector<Place> related;  // sorted, complete, each once
  bool place_is_vague =
      false;  // `metadata.name` of a document without one: compare all but the path and its range
  friend auto operator<=>(const ExpectedFinding&, const ExpectedFinding&) = default;
};

// Sorted by code, then place.
std::vector<ExpectedFinding> expected_findings(const MeshModel& mesh);

// One line, for tests and failure messages.
std::string to_string(const Place& place);
std::string to_string(const ExpectedFinding& finding);

}  // namespace reference
