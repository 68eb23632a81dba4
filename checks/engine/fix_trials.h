// Tries edits before a fix is offered: does the finding go, and does no new error come? Source:
// docs/design/mtls-semantics.md, section 8.
//
// A trial changes the meshes, runs checks on the nodes that changed, and changes the meshes back; stored
// findings are compared with, never replaced. It costs what the edits touch: the edited documents, and the
// checks of the nodes whose errors may be more than before. Nodes that can only have lost errors
// (MeshDelta::eased) are checked where a second finding asks for the verdict of the same edits, as when one
// policy's mode is behind the findings of thousands of rules. So edits are tried at most twice, however many
// findings offer them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "checks/engine/finding.h"
#include "checks/engine/fix_builder.h"
#include "checks/engine/mesh_state.h"

namespace checks {

// What identifies a finding across an edit of its resource.
struct FindingKey {
  const workspace::ResourceNode* node = nullptr;
  const Check* check = nullptr;
  std::uint32_t definition = 0;
  std::string path;
  friend auto operator<=>(const FindingKey&, const FindingKey&) = default;
};

FindingKey key_of(const StoredFinding& finding);

class FixTrials {
 public:
  using Meshes = std::vector<std::unique_ptr<MeshState>>;
  // Whether the finding of that key is gone after `edits`, which are sorted, and no mesh has a new error. The
  // meshes must be up to date; they are as before when this returns. `builds` (may be null) makes what is
  // built of the edited files.
  bool resolves(const FindingKey& key, const std::vector<FileEdit>& edits, Meshes& meshes,
                const AnalysedTexts& texts, BuildTrial* builds);
  // Forgets all verdicts; to be called when the meshes change.
  void clear();

 private:
  struct Verdict {
    bool valid = false;            // the edited texts are valid YAML, and there is no new error
    std::vector<FindingKey> gone;  // sorted; of the nodes checked
    std::vector<const workspace::ResourceNode*> unchecked;  // sorted
    [[nodiscard]] std::size_t weight() const;
  };
  using Verdicts = std::unordered_map<std::string, Verdict>;

  Verdict* find(const std::string& edits);
  Verdict& remember(std::string edits, Verdict verdict);

  // Verdicts that were asked for lately, and those before them. The older half goes when the newer is full.
  Verdicts recent_;
  Verdicts older_;
  std::size_t recent_weight_ = 0;  // bytes, roughly
};

}  // namespace checks
