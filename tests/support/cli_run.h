// The command line run in memory: arguments in, exit status and streams out. The current folder
// is /w unless told otherwise.
#pragma once

#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "app/commands.h"
#include "cli/cli.h"
#include "lsp/serve.h"
#include "tests/support/memory_file_system.h"

namespace tests {

struct CliResult {
  int status = 0;
  std::string out;
  std::string err;
};

class CliRun {
 public:
  MemoryFileSystem files;
  std::string input;
  std::string current_folder = "/w";
  bool on_terminal = false;
  bool colors_unwanted = false;
  bool can_save = true;
  mutable std::map<std::string, std::string> saved;  // what -o wrote, by path
  std::function<int(const lsp::ServeOptions&)> serve = [](const lsp::ServeOptions&) { return 0; };

  CliResult operator()(std::vector<std::string> arguments) const {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const cli::Environment environment{
        .in = in,
        .out = out,
        .err = err,
        .files = files,
        .current_folder = current_folder,
        .in_is_terminal = false,
        .out_is_terminal = on_terminal,
        .err_is_terminal = on_terminal,
        .colors_unwanted = colors_unwanted,
        .terminal_width = 80,
        .serve = [this](const cli::Environment& own,
                        const cli::Options& options) { return app::serve_command(own, options, serve); },
        .self_test = app::self_test_command,
        .save =
            [this](const std::string& path, const std::string& text) {
              if (!can_save) return false;
              saved[path] = text;
              return true;
            }};
    const int status = cli::run(std::move(arguments), environment);
    return {status, out.str(), err.str()};
  }
};

}  // namespace tests
