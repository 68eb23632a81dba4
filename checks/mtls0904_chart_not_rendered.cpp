#include "checks/check_list.h"

namespace checks::mtls0904 {
namespace {

constexpr CheckDocs kDocs = {
    .reports = R"(A folder with `Chart.yaml`. Its templates become manifests only when they are rendered
with the values of a release, so they are passed by. It is said once a chart. Where charts
are to be rendered (`--helm`, or `helm: true` in the configuration) it is a warning, with
helm's words, on a chart that helm does not render; a missing helm is said once.)",
    .why = R"(Policies and rules in the templates take part in no finding, and the workloads in them
are not known: TIS0003, MTLS0012 and MTLS0013 are not reported for meshes that they may
belong to.)",
    .example = R"(apiVersion: v2
name: shop
version: 1.0.0
)",
    .fixed = "",
    .fix_safety = R"(None is offered. `istio-mtls-ls check --helm` has helm render the charts;
`charts` in `.istio-mtls.yaml` says with which values and in which namespaces.)",
    .kiali = "",
    .url = "",
};

}  // namespace
}  // namespace checks::mtls0904

namespace checks {

// Found where sources are read (engine/workspace_plan.h), not by a run over resources.
const Check kMtls0904 = {.code = "MTLS0904",
                         .name = "chart-not-rendered",
                         .title = "The templates of a Helm chart are not checked",
                         .severity = Severity::Hint,
                         .subjects = {},
                         .docs = mtls0904::kDocs,
                         .run = nullptr,
                         .plan_fixes = nullptr};

}  // namespace checks
