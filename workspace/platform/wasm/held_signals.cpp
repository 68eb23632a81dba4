// JavaScript's hosts let no signal in while the module runs, but for those that end it.
#include "workspace/platform/held_signals.h"

namespace workspace {

struct HeldSignals::Held {};

HeldSignals::HeldSignals() = default;
HeldSignals::~HeldSignals() = default;

bool HeldSignals::any() const { return false; }

}  // namespace workspace
