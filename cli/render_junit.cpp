#include "cli/render_junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "cli/xml_text.h"

namespace cli {
namespace {

std::string place_of(const ReportedFinding& reported) {
  if (reported.in_cluster) return reported.file;
  return fmt::format("{}:{}:{}", reported.file, reported.range.start.line, reported.range.start.column);
}

}  // namespace

void render_junit(std::ostream& out, const Report& report, std::optional<checks::Severity> least) {
  const auto fails = [least](const ReportedFinding& reported) {
    return least && reported.finding.severity <= *least;
  };
  const auto failures = std::count_if(report.findings.begin(), report.findings.end(), fails);
  const std::size_t tests = std::max<std::size_t>(report.findings.size(), 1);
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      << fmt::format(
             "<testsuites tests=\"{0}\" failures=\"{1}\">\n"
             "  <testsuite name=\"istio-mtls-ls\" tests=\"{0}\" failures=\"{1}\">\n",
             tests, failures);
  if (report.findings.empty())
    out << fmt::format("    <testcase classname=\"istio-mtls-ls\" name=\"{}\"/>\n", summary_line(report));
  for (const ReportedFinding& reported : report.findings) {
    const checks::Finding& finding = reported.finding;
    const std::string place = place_of(reported);
    // What a cluster holds is in no file.
    const std::string file =
        reported.in_cluster
            ? std::string()
            : fmt::format(" file=\"{}\" line=\"{}\"", xml_text(reported.file), reported.range.start.line);
    out << fmt::format("    <testcase classname=\"{}\" name=\"{}\"{}>\n", xml_text(finding.code),
                       xml_text(fmt::format("{} {}", finding.code, place)), file);
    const std::string text = xml_text(fmt::format("{}: {}", place, finding.message));
    if (fails(reported)) {
      out << fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                         checks::severity_name(finding.severity), xml_text(finding.message), text);
    } else {
      out << fmt::format("      <system-out>{}: {}</system-out>\n", checks::severity_name(finding.severity),
                         text);
    }
    out << "    </testcase>\n";
  }
  out << "  </testsuite>\n</testsuites>\n";
}

}  // namespace cli
