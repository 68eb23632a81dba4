// What `check --statistics` adds: how often each code was found, and what each mesh holds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "checks/engine/analysis.h"
#include "checks/queries/mesh_contents.h"
#include "cli/report.h"

namespace cli {

class Conflicts;

// "4 policies, 7 rules, 12 services, 15 workloads (3 without a sidecar)"
std::string describe(const checks::MeshContents& contents);

struct CodeCount {
  std::string_view code;
  std::string_view title;
  std::size_t findings = 0;  // a conflict once
};

struct MeshCount {
  std::string name;
  checks::MeshContents contents;
};

struct Statistics {
  std::vector<CodeCount> codes;  // the most frequent first
  std::vector<MeshCount> meshes;
};

// Costs what the meshes hold.
Statistics statistics_of(const checks::Analysis& analysis, const Report& report, const Conflicts& conflicts);

// A line each.
std::vector<std::string> statistics_lines(const Statistics& statistics);

}  // namespace cli
