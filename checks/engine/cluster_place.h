// How a place in a cluster is called, which no file holds.
#pragma once

#include <string>

#include "checks/engine/finding.h"

namespace checks {

// "cluster prod: PeerAuthentication foo/default"
std::string cluster_place(const Location& place);

}  // namespace checks
