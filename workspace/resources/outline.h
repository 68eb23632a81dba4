// What of a document its decoder looks at, so that reading can pass by the rest: of a Service its selector
// and ports, of a kind that is not ours a pod template.
#pragma once

#include <string_view>

#include "workspace/yaml/fast_reader.h"

namespace workspace {

// By a kind's name.
yaml::Outline outline_of_kind(std::string_view kind);

// By the document's `kind` as a look at its lines has it; a reader finds out if it is another. Views `text`.
yaml::Outline outline_of(std::string_view text);

}  // namespace workspace
