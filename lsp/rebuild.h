// Another Analysis of the same files, built on a worker beside the one in use: for what changes the meaning
// of every file (mesh definitions, MeshConfig), so that edits are answered meanwhile, in the old meaning.
//
// Takes copies of the facts' handles in slices on the engine thread, since the one in use changes there. What
// changes after the start is noted, and handed over with the result. Takes the memory of a second Analysis
// while it runs. Engine thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checks/engine/analysis.h"
#include "lsp/scheduler.h"

namespace lsp {

class Rebuild {
 public:
  // Told once per start that no other start has followed. `late`: what was noted and `made` does not know
  // yet.
  using OnDone = std::function<void(checks::Analysis made, std::vector<checks::FileUpdate> late)>;

  Rebuild(Scheduler& scheduler, OnDone on_done) : scheduler_(scheduler), on_done_(std::move(on_done)) {}

  // Drops one that is under way.
  void start(std::vector<checks::MeshDefinition> meshes);
  void stop();
  [[nodiscard]] bool running() const { return phase_ != Phase::Idle; }
  // An update that the Analysis in use is given.
  void note(const checks::FileUpdate& update) {
    if (running()) late_.push_back(update);
  }
  // Goes on until `end`; false: there is nothing to do on this thread.
  bool step(const checks::Analysis& in_use, std::chrono::steady_clock::time_point end);

  // Takes an Analysis apart on a worker: that takes a second for 100,000 manifests.
  void dispose(std::shared_ptr<checks::Analysis> analysis);
  // The same, and gives memory back to the system, for which all who allocate wait some milliseconds: for
  // when nobody types.
  void dispose_at_leisure(std::shared_ptr<checks::Analysis> analysis);

 private:
  enum class Phase : std::uint8_t { Idle, Gathering, Building };

  void build(std::shared_ptr<checks::Analysis> made, std::vector<checks::FileUpdate> updates);
  void dispose(std::shared_ptr<checks::Analysis> analysis, bool give_back);
  void built(std::uint64_t number, std::shared_ptr<checks::Analysis> made);

  Scheduler& scheduler_;
  const OnDone on_done_;
  Phase phase_ = Phase::Idle;
  std::uint64_t number_ = 0;
  std::vector<checks::MeshDefinition> meshes_;
  std::vector<checks::FileUpdate> gathered_;
  std::string last_;  // path gathered
  std::vector<checks::FileUpdate> late_;
  std::vector<std::shared_ptr<std::vector<checks::FileUpdate>>> spent_;  // inputs of builds
};

}  // namespace lsp
