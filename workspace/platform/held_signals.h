// Holds back the signals that end a process (INT, TERM, HUP) while something has to be finished or cleared
// away first; they take effect when it goes. Those that whoever started the process has it ignore stay
// ignored.
//
// Only while the process has one thread: another one would take them.
#pragma once

#include <csignal>

namespace workspace {

class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  // Whether one has come.
  [[nodiscard]] bool any() const;

 private:
  sigset_t held_{};
  sigset_t before_{};
};

}  // namespace workspace
