// The program as a WebAssembly module: the command line as in app/main.cpp, with the host's calls for a
// process, and the language server as functions that the host calls (module.mjs).
#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <optional>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

#include "app/commands.h"
#include "cli/cli.h"
#include "lsp/embedded_server.h"
#include "lsp/server_log.h"
#include "workspace/platform/file_system.h"
#include "workspace/platform/process.h"
#include "workspace/platform/wasm/host_calls.h"

namespace app {
namespace {

constexpr int kServes = -1;  // of `run`: the server waits for messages

// One of the three standard streams.
class HostStream : public std::streambuf {
 public:
  explicit HostStream(int file) : file_(file) { setp(bytes_.data(), bytes_.data() + bytes_.size()); }

 protected:
  int_type overflow(int_type c) override {
    if (sync() != 0) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  int sync() override {
    std::string_view rest(pbase(), static_cast<std::size_t>(pptr() - pbase()));
    setp(bytes_.data(), bytes_.data() + bytes_.size());
    while (!rest.empty()) {
      const int written = host_write_file(file_, rest.data(), rest.size());
      if (written <= 0) return -1;
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
  }
  int_type underflow() override {
    const int got = host_read_file(file_, bytes_.data(), bytes_.size());
    if (got <= 0) return traits_type::eof();
    setg(bytes_.data(), bytes_.data(), bytes_.data() + got);
    return traits_type::to_int_type(*gptr());
  }

 private:
  int file_;
  std::array<char, std::size_t{64} << 10> bytes_;
};

// What outlives a call of the host's.
struct Program {
  workspace::DiskFileSystem files;
  std::unique_ptr<lsp::EmbeddedServer> server;
  int exit_status = 0;
};

Program& program() {
  static Program only;
  return only;
}

bool colors_unwanted() {
  const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): there are no threads
  const char* terminal = std::getenv("TERM");      // NOLINT(concurrency-mt-unsafe)
  return (no_color != nullptr && *no_color != '\0') ||
         (terminal != nullptr && std::string_view(terminal) == "dumb");
}

// The time that is written into files: https://reproducible-builds.org/specs/source-date-epoch/
std::string now() {
  const char* fixed = std::getenv("SOURCE_DATE_EPOCH");  // NOLINT(concurrency-mt-unsafe)
  std::time_t seconds = std::time(nullptr);
  if (fixed != nullptr) {
    const std::string_view text(fixed);
    std::from_chars(text.data(), text.data() + text.size(), seconds);
  }
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

// Returns at once; the host brings messages from now on.
int begin_serving(const lsp::ServeOptions& options) {
  const auto opened = lsp::open_log(options);
  if (!opened) {
    workspace::log_to_stderr("error: " + opened.error().message);
    return cli::kExitTrouble;
  }
  if (options.channel != lsp::ServeOptions::Channel::Stdio) {
    opened->log.error("there are no sockets in WebAssembly: serve over standard input and output");
    return cli::kExitTrouble;
  }
  opened->log.info(
      fmt::format("istio-mtls-ls {}, process {}, WebAssembly", ISTIO_MTLS_VERSION, host_process_number()));
  program().server = std::make_unique<lsp::EmbeddedServer>(
      options, program().files, opened->log,
      lsp::EmbeddedServer::Host{
          .send = [](std::string_view message) { host_send(message.data(), message.size()); },
          .is_congested = [] { return host_is_congested() != 0; },
          .watch = [](std::int64_t process) { host_watch_process(static_cast<double>(process)); }});
  return kServes;
}

bool save(const std::string& path, const std::string& text) {
  const int file = host_open_file(path.data(), path.size(), static_cast<int>(workspace::host::Open::Replace));
  if (file < 0) return false;
  std::string_view rest = text;
  int written = 0;
  while (!rest.empty() && (written = host_write_file(file, rest.data(), rest.size())) > 0)
    rest.remove_prefix(static_cast<std::size_t>(written));
  return host_close_file(file) >= 0 && rest.empty();
}

int run(std::vector<std::string> arguments) {
  HostStream in_bytes(0);
  HostStream out_bytes(1);
  HostStream err_bytes(2);
  std::istream in(&in_bytes);
  std::ostream out(&out_bytes);
  std::ostream err(&err_bytes);
  err << std::unitbuf;
  const auto is_terminal = [](int file) { return host_terminal_width(file) > 0; };
  constexpr int kDefaultWidth = 80;
  const int width = std::max(host_terminal_width(2), host_terminal_width(1));
  const std::string folder = host_current_folder() >= 0 ? std::string(workspace::host::reply()) : "";
  cli::Environment environment{
      .in = in,
      .out = out,
      .err = err,
      .files = program().files,
      .current_folder = folder,
      .in_is_terminal = is_terminal(0),
      .out_is_terminal = is_terminal(1),
      .err_is_terminal = is_terminal(2),
      .colors_unwanted = colors_unwanted(),
      .terminal_width = static_cast<unsigned>(width > 0 ? width : kDefaultWidth),
      .serve = [](const cli::Environment& own,
                  const cli::Options& options) { return serve_command(own, options, begin_serving); },
      .self_test = self_test_command,
      .save = save,
      .run_program = workspace::run_process,
      .now = now,
      .exit_now = {}};
  environment.exit_now = [&environment](int status) -> int {
    const int flushed_status = cli::flushed(environment, status);
    host_exit(flushed_status);
    return flushed_status;
  };
  return cli::run(std::move(arguments), environment);
}

}  // namespace
}  // namespace app

// What the host calls. Texts lie in the reply buffer (host_calls.cpp), where the host has written them.
extern "C" {

// The program with these arguments, a NUL behind each: its exit status, or kServes.
__attribute__((export_name("run"))) int run() {
  std::vector<std::string> arguments;
  for (std::string_view rest = workspace::host::reply(); !rest.empty();) {
    arguments.emplace_back(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(arguments.back().size() + 1);
  }
  return app::run(std::move(arguments));
}

// Once `run` has returned kServes: a message of the client's, or bytes of its stream.
__attribute__((export_name("message"))) void message() {
  const std::string text(workspace::host::reply());
  app::program().server->message(text);
}
__attribute__((export_name("feed"))) void feed() {
  const std::string bytes(workspace::host::reply());
  app::program().server->feed(bytes);
}
__attribute__((export_name("end_input"))) void end_input() { app::program().server->end_input(); }
__attribute__((export_name("has_messages"))) int has_messages() {
  return app::program().server->has_messages() ? 1 : 0;
}

// Works for about so many milliseconds; after how many more it wants to be called again, at most an hour;
// less than 0: the server has ended, with exit_status().
__attribute__((export_name("work"))) double work(double milliseconds) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const auto budget = std::chrono::duration_cast<std::chrono::microseconds>(Milliseconds(milliseconds));
  const std::optional<lsp::TimePoint> next = app::program().server->work(budget);
  if (!next) return -1;
  const lsp::TimePoint present = std::chrono::steady_clock::now();
  constexpr std::chrono::hours kLongest{1};
  if (*next >= present + kLongest) return Milliseconds(kLongest).count();
  return std::max(0.0, Milliseconds(*next - present).count());
}
__attribute__((export_name("exit_status"))) int exit_status() { return app::program().server->exit_status(); }
}
