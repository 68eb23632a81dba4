#include "checks/engine/check_set.h"

#include <algorithm>

namespace checks {

CheckSet::CheckSet(std::span<const Check* const> checks, const Check& invalid_document)
    : checks_(checks), invalid_document_(&invalid_document) {
  for (const Check* check : checks_) {
    if (check->run == nullptr) continue;
    for (std::size_t kind = 0; kind < by_kind_.size(); ++kind) {
      if (check->subjects.contains(static_cast<workspace::Kind>(kind))) by_kind_[kind].push_back(check);
    }
  }
}

const Check* CheckSet::find(std::string_view code) const {
  const auto at = std::find_if(checks_.begin(), checks_.end(),
                               [code](const Check* check) { return check->code == code; });
  return at == checks_.end() ? nullptr : *at;
}

}  // namespace checks
