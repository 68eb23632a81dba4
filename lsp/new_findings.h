// What has come up while somebody types is said when typing has paused; what is gone goes at once.
//
// A diagnostic is new if the file did not show one with the same code and the same message or line before.
// Lines are those of the last time the file was shown: an edit that moves a finding and changes its message
// at once makes it new, for the length of a pause. Engine thread. Remembers what is not empty, by hashes.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "lsp/inbox.h"
#include "lsp/json_rpc.h"
#include "workspace/config/editor_settings.h"

namespace lsp {

class NewFindings {
 public:
  // Of a pause. Zero: nothing is held back, ever.
  void set_delay(std::chrono::milliseconds delay);
  [[nodiscard]] std::chrono::milliseconds delay() const { return delay_; }

  // A document is edited.
  void typed(const std::string& path, TimePoint now);
  // From now on everything is said. Returns the files that something was held back of, and the documents that
  // were edited meanwhile.
  struct Released {
    std::vector<std::string> held_back;
    std::vector<std::string> edited;
  };
  Released release();
  // Typing has paused, but what was typed is not complete: nothing is said before the next edit.
  void wait_for_more() { deadline_ = TimePoint::max(); }

  [[nodiscard]] bool is_typing() const { return !edited_.empty(); }
  // When the pause is over.
  [[nodiscard]] TimePoint deadline() const { return deadline_; }
  // The document that was edited last; empty: nobody types.
  [[nodiscard]] const std::string& last_edited() const { return last_edited_; }

  // What of a file's diagnostics is to be shown now.
  Json pass(const std::string& path, Json diagnostics);

 private:
  struct Shown {
    std::uint64_t code = 0;
    std::uint64_t message = 0;
    std::int64_t line = 0;
  };
  static Shown shown_as(const Json& diagnostic);

  std::chrono::milliseconds delay_ = workspace::kDefaultDiagnosticsDelay;
  TimePoint deadline_ = TimePoint::max();
  std::string last_edited_;
  std::set<std::string> edited_;
  std::set<std::string> held_back_;
  std::unordered_map<std::string, std::vector<Shown>> shown_;
};

}  // namespace lsp
