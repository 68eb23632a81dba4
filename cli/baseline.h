// Findings that are known already. A finding is known again by code, file, resource and field, never by line
// (docs/design/interfaces.md). Values; a baseline's files are relative to the folder that holds it.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "cli/report.h"
#include "workspace/base/result.h"

namespace cli {

class Baseline {
 public:
  // Adds what baseline_text wrote into a file of `folder`. An Error, without the file's name: it is no such
  // text.
  [[nodiscard]] std::optional<workspace::Error> add(std::string_view text, const std::string& folder);

  // Reports whether the baseline holds a finding, and counts it as seen: two of the same kind at one field
  // are known only where two were recorded.
  bool takes(const checks::Finding& finding);

  // Those that were recorded of files that `was_read` and not seen since.
  [[nodiscard]] std::size_t unseen(const std::function<bool(const std::string& file)>& was_read) const;

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  static Key key_of(const checks::Finding& finding);

  std::map<Key, std::size_t> left_;
};

// The findings of a report, one a line, for a file in `folder`.
std::string baseline_text(const Report& report, const std::string& folder);

}  // namespace cli
