#include "workspace/platform/held_signals.h"

#include <algorithm>
#include <array>
#include <csignal>

namespace workspace {
namespace {

constexpr std::array<int, 3> kDeadly = {SIGINT, SIGTERM, SIGHUP};

// A signal that is ignored would become pending while it is blocked, and look like one that ends us.
bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

struct HeldSignals::Held {
  sigset_t signals{};
  sigset_t before{};
};

HeldSignals::HeldSignals() : held_(std::make_unique<Held>()) {
  sigemptyset(&held_->signals);
  for (const int signal : kDeadly) {
    if (!is_ignored(signal)) sigaddset(&held_->signals, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &held_->signals, &held_->before);
}

HeldSignals::~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &held_->before, nullptr); }

bool HeldSignals::any() const {
  sigset_t pending;
  if (::sigpending(&pending) != 0) return false;
  return std::any_of(kDeadly.begin(), kDeadly.end(), [&](int signal) {
    return sigismember(&held_->signals, signal) == 1 && sigismember(&pending, signal) == 1;
  });
}

}  // namespace workspace
