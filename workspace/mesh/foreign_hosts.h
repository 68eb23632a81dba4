// Rules for a service of a known namespace under a domain that is not the cluster's (MTLS0012), with what
// their findings rest on: namespaces and the hosts of ServiceEntries. Says which rules to check again when
// those change; a change costs what it touches, a flush after a ServiceEntry's all such rules. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/mesh/graph_nodes.h"

namespace workspace {

// N of `….N.svc.D`, where D is neither empty nor the cluster's domain; empty: the host has another form.
std::string_view foreign_namespace(std::string_view host, std::string_view cluster_domain);

class ForeignHosts {
 public:
  // Only rules whose host has a foreign_namespace are kept.
  void add_rule(RuleNode* rule, std::string_view cluster_domain);
  void remove_rule(RuleNode* rule, std::string_view cluster_domain);
  // `by`: 1 or -1.
  void change_entry(const ServiceEntry& entry, int by);
  // A namespace became known, or is no more.
  void namespace_changed(std::string_view name);

  // Reports whether a ServiceEntry has the host, or one that it matches or is matched by.
  [[nodiscard]] bool has_entry(std::string_view host) const;
  // The rules to be checked again since it was asked last; they are all kept at present.
  [[nodiscard]] std::vector<RuleNode*> take_changed();

 private:
  std::map<std::string, std::set<RuleNode*>, std::less<>> rules_;     // by namespace
  std::map<std::string, std::uint32_t, std::less<>> reversed_hosts_;  // of ServiceEntries, with how many
  std::set<std::string, std::less<>> changed_namespaces_;
  bool entries_changed_ = false;
};

}  // namespace workspace
