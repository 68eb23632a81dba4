// What is in force, as tables that people read and as JSON. Places are made relative to the current folder.
//
// Ports that are alike share rows, services of a namespace that are alike a table. A mesh that would take
// more lines than there are is told by namespace, with the services that calls fail at as far as there is
// room.
#pragma once

#include <cstddef>
#include <cstdint>
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
  std::size_t width = SIZE_MAX;       // columns, of tables
  std::size_t most_lines = SIZE_MAX;  // of all meshes together, their heads and last lines aside
};

void render_effective_table(std::ostream& out, const std::vector<checks::EffectiveMesh>& meshes,
                            const EffectiveContext& context, const Palette& palette);
void render_effective_json(std::ostream& out, const std::vector<checks::EffectiveMesh>& meshes,
                           const EffectiveContext& context);

}  // namespace cli
