// What is in force, as a table that people read and as JSON. Places are made relative to the current folder.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "checks/queries/effective.h"
#include "cli/source_files.h"
#include "cli/terminal_text.h"

namespace cli {

struct EffectiveContext {
  SourceFiles& sources;
  std::string current_folder;
};

void render_effective_table(std::ostream& out, const std::vector<checks::EffectiveMesh>& meshes,
                            const EffectiveContext& context, const Palette& palette);
void render_effective_json(std::ostream& out, const std::vector<checks::EffectiveMesh>& meshes,
                           const EffectiveContext& context);

}  // namespace cli
