// ServiceEntry, for the namespaces and hosts that it names (istio.io API, networking/v1).
#pragma once

#include "workspace/resources/metadata.h"

namespace workspace {

struct ServiceEntry {
  Metadata metadata;
  ExportTo export_to;
  CompactList<CompactString> hosts;
  friend bool operator==(const ServiceEntry&, const ServiceEntry&) = default;
};

ServiceEntry decode_service_entry(const yaml::Value& resource);

}  // namespace workspace
