// Flux' postBuild: `${NAME}` in what a kustomization builds, replaced by values. Source:
// docs/design/sources.md, section 1; fluxcd/pkg/envsubst.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "workspace/sources/kustomize.h"
#include "workspace/sources/mesh_planner.h"

namespace workspace {

using SubstitutionValues = std::map<std::string, std::string, std::less<>>;

// The values of a request: those of its ConfigMaps, whose texts come from `sources`, then its own.
SubstitutionValues substitution_values(const BuildRequest& request, const PlanInput& input,
                                       SourceReader& sources);

// Replaces `${NAME}`, `${NAME:=default}` and `${NAME:-default}` by its value or default, and `$${` by `${`. What
// has no value stays as it is: it may have one that is not seen. A place that holds a replaced text is no
// longer editable.
void substitute(BuiltDocument& document, const SubstitutionValues& values);

}  // namespace workspace
