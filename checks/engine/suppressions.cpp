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

namespace {

// Whether a comment of a document silences a code at an offset of it.
bool has_comment(const workspace::DocumentFacts& document, std::uint32_t at, std::string_view code) {
  return std::any_of(
      document.suppressions.begin(), document.suppressions.end(),
      [&](const workspace::SuppressionComment& comment) { return silences(comment, at, code); });
}

}  // namespace

bool is_suppressed(const StoredFinding& finding) {
  const workspace::Definition& definition = finding.at.node->definitions[finding.at.definition];
  const workspace::Metadata& metadata = workspace::metadata_of(definition.resource());
  if (!metadata.rare.ignore().empty() &&
      names(workspace::parse_codes(metadata.rare.ignore()), finding.check->code))
    return true;
  if (metadata.rare.kiali_ignore() == workspace::RareMetadata::kEveryKialiCode) return true;
  const std::string_view kiali = finding.check->docs.kiali;
  if (!kiali.empty() && names(workspace::parse_codes(metadata.rare.kiali_ignore()), kiali)) return true;
  return has_comment(*definition.document->facts, range_in_facts(finding.at).begin, finding.check->code);
}

bool is_silenced_in(const workspace::FileFacts* facts, std::uint32_t offset, std::string_view code) {
  const workspace::DocumentState* document = facts == nullptr ? nullptr : facts->document_at(offset);
  return document != nullptr && has_comment(*document->facts, offset - document->begin, code);
}

}  // namespace checks
