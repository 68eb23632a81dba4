#include "checks/engine/unused_suppressions.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <variant>

#include "checks/engine/suppress_edit.h"
#include "workspace/yaml/reader.h"

namespace checks {

namespace {

using workspace::ByteRange;
using workspace::DocumentState;
using workspace::SuppressionComment;

constexpr const char* kAnnotation = "istio-mtls/ignore";

using IsUsed = std::function<bool(std::string_view code)>;

std::string why_unused(const CheckSet& checks, const std::string& code) {
  if (checks.find(code) == nullptr) return fmt::format("unknown code {}", code);
  return fmt::format("{} is not found here", code);
}

std::string why_all_unused(const CheckSet& checks, std::string_view what,
                           const std::vector<std::string>& codes) {
  std::vector<std::string> reasons;
  reasons.reserve(codes.size());
  for (const std::string& code : codes) reasons.push_back(why_unused(checks, code));
  std::string message = fmt::format("this {} ignores nothing", what);
  return reasons.empty() ? message : fmt::format("{}: {}", message, fmt::join(reasons, ", "));
}

std::vector<std::string> unused_codes(const std::vector<std::string>& codes, const IsUsed& is_used) {
  std::vector<std::string> unused;
  std::copy_if(codes.begin(), codes.end(), std::back_inserter(unused),
               [&](const std::string& code) { return !is_used(code); });
  return unused;
}

void add_comment(const CheckSet& checks, std::string_view text, const DocumentState& document,
                 const SuppressionComment& comment, const std::vector<ReportedCode>& reported_codes,
                 std::vector<UnusedSuppression>& into) {
  const auto is_used = [&](std::string_view code) {
    return std::any_of(reported_codes.begin(), reported_codes.end(), [&](const ReportedCode& finding) {
      return comment.covers.range.contains(finding.begin) && (code.empty() || finding.code == code);
    });
  };
  const ByteRange place = workspace::shifted(comment.place.range, document.begin);
  const std::vector<std::string> unused = unused_codes(comment.codes, is_used);
  if (comment.codes.empty() ? !is_used({}) : unused.size() == comment.codes.size()) {
    into.push_back({place, why_all_unused(checks, "comment", unused), place, {}});
    return;
  }
  for (const ByteRange range : code_ranges(text, place)) {
    const std::string code(text.substr(range.begin, range.size()));
    if (!is_used(code)) into.push_back({range, why_unused(checks, code), place, code});
  }
}

// Where the annotation's value is written; empty if it is not to be found.
ByteRange annotation_range(const workspace::yaml::Value& root, const workspace::Metadata& metadata) {
  return workspace::resource_in(root, metadata)["metadata"]["annotations"][kAnnotation].range();
}

void add_annotations(const CheckSet& checks, std::string_view text, const DocumentState& document,
                     const std::vector<ReportedCode>& reported_codes, std::vector<UnusedSuppression>& into) {
  const auto read =
      workspace::yaml::read_yaml(text.substr(document.begin, document.size), workspace::yaml::kWidestLimits);
  const auto* tree = std::get_if<workspace::yaml::Document>(&read);
  if (tree == nullptr) return;
  for (std::uint32_t i = 0; i < document.facts->resources.size(); ++i) {
    const workspace::Metadata& metadata = workspace::metadata_of(document.facts->resources[i]);
    const std::vector<std::string> codes = workspace::parse_codes(metadata.rare.ignore());
    const auto unused = unused_codes(codes, [&](std::string_view code) {
      return std::any_of(reported_codes.begin(), reported_codes.end(), [&](const ReportedCode& finding) {
        return finding.resource == i && finding.code == code;
      });
    });
    const ByteRange range = annotation_range(tree->root(), metadata);
    if (unused.empty() || range.empty()) continue;
    const ByteRange place = workspace::shifted(range, document.begin);
    const bool all = unused.size() == codes.size();
    into.push_back({place,
                    all ? why_all_unused(checks, "annotation", unused) : why_unused(checks, unused.front()),
                    {},
                    all ? std::string() : unused.front()});
  }
}

bool is_annotated(const workspace::Resource& resource) {
  return !workspace::metadata_of(resource).rare.ignore().empty();
}

}  // namespace

bool has_suppressions(const DocumentState& document) {
  const auto& resources = document.facts->resources;
  return !document.facts->suppressions.empty() ||
         std::any_of(resources.begin(), resources.end(), is_annotated);
}

std::vector<UnusedSuppression> unused_suppressions(const CheckSet& checks, std::string_view text,
                                                   const DocumentState& document,
                                                   const std::vector<ReportedCode>& reported_codes) {
  std::vector<UnusedSuppression> unused;
  for (const SuppressionComment& comment : document.facts->suppressions) {
    add_comment(checks, text, document, comment, reported_codes, unused);
  }
  const auto& resources = document.facts->resources;
  if (std::any_of(resources.begin(), resources.end(), is_annotated)) {
    add_annotations(checks, text, document, reported_codes, unused);
  }
  std::stable_sort(unused.begin(), unused.end(),
                   [](const auto& a, const auto& b) { return a.range < b.range; });
  return unused;
}

}  // namespace checks
