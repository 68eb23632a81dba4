// JavaScript's hosts let no signal in while the module runs, but for those that end it.
#include "workspace/platform/held_signals.h"

namespace workspace {

HeldSignals::HeldSignals() {
  ::sigemptyset(&held_);
  before_ = held_;
}

HeldSignals::~HeldSignals() { held_ = before_; }

bool HeldSignals::any() const { return false; }

}  // namespace workspace
