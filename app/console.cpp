#include "app/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

namespace app {

void prepare_streams() {
  std::ios::sync_with_stdio(false);
  std::signal(SIGXFSZ, SIG_IGN);
}

std::vector<std::string> arguments(int argc, char** argv) { return {argv + 1, argv + argc}; }

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets variables
  return value == nullptr ? "" : value;
}

std::string current_folder() {
  std::error_code none;
  std::string folder = std::filesystem::current_path(none).string();
  return none ? "" : folder;
}

bool is_terminal(Stream stream) {
  const int descriptor = stream == Stream::Input    ? STDIN_FILENO
                         : stream == Stream::Output ? STDOUT_FILENO
                                                    : STDERR_FILENO;
  return ::isatty(descriptor) == 1;
}

bool terminals_know_colors() { return true; }

unsigned terminal_width() {
  winsize size{};
  constexpr unsigned kDefaultWidth = 80;
  const bool known =
      ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return known && size.ws_col > 0 ? size.ws_col : kDefaultWidth;
}

bool save_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  return file.flush().good();
}

void end_process(int status) { std::_Exit(status); }

int leave(int status) { return status; }

}  // namespace app
