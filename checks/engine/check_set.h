// The checks an engine runs, as a value handed to it. checks/registry.h has the one that ships.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "checks/engine/check.h"

namespace checks {

class CheckSet {
 public:
  // `checks`, sorted by code, and each of them must outlive the set. `invalid_document` is the check whose
  // findings reading makes (MTLS0900); it is one of `checks`.
  CheckSet(std::span<const Check* const> checks, const Check& invalid_document);

  [[nodiscard]] std::span<const Check* const> all() const { return checks_; }
  // Those that run on resources of this kind.
  [[nodiscard]] std::span<const Check* const> of(workspace::Kind subject) const {
    return by_kind_[static_cast<std::size_t>(subject)];
  }
  [[nodiscard]] const Check* find(std::string_view code) const;  // null: no such code
  [[nodiscard]] const Check& invalid_document() const { return *invalid_document_; }

 private:
  std::span<const Check* const> checks_;
  std::array<std::vector<const Check*>, workspace::kKindCount> by_kind_;
  const Check* invalid_document_;
};

}  // namespace checks
