// Whole resources to begin with, as snippets: what one writes most often for mTLS, and a first
// `.istio-mtls.yaml`.
//
// Texts are written as LSP writes snippets (`${1:default}`, `${1|one,two|}`, `$0`); without_tab_stops makes
// plain text of them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checks/queries/schema_help.h"

namespace checks {

// What is known of the mesh; lists may be empty.
struct TemplateNames {
  std::string root_namespace = "istio-system";
  std::string cluster_domain = "cluster.local";
  std::vector<std::string> namespaces;  // to choose from, the likely one first
  std::vector<std::string> hosts;       // likewise, complete names of Services
};

// At most so many namespaces or hosts are offered in one place.
inline constexpr std::size_t kMaxChoices = 30;

struct Template {
  std::string label;          // "PeerAuthentication: namespace", which is also what typing is matched with
  std::string snippet;        // lines end with `\n`, the last one too
  std::string documentation;  // one sentence
};

std::vector<Template> templates(SchemaOf schema, const TemplateNames& names);

// The text that a snippet is before anybody fills it in: defaults and first choices stay.
std::string without_tab_stops(std::string_view snippet);

}  // namespace checks
