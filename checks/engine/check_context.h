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

namespace checks {

// A finding before it is placed. `related` is sorted by file and place.
struct StoredFinding {
  const Check* check = nullptr;
  Severity severity = Severity::Error;
  std::string message;
  FieldRef at;
  std::vector<FieldRef> related;
  std::string_view related_message;  // what each related place is, of static storage
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
    return dynamic_cast<const workspace::PolicyNode*>(&subject_);
  }
  [[nodiscard]] const workspace::RuleNode* rule() const {
    return dynamic_cast<const workspace::RuleNode*>(&subject_);
  }

  StoredFinding& report(const Check& check, FieldRef at, std::string message);

 private:
  const workspace::Mesh& mesh_;
  const workspace::ResourceNode& subject_;
  std::vector<StoredFinding>& findings_;
};

// Gives the mode at a site another value; inserts it where there is none.
struct SetMode {
  FieldRef site;
  std::string value;
};

// Adds a DestinationRule to the mesh: at the end of the file that `beside` stands in, or as a new file next
// to it.
struct InsertRule {
  FieldRef beside;
  std::string ns;
  std::string name;  // made unique
  std::string host;
  std::string mode;
};

// Writes other text where a field's value or key stands (range_in_facts).
struct ReplaceText {
  FieldRef site;
  std::string text;
};

// Inserts a line above the one that a field stands in.
struct InsertLine {
  FieldRef site;
  std::string line;  // without a line end
};

struct FixPlan {
  std::string title;
  bool weakens = false;
  std::optional<bool> preferred;  // none: unless it weakens
  std::vector<SetMode> modes;
  std::vector<ReplaceText> texts;
  std::vector<InsertLine> lines;
  std::optional<InsertRule> rule;
};

class FixContext {
 public:
  FixContext(const workspace::Mesh& mesh, const StoredFinding& finding) : mesh_(mesh), finding_(finding) {}

  [[nodiscard]] const workspace::Mesh& mesh() const { return mesh_; }
  [[nodiscard]] const workspace::PolicyGraph& graph() const { return mesh_.graph(); }
  [[nodiscard]] const StoredFinding& finding() const { return finding_; }
  void add(FixPlan plan) { plans_.push_back(std::move(plan)); }
  [[nodiscard]] std::vector<FixPlan> take() { return std::move(plans_); }

  // Sets every policy's / every clause's mode that the finding names, at whichever end it was found.
  void set_policies(std::string_view mode);
  void set_clauses(std::string_view mode, std::optional<bool> preferred = std::nullopt);
  void insert_rule(std::string name, std::string ns, std::string host, std::string_view mode);

 private:
  void set_modes(const std::vector<FieldRef>& sites, std::string_view mode,
                 std::optional<bool> preferred = std::nullopt);

  const workspace::Mesh& mesh_;
  const StoredFinding& finding_;
  std::vector<FixPlan> plans_;
};

}  // namespace checks
