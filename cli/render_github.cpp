#include "cli/render_github.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>

#include "cli/paths.h"
#include "cli/terminal_text.h"
#include "workspace/cluster/snapshot.h"

namespace cli {
namespace {

constexpr std::size_t kMaxRelated = 10;

// What the runner takes for the end of a command's text, or, in a property, for the end of that.
std::string escaped(const std::string& text, bool in_property) {
  std::string result;
  for (const char c : text) {
    if (c == '%') {
      result += "%25";
    } else if (c == '\r') {
      result += "%0D";
    } else if (c == '\n') {
      result += "%0A";
    } else if (in_property && c == ':') {
      result += "%3A";
    } else if (in_property && c == ',') {
      result += "%2C";
    } else {
      result += c;
    }
  }
  return result;
}

std::string_view command_of(checks::Severity severity) {
  switch (severity) {
    case checks::Severity::Error:
      return "error";
    case checks::Severity::Warning:
      return "warning";
    case checks::Severity::Information:
    case checks::Severity::Hint:
      break;
  }
  return "notice";
}

std::string message_of(const checks::Finding& finding, const ReportContext& context) {
  std::string message = printable(finding.message);
  const std::size_t shown = std::min(finding.related.size(), kMaxRelated);
  for (std::size_t i = 0; i < shown; ++i) {
    const checks::Location& place = finding.related[i].place;
    if (workspace::is_cluster_path(place.file)) {
      message += fmt::format("\ncluster {}: {}", printable(workspace::cluster_name(place.file)),
                             printable(finding.related[i].message));
      continue;
    }
    const TextPosition at = context.sources.positions(place.file, place.range).start;
    message += fmt::format("\n{}:{}:{}: {}", printable(relative_path(place.file, context.current_folder)),
                           at.line, at.column, printable(finding.related[i].message));
  }
  if (finding.related_total > shown) message += fmt::format("\nand {} more", finding.related_total - shown);
  return message;
}

// Columns mean something to GitHub only where the range stays on its line.
std::string columns_of(const PositionRange& range) {
  if (range.end.line != range.start.line) return fmt::format("endLine={},", range.end.line);
  return fmt::format("col={},endColumn={},", range.start.column, range.end.column);
}

}  // namespace

void render_github(std::ostream& out, const Report& report, const ReportContext& context, bool quiet) {
  for (const ReportedFinding& reported : report.findings) {
    const checks::Finding& finding = reported.finding;
    std::string message = message_of(finding, context);
    std::string place;
    if (reported.in_cluster) {
      message = fmt::format("{}: {}", printable(reported.file), message);
    } else {
      place = fmt::format("file={},line={},{}", escaped(printable(reported.file), true),
                          reported.range.start.line, columns_of(reported.range));
    }
    out << fmt::format("::{} {}title={}::{}\n", command_of(finding.severity), place,
                       escaped(finding.code, true), escaped(message, false));
  }
  if (quiet) return;
  out << printable(summary_line(report)) << '\n';
  for (const std::string& line : cluster_lines(report)) out << printable(line) << '\n';
  for (const std::string& line : scope_lines(report)) out << printable(line) << '\n';
}

}  // namespace cli
