// Reads the YAML that most manifests are written in, ten times faster than yaml-cpp: block mappings and
// sequences, scalars on one line, literal blocks, flow collections on one line, comments. Gives up on all
// else (tabs, CR, anchors, tags, escapes, scalars over several lines, whatever is wrong), which is then the
// full reader's; what it does read, it reads exactly as the full reader would
// (tests/workspace/plain_yaml_test.cpp holds it to that).
#pragma once

#include <optional>
#include <string_view>

#include "workspace/yaml_reader.h"
#include "workspace/yaml_tree.h"

namespace workspace::yaml {

// The words that a plain scalar is null by, beside nothing at all.
bool is_null_word(std::string_view text);

std::optional<Document> read_plain_yaml(std::string_view text, const ReadLimits& limits = {});

}  // namespace workspace::yaml
