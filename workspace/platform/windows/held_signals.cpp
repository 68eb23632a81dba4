// Windows tells of Ctrl+C, Ctrl+Break and a closed window on a thread of its own, which may be kept waiting.
// Whoever starts a process may have it ignore Ctrl+C; handlers are not asked then.
#include "workspace/platform/held_signals.h"

#include <windows.h>

#include <atomic>
#include <cstdlib>

namespace workspace {
namespace {

// The system's handler has no other way to it.
std::atomic<int> come{0};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

BOOL WINAPI hold(DWORD event) {
  ++come;
  // The process ends as this returns from one of the last three: what is held gets the time that there is.
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) ::Sleep(INFINITE);
  return TRUE;
}

}  // namespace

struct HeldSignals::Held {};

HeldSignals::HeldSignals() {
  come = 0;
  ::SetConsoleCtrlHandler(hold, TRUE);
}

HeldSignals::~HeldSignals() {
  ::SetConsoleCtrlHandler(hold, FALSE);
  if (any()) ::ExitProcess(static_cast<UINT>(STATUS_CONTROL_C_EXIT));
}

bool HeldSignals::any() const { return come > 0; }

}  // namespace workspace
