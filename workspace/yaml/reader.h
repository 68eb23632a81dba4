// Reads one document slice into a yaml::Document. Most are read by plain_yaml.cpp. The only file that
// includes yaml-cpp is yaml_reader.cpp; its exceptions end there, and so do its gaps against kubectl
// (go-yaml): what kubectl cannot parse is a problem here (unknown alias, `<<` of no mapping, a key that is no
// scalar or null, text after the document's end, control characters, invalid UTF-8, tabs as indentation …).
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "workspace/text/text_range.h"
#include "workspace/yaml/read_limits.h"
#include "workspace/yaml/tree.h"

namespace workspace::yaml {

struct Problem {
  std::string message;  // one line, without place or final full stop
  ByteRange range;      // inside the text; may be empty
};

// The text must outlive the Document.
std::variant<Document, Problem> read_yaml(std::string_view text, const ReadLimits& limits = {});
// The same without the short cut for plain documents (plain_yaml.h): what that is tested against.
std::variant<Document, Problem> read_any_yaml(std::string_view text, const ReadLimits& limits = {});

}  // namespace workspace::yaml
