// Does a session over one file end where a fresh reading begins? For bug reports (`check --self-test`) and
// for whoever doubts the server.
//
// Runs a server in this thread and does with the file what an editor does: opens it, types it piece by piece,
// deletes its lines and puts them back, applies every fix offered and takes it back, closes it and opens it
// again. In between the session is compared with a server that starts afresh with the same texts: what both
// show of every file, and what they answer about the tested one, must be the same. Writes nothing. The disk
// is looked at once, so that a change to it meanwhile is no disagreement.
//
// Texts that are no valid YAML are typed through but not compared: there a session keeps what it last
// understood, and a fresh server has nothing to keep.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/session.h"
#include "workspace/base/result.h"
#include "workspace/platform/file_system.h"

namespace lsp {

struct SelfTestOptions {
  SessionOptions session;
  std::vector<std::string> folders;  // the workspace: absolute paths
  std::string file;                  // absolute
  // After so long what is left of a phase is left out; opening, closing and one comparison a phase never are.
  std::chrono::milliseconds budget = std::chrono::seconds{60};
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  std::function<void(std::string_view phase, std::size_t done, std::size_t total)> progress;
  // For tests of the test: notifications for which it says yes never reach the session.
  std::function<bool(std::string_view method, const Json& params)> loses;
};

struct Disagreement {
  std::string when;   // "typing, after 12 of 80 edits"
  std::string about;  // "diagnostics of /w/peer.yaml", "textDocument/codeAction"
  std::string session;
  std::string fresh;  // what a fresh server says instead
};

struct SelfTestPhase {
  std::string name;
  std::size_t steps = 0;
  std::size_t planned = 0;  // more than `steps`: time was up, or enough was found
  std::size_t comparisons = 0;
};

struct SelfTestReport {
  std::vector<SelfTestPhase> phases;
  std::vector<Disagreement> disagreements;  // it stops after a few
};

// An error: the file can't be read or is no UTF-8, or a folder is none.
workspace::Result<SelfTestReport> self_test(const workspace::FileSystem& files, SelfTestOptions options);

}  // namespace lsp
