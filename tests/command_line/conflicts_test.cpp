// A conflict is told once, however many findings it has.
#include "cli/conflicts.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using checks::Location;
using checks::Role;

Location end(Role role, const std::string& name, std::uint32_t begin) {
  Location at;
  at.role = role;
  at.id.name = name;
  at.file = "/w/" + name + ".yaml";
  at.range = {begin, begin + 1};
  return at;
}

cli::ReportedFinding finding(const Location& at, const std::vector<Location>& others,
                             checks::Severity severity = checks::Severity::Error) {
  cli::ReportedFinding made;
  made.finding.code = "TIS0208";
  made.finding.severity = severity;
  made.finding.mesh = "default";
  made.finding.at = at;
  for (const Location& other : others) made.finding.related.push_back({other, ""});
  made.finding.related_total = static_cast<std::uint32_t>(others.size());
  return made;
}

const Location kPolicy = end(Role::Policy, "policy", 1);
const Location kRule = end(Role::Rule, "rule", 2);
const Location kOther = end(Role::Rule, "other", 3);

}  // namespace

TEST_CASE("conflicts: a policy and a rule are one, told at the rule") {
  const std::vector<cli::ReportedFinding> findings{finding(kPolicy, {kRule}), finding(kRule, {kPolicy})};
  const cli::Conflicts conflicts(findings);
  CHECK(conflicts.is_told_elsewhere(0));
  CHECK_FALSE(conflicts.is_told_elsewhere(1));
  CHECK(conflicts.counts().conflicts == 1);
  CHECK(conflicts.counts().places == 2);
  CHECK(conflicts.id(0) == conflicts.id(1));
  CHECK_FALSE(conflicts.id(0).empty());
}

TEST_CASE("conflicts: a policy against two rules are two") {
  const std::vector<cli::ReportedFinding> findings{finding(kPolicy, {kOther, kRule}),
                                                   finding(kRule, {kPolicy}), finding(kOther, {kPolicy})};
  const cli::Conflicts conflicts(findings);
  CHECK(conflicts.is_told_elsewhere(0));
  CHECK(conflicts.counts().conflicts == 2);
  CHECK(conflicts.counts().places == 3);
  CHECK(conflicts.id(1) == conflicts.id(2));
}

TEST_CASE("conflicts: an end whose other one is silenced is told") {
  const std::vector<cli::ReportedFinding> findings{finding(kPolicy, {kOther, kRule}),
                                                   finding(kRule, {kPolicy})};
  const cli::Conflicts conflicts(findings);
  CHECK_FALSE(conflicts.is_told_elsewhere(0));
  CHECK(conflicts.counts().conflicts == 2);
}

TEST_CASE("conflicts: of two policies the first is told, and other codes and meshes are others") {
  const Location second = end(Role::Policy, "second", 9);
  std::vector<cli::ReportedFinding> findings{finding(kPolicy, {second}), finding(second, {kPolicy})};
  CHECK_FALSE(cli::Conflicts(findings).is_told_elsewhere(0));
  CHECK(cli::Conflicts(findings).is_told_elsewhere(1));
  findings[1].finding.mesh = "prod";
  CHECK_FALSE(cli::Conflicts(findings).is_told_elsewhere(1));
  CHECK(cli::Conflicts(findings).counts().conflicts == 2);
}

TEST_CASE("conflicts: what has one end is an error or a warning, and has no id") {
  const std::vector<cli::ReportedFinding> findings{finding(kPolicy, {}),
                                                   finding(kRule, {kPolicy}, checks::Severity::Warning),
                                                   finding(kOther, {}, checks::Severity::Warning)};
  const cli::Conflicts conflicts(findings);
  CHECK(conflicts.id(0).empty());
  CHECK(conflicts.counts().errors == 1);
  CHECK(conflicts.counts().warnings == 2);
  CHECK(conflicts.counts().conflicts == 0);
}
