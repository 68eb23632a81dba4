#include <algorithm>
#include <ostream>
#include <string>

#include "checks/registry.h"
#include "cli/commands.h"
#include "cli/find_code.h"
#include "cli/markdown.h"

namespace cli {
namespace {

constexpr unsigned kWidestText = 100;

void list_codes(const Environment& environment, const Palette& palette) {
  constexpr std::size_t kCodeColumns = 10;
  for (const checks::Check* check : checks::all_checks()) {
    const std::string padding(kCodeColumns - std::min(kCodeColumns - 1, check->code.size()), ' ');
    environment.out << palette.paint(Style::Strong, check->code) << padding << check->title << '\n';
  }
}

}  // namespace

int explain_command(const Environment& environment, const Options& options) {
  const Palette palette = output_palette(environment, options);
  if (options.code.empty()) {
    list_codes(environment, palette);
    return kExitClean;
  }
  const checks::Check* check = find_code(environment, options.code);
  if (check == nullptr) return kExitTrouble;
  const std::string manual = checks::explain(*check);
  if (environment.out_is_terminal || palette.on()) {
    environment.out << render_markdown(manual, palette, std::min(environment.terminal_width, kWidestText));
  } else {
    environment.out << manual << (manual.ends_with('\n') ? "" : "\n");
  }
  return kExitClean;
}

}  // namespace cli
