// A check: one code, whole. Each lives in a file of its own named for its code and the bad pattern.
#pragma once

#include <string_view>

#include "checks/engine/finding.h"
#include "workspace/resources/resource_id.h"

namespace checks {

class CheckContext;
class FixContext;

// The documentation of a code, in the order `explain` prints it. Markdown; no headings.
struct CheckDocs {
  std::string_view reports;     // what it reports
  std::string_view why;         // what happens in production
  std::string_view example;     // YAML that shows it
  std::string_view fixed;       // the same YAML without it
  std::string_view fix_safety;  // each fix and whether it weakens encryption, or why there is none
  std::string_view kiali;       // "KIA0208"; empty: none
  std::string_view url;         // the public page; empty: none
};

struct Check {
  std::string_view code;
  std::string_view name;                // the bad pattern: "plaintext-clause-against-strict-policy"
  std::string_view title;               // one line for lists
  Severity severity = Severity::Error;  // the default; a check may report lower
  workspace::KindSet subjects;          // the kinds it is run on
  bool by_itself = false;               // a document says it alone, whatever else is in its mesh
  bool needs_all = false;               // rests on something's absence: not said of a mesh partly unseen
  bool needs_all_pods = false;          // likewise, where pods of a chart may be unseen
  bool tells_copies = false;            // of files that nothing says are deployed together to editors only
  CheckDocs docs;
  void (*run)(CheckContext&) = nullptr;       // on one subject; null: found elsewhere (MTLS0900)
  void (*plan_fixes)(FixContext&) = nullptr;  // of one finding; null: it has none
};

}  // namespace checks
