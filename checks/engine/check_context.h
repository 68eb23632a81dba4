// What a check sees: one subject, the mesh around it, and where to report. Checks read facts and graph; they
// never read YAML and keep no state.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "checks/engine/check.h"
#include "checks/engine/field_ref.h"
#include "workspace/mesh/mesh.h"
#include "workspace/yaml/edit.h"

namespace checks {

// A finding before it is placed. `related` is sorted by file and place.
struct StoredFinding {
  const Check* check = nullptr;
  Severity severity = Severity::Error;
  std::string message;
  FieldRef at;
  std::vector<FieldRef> related;
  std::string_view
      related_message;      // what each related place is, of static storage; empty: what its field says
  bool is_sure = true;      // of a conflict: its server is known to have a sidecar; else no fix is preferred
  bool in_cluster = false;  // it stands in the cluster that the files are laid over
};

class CheckContext {
 public:
  CheckContext(const workspace::Mesh& mesh, const workspace::ResourceNode& subject,
               std::vector<StoredFinding>& findings)
      : mesh_(mesh), subject_(subject), findings_(findings) {}

  [[nodiscard]] const workspace::Mesh& mesh() const { return mesh_; }
  [[nodiscard]] const workspace::PolicyGraph& graph() const { return mesh_.graph(); }
  [[nodiscard]] const workspace::ResourceNode& subject() const { return subject_; }
  [[nodiscard]] const workspace::PolicyNode* policy() const {
    return workspace::node_cast<workspace::PolicyNode>(&subject_);
  }
  [[nodiscard]] const workspace::RuleNode* rule() const {
    return workspace::node_cast<workspace::RuleNode>(&subject_);
  }

  // Calls f(const RuleNode*) for the rules of which the subject has clauses: itself, or those that its
  // targets make.
  template <class F>
  void for_each_rule(const F& f) const {
    if (const workspace::RuleNode* own = rule()) return f(own);
    for (const workspace::RuleNode* rule : backend_rules()) f(rule);
  }

  StoredFinding& report(const Check& check, FieldRef at, std::string message);

 private:
  [[nodiscard]] std::vector<const workspace::RuleNode*> backend_rules() const;

  const workspace::Mesh& mesh_;
  const workspace::ResourceNode& subject_;
  std::vector<StoredFinding>& findings_;
};

// Gives the mode at a site another value; inserts it where there is none. With ISTIO_MUTUAL, what must be
// empty in the clause then is removed.
struct SetMode {
  FieldRef site;
  std::string value;
};

// Changes the entries of the mapping at a path of a resource ("spec.portLevelMtls.8080"), which is made if it
// does not exist.
struct ChangeEntries {
  const workspace::ResourceNode* node = nullptr;
  std::string mapping;
  workspace::yaml::EntryChange change;
};

// Calls the key at a path of a resource otherwise.
struct RenameKey {
  const workspace::ResourceNode* node = nullptr;
  std::string path;
  std::string key;
};

// Begins a new document with the line of a top-level key, which begins at `key` of its document as read.
struct SplitDocument {
  const workspace::ResourceNode* node = nullptr;
  std::uint32_t key = 0;
};

// Adds a DestinationRule to the mesh: at the end of the file that `beside` stands in, or as a new file next
// to it.
struct InsertRule {
  FieldRef beside;
  std::string ns;
  std::string name;  // made unique
  std::string host;
  std::string mode;
  std::uint32_t port = 0;  // the service port that it is for alone; 0: all
};

// Adds a workload policy, likewise, that gives a mode to some ports and leaves the others to the namespace.
struct InsertPolicy {
  FieldRef beside;
  std::string ns;
  std::string name;  // made unique
  workspace::Labels selector;
  std::vector<std::uint32_t> ports;  // the workload's; not empty
  std::string mode;
};

struct FixPlan {
  std::string title;
  bool weakens = false;
  std::optional<bool> preferred;  // none: what does not weaken is
  std::vector<SetMode> modes;
  std::vector<ChangeEntries> entries;
  std::vector<RenameKey> renames;
  std::vector<SplitDocument> splits;
  std::optional<InsertRule> rule;
  std::optional<InsertPolicy> policy;

  [[nodiscard]] bool inserts_document() const { return rule || policy; }
  [[nodiscard]] bool is_preferred() const { return preferred.value_or(!weakens); }
};

class FixContext {
 public:
  FixContext(const workspace::Mesh& mesh, const StoredFinding& finding) : mesh_(mesh), finding_(finding) {}

  [[nodiscard]] const workspace::Mesh& mesh() const { return mesh_; }
  [[nodiscard]] const workspace::PolicyGraph& graph() const { return mesh_.graph(); }
  [[nodiscard]] const StoredFinding& finding() const { return finding_; }
  void add(FixPlan plan) { plans_.push_back(std::move(plan)); }
  [[nodiscard]] std::vector<FixPlan> take() { return std::move(plans_); }

  // Sets every policy's / every clause's mode that the finding names, at whichever end it was found. STRICT
  // is preferred nowhere: it may be the first of a namespace or mesh. `preferred` is as in FixPlan.
  void set_policies(std::string_view mode, std::optional<bool> preferred = {});
  void set_clauses(std::string_view mode, std::optional<bool> preferred = {});
  // Whether every clause that the finding names has that mode.
  [[nodiscard]] bool all_clauses_are(workspace::TlsMode mode) const;
  // `port`: of the service; 0: all. `preferred` is as in FixPlan.
  void insert_rule(std::string name, std::string ns, std::string host, std::string_view mode,
                   std::uint32_t port = 0, std::optional<bool> preferred = {});

  // Ports of the workloads that `selector` (not empty) picks in `ns`, to be given `mode` (PERMISSIVE or
  // DISABLE) without a change to any other port.
  struct OpenPorts {
    const workspace::PolicyNode* policy = nullptr;  // the workload policy that applies; null: there is none
    std::string ns;
    workspace::Labels selector;
    std::vector<std::uint32_t> ports;  // the workloads'; sorted, not empty
    std::string name;                  // of the policy to insert
    std::string_view mode = "PERMISSIVE";
  };
  void open_ports(OpenPorts ports);
  // Removes the entry of a mapping that is there.
  void remove_entry(const workspace::ResourceNode* node, std::string_view path, std::string title);

 private:
  [[nodiscard]] std::vector<FieldRef> clauses() const;
  // The policy in whose file one is inserted: the finding's, else the first that it is related to.
  [[nodiscard]] FieldRef beside() const;
  void set_modes(const std::vector<FieldRef>& sites, std::string_view mode, std::optional<bool> preferred);

  const workspace::Mesh& mesh_;
  const StoredFinding& finding_;
  std::vector<FixPlan> plans_;
};

}  // namespace checks
