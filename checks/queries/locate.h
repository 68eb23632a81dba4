// What stands at a place of a file: the part of a resource that a reader points at.
//
// Reads the one document under the place again, for what the facts keep no place of (labels, ports,
// namespaces). In a broken document it is what the last good text said, as far as its places still hold.
// Costs what that document is large. No state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "checks/engine/field_ref.h"
#include "workspace/mesh/mesh.h"
#include "workspace/resources/kinds.h"

namespace checks {

// The kind table says which fields a kind has.
using ElementKind = workspace::FieldRole;

struct Element {
  ElementKind kind = ElementKind::Name;
  const workspace::ResourceNode* node = nullptr;
  std::uint32_t definition = 0;  // which of the node's definitions; 0: the one that counts
  std::int32_t entry = -1;
  workspace::ClauseRef clause;
  std::string key;             // of a label
  std::string value;           // what is written, decoded; of a label its value
  workspace::ByteRange range;  // in the file's present text: the key or the value that was pointed at
};

// The element at a byte offset of a file, both ends included; none if there is none that means something.
// `text` is the file's text that the mesh was told of. Of a file that builds have values from, what stands
// there in the first of them, by path.
std::optional<Element> locate(const workspace::Mesh& mesh, const std::string& file, std::string_view text,
                              std::uint32_t offset);

}  // namespace checks
