// Writes a mesh as the files somebody might have written: YAML in all its dresses, and JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/reference/mesh_model.h"

namespace reference {

struct EmittedFile {
  std::string path;
  std::string text;
  friend bool operator==(const EmittedFile&, const EmittedFile&) = default;
};

// In random but valid formatting: block or flow, quotes, comments, key order, indentation, `null` and `{}`
// for absent, lines that mean nothing. The same seed gives the same text.
std::vector<EmittedFile> emit(const MeshModel& mesh, std::uint64_t style_seed);

// In the plainest formatting.
std::vector<EmittedFile> emit_plain(const MeshModel& mesh);

// The settings and the files under `#- path` headers, for people.
std::string print(const MeshModel& mesh, const std::vector<EmittedFile>& files);
std::string print(const MeshModel& mesh);  // plain

}  // namespace reference
