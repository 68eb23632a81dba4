#include "checks/engine/cluster_place.h"

#include <fmt/format.h>

#include "workspace/cluster/snapshot.h"

namespace checks {

std::string cluster_place(const Location& place) {
  return fmt::format("cluster {}: {}", workspace::cluster_name(place.file), to_string(place.id));
}

}  // namespace checks
