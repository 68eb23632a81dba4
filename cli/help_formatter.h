// How --help looks. CLI11's layout without what it derives from validators, and at most 80 columns wide.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace cli {

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;

 private:
  static std::string usage(const CLI::App& app, const std::string& name);
  static std::string arguments(const CLI::App& app);
  static std::string options(const CLI::App& app);
  static std::string commands(const CLI::App& app);
};

}  // namespace cli
