// The engine thread's loop: what the Inbox hands out, then what can wait, until `exit` or the end of the
// input.
#pragma once

#include "lsp/inbox.h"
#include "lsp/server.h"

namespace lsp {

// The exit status.
int run_engine(Server& server, Inbox& inbox);

// For tests, on the calling thread: works until nothing is left to do now. False once the server has ended.
bool run_until_idle(Server& server, Inbox& inbox);

}  // namespace lsp
