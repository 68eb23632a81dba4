// What a text names that can be opened: the files and folders that a kustomization lists, and the pages of
// codes in comments that silence findings. Reads the text alone; costs what it is long. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workspace/text/text_range.h"

namespace checks {

struct NamedFile {
  workspace::ByteRange range;
  std::string path;  // as written, relative to the kustomization's folder
};

// Nothing that is fetched, and no patch that is written in place. Of a text that is no valid YAML: none.
std::vector<NamedFile> files_of_kustomization(std::string_view text);

struct NamedCode {
  workspace::ByteRange range;
  std::string page;  // its address
};

// In `# istio-mtls: ignore CODE …`. Codes without a page are left out.
std::vector<NamedCode> codes_in_comments(std::string_view text);

}  // namespace checks
