#include "checks/engine/workspace_plan.h"

#include <doctest/doctest.h>

#include <functional>

namespace {

using checks::MeshDefinition;

MeshDefinition planned_folder() {
  MeshDefinition folder;
  folder.root = "/w";
  folder.planned = true;
  return folder;
}

bool divides_alike(const std::function<void(MeshDefinition&)>& change) {
  MeshDefinition changed = planned_folder();
  change(changed);
  return checks::have_equal_plans(planned_folder(), changed);
}

TEST_CASE("settings of what documents mean leave the plan of a folder as it is") {
  CHECK(divides_alike([](MeshDefinition&) {}));
  CHECK(divides_alike([](MeshDefinition& mesh) { mesh.settings.root_namespace = "foo"; }));
  CHECK(divides_alike([](MeshDefinition& mesh) { mesh.settings.enable_auto_mtls = false; }));
  CHECK(divides_alike([](MeshDefinition& mesh) { mesh.settings.cluster_domain = "example.com"; }));
  CHECK(divides_alike([](MeshDefinition& mesh) { mesh.settings.default_rule_export_to.emplace(); }));
  CHECK(divides_alike([](MeshDefinition& mesh) { mesh.settings.separate_tis0207 = true; }));
  CHECK(divides_alike(
      [](MeshDefinition& mesh) { mesh.settings.severity["TIS0208"] = workspace::SeverityOverride::Off; }));
}

TEST_CASE("settings of which documents there are, and whose namespace they have, do not") {
  CHECK_FALSE(divides_alike([](MeshDefinition& mesh) { mesh.settings.default_namespace = "foo"; }));
  CHECK_FALSE(divides_alike([](MeshDefinition& mesh) { mesh.settings.exclude = {"old/**"}; }));
  CHECK_FALSE(divides_alike([](MeshDefinition& mesh) { mesh.settings.helm = true; }));
  CHECK_FALSE(
      divides_alike([](MeshDefinition& mesh) { mesh.settings.charts.emplace_back().path = "chart"; }));
  CHECK_FALSE(divides_alike([](MeshDefinition& mesh) { mesh.settings.follow_links = true; }));
  CHECK_FALSE(divides_alike([](MeshDefinition& mesh) { mesh.settings.cluster.context = "prod"; }));
  CHECK_FALSE(divides_alike([](MeshDefinition& mesh) { mesh.include = {"*.yaml"}; }));
  CHECK_FALSE(divides_alike([](MeshDefinition& mesh) { mesh.planned = false; }));
}

TEST_CASE("configured meshes have no plan in common") {
  MeshDefinition configured = planned_folder();
  configured.planned = false;
  CHECK_FALSE(checks::have_equal_plans(configured, configured));
}

}  // namespace
