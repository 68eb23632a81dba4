// A resource of a file that is found again by what it is called, however the text around it is edited.
#pragma once

#include <cstdint>
#include <optional>

#include "workspace/base/compact_string.h"
#include "workspace/resources/resource_id.h"
#include "workspace/sources/file_facts.h"
#include "workspace/text/text_range.h"

namespace checks {

class NameAnchor {
 public:
  // The resource whose name stands at a range of the file. None: no resource's does.
  static std::optional<NameAnchor> at(const workspace::FileFacts& facts, workspace::ByteRange range);

  // Where its name stands in facts of the same file, perhaps later ones. None: it is no longer there.
  [[nodiscard]] std::optional<workspace::ByteRange> range(const workspace::FileFacts& facts) const;

 private:
  workspace::Kind kind_ = workspace::Kind::UnknownKind;
  workspace::CompactString ns_;
  workspace::CompactString name_;
  std::uint32_t earlier_ = 0;  // resources of the file before it that are called the same
};

}  // namespace checks
