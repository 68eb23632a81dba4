// Gateway, for the pods that it makes gateways (istio.io API, networking/v1).
#pragma once

#include "workspace/resources/metadata.h"

namespace workspace {

struct Gateway {
  Metadata metadata;
  Labels selector;
  SourceRange selector_key;
  friend bool operator==(const Gateway&, const Gateway&) = default;
};

Gateway decode_gateway(const yaml::Value& resource);

}  // namespace workspace
