// Runs the product on a reference mesh and tells its findings in the reference's words.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"
#include "tests/reference/emitter.h"
#include "tests/reference/reference.h"
#include "workspace/cluster/snapshot.h"

namespace properties {

inline constexpr const char* kRoot = "/mesh";

workspace::Settings product_settings(const reference::Settings& settings);
checks::MeshDefinition product_mesh(const reference::Settings& settings);
std::string product_path(const std::string& file);

// A cluster in which the resources of these files run.
std::shared_ptr<const workspace::Snapshot> cluster_of(const std::vector<reference::EmittedFile>& files);

// A workspace in memory: texts by path, and the Analysis over them.
class Product {
 public:
  // `cluster`: that its files are laid over; null: none.
  explicit Product(const reference::Settings& settings,
                   std::shared_ptr<const workspace::Snapshot> cluster = nullptr);

  void put(const std::vector<reference::EmittedFile>& files);
  // Writes a file as an editor or the disk would; an edit reads on from the old facts and text.
  void write(const std::string& path, const std::string& text);
  void erase(const std::string& path);
  void forget_touched() { touched_.clear(); }
  // From now on changes leave what costs with the mesh, other settings included, to finish_steps
  // (Analysis::begin_apply).
  void work_in_steps() { in_steps_ = true; }
  void finish_steps();

  [[nodiscard]] const std::map<std::string, std::string>& texts() const { return texts_; }
  [[nodiscard]] checks::Analysis& analysis() { return analysis_; }
  [[nodiscard]] checks::TextSource source() const;
  // The files of which changes since forget_touched() said that they may show something else.
  [[nodiscard]] const std::set<std::string>& touched() const { return touched_; }

 private:
  void apply(std::vector<checks::FileUpdate> updates);

  checks::Analysis analysis_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, std::shared_ptr<const workspace::FileFacts>> facts_;
  std::set<std::string> touched_;
  bool in_steps_ = false;
};

// Sorted; `item` of a List is not told apart (-1). Findings the reference does not know (MTLS0900) are left
// out.
std::vector<reference::ExpectedFinding> told(checks::Analysis& analysis);
// The reference's findings without what `told` can't tell.
std::vector<reference::ExpectedFinding> comparable(std::vector<reference::ExpectedFinding> findings);

// One finding a line, with everything in it that a user sees.
std::string dump(const std::vector<checks::Finding>& findings);

}  // namespace properties
