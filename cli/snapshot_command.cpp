#include <ostream>

#include "cli/cluster.h"
#include "cli/commands.h"
#include "cli/terminal_text.h"

namespace cli {

int snapshot_command(const Environment& environment, const Options& options) {
  Progress progress(environment.err, environment.err_is_terminal && !options.quiet,
                    environment.terminal_width);
  const auto taken = take_cluster(environment, options, options.context, progress);
  if (!taken) {
    print_error(environment, taken.error().message);
    return kExitTrouble;
  }
  environment.out << taken->text;
  for (const std::string& what : taken->not_read)
    environment.err << "istio-mtls-ls: warning: not read: " << printable(what) << '\n';
  return kExitClean;
}

}  // namespace cli
