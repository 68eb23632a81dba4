// serve: the command line's options as the server's.
#include <ostream>
#include <utility>

#include "app/commands.h"
#include "app/config_path.h"
#include "cli/paths.h"

namespace app {

int serve_command(const cli::Environment& environment, const cli::Options& options,
                  const std::function<int(const lsp::ServeOptions&)>& serve) {
  lsp::ServeOptions serve_options;
  serve_options.settings = options.settings;
  serve_options.settings.exclude = options.exclude;
  serve_options.clusters = {environment.run_program, environment.now};
  serve_options.jobs = options.jobs;
  serve_options.client_process = options.client_process;
  serve_options.log_level = options.log_level;
  if (options.max_message_bytes) serve_options.max_message_bytes = *options.max_message_bytes;
  if (!options.log_file.empty()) {
    serve_options.log_file =
        cli::absolute_path(environment.files, environment.current_folder, options.log_file);
  }
  auto config = config_path(environment, options);
  if (!config) return cli::kExitTrouble;
  serve_options.config_file = *std::move(config);
  if (options.listen) {
    serve_options.channel = lsp::ServeOptions::Channel::Listen;
    serve_options.address = *options.listen;
  } else if (options.pipe) {
    serve_options.channel = lsp::ServeOptions::Channel::Pipe;
    serve_options.address = *options.pipe;
  } else if (environment.in_is_terminal) {
    environment.err << "istio-mtls-ls: waiting for an editor on standard input; for other "
                       "commands, try 'istio-mtls-ls --help'\n";
  }
  return serve(serve_options);
}

}  // namespace app
