// What a check says, ready to be shown: the one form behind diagnostics, text, JSON and SARIF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "workspace/resources/resource_id.h"
#include "workspace/text/text_range.h"

namespace checks {

enum class Severity : std::uint8_t { Error, Warning, Information, Hint };

std::string_view severity_name(Severity severity);

// What part a place plays: DestinationRules are rules, all else is policy (docs/design/interfaces.md).
enum class Role : std::uint8_t { Policy, Rule };

struct Location {
  Role role = Role::Policy;
  bool has_resource = true;  // false: a document or file that holds none (MTLS0900)
  workspace::ResourceId id;
  std::string file;            // absolute path
  workspace::ByteRange range;  // in the file's present text, without quotes
  std::string path;            // "spec.mtls.mode"; inside its resource, also in a List
};

struct Related {
  Location place;
  std::string message;
};

struct Finding {
  std::string code;
  Severity severity = Severity::Error;
  std::string message;  // one line, no final full stop; names the resources and the effect
  std::string mesh;
  std::vector<std::string> other_meshes = {};  // that it is true for, too
  Location at;
  std::vector<Related> related;  // sorted by file and place; perhaps only the first ones
  std::uint32_t related_total = 0;
  // It was found at another end, which is the first related place: that is in a cluster.
  bool is_moved = false;
  // The builds, or else the meshes, that it is true for, in order; empty where the workspace has one of them
  // only, and where meshes are configured.
  std::vector<std::string> where;
  std::uint32_t where_total = 0;  // how many have the place
};

// The finding as it is shown at one of its related places.
Finding moved_to(const Finding& finding, std::size_t related);

// Replaces `range` of the file's present text; a file that does not exist yet is created with `new_text`.
struct FileEdit {
  std::string file;
  workspace::ByteRange range;
  std::string new_text;
  bool creates_file = false;
  friend bool operator==(const FileEdit&, const FileEdit&) = default;
};

struct Fix {
  std::string title;  // says so where it weakens encryption
  bool preferred = false;
  bool weakens = false;
  std::vector<FileEdit> edits;  // sorted by file and place
};

}  // namespace checks
