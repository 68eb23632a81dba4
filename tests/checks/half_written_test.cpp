// What an editor waits for the rest of: the cursor (|) is where the last edit ended.
#include "checks/queries/half_written.h"

#include <doctest/doctest.h>

#include <string>

namespace {

// Below a rule's head.
bool is_half(const std::string& text,
             std::string head = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\n") {
  head += text;
  const std::size_t cursor = head.find('|');
  REQUIRE(cursor != std::string::npos);
  head.erase(cursor, 1);
  return checks::is_half_written({}, "/ws/a.yaml", head, static_cast<std::uint32_t>(cursor));
}

}  // namespace

TEST_CASE("half written: the beginning of a value that Istio has") {
  CHECK(is_half("spec:\n  trafficPolicy:\n    tls:\n      mode: S|"));
  CHECK(is_half("spec:\n  trafficPolicy:\n    tls:\n      mode: ISTIO_|\n  host: a\n"));
  CHECK(is_half("spec: {trafficPolicy: {tls: {mode: MUT|}}}\n"));
  CHECK_FALSE(is_half("spec:\n  trafficPolicy:\n    tls:\n      mode: SIMPLE|"));
  CHECK_FALSE(is_half("spec:\n  trafficPolicy:\n    tls:\n      mode: simple|"));
  CHECK_FALSE(is_half("spec:\n  trafficPolicy:\n    tls:\n      mode: SIMPLEX|"));
}

TEST_CASE("half written: a value that is wanting behind its key") {
  CHECK(is_half("spec:\n  trafficPolicy:\n    tls:\n      mode:|"));
  CHECK(is_half("spec:\n  host: |\n"));
  CHECK_FALSE(is_half("spec:\n  trafficPolicy:|\n    tls:\n      mode: SIMPLE\n"));
}

TEST_CASE("half written: the beginning of a key, a kind, a version") {
  CHECK(is_half("spec:\n  traffic|"));
  CHECK(is_half("spec:\n  trafficPolicy:\n    t|\n"));
  CHECK(is_half("met|"));
  CHECK_FALSE(is_half("spec:\n  trafficPolitics|"));
  CHECK(is_half("kind: Peer|", "apiVersion: security.istio.io/v1\n"));
  CHECK_FALSE(is_half("kind: PeerAuthentification|", "apiVersion: security.istio.io/v1\n"));
  CHECK(is_half("apiVersion: secu|", ""));
  CHECK_FALSE(is_half("apiVersion: security.istio.io/v1|", ""));
}

TEST_CASE("half written: an empty line waits for the first entry of the key above, and for nothing else") {
  CHECK(is_half("spec:\n  trafficPolicy:\n    |"));
  CHECK(is_half("spec:\n  trafficPolicy:\r\n    |\r\n"));
  CHECK(is_half("spec:\n  trafficPolicy:\n\n    |"));
  CHECK_FALSE(is_half("spec:\n  trafficPolicy:\n    tls:\n      mode: SIM\n      |"));
  CHECK_FALSE(is_half("spec:\n  host: a\n|"));
  CHECK_FALSE(is_half("|", ""));
}

TEST_CASE("half written: what nothing is known of is complete, and so is a comment") {
  CHECK_FALSE(is_half("spec:\n  host: a # mode|"));
  CHECK_FALSE(is_half("metadata:\n  name: cat|"));
  CHECK_FALSE(is_half("data:\n  a: tru|", "apiVersion: v1\nkind: ConfigMap\n"));
  CHECK_FALSE(is_half("spec:\n  mo|", "apiVersion: example.org/v1\nkind: Other\n"));
}

TEST_CASE("half written: offsets past the end are the end") {
  CHECK(checks::is_half_written({}, "/ws/a.yaml", "kin", 100));
  CHECK_FALSE(checks::is_half_written({}, "/ws/a.yaml", "", 0));
}
