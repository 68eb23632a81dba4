#include "cli/render_gitlab.h"

#include <fmt/format.h>

#include <map>
#include <ostream>
#include <string>

#include "cli/json_text.h"
#include "workspace/base/sha256.h"

namespace cli {
namespace {

std::string_view severity_of(checks::Severity severity) {
  switch (severity) {
    case checks::Severity::Error:
      return "critical";
    case checks::Severity::Warning:
      return "minor";
    case checks::Severity::Information:
    case checks::Severity::Hint:
      break;
  }
  return "info";
}

// What stays the same when lines are inserted above.
std::string identity_of(const ReportedFinding& reported) {
  const checks::Finding& finding = reported.finding;
  const std::string resource = finding.at.has_resource ? to_string(finding.at.id) : std::string();
  return fmt::format("{}\n{}\n{}\n{}\n{}", finding.code, finding.mesh, reported.file, resource,
                     finding.at.path);
}

}  // namespace

void render_gitlab(std::ostream& out, const Report& report) {
  std::map<std::string, int> seen;
  out << '[';
  const char* separator = "\n  ";
  for (const ReportedFinding& reported : report.findings) {
    const checks::Finding& finding = reported.finding;
    const std::string identity = identity_of(reported);
    const int number = seen[identity]++;  // of those that nothing else tells apart
    const Json issue = {
        {"description", finding.message},
        {"check_name", finding.code},
        {"fingerprint", workspace::sha256_hex(fmt::format("{}\n{}", identity, number))},
        {"severity", severity_of(finding.severity)},
        {"location",
         {{"path", reported.file},
          {"lines", {{"begin", reported.range.start.line}, {"end", reported.range.end.line}}}}}};
    out << separator << compact(issue);
    separator = ",\n  ";
  }
  out << (report.findings.empty() ? "]\n" : "\n]\n");
}

}  // namespace cli
