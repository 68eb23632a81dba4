// Where the relations of the policy graph lead from an element of a file: rule host, Service, workloads and
// the policies that decide for them.
//
// Answers come from the graph's indices. What relates to a whole mesh (a mesh policy, a wildcard host) is cut
// off at `kMaxReferences` places, and the search for it after looking at a bounded number of resources. No
// state; a result is valid until the mesh changes.
#pragma once

#include <vector>

#include "checks/engine/field_ref.h"
#include "checks/queries/locate.h"
#include "workspace/mesh/mesh.h"

namespace checks {

inline constexpr std::size_t kMaxReferences = 500;

// A rule's host: the Services it names. A selector or a subset: the workloads it selects. A namespace: its
// document. Else, for a name, the resource itself. By file and place, each once.
std::vector<FieldRef> definitions(const workspace::Mesh& mesh, const Element& element);

// A rule's host: the rules for that host and the policies that decide for its servers. A Service: the rules
// that apply to it, those policies, its workloads. A workload: what selects it. A policy: the workloads and
// services it decides for, the rules that meet it there. A clause: the policies it meets. By file and place,
// each once.
std::vector<FieldRef> references(const workspace::Mesh& mesh, const Element& element);

// What `references` are references to; none where that is no document.
std::vector<FieldRef> declarations(const workspace::Mesh& mesh, const Element& element);

}  // namespace checks
