// Sidecar, for the hosts that the clients of a namespace can call (istio.io API, networking/v1).
#pragma once

#include "workspace/resources/metadata.h"

namespace workspace {

struct Sidecar {
  Metadata metadata;
  CompactList<CompactString> egress_hosts;  // of all its listeners, as written: "namespace/host"
  bool has_egress = false;                  // at least one listener
  bool has_workload_selector = false;
  friend bool operator==(const Sidecar&, const Sidecar&) = default;
};

Sidecar decode_sidecar(const yaml::Value& resource);

}  // namespace workspace
