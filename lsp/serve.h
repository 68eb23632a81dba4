// The language server as one call, for main.
//
// Blocks until the client says `exit`, closes its end, or the process that it named dies. Owns every thread
// it starts; none outlives the call. What it knew is left to the end of the process. Log lines (lsp/log.h) go
// to the log file if there is one; errors and warnings, and what `log_level` names where there is no file, go
// to standard error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lsp/cluster_sources.h"
#include "workspace/config/settings.h"
#include "workspace/platform/log.h"

namespace lsp {

struct ServeOptions {
  enum class Channel : std::uint8_t { Stdio, Listen, Pipe };
  Channel channel = Channel::Stdio;
  // Listen: "HOST:PORT" or "PORT" (no host: loopback; port 0: any, told on stderr); Pipe: a socket's path.
  std::string address;
  workspace::Settings settings;     // from the command line; the editor's settings win over these
  std::string config_file;          // used instead of every folder's .istio-mtls.yaml; empty: each its own
  unsigned jobs = 0;                // threads that read files; 0: as many as serve takes to be best
  std::int64_t client_process = 0;  // when it ends, so does the server; 0: only `initialize` tells
  std::string log_file;             // empty: none
  std::optional<workspace::LogLevel> log_level;  // none: Info with a log file, else Warning
  ClusterAccess clusters;                        // for files that are laid over a cluster
  std::uint64_t max_message_bytes = std::uint64_t{256}
                                    << 20;  // larger ones are skipped, and answered with an error
};

// The process's exit status: 0 after `shutdown` and `exit`, else 1; 2 if the channel or the log can't be
// opened.
int serve(const ServeOptions& options);

}  // namespace lsp
