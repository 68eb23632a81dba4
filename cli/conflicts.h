// Conflicts among findings: a finding is told at each of its ends, a conflict once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/report.h"

namespace cli {

class Conflicts {
 public:
  // `findings` must outlive this. O(n log n) in findings and the related places that they carry.
  explicit Conflicts(const std::vector<ReportedFinding>& findings);

  // Reports whether all that a finding says is told by blocks of other findings: that of the clause, where it
  // has one, else the first.
  [[nodiscard]] bool is_told_elsewhere(std::size_t finding) const { return is_told_[finding]; }
  // One text for all findings of a conflict, which does not depend on lines; empty: it has one end only.
  [[nodiscard]] std::string id(std::size_t finding) const;

  // Pairs of ends of errors, and the errors that have such; errors and warnings of one end, and pairs of
  // warnings.
  struct Counts {
    std::size_t conflicts = 0;
    std::size_t places = 0;
    std::size_t errors = 0;
    std::size_t warnings = 0;
    std::size_t information = 0;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  void count(std::size_t finding, std::size_t pairs);

  const std::vector<ReportedFinding>& findings_;
  std::vector<std::uint8_t> is_told_;
  std::vector<std::size_t> group_;  // the first finding of the same conflict
  Counts counts_;
};

}  // namespace cli
