// The engine thread's loop: what the Inbox hands out, then what can wait, until `exit` or the end of the
// input.
#pragma once

#include <chrono>
#include <optional>

#include "lsp/inbox.h"
#include "lsp/server.h"

namespace lsp {

// The exit status.
int run_engine(Server& server, Inbox& inbox);

// For hosts with an event loop of their own, which call this after each message and at the time it returns:
// works, without waiting, until there is nothing to do now or about `budget` has passed, and returns when it
// wants to go on. None: the server has ended.
std::optional<TimePoint> run_for(Server& server, Inbox& inbox, std::chrono::microseconds budget);

// For tests, on the calling thread: works until nothing is left to do now. False once the server has ended.
bool run_until_idle(Server& server, Inbox& inbox);

}  // namespace lsp
