// AuthorizationPolicy, as far as it needs the peer identity that only mTLS gives (istio.io API, security/v1).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workspace/resources/metadata.h"

namespace workspace {

// One use of a field or condition that is empty without mTLS.
struct IdentityUse {
  CompactString field;  // "principals", "notNamespaces", "source.principal" …
  CompactString path;   // "spec.rules[0].from[0].source.principals"
  SourceRange place;    // the field's key, or the value of a condition's `key`
  friend bool operator==(const IdentityUse&, const IdentityUse&) = default;
};

struct AuthorizationPolicy {
  Metadata metadata;
  Labels selector;
  CompactList<IdentityUse> uses;  // none where it has targetRefs
  std::uint64_t content = 0;      // of all that it says (yaml::content_hash)
  friend bool operator==(const AuthorizationPolicy&, const AuthorizationPolicy&) = default;
};

AuthorizationPolicy decode_authorization_policy(const yaml::Value& resource);

}  // namespace workspace
