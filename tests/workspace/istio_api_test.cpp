#include "workspace/resources/istio_api.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace workspace::istio_api;

namespace {

constexpr std::string_view kNetworking = "networking.istio.io";
constexpr std::string_view kSecurity = "security.istio.io";

const Kind& kind(std::string_view group, std::string_view name) {
  const Kind* found = find_kind(group, name);
  REQUIRE(found);
  return *found;
}

// "spec.subsets.[].trafficPolicy"
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> keys;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    keys.push_back(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return keys;
}

std::optional<Type> type_at(std::string_view group, std::string_view name, std::string_view path) {
  return find_type(kind(group, name), split(path));
}

struct Row {
  std::string_view group;
  std::string_view kind;
  std::string_view path;
  std::string_view type;  // as `describe` has it; empty: unknown
};

constexpr Row kRows[] = {
    {kSecurity, "PeerAuthentication", "", "object"},
    {kSecurity, "PeerAuthentication", "apiVersion", "string"},
    {kSecurity, "PeerAuthentication", "metadata.labels", "map of string to string"},
    {kSecurity, "PeerAuthentication", "metadata.label", ""},
    {kSecurity, "PeerAuthentication", "metadata.ownerReferences.[].controller", "boolean"},
    {kSecurity, "PeerAuthentication", "spec.mtls.mode", "one of UNSET, DISABLE, PERMISSIVE, STRICT"},
    {kSecurity, "PeerAuthentication", "mtls", ""},
    {kSecurity, "PeerAuthentication", "spec.mode", ""},
    // Names are those of JSON, and no others.
    {kSecurity, "PeerAuthentication", "spec.portLevelMtls", "map of string to object"},
    {kSecurity, "PeerAuthentication", "spec.port_level_mtls", ""},
    {kSecurity, "PeerAuthentication", "spec.portLevelMTLS", ""},
    // A map takes any key, and what is below it is checked again.
    {kSecurity, "PeerAuthentication", "spec.portLevelMtls.8080", "object"},
    {kSecurity, "PeerAuthentication", "spec.portLevelMtls.http.mode",
     "one of UNSET, DISABLE, PERMISSIVE, STRICT"},
    {kSecurity, "PeerAuthentication", "spec.portLevelMtls.8080.mtls", ""},
    {kSecurity, "PeerAuthentication", "spec.selector.matchLabels", "map of string to string"},
    {kSecurity, "PeerAuthentication", "spec.selector.matchLabels.app", "string"},
    {kSecurity, "PeerAuthentication", "spec.selector.matchExpressions", ""},
    {kSecurity, "PeerAuthentication", "spec.selector.matchLabels.app.x", ""},  // below a scalar

    {kNetworking, "DestinationRule", "spec.host", "string"},
    {kNetworking, "DestinationRule", "spec.hosts", ""},
    {kNetworking, "DestinationRule", "spec.exportTo", "list of string"},
    {kNetworking, "DestinationRule", "spec.exportTo.[]", "string"},
    {kNetworking, "DestinationRule", "spec.subsets", "list of object"},
    {kNetworking, "DestinationRule", "spec.subsets.name", ""},  // an item comes first
    {kNetworking, "DestinationRule", "spec.subsets.[].name", "string"},
    {kNetworking, "DestinationRule",
     "spec.subsets.[].trafficPolicy.portLevelSettings.[].connectionPool.tcp.connectTimeout", "duration"},
    {kNetworking, "DestinationRule",
     "spec.subsets.[].trafficPolicy.portLevelSettings.[].connectionPool.tcp.timeout", ""},
    // May be 0, so its definition has no rule of durations.
    {kNetworking, "DestinationRule", "spec.trafficPolicy.connectionPool.tcp.idleTimeout", "duration"},
    {kNetworking, "DestinationRule", "spec.trafficPolicy.tls.mode",
     "one of DISABLE, SIMPLE, MUTUAL, ISTIO_MUTUAL"},
    {kNetworking, "DestinationRule", "spec.trafficPolicy.tls.insecureSkipVerify", "boolean"},
    {kNetworking, "DestinationRule", "spec.trafficPolicy.portLevelSettings.[].port.number", "integer"},
    {kNetworking, "DestinationRule", "spec.trafficPolicy.portLevelSettings.[].port.name", ""},
    // Entries of ports have no tunnel, nor entries of their own.
    {kNetworking, "DestinationRule", "spec.trafficPolicy.tunnel.targetHost", "string"},
    {kNetworking, "DestinationRule", "spec.trafficPolicy.portLevelSettings.[].tunnel", ""},
    {kNetworking, "DestinationRule", "spec.trafficPolicy.portLevelSettings.[].portLevelSettings", ""},
    {kNetworking, "DestinationRule",
     "spec.trafficPolicy.loadBalancer.localityLbSetting.distribute.[].to.us-west/zone1/*", "integer"},

    {kSecurity, "AuthorizationPolicy", "spec.action", "one of ALLOW, DENY, AUDIT, CUSTOM"},
    {kSecurity, "AuthorizationPolicy", "spec.rules.[].from.[].source.principals", "list of string"},
    {kSecurity, "AuthorizationPolicy", "spec.rules.[].from.[].principals", ""},
    {kSecurity, "AuthorizationPolicy", "spec.rules.[].to.[].operation.methods.[]", "string"},
    {kSecurity, "AuthorizationPolicy", "spec.rules.[].when.[].key", "string"},

    // The one field that has two names.
    {kSecurity, "RequestAuthentication", "spec.jwtRules.[].jwksUri", "string"},
    {kSecurity, "RequestAuthentication", "spec.jwtRules.[].jwks_uri", "string"},
    {kSecurity, "RequestAuthentication", "spec.jwtRules.[].from_headers", ""},

    {kNetworking, "Sidecar", "spec.egress.[].hosts", "list of string"},
    {kNetworking, "Sidecar", "spec.workloadSelector.labels", "map of string to string"},
    {kNetworking, "Sidecar", "spec.workloadSelector.matchLabels", ""},
    {kNetworking, "Gateway", "spec.servers.[].tls.httpsRedirect", "boolean"},
    {kNetworking, "ServiceEntry", "spec.endpoints.[].labels", "map of string to string"},
    {kNetworking, "WorkloadEntry", "spec.ports.http", "integer"},
    {kNetworking, "WorkloadGroup", "spec.template.serviceAccount", "string"},
    {kNetworking, "WorkloadGroup", "spec.metadata.labels.app", "string"},
    {kNetworking, "WorkloadGroup", "spec.metadata.name", ""},
};

void visit(Type type, std::set<std::string_view>& sections, int depth, const auto& look) {
  REQUIRE(depth < 30);
  look(type);
  for (const Field& field : type.fields()) {
    sections.insert(field.anchor());
    visit(field.type(), sections, depth + 1, look);
  }
  if (type.item()) visit(*type.item(), sections, depth + 1, look);
}

}  // namespace

TEST_CASE("istio api: fields by path") {
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.kind) + " " + std::string(row.path));
    const std::optional<Type> type = type_at(row.group, row.kind, row.path);
    CHECK(std::string(type ? describe(*type) : "") == row.type);
  }
}

TEST_CASE("istio api: the kinds of both groups") {
  constexpr std::array kNetworkingKinds = {"DestinationRule", "EnvoyFilter",   "Gateway",
                                           "ProxyConfig",     "ServiceEntry",  "Sidecar",
                                           "VirtualService",  "WorkloadEntry", "WorkloadGroup"};
  constexpr std::array kSecurityKinds = {"AuthorizationPolicy", "PeerAuthentication",
                                         "RequestAuthentication"};
  const auto names = [](std::span<const Kind> some) {
    std::vector<std::string> result;
    for (const Kind& each : some) result.emplace_back(each.name());
    return result;
  };
  CHECK(names(kinds_of(kNetworking)) ==
        std::vector<std::string>(kNetworkingKinds.begin(), kNetworkingKinds.end()));
  CHECK(names(kinds_of(kSecurity)) == std::vector<std::string>(kSecurityKinds.begin(), kSecurityKinds.end()));
  CHECK(kinds().size() == kNetworkingKinds.size() + kSecurityKinds.size());
  CHECK(kinds_of("telemetry.istio.io").empty());
  CHECK(kinds_of("").empty());

  CHECK_FALSE(find_kind(kSecurity, "PeerAuthentications"));
  CHECK_FALSE(find_kind(kSecurity, "peerauthentication"));
  CHECK_FALSE(find_kind(kSecurity, "DestinationRule"));  // of the other group
  CHECK_FALSE(find_kind("gateway.networking.k8s.io", "Gateway"));
  CHECK_FALSE(find_kind(kSecurity, "PeerAuthenticationList"));
  CHECK(is_list_kind(kSecurity, "PeerAuthenticationList"));
  CHECK_FALSE(is_list_kind(kSecurity, "PeerAuthentication"));
  CHECK_FALSE(is_list_kind(kSecurity, "List"));

  CHECK(nearest_kind(kSecurity, "PeerAuthentification") == "PeerAuthentication");
  CHECK(nearest_kind(kNetworking, "destinationrules") == "DestinationRule");
  CHECK_FALSE(nearest_kind(kSecurity, "DestinationRule"));
  CHECK_FALSE(nearest_kind("", "Gatewai"));

  const Kind& rule = kind(kNetworking, "DestinationRule");
  REQUIRE(rule.version_count() == 3);
  CHECK(rule.version(0) == "v1");
  CHECK(rule.version(1) == "v1beta1");
  CHECK(rule.version(2) == "v1alpha3");
  CHECK(rule.version(3).empty());
  CHECK(rule.page() == "https://istio.io/latest/docs/reference/config/networking/destination-rule/");
  // Fields of these are not in the tables, so nothing can be said of them.
  for (const std::string_view name : {"EnvoyFilter", "ProxyConfig", "VirtualService"}) {
    CHECK_FALSE(kind(kNetworking, name).root());
    CHECK_FALSE(find_type(kind(kNetworking, name), split("spec")));
  }
}

TEST_CASE("istio api: fields of old and new releases are both known") {
  // Came with 1.25, 1.30 and 1.32.
  CHECK(type_at(kSecurity, "AuthorizationPolicy", "spec.rules.[].from.[].source.serviceAccounts"));
  CHECK(type_at(kSecurity, "AuthorizationPolicy", "spec.rules.[].from.[].source.trustDomains"));
  CHECK(type_at(kNetworking, "DestinationRule", "spec.trafficPolicy.loadBalancer.backendUtilization"));
  // Deprecated long since: served, and not described any more.
  const Field* errors = find_field(kind(kNetworking, "DestinationRule"),
                                   split("spec.trafficPolicy.outlierDetection.consecutiveErrors"));
  REQUIRE(errors);
  CHECK(errors->page().empty());
  CHECK(releases().starts_with("v1.24."));
}

TEST_CASE("istio api: what the reference says of a field and of a value") {
  const Field* mtls = find_field(kind(kSecurity, "PeerAuthentication"), split("spec.mtls"));
  REQUIRE(mtls);
  CHECK(mtls->sentence() == "Mutual TLS settings for workload. If not defined, inherit from parent.");
  CHECK(mtls->page() == "https://istio.io/latest/docs/reference/config/security/peer_authentication/");
  CHECK(mtls->anchor() == "PeerAuthentication-mtls");
  CHECK_FALSE(mtls->is_required());
  CHECK(find_field(kind(kNetworking, "DestinationRule"), split("spec.host"))->is_required());
  // A field of a type that several kinds share is described where the type is.
  const Field* labels = find_field(kind(kSecurity, "PeerAuthentication"), split("spec.selector.matchLabels"));
  REQUIRE(labels);
  CHECK(labels->page() == "https://istio.io/latest/docs/reference/config/type/workload-selector/");
  // A map's key is no field, nor is an item.
  const Kind& authentication = kind(kSecurity, "PeerAuthentication");
  CHECK_FALSE(find_field(authentication, split("spec.portLevelMtls.8080")));
  CHECK_FALSE(find_field(kind(kNetworking, "DestinationRule"), split("spec.subsets.[]")));
  CHECK_FALSE(find_field(authentication, {}));

  const std::span<const EnumValue> modes =
      type_at(kSecurity, "PeerAuthentication", "spec.mtls.mode")->values();
  REQUIRE(modes.size() == 4);
  CHECK(modes[3].name() == "STRICT");
  CHECK(modes[3].sentence() == "Connection is an mTLS tunnel (TLS with client cert must be presented).");
}

TEST_CASE("istio api: the nearest field") {
  const Type spec = *type_at(kSecurity, "PeerAuthentication", "spec");
  CHECK(nearest_field(spec, "mtl") == "mtls");
  CHECK(nearest_field(spec, "portLevelMTLS") == "portLevelMtls");
  CHECK(nearest_field(spec, "port_level_mtls") == "portLevelMtls");
  CHECK(nearest_field(spec, "selecter") == "selector");
  CHECK_FALSE(nearest_field(spec, "host"));
  CHECK_FALSE(nearest_field(spec, std::string(100'000, 'm')));
  // As near to `minProtocolVersion` as to `maxProtocolVersion`.
  const Type tls = *type_at(kNetworking, "Gateway", "spec.servers.[].tls");
  CHECK_FALSE(nearest_field(tls, "mProtocolVersion"));
  CHECK(nearest_field(tls, "minProtocolVersio") == "minProtocolVersion");
}

TEST_CASE("istio api: the tables are well formed") {
  for (std::size_t i = 0; i < kinds().size(); ++i) {
    const Kind& each = kinds()[i];
    CAPTURE(std::string(each.name()));
    if (i > 0) {
      CHECK(std::pair(kinds()[i - 1].group(), kinds()[i - 1].name()) < std::pair(each.group(), each.name()));
    }
    CHECK(find_kind(each.group(), each.name()) == &each);
    CHECK(each.version_count() > 0);
    CHECK_FALSE(each.sentence().empty());
    CHECK(each.page().starts_with("https://istio.io/latest/docs/reference/config/"));
    if (!each.root()) continue;
    std::set<std::string_view> anchors;
    visit(*each.root(), anchors, 0, [](Type type) {
      for (std::size_t f = 0; f < type.fields().size(); ++f) {
        const Field& field = type.fields()[f];
        CAPTURE(std::string(field.name()));
        if (f > 0) CHECK(type.fields()[f - 1].name() < field.name());
        CHECK(type.field(field.name()) == &field);
        CHECK_FALSE(field.name().empty());
        CHECK(field.sentence().size() <= 210);
        CHECK(field.sentence().find('\n') == std::string_view::npos);
        CHECK(field.sentence().find("](") == std::string_view::npos);
        CHECK(field.anchor().empty() == field.page().empty());
      }
      std::set<std::string_view> values;
      for (const EnumValue& value : type.values()) CHECK(values.insert(value.name()).second);
      CHECK((type.kind() == FieldType::Enum) == !type.values().empty());
    });
    CHECK(anchors.size() > 3);
    for (const std::string_view key : {"apiVersion", "kind", "metadata", "spec", "status"}) {
      CHECK(each.root()->field(key));
    }
    CHECK(each.root()->fields().size() == 5);
    CHECK(each.root()->field("spec")->sentence() == each.sentence());
    CHECK_FALSE(each.root()->is_open());
    CHECK_FALSE(each.root()->field("spec")->type().is_open());
    CHECK(each.root()->field("status")->type().is_open());
  }
}
