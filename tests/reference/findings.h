// docs/design/mtls-semantics.md, section 7: the findings, of all its tables.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/reference/calls.h"
#include "tests/reference/reference.h"

namespace reference {

// "One diagnostic per deciding mode value and code, and one per clause and code"; "a place has the gravest
// severity of its conflicts."
class Findings {
 public:
  void add(const std::string& code, const std::string& severity, const Place& at,
           const std::vector<Place>& related = {});
  std::vector<ExpectedFinding> take() const;

 private:
  struct Entry {
    int gravity = 0;
    std::set<Place> related;
  };
  std::map<std::pair<std::string, Place>, Entry> found_;
};

bool is_mesh_wide(const std::string& host, const Effective& settings);

// TIS0208, TIS0207, TIS0503, TIS0502, TIS0206, TIS0401, TIS0501, TIS0204, MTLS0101 to MTLS0105.
void find_conflicts(const Mesh& mesh, Findings& findings);

// TIS0104.
void find_missing_identities(const Mesh& mesh, Findings& findings);

// TIS0205, TIS0201, TIS0001 to TIS0003, MTLS0001 to MTLS0009, MTLS0012 to MTLS0015.
void find_mistakes(const Mesh& mesh, Findings& findings);

// MTLS0201 to MTLS0205.
void find_refused_callers(const Mesh& mesh, Findings& findings);

// Reports whether a webhook, CRD, APIService, monitor or prometheus.io/port names a Service's port, or the
// port of a workload behind it.
bool names_port(const Mesh& mesh, const Read<Service>& service, int port, const KnownWorkload& workload,
                int workload_port);

}  // namespace reference
