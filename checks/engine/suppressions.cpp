#include "checks/engine/suppressions.h"

#include <algorithm>

namespace checks {

namespace {

bool names(const std::vector<std::string>& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

bool silences(const workspace::SuppressionComment& comment, std::uint32_t at, std::string_view code) {
  return comment.covers.range.contains(at) && (comment.codes.empty() || names(comment.codes, code));
}

bool is_suppressed(const StoredFinding& finding) {
  const workspace::Definition& definition = finding.at.node->definitions[finding.at.definition];
  const workspace::Metadata& metadata = workspace::metadata_of(definition.resource());
  if (!metadata.rare.ignore().empty() &&
      names(workspace::parse_codes(metadata.rare.ignore()), finding.check->code))
    return true;
  if (metadata.rare.kiali_ignore() == workspace::RareMetadata::kEveryKialiCode) return true;
  const std::string_view kiali = finding.check->docs.kiali;
  if (!kiali.empty() && names(workspace::parse_codes(metadata.rare.kiali_ignore()), kiali)) return true;
  const std::uint32_t begin = range_in_facts(finding.at).begin;
  const auto& comments = definition.document->facts->suppressions;
  return std::any_of(comments.begin(), comments.end(), [&](const workspace::SuppressionComment& comment) {
    return silences(comment, begin, finding.check->code);
  });
}

bool is_silenced_in(const workspace::FileFacts* facts, std::uint32_t offset, std::string_view code) {
  if (facts == nullptr) return false;
  const auto after = std::upper_bound(
      facts->documents.begin(), facts->documents.end(), offset,
      [](std::uint32_t at, const workspace::DocumentState& document) { return at < document.begin; });
  if (after == facts->documents.begin()) return false;
  const workspace::DocumentState& document = *std::prev(after);
  const auto& comments = document.facts->suppressions;
  return std::any_of(comments.begin(), comments.end(), [&](const workspace::SuppressionComment& comment) {
    return silences(comment, offset - document.begin, code);
  });
}

}  // namespace checks
