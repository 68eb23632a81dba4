// ConfigMap, for the calls that a workload is told of by it (Kubernetes API, core/v1).
#pragma once

#include "workspace/resources/host_reference.h"
#include "workspace/resources/metadata.h"

namespace workspace {

struct ConfigEntry {
  CompactString key;  // of `data`
  HostReference call;
  friend bool operator==(const ConfigEntry&, const ConfigEntry&) = default;
};

struct ConfigMap {
  Metadata metadata;
  CompactList<ConfigEntry> calls;  // in the order of `data`
  friend bool operator==(const ConfigMap&, const ConfigMap&) = default;
};

ConfigMap decode_config_map(const yaml::Value& resource);

}  // namespace workspace
