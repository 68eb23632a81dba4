// Random meshes: small and dense with conflicts, so that every row of the contract's tables is met often. The
// same seed gives the same mesh on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "tests/reference/mesh_model.h"

namespace reference {

// Numbers from a seed; unlike the standard distributions, the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  int below(int bound);  // 0 .. bound-1; bound > 0
  int between(int low, int high);
  bool chance(int percent);

  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(below(static_cast<int>(from.size())))];
  }

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[static_cast<std::size_t>(below(static_cast<int>(i)))]);
    }
  }

 private:
  std::mt19937_64 engine_;
};

// What a mesh leans towards.
enum class Flavour {
  Mixed,
  MeshDisable,     // TIS0503, TIS0206
  Strict,          // TIS0208, TIS0207
  NamespaceModes,  // TIS0502, TIS0208
  AutoMtlsOff,     // TIS0401, TIS0501, TIS0205
  Merging,         // TIS0201, exportTo groups
  Shadowing,       // TIS0204
  Ports,           // portLevelMtls, portLevelSettings, targetPort
  Workloads,       // TIS0001-TIS0003, MTLS0002, MTLS0003, MTLS0005, sidecars
  Authorization,   // TIS0104
  Careless,        // MTLS0001, MTLS0004, MTLS0006, MTLS0007, MTLS0015, missing names and namespaces
  Proxies,         // sidecar, gateway, ambient, outside: MTLS0009, MTLS0013, MTLS0014, MTLS0103
  AutoMtls,        // MTLS0101, MTLS0102, hidden clauses, PASSTHROUGH
  TakenPorts,      // annotations for ports, MTLS0008, MTLS0104, MTLS0105
  ClientClasses,   // rules with workloadSelector, Sidecars with egress, private rules
  Backends,        // BackendTLSPolicies and rules beside them
  Callers,         // MTLS0201 to MTLS0205
};

MeshModel random_mesh(std::uint64_t seed);  // the seed picks the flavour
MeshModel random_mesh(std::uint64_t seed, Flavour flavour);

}  // namespace reference
