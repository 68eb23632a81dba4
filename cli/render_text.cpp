#include "cli/render_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <tuple>
#include <vector>

#include "cli/auto_fix.h"
#include "cli/conflicts.h"
#include "cli/paths.h"
#include "cli/statistics.h"
#include "workspace/cluster/snapshot.h"

namespace cli {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kTab = "    ";

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

// The bytes of the line that are worth showing, on character boundaries.
workspace::ByteRange window(const SourceFiles::Excerpt& excerpt) {
  constexpr std::uint32_t kLongLine = 400;
  constexpr std::uint32_t kBefore = 80;
  constexpr std::uint32_t kAfter = 40;
  constexpr std::uint32_t kMost = 200;
  const auto size = static_cast<std::uint32_t>(excerpt.line.size());
  if (size <= kLongLine) return {0, size};
  std::uint32_t begin = excerpt.marked.begin - std::min(excerpt.marked.begin, kBefore);
  std::uint32_t end = std::min({size, excerpt.marked.end + kAfter, begin + kMost});
  while (begin > 0 && continues_character(excerpt.line[begin])) --begin;
  while (end < size && continues_character(excerpt.line[end])) ++end;
  return {begin, end};
}

Style ink_of(checks::Severity severity) {
  switch (severity) {
    case checks::Severity::Error:
      return Style::Error;
    case checks::Severity::Warning:
      return Style::Warning;
    case checks::Severity::Information:
    case checks::Severity::Hint:
      break;
  }
  return Style::Note;
}

class TextRenderer {
 public:
  TextRenderer(std::ostream& out, const ReportContext& context, const Palette& palette)
      : out_(out), context_(context), palette_(palette) {}

  // With the fix that is offered first, if there is one.
  void show(const ReportedFinding& reported, const checks::Fix* fix) {
    const checks::Finding& finding = reported.finding;
    const std::string where =
        reported.in_cluster ? printable(reported.file) : place(reported.file, reported.range.start);
    out_ << palette_.paint(Style::Strong, where) << ": "
         << palette_.paint(ink_of(finding.severity),
                           fmt::format("{}[{}]", checks::severity_name(finding.severity), finding.code))
         << ": " << palette_.paint(Style::Strong, printable(finding.message)) << '\n';
    if (!reported.in_cluster) show_line(reported);
    const std::size_t notes = std::min(finding.related.size(), kMaxNotes);
    for (std::size_t i = 0; i < notes; ++i) show_note(finding.related[i]);
    if (finding.related_total > notes) {
      out_ << fmt::format("  and {} more\n", finding.related_total - notes);
    }
    if (fix != nullptr) {
      out_ << "  " << palette_.paint(Style::Note, "help") << ": " << printable(in_lower_case(fix->title))
           << (is_applied_by_fix(*fix) ? " (istio-mtls-ls fix does this)" : "") << '\n';
    }
  }

 private:
  static std::string in_lower_case(std::string title) {
    if (!title.empty() && title.front() >= 'A' && title.front() <= 'Z') title.front() += 'a' - 'A';
    return title;
  }

  static std::string place(const std::string& file, TextPosition at) {
    return fmt::format("{}:{}:{}", printable(file), at.line, at.column);
  }

  void show_line(const ReportedFinding& reported) {
    const checks::Location& at = reported.finding.at;
    const MarkedLine marked = mark_line(context_.sources.excerpt(at.file, at.range));
    const std::string number = std::to_string(reported.range.start.line);
    const std::string margin(number.size(), ' ');
    out_ << "  " << palette_.paint(Style::Faint, number + " |") << ' ' << marked.line << '\n'
         << "  " << palette_.paint(Style::Faint, margin + " |") << ' '
         << palette_.paint(ink_of(reported.finding.severity), marked.marks) << '\n';
  }

  void show_note(const checks::Related& related) {
    out_ << "  " << palette_.paint(Style::Strong, place_of(related.place)) << ": "
         << printable(related.message) << '\n';
  }

  [[nodiscard]] std::string place_of(const checks::Location& at) const {
    if (workspace::is_cluster_path(at.file))
      return printable(fmt::format("cluster {}", workspace::cluster_name(at.file)));
    const PositionRange range = context_.sources.positions(at.file, at.range);
    return place(relative_path(at.file, context_.current_folder), range.start);
  }

  std::ostream& out_;
  const ReportContext& context_;
  const Palette& palette_;
};

struct EditsBefore {
  bool operator()(const std::vector<checks::FileEdit>& a, const std::vector<checks::FileEdit>& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](const checks::FileEdit& x, const checks::FileEdit& y) {
                                          return std::tie(x.file, x.range.begin, x.range.end, x.new_text) <
                                                 std::tie(y.file, y.range.begin, y.range.end, y.new_text);
                                        });
  }
};

}  // namespace

MarkedLine mark_line(const SourceFiles::Excerpt& excerpt) {
  const workspace::ByteRange shown = window(excerpt);
  MarkedLine result;
  std::string marks;
  const auto append = [&](std::string_view text, unsigned columns, bool marked) {
    result.line += text;
    marks.append(columns, marked ? '^' : ' ');
  };
  if (shown.begin > 0) append(kEllipsis, 1, false);
  std::size_t before = marks.size();  // columns left of the range
  for (std::uint32_t at = shown.begin; at < shown.end;) {
    const Glyph glyph = first_glyph(excerpt.line.substr(at));
    const bool marked = excerpt.marked.contains(at);
    if (glyph.bytes == "\t") {
      append(kTab, static_cast<unsigned>(kTab.size()), marked);
    } else {
      append(glyph.printable ? glyph.bytes : std::string_view("\xEF\xBF\xBD"), glyph.columns, marked);
    }
    at += static_cast<std::uint32_t>(glyph.bytes.size());
    if (at <= excerpt.marked.begin) before = marks.size();
  }
  if (shown.end < excerpt.line.size()) append(kEllipsis, 1, false);
  const std::size_t last = marks.rfind('^');
  result.marks = last == std::string::npos ? std::string(before, ' ') + '^' : marks.substr(0, last + 1);
  return result;
}

void render_text(std::ostream& out, const Report& report, const ReportContext& context,
                 const Palette& palette, bool quiet) {
  TextRenderer renderer(out, context, palette);
  const Conflicts conflicts(report.findings);
  std::set<std::vector<checks::FileEdit>, EditsBefore> safe;
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    if (conflicts.is_told_elsewhere(i)) continue;
    const std::vector<checks::Fix> fixes =
        context.fixes ? context.fixes(report.findings[i].finding) : std::vector<checks::Fix>();
    const auto preferred =
        std::find_if(fixes.begin(), fixes.end(), [](const checks::Fix& fix) { return fix.preferred; });
    const auto first = preferred == fixes.end() ? fixes.begin() : preferred;
    renderer.show(report.findings[i], first == fixes.end() ? nullptr : &*first);
    if (preferred != fixes.end() && is_applied_by_fix(*preferred)) safe.insert(preferred->edits);
  }
  if (quiet) return;
  out << printable(summary_line(report, conflicts));
  if (!safe.empty())
    out << fmt::format("; {} safe {}: istio-mtls-ls fix", safe.size(), safe.size() == 1 ? "fix" : "fixes");
  out << '\n';
  for (const std::string& line : cluster_lines(report)) out << printable(line) << '\n';
  for (const std::string& line : scope_lines(report)) out << printable(line) << '\n';
  if (const std::string line = meshes_line(report); !line.empty()) out << line << '\n';
  if (const std::string line = not_checked_line(report); !line.empty()) out << line << '\n';
  if (context.statistics == nullptr) return;
  out << '\n';
  for (const std::string& line : statistics_lines(statistics_of(*context.statistics, report, conflicts)))
    out << printable(line) << '\n';
}

}  // namespace cli
