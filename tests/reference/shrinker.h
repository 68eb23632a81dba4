// Makes a failing mesh small: drops documents, then fields, then simplifies values, as long as it still
// fails.
#pragma once

#include <functional>

#include "tests/reference/mesh_model.h"

namespace reference {

using StillFails = std::function<bool(const MeshModel&)>;

// `mesh` must fail; so does the result, from which no single step can be taken any more. Calls `still_fails`
// at most `budget` times.
MeshModel shrink(MeshModel mesh, const StillFails& still_fails, int budget = 20000);

}  // namespace reference
