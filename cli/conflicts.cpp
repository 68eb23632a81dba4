#include "cli/conflicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

namespace cli {
namespace {

using checks::Location;
using checks::Severity;
// An end of a finding of a code in a mesh.
using End = std::tuple<std::string, std::string, std::string, std::uint32_t, std::uint32_t>;

End end_of(const checks::Finding& finding, const Location& place) {
  return {finding.code, finding.mesh, place.file, place.range.begin, place.range.end};
}

// Groups of findings that share ends.
class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }

  std::size_t first(std::size_t finding) {
    while (parent_[finding] != finding) finding = parent_[finding] = parent_[parent_[finding]];
    return finding;
  }
  void join(std::size_t a, std::size_t b) {
    const auto [low, high] = std::minmax({first(a), first(b)});
    parent_[high] = low;
  }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace

Conflicts::Conflicts(const std::vector<ReportedFinding>& findings)
    : findings_(findings), is_told_(findings.size()), group_(findings.size()) {
  std::map<End, std::size_t> at;  // the finding that stands there
  for (std::size_t i = 0; i < findings.size(); ++i)
    at.emplace(end_of(findings[i].finding, findings[i].finding.at), i);
  Groups groups(findings.size());
  std::map<End, std::size_t> told;  // pairs at an end
  const auto tell = [&](std::size_t i) {
    const checks::Finding& finding = findings[i].finding;
    const End own = end_of(finding, finding.at);
    const std::size_t before = told[own];
    if (finding.related_total > 0 && before >= finding.related_total) {
      is_told_[i] = 1;
    } else {
      for (const checks::Related& related : finding.related) ++told[end_of(finding, related.place)];
    }
    for (const checks::Related& related : finding.related) {
      const auto other = at.find(end_of(finding, related.place));
      if (other != at.end()) groups.join(i, other->second);
    }
    count(i, is_told_[i] != 0 ? 0
                              : finding.related_total - std::min<std::size_t>(before, finding.related_total));
  };
  for (const bool is_rule : {true, false}) {
    for (std::size_t i = 0; i < findings.size(); ++i) {
      if ((findings[i].finding.at.role == checks::Role::Rule) == is_rule) tell(i);
    }
  }
  for (std::size_t i = 0; i < findings.size(); ++i) group_[i] = groups.first(i);
}

void Conflicts::count(std::size_t finding, std::size_t pairs) {
  const bool has_ends = findings_[finding].finding.related_total > 0;
  switch (findings_[finding].finding.severity) {
    case Severity::Error:
      counts_.conflicts += has_ends ? pairs : 0;
      counts_.places += has_ends ? 1 : 0;
      counts_.errors += has_ends ? 0 : 1;
      break;
    case Severity::Warning:
      counts_.warnings += has_ends ? std::min<std::size_t>(pairs, 1) : 1;
      break;
    case Severity::Information:
      counts_.information += has_ends ? std::min<std::size_t>(pairs, 1) : 1;
      break;
    case Severity::Hint:
      break;
  }
}

std::string Conflicts::id(std::size_t finding) const {
  const checks::Finding& own = findings_[finding].finding;
  if (own.related_total == 0) return {};
  const checks::Finding& first = findings_[group_[finding]].finding;
  return fmt::format("{} {} {} {}", first.code, first.mesh, to_string(first.at.id), first.at.path);
}

}  // namespace cli
