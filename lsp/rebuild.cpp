#include "lsp/rebuild.h"

#include <iterator>
#include <utility>

#include "checks/registry.h"
#include "workspace/platform/heap.h"

namespace lsp {
namespace {

constexpr std::size_t kFilesPerStep = 64;
constexpr std::size_t kManyLate = 256;  // updates that are not applied on the engine thread

}  // namespace

void Rebuild::start(std::vector<checks::MeshDefinition> meshes) {
  stop();
  meshes_ = std::move(meshes);
  phase_ = Phase::Gathering;
}

void Rebuild::stop() {
  ++number_;
  phase_ = Phase::Idle;
  gathered_.clear();
  last_.clear();
  late_.clear();
}

bool Rebuild::step(const checks::Analysis& in_use, std::chrono::steady_clock::time_point end) {
  while (phase_ == Phase::Gathering) {
    std::vector<checks::FileUpdate> more = in_use.files_after(last_, kFilesPerStep);
    if (more.empty()) {
      phase_ = Phase::Building;
      build(nullptr, std::exchange(gathered_, {}));
      return false;
    }
    last_ = more.back().path;
    gathered_.insert(gathered_.end(), std::make_move_iterator(more.begin()),
                     std::make_move_iterator(more.end()));
    if (std::chrono::steady_clock::now() >= end) return true;
  }
  return false;
}

void Rebuild::build(std::shared_ptr<checks::Analysis> made, std::vector<checks::FileUpdate> updates) {
  const auto input = std::make_shared<std::vector<checks::FileUpdate>>(std::move(updates));
  spent_.push_back(input);  // freed with what is retired, not while somebody types
  scheduler_.run(
      [this, number = number_, meshes = meshes_, made = std::move(made), input]() mutable -> Task {
        if (made == nullptr)
          made = std::make_shared<checks::Analysis>(checks::check_registry(), std::move(meshes));
        for (const checks::FileUpdate& update : *input) {
          if (scheduler_.cancelled()) return {};
          made->load(update);
        }
        made->update_findings();
        return [this, number, made = std::move(made)] { built(number, made); };
      },
      Scheduler::Urgency::Background);
}

void Rebuild::built(std::uint64_t number, std::shared_ptr<checks::Analysis> made) {
  if (number != number_) return dispose(std::move(made));
  if (late_.size() > kManyLate) return build(std::move(made), std::exchange(late_, {}));
  phase_ = Phase::Idle;
  on_done_(std::move(*made), std::exchange(late_, {}));
}

void Rebuild::dispose(std::shared_ptr<checks::Analysis> analysis) { dispose(std::move(analysis), false); }

void Rebuild::dispose_at_leisure(std::shared_ptr<checks::Analysis> analysis) {
  dispose(std::move(analysis), true);
}

void Rebuild::dispose(std::shared_ptr<checks::Analysis> analysis, bool give_back) {
  scheduler_.run(
      [analysis = std::move(analysis), spent = std::exchange(spent_, {}), give_back]() mutable -> Task {
        analysis.reset();
        spent.clear();
        if (give_back) workspace::give_back_memory();
        return {};
      },
      Scheduler::Urgency::Background);
}

}  // namespace lsp
