// The command line as a value. CLI11 stays in options.cpp. Pure: reads no file and no environment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "workspace/config/settings.h"
#include "workspace/platform/log.h"

namespace cli {

enum class Command : std::uint8_t {
  Serve,
  Check,
  Fix,
  Effective,
  Graph,
  Render,
  Baseline,
  Snapshot,
  Explain
};
enum class ReportFormat : std::uint8_t { Text, Json, Sarif, Github, Gitlab, Junit };
enum class EffectiveFormat : std::uint8_t { Table, Json };
enum class GraphFormat : std::uint8_t { Json, Dot, Html };
enum class RenderFormat : std::uint8_t { Yaml, Json };
enum class FailOn : std::uint8_t { Error, Warning, Never };
enum class ColorUse : std::uint8_t { Auto, Always, Never };

// What --baseline is given so that nothing is left out, whatever the configuration names.
inline constexpr std::string_view kNoBaseline = "none";

struct Options {
  Command command = Command::Serve;

  // Common settings.
  workspace::Settings settings;      // without `exclude`, whose globs have no root yet
  std::vector<std::string> exclude;  // as given
  std::string config_file;           // as given; empty: looked for
  std::string mesh_config;           // a file, as given; empty: none. Its keys go below those of `settings`
  unsigned jobs = 0;                 // 0: see job_count
  ColorUse color = ColorUse::Auto;
  std::vector<std::string> select;  // codes as given; empty: all
  std::vector<std::string> ignore;  // likewise; empty: none

  // serve
  std::optional<std::string> listen;  // HOST:PORT or PORT
  std::optional<std::string> pipe;    // a socket's path
  std::int64_t client_process = 0;    // of the editor; 0: not told
  std::string log_file;               // as given; empty: none
  std::optional<workspace::LogLevel> log_level;
  std::optional<std::uint32_t> max_message_bytes;

  // check, baseline, fix, effective, graph, render
  std::vector<std::string> paths;  // as given; empty where a cluster is looked at alone, or with `only`
  std::string output;              // a file for what is printed, as given; empty: standard output

  // check
  ReportFormat format = ReportFormat::Text;
  FailOn fail_on = FailOn::Error;
  bool quiet = false;        // findings only
  bool statistics = false;   // also what was found by code, and what meshes hold
  bool allow_empty = false;  // there need be no manifest
  std::string baseline;      // a file, as given, or kNoBaseline; empty: what the configuration names
  std::string self_test;     // a file, as given; empty: an ordinary check

  // check, fix
  std::vector<std::string> only;  // what findings are reported of, as given; empty: all of the PATHs

  // check, baseline, effective, graph: what the files are laid over
  std::string snapshot;                // a file, as given; empty: none
  std::optional<std::string> cluster;  // kubectl's context, or kCurrentContext; none: no cluster
  [[nodiscard]] bool has_cluster() const { return cluster.has_value() || !snapshot.empty(); }
  [[nodiscard]] bool is_cluster_alone() const { return paths.empty() && only.empty(); }

  // check, of a cluster
  bool only_new = false;             // findings that the cluster without the files does not have
  bool all = false;                  // also findings in the cluster alone
  std::vector<std::string> without;  // KIND/NAMESPACE/NAME or KIND/NAME, as given

  // snapshot
  std::string context;     // of kubectl; empty: the current one
  std::string kubeconfig;  // a file, as given; empty: as kubectl finds it
  unsigned timeout = 30;   // seconds, of each answer

  // snapshot: to read; effective: to show; empty: all
  std::vector<std::string> namespaces;

  // effective
  EffectiveFormat effective_format = EffectiveFormat::Table;
  bool failing = false;               // only what calls fail at
  std::vector<std::string> services;  // names or hosts; empty: all

  // graph
  GraphFormat graph_format = GraphFormat::Json;

  // render, of which `paths` has one
  RenderFormat render_format = RenderFormat::Yaml;
  bool origins = false;

  // fix (perhaps none), explain (perhaps none)
  std::string code;
  bool dry_run = false;
};

// Threads to use.
unsigned job_count(const Options& options);

// There is nothing to run: help was asked for, or the arguments are wrong.
struct EarlyExit {
  int status = 0;
  std::string output;   // for standard output
  std::string message;  // for standard error: one sentence, no final full stop
};

// `arguments` without the program's name.
std::variant<Options, EarlyExit> parse_options(std::vector<std::string> arguments);

}  // namespace cli
