#include "checks/queries/templates.h"

#include <fmt/format.h>

#include <algorithm>

namespace checks {
namespace {

std::string escaped(std::string_view text, std::string_view special) {
  std::string made;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) made += '\\';
    made += c;
  }
  return made;
}

// A tab stop with names to choose from; with one name or none a default.
std::string stop(int number, const std::vector<std::string>& choices, std::string_view fallback) {
  if (choices.size() < 2)
    return fmt::format("${{{}:{}}}", number,
                       escaped(choices.empty() ? fallback : std::string_view(choices.front()), "\\$}"));
  std::string text;
  for (std::size_t i = 0; i < std::min(choices.size(), kMaxChoices); ++i)
    text += (i == 0 ? "" : ",") + escaped(choices[i], "\\$},|");
  return fmt::format("${{{}|{}|}}", number, text);
}

std::string head(std::string_view api_version, std::string_view kind, std::string_view name,
                 std::string_view ns) {
  return fmt::format("apiVersion: {}\nkind: {}\nmetadata:\n  name: {}\n  namespace: {}\nspec:\n", api_version,
                     kind, name, ns);
}

constexpr std::string_view kSecurity = "security.istio.io/v1";
constexpr std::string_view kNetworking = "networking.istio.io/v1";
constexpr std::string_view kModes = "|STRICT,PERMISSIVE,DISABLE|";
constexpr std::string_view kSends = "|ISTIO_MUTUAL,DISABLE,SIMPLE,MUTUAL|";

std::string mode(int number, std::string_view modes) { return fmt::format("${{{}{}}}", number, modes); }

std::string selector(int number) {
  return fmt::format("  selector:\n    matchLabels:\n      ${{{}:app}}: ${{{}:name}}\n", number, number + 1);
}

void add_policies(const TemplateNames& names, std::vector<Template>& all) {
  const std::string ns = stop(1, names.namespaces, "default");
  const auto head_of = [](std::string_view name, std::string_view of) {
    return head(kSecurity, "PeerAuthentication", name, of);
  };
  all.push_back({"PeerAuthentication: mesh",
                 head_of("default", escaped(names.root_namespace, "\\$}")) +
                     "  mtls:\n    mode: " + mode(1, kModes) + "\n",
                 fmt::format("What all servers of the mesh accept, unless a namespace or a workload says "
                             "otherwise. It stands in the root namespace, `{}`.",
                             names.root_namespace)});
  all.push_back({"PeerAuthentication: namespace",
                 head_of("default", ns) + "  mtls:\n    mode: " + mode(2, kModes) + "\n",
                 "What all servers of one namespace accept, unless a workload says otherwise."});
  all.push_back({"PeerAuthentication: workload",
                 head_of("${2:name}", ns) + selector(3) + "  mtls:\n    mode: " + mode(5, kModes) + "\n",
                 "What the servers accept whose pods have these labels."});
  all.push_back(
      {"PeerAuthentication: port",
       head_of("${2:name}", ns) + selector(3) + "  mtls:\n    mode: " + mode(5, kModes) +
           "\n  portLevelMtls:\n    ${6:8080}:\n      mode: " + mode(7, "|DISABLE,PERMISSIVE,STRICT|") + "\n",
       "The same with another mode for one port, by the number that the container listens on."});
}

void add_rules(const TemplateNames& names, std::vector<Template>& all) {
  const std::string ns = stop(1, names.namespaces, "default");
  const std::string host = stop(3, names.hosts, "name.default.svc." + names.cluster_domain);
  const std::string tls = "  trafficPolicy:\n    tls:\n      mode: " + mode(4, kSends) + "\n";
  all.push_back({"DestinationRule: service",
                 head(kNetworking, "DestinationRule", "${2:name}", ns) + "  host: " + host + "\n" + tls,
                 "How clients send to one Service."});
  all.push_back({"DestinationRule: namespace",
                 head(kNetworking, "DestinationRule", "${2:default}", ns) +
                     fmt::format("  host: \"*.{}.svc.{}\"\n", stop(3, names.namespaces, "default"),
                                 names.cluster_domain) +
                     tls,
                 "How clients send to all Services of a namespace that have no rule of their own."});
  all.push_back({"DestinationRule: subsets",
                 head(kNetworking, "DestinationRule", "${2:name}", ns) + "  host: " + host + "\n" + tls +
                     "  subsets:\n    - name: ${5:v1}\n      labels:\n        version: ${6:v1}\n"
                     "    - name: ${7:v2}\n      labels:\n        version: ${8:v2}\n",
                 "How clients send to one Service, whose pods are told apart by a label."});
}

void add_authorization(const TemplateNames& names, std::vector<Template>& all) {
  all.push_back({"AuthorizationPolicy: principal",
                 head(kSecurity, "AuthorizationPolicy", "${2:name}", stop(1, names.namespaces, "default")) +
                     selector(3) +
                     "  action: ${5|ALLOW,DENY,AUDIT|}\n  rules:\n    - from:\n        - source:\n"
                     "            principals:\n              - "
                     "${6:cluster.local/ns/default/sa/name}\n",
                 "Which clients may call, by the service account in their certificate. It needs mTLS."});
}

void add_settings(const TemplateNames& names, std::vector<Template>& all) {
  const std::string root = escaped(names.root_namespace, "\\$}");
  all.push_back({".istio-mtls.yaml: one mesh",
                 fmt::format("rootNamespace: ${{1:{}}}\nexclude:\n  - ${{2:\"**/testdata/**\"}}\n", root),
                 "The settings of a folder whose files are one mesh."});
  all.push_back({".istio-mtls.yaml: several meshes",
                 fmt::format("rootNamespace: ${{1:{}}}\nmeshes:\n  - name: ${{2:prod}}\n    include:\n"
                             "      - ${{3:\"clusters/prod/**\"}}\n  - name: ${{4:staging}}\n    include:\n"
                             "      - ${{5:\"clusters/staging/**\"}}\n",
                             root),
                 "The settings of a folder that holds several meshes, each with the files that belong to "
                 "it."});
}

}  // namespace

std::vector<Template> templates(SchemaOf schema, const TemplateNames& names) {
  std::vector<Template> all;
  if (schema == SchemaOf::Settings) {
    add_settings(names, all);
    return all;
  }
  add_policies(names, all);
  add_rules(names, all);
  add_authorization(names, all);
  return all;
}

std::string without_tab_stops(std::string_view snippet) {
  std::string text;
  bool in_stop = false;
  bool is_choice = false;
  bool in_other_choices = false;
  for (std::size_t at = 0; at < snippet.size(); ++at) {
    const char c = snippet[at];
    if (c == '\\' && at + 1 < snippet.size()) {
      ++at;
      if (!in_other_choices) text += snippet[at];
    } else if (c == '$') {
      const bool braced = at + 1 < snippet.size() && snippet[at + 1] == '{';
      at += braced ? 1 : 0;
      while (at + 1 < snippet.size() && snippet[at + 1] >= '0' && snippet[at + 1] <= '9') ++at;
      in_stop = braced;
      is_choice = braced && at + 1 < snippet.size() && snippet[at + 1] == '|';
      if (braced && at + 1 < snippet.size() && snippet[at + 1] != '}') ++at;  // `:` or `|`
    } else if (in_stop && c == '}') {
      in_stop = is_choice = in_other_choices = false;
    } else if (is_choice && (c == ',' || c == '|')) {
      in_other_choices = true;
    } else if (!in_other_choices) {
      text += c;
    }
  }
  return text;
}

}  // namespace checks
