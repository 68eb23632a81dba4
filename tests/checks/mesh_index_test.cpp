// Many meshes over common files say what each would say alone, after any edit.
#include "checks/engine/mesh_index.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/registry.h"
#include "workspace/sources/file_facts.h"

namespace {

using checks::Analysis;
using checks::MeshDefinition;

constexpr std::size_t kMeshes = 40;
const std::string kCommon = "/w/common.yaml";

std::string own_file(std::size_t mesh) { return fmt::format("/w/alternative-{}.yaml", mesh); }

std::string policy(std::string_view mode) {
  return fmt::format(
      "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: default, namespace: "
      "foo}}\n"
      "spec: {{mtls: {{mode: {}}}}}\n",
      mode);
}

std::string service_and_rule(std::string_view mode) {
  return fmt::format(
      "apiVersion: v1\nkind: Service\nmetadata: {{name: foo, namespace: foo}}\n"
      "spec: {{selector: {{app: foo}}, ports: [{{port: 80}}]}}\n---\n"
      "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: foo, namespace: foo}}\n"
      "spec: {{host: foo, trafficPolicy: {{tls: {{mode: {}}}}}}}\n",
      mode);
}

// Each has the common file and one of its own; but for the last, which has all.
std::vector<MeshDefinition> alternatives() {
  std::vector<MeshDefinition> meshes(kMeshes);
  for (std::size_t i = 0; i < kMeshes; ++i) {
    meshes[i].name = fmt::format("alternative-{:02}", i);
    meshes[i].root = "/w";
    meshes[i].planned = true;
    checks::MeshMembers members;
    if (i + 1 < kMeshes) members.paths = {kCommon, own_file(i)};
    members.are_left_out = i + 1 == kMeshes;
    meshes[i].members = std::make_shared<const checks::MeshMembers>(std::move(members));
  }
  return meshes;
}

auto key_of(const checks::Finding& finding) {
  return std::tie(finding.at.file, finding.at.range.begin, finding.code, finding.mesh, finding.message);
}

}  // namespace

TEST_CASE("many meshes find after edits what a fresh analysis finds") {
  std::mt19937 random(1);
  Analysis edited(checks::check_registry(), alternatives());
  std::vector<checks::FileUpdate> files;
  const std::vector<std::string> modes = {"STRICT", "PERMISSIVE", "DISABLE"};
  for (int round = 0; round < 60; ++round) {
    const std::size_t which = random() % (kMeshes + 1);
    const std::string& mode = modes[random() % modes.size()];
    checks::FileUpdate update{which == kMeshes ? kCommon : own_file(which), nullptr};
    if (random() % 5 != 0) {
      update.facts = workspace::read_facts(which == kMeshes ? service_and_rule(mode) : policy(mode));
    }
    std::erase_if(files, [&](const checks::FileUpdate& file) { return file.path == update.path; });
    if (update.facts != nullptr) files.push_back(update);
    edited.apply({update});

    Analysis fresh(checks::check_registry(), alternatives());
    fresh.apply(files);
    for (const checks::FileUpdate& file : files) {
      const auto found = edited.findings(file.path, 10);
      const auto wanted = fresh.findings(file.path, 10);
      REQUIRE(found.size() == wanted.size());
      for (std::size_t i = 0; i < found.size(); ++i) CHECK(key_of(found[i]) == key_of(wanted[i]));
      const bool is_of_last = file.path == own_file(kMeshes - 1);
      CHECK(edited.meshes(file.path).size() == (file.path == kCommon ? kMeshes : is_of_last ? 1 : 2));
    }
    CHECK(edited.findings(update.path, 10).size() == fresh.findings(update.path, 10).size());
    if (update.facts == nullptr) CHECK(edited.meshes(update.path).empty());
  }
}
