#include "workspace/resources/metadata.h"

#include <algorithm>
#include <array>

namespace workspace {

namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 4> kNetworkingVersions = {
    "", "networking.istio.io/v1", "networking.istio.io/v1alpha3", "networking.istio.io/v1beta1"};

}  // namespace

NetworkingVersion networking_version(std::string_view api_version) {
  const auto at = std::find(kNetworkingVersions.begin(), kNetworkingVersions.end(), api_version);
  return static_cast<NetworkingVersion>(at == kNetworkingVersions.end() ? 0
                                                                        : at - kNetworkingVersions.begin());
}

std::string_view api_version_name(NetworkingVersion version) {
  return kNetworkingVersions[static_cast<std::size_t>(version)];
}

const CompactString* find_label(const Labels& labels, std::string_view key) {
  const auto at = std::lower_bound(labels.begin(), labels.end(), key,
                                   [](const auto& entry, std::string_view k) { return entry.first < k; });
  return at != labels.end() && at->first == key ? &at->second : nullptr;
}

bool is_subset(const Labels& selector, const Labels& labels) {
  return std::includes(labels.begin(), labels.end(), selector.begin(), selector.end());
}

RareMetadata::RareMetadata(std::string_view creation_timestamp, std::string_view ignore,
                           std::string_view kiali_ignore) {
  if (creation_timestamp.empty() && ignore.empty() && kiali_ignore.empty()) return;
  fields_ = Fields{std::string(creation_timestamp), std::string(ignore), std::string(kiali_ignore)};
}

const RareMetadata::Fields& RareMetadata::fields() const {
  static const Fields kNone;
  return fields_ ? *fields_ : kNone;
}

Labels decode_labels(const yaml::Value& mapping) {
  const auto entries = mapping.entries();
  Labels labels;
  labels.reserve(entries.size());
  for (const auto& [key, value] : entries) {
    if (value.is_scalar()) labels.emplace_back(key, value.text());
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

Metadata decode_metadata(const yaml::Value& resource, Kind kind) {
  const yaml::Value metadata = resource["metadata"];
  Metadata decoded;
  decoded.kind = kind;
  decoded.networking_version = networking_version(resource["apiVersion"].text());
  if (const yaml::Value name = metadata["name"]; name.is_scalar()) {
    decoded.name = {name.text(), {name.range()}};
  } else {
    decoded.name.place = {resource["kind"].range()};
  }
  if (const yaml::Value ns = metadata["namespace"]; ns.is_scalar()) {
    decoded.ns = ns.text();
  }
  const yaml::Value annotations = metadata["annotations"];
  decoded.rare = RareMetadata(metadata["creationTimestamp"].text(), annotations["istio-mtls/ignore"].text(),
                              annotations["kiali.io/ignore-validations"].text());
  return decoded;
}

}  // namespace workspace
