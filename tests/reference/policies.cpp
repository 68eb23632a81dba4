#include "tests/reference/policies.h"

#include <algorithm>

namespace reference {

using std::optional;
using std::string;

bool exists_as_server_mode(const string& mode) {
  return mode == "UNSET" || mode == "DISABLE" || mode == "PERMISSIVE" || mode == "STRICT";
}

// "Any other scalar is a bad value: ... treated as UNSET."
Mode server_mode(const optional<string>& mode) {
  if (mode == "DISABLE") return Mode::Disable;
  if (mode == "PERMISSIVE") return Mode::Permissive;
  if (mode == "STRICT") return Mode::Strict;
  return Mode::Unset;
}

string port_mode_path(int port) { return "spec.portLevelMtls." + std::to_string(port) + ".mode"; }

Policies::Policies(const Documents& documents, const string& root_namespace) : root_(root_namespace) {
  policies_ = documents.policies;
  std::sort(policies_.begin(), policies_.end(), older<PeerAuthentication>);
}

namespace {

void let_decide(const Policy* policy, Level level, Decision& decision) {
  if (policy == nullptr) return;
  const Mode mode = server_mode(policy->value->mode);
  if (mode != Mode::Unset) decision = {mode, level, policy->id.place("spec.mtls.mode")};
}

}  // namespace

Decision Policies::namespace_mode(const string& ns) const {
  Decision result;                                                              // step 1
  let_decide(mesh_policy(), Level::Mesh, result);                               // step 2
  if (ns != root_) let_decide(without_selector(ns), Level::Namespace, result);  // step 3
  return result;
}

Decision Policies::decide(const string& ns, const Labels& labels, optional<int> port) const {
  Decision result = namespace_mode(ns);
  if (ns == root_) return result;
  const Policy* workload_policy = selecting(ns, labels);
  let_decide(workload_policy, Level::Workload, result);  // step 4
  if (workload_policy != nullptr && port) {              // step 5
    for (const PortMode& entry : workload_policy->value->port_level) {
      const Mode mode = server_mode(entry.mode);
      if (entry.port != *port || mode == Mode::Unset) continue;
      result = {mode, Level::Workload, workload_policy->id.place(port_mode_path(entry.port))};
    }
  }
  return result;
}

std::vector<const Policy*> Policies::in_front_of(const Policy& policy) const {
  std::vector<const Policy*> result;
  if (policy.id.ns == root_ || !has_selector(policy.value->selector)) return result;
  for (const Policy& other : policies_) {
    if (other.id.ns != policy.id.ns || !has_selector(other.value->selector) || !older(other, policy))
      continue;
    if (contains(*policy.value->selector, *other.value->selector)) result.push_back(&other);
  }
  return result;
}

const Policy* Policies::without_selector(const string& ns) const {
  for (const Policy& policy : policies_) {
    if (policy.id.ns == ns && !has_selector(policy.value->selector)) return &policy;
  }
  return nullptr;
}

const Policy* Policies::selecting(const string& ns, const Labels& labels) const {
  for (const Policy& policy : policies_) {
    if (policy.id.ns != ns || !has_selector(policy.value->selector)) continue;
    if (contains(labels, *policy.value->selector)) return &policy;
  }
  return nullptr;
}

}  // namespace reference
