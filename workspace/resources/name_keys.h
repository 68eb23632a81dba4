// The labels by which people name a workload (docs/design/mtls-semantics.md, section 7, TIS0003).
#pragma once

#include <array>
#include <string_view>

namespace workspace {

inline constexpr std::array<std::string_view, 4> kNameKeys = {"app", "app.kubernetes.io/name", "k8s-app",
                                                              "name"};

}  // namespace workspace
