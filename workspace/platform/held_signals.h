// Holds back the signals that end a process (INT, TERM, HUP) while something has to be finished or cleared
// away first; they take effect when it goes. Those that whoever started the process has it ignore stay
// ignored.
//
// Only while the process has one thread: another one would take them. On Windows: Ctrl+C, Ctrl+Break and the
// end of the console.
#pragma once

#include <memory>

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
  struct Held;
  std::unique_ptr<Held> held_;
};

}  // namespace workspace
