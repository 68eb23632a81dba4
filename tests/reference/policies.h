// docs/design/mtls-semantics.md, section 3.2: which policy decides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/reference/documents.h"

namespace reference {

enum class Mode { Unset, Disable, Permissive, Strict };

bool exists_as_server_mode(const std::string& mode);
Mode server_mode(const std::optional<std::string>& mode);

inline bool has_selector(const std::optional<Labels>& selector) { return selector && !selector->empty(); }

using Policy = Read<PeerAuthentication>;

std::string port_mode_path(int port);  // spec.portLevelMtls.<port>.mode

enum class Level { Nobody, Mesh, Namespace, Workload };

struct Decision {
  Mode mode = Mode::Permissive;
  Level level = Level::Nobody;
  std::optional<Place> place;  // of the deciding mode value
};

class Policies {
 public:
  Policies(const Documents& documents, const std::string& root_namespace);

  // Oldest first.
  const std::vector<Policy>& all() const { return policies_; }

  const Policy* mesh_policy() const { return without_selector(root_); }  // step 2

  // Steps 1 to 3.
  Decision namespace_mode(const std::string& ns) const;

  // `port` is nullopt when it is not known, or not looked at.
  Decision decide(const std::string& ns, const Labels& labels, std::optional<int> port) const;

  // MTLS0005: the older policies of its namespace because of which it never decides.
  std::vector<const Policy*> in_front_of(const Policy& policy) const;

 private:
  const Policy* without_selector(const std::string& ns) const;
  const Policy* selecting(const std::string& ns, const Labels& labels) const;

  std::string root_;
  std::vector<Policy> policies_;
};

}  // namespace reference
