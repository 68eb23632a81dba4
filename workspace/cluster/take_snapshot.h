// Takes a snapshot of a running cluster with the user's own kubectl. Source: docs/design/cluster.md, sections
// 1 and 5. Reads only: every call is `kubectl get --raw` or `kubectl config`, its arguments are a list, and
// no credential passes through here.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "workspace/base/result.h"
#include "workspace/platform/process.h"

namespace workspace {

struct SnapshotRequest {
  std::string context;                  // empty: kubectl's current one
  std::string kubeconfig;               // a file; empty: as kubectl finds it
  std::vector<std::string> namespaces;  // that are read; empty: all
  std::string root_namespace = "istio-system";
  std::chrono::milliseconds time_limit{30'000};  // of each answer
  std::string taken;                             // the time now, RFC 3339 in UTC
  // Told how many of the kinds of objects are read; on the calling thread. May be empty.
  std::function<void(std::size_t done, std::size_t total)> progress = {};
};

// Runs a program; run_process, or a test's own. Called on several threads at once.
using ProcessRunner = std::function<Result<ProcessResult>(const ProcessRequest&)>;

struct TakenSnapshot {
  std::string text;                   // of the file
  std::vector<std::string> not_read;  // as in its header
};

// The snapshot of a cluster. What is forbidden or does not answer is named in it
// (SnapshotHeader::not_read). An Error: there is no kubectl, no such context, or no cluster that answers; in
// kubectl's own words.
Result<TakenSnapshot> take_snapshot(const SnapshotRequest& request, const ProcessRunner& run);

}  // namespace workspace
