#include "cli/options.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/cli_run.h"

using cli::Command;
using cli::EarlyExit;
using cli::Options;
using cli::parse_options;
using Words = std::vector<std::string>;

namespace {

Options parsed(Words words) {
  const auto result = parse_options(std::move(words));
  REQUIRE(std::holds_alternative<Options>(result));
  return std::get<Options>(result);
}

std::string refusal(Words words) {
  const auto result = parse_options(std::move(words));
  if (!std::holds_alternative<EarlyExit>(result)) return "accepted";
  CHECK(std::get<EarlyExit>(result).status == 2);
  CHECK(std::get<EarlyExit>(result).output.empty());
  return std::get<EarlyExit>(result).message;
}

}  // namespace

TEST_CASE("help and version are commands, too") {
  const auto said = [](Words words) {
    const auto result = parse_options(std::move(words));
    REQUIRE(std::holds_alternative<EarlyExit>(result));
    CHECK(std::get<EarlyExit>(result).status == 0);
    return std::get<EarlyExit>(result).output;
  };
  CHECK(said({"version"}) == said({"--version"}));
  CHECK(said({"-V"}) == said({"--version"}));
  CHECK(said({"help"}) == said({"--help"}));
  CHECK(said({"help", "check"}) == said({"check", "--help"}));
  CHECK(refusal({"help", "chekc"}) == "unknown command 'chekc'; did you mean 'check'?");
}

TEST_CASE("the version says on demand what the program was built of") {
  const auto said = [](Words words) {
    const auto result = parse_options(std::move(words));
    return std::holds_alternative<EarlyExit>(result) ? std::get<EarlyExit>(result).output : "accepted";
  };
  const std::string brief = said({"--version"});
  CHECK(brief == "istio-mtls-ls " ISTIO_MTLS_VERSION "\n");
  const std::string verbose = said({"--version", "--verbose"});
  CHECK(verbose.starts_with(brief));
  CHECK(verbose == said({"--verbose", "-V"}));
  CHECK(verbose == said({"version", "--verbose"}));
  std::vector<std::string> libraries;
  std::istringstream lines(verbose.substr(brief.size()));
  std::string line;
  std::getline(lines, line);
  CHECK(line.find(" build by ") != std::string::npos);
  while (std::getline(lines, line)) {
    const std::size_t space = line.find(' ');
    libraries.push_back(line.substr(0, space));
    CHECK_MESSAGE(line.find_first_of("0123456789", space) == space + 1, line);
  }
  CHECK(libraries.size() > 5);
  CHECK(libraries.front() == "Boost");
  CHECK(libraries.back() == "yaml-cpp");
  CHECK(refusal({"--verbose"}) == "--verbose is for --version and the command version only");
  CHECK(refusal({"check", "--verbose"}) != "accepted");
}

TEST_CASE("without a command it serves over standard input and output") {
  CHECK(parsed({}).command == Command::Serve);
  CHECK(parsed({"--stdio"}).command == Command::Serve);
  CHECK(parsed({"serve", "--stdio", "--clientProcessId=123"}).command == Command::Serve);
  CHECK(parsed({"--stdio", "--clientProcessId", "123"}).command == Command::Serve);
  CHECK(parsed({"--listen", "127.0.0.1:9000"}).listen == "127.0.0.1:9000");
  CHECK(parsed({"serve", "--pipe=/tmp/x.sock"}).pipe == "/tmp/x.sock");
}

TEST_CASE("the common settings are taken before and after the command") {
  for (const Words& words : {Words{"--root-namespace", "r", "--auto-mtls", "false", "--cluster-domain=c.d",
                                   "--default-namespace", "n", "--config", "f", "--exclude", "a", "--exclude",
                                   "b", "--jobs", "3", "--color", "never", "check", "x"},
                             Words{"check", "--root-namespace", "r", "x", "--auto-mtls", "false",
                                   "--cluster-domain=c.d", "--default-namespace", "n", "--config", "f",
                                   "--exclude", "a", "--exclude", "b", "-j3", "--color", "never"}}) {
    const Options options = parsed(words);
    CHECK(options.command == Command::Check);
    CHECK(options.settings.root_namespace == "r");
    CHECK(options.settings.enable_auto_mtls == false);
    CHECK(options.settings.cluster_domain == "c.d");
    CHECK(options.settings.default_namespace == "n");
    CHECK(options.config_file == "f");
    CHECK(options.exclude == Words{"a", "b"});
    CHECK(options.jobs == 3);
    CHECK(options.color == cli::ColorUse::Never);
    CHECK(options.paths == Words{"x"});
  }
}

TEST_CASE("check, fix and explain") {
  CHECK(parsed({"check"}).paths == Words{"."});
  CHECK(parsed({"check", "a", "-", "b"}).paths == Words{"a", "-", "b"});
  CHECK(parsed({"check", "--", "--odd"}).paths == Words{"--odd"});
  CHECK(parsed({"check", "--format", "sarif"}).format == cli::ReportFormat::Sarif);
  CHECK(parsed({"check", "--fail-on=warning"}).fail_on == cli::FailOn::Warning);
  const Options fix = parsed({"fix", "--code", "TIS0208", "--dry-run", "x"});
  CHECK(fix.command == Command::Fix);
  CHECK(fix.code == "TIS0208");
  CHECK(fix.dry_run);
  CHECK(parsed({"explain"}).code.empty());
  CHECK(parsed({"explain", "TIS0208"}).code == "TIS0208");
}

TEST_CASE("wrong arguments are refused with advice") {
  CHECK(refusal({"chekc"}) == "unknown command 'chekc'; did you mean 'check'?");
  CHECK(refusal({"mesh"}) == "unknown command 'mesh'");
  CHECK(refusal({"check", "--fail"}) == "unknown option '--fail'; did you mean '--fail-on'?");
  CHECK(refusal({"check", "--formt=json"}) == "unknown option '--formt'; did you mean '--format'?");
  CHECK(refusal({"check", "--format", "jsn"}) ==
        "--format: expected text or json or sarif or github or gitlab or junit, found 'jsn'; did you mean "
        "'json'?");
  CHECK(refusal({"check", "--auto-mtls", "yes"}) == "--auto-mtls: expected true or false, found 'yes'");
  CHECK(refusal({"check", "--root-namespace", "A b"}) ==
        "--root-namespace: 'A b' is not the name of a namespace");
  CHECK(refusal({"check", "--cluster-domain", ".local"}) == "--cluster-domain: '.local' is not a domain");
  CHECK(refusal({"check", "--exclude", "!a"}) == "--exclude: a glob can't be negated");
  CHECK(refusal({"check", "--dry-run"}).starts_with("unknown option '--dry-run'"));
  CHECK(refusal({"explain", "A", "B"}) == "unexpected argument 'B'");
  CHECK(refusal({"serve", "x"}) == "unexpected argument 'x'");
  CHECK(refusal({"check", ""}) == "a path is empty");
  CHECK(refusal({"--stdio", "--listen", ":1"}) == "--stdio, --listen and --pipe exclude each other");
  CHECK(refusal({"--pipe", "p", "check"}) == "--stdio, --listen and --pipe are for the language server only");
  for (const char* jobs : {"0", "-1", "257", "two"})
    CHECK(refusal({"check", "--jobs", jobs}).starts_with("--jobs: "));
  CHECK(refusal({"check", "--config"}).starts_with("--config: "));
}

TEST_CASE("the server is started with what was asked for") {
  tests::CliRun run;
  run.files.add("/w/ci/settings.yaml", "");
  lsp::ServeOptions seen;
  run.serve = [&seen](const lsp::ServeOptions& options) {
    seen = options;
    return 1;
  };
  const tests::CliResult result = run({"serve", "--listen", "localhost:0", "--jobs", "2", "--exclude", "x",
                                       "--config", "ci/settings.yaml", "--root-namespace", "r"});
  CHECK(result.status == 1);
  CHECK(result.out.empty());
  CHECK(seen.channel == lsp::ServeOptions::Channel::Listen);
  CHECK(seen.address == "localhost:0");
  CHECK(seen.jobs == 2);
  CHECK(seen.config_file == "/w/ci/settings.yaml");
  CHECK(seen.settings.root_namespace == "r");
  CHECK(seen.settings.exclude == Words{"x"});
  CHECK(run({"--config", "nowhere"}).status == 2);
}

TEST_CASE("limits are taken one by one, the last of a name counts") {
  const Options options =
      parsed({"check", "--limit", "depth=300", "--limit=fileSize=1GiB", "x", "--limit", "depth=100"});
  CHECK(options.settings.limits ==
        workspace::LimitValues{{workspace::Limit::Depth, 100}, {workspace::Limit::FileSize, 1073741824}});
  CHECK(options.paths == Words{"x"});
  CHECK(refusal({"check", "--limit", "depth"}) ==
        "--limit: depth: expected a number from 16 to 400, found ''");
  CHECK(refusal({"check", "--limit", "depth=1000"}) ==
        "--limit: depth: expected a number from 16 to 400, found '1000'");
  CHECK(refusal({"check", "--limit", "dept=100"}) ==
        "--limit: expected fileSize or documentSize or depth or aliasedValues or documents, found 'dept'; "
        "did you "
        "mean 'depth'?");
}

TEST_CASE("the size of messages is the server's") {
  CHECK(parsed({"--max-message-size", "1MiB"}).max_message_bytes == 1048576);
  CHECK(parsed({"serve", "--max-message-size=536870912"}).max_message_bytes == 536870912);
  CHECK_FALSE(parsed({}).max_message_bytes);
  CHECK(refusal({"--max-message-size", "1KiB"}) ==
        "--max-message-size: '1KiB' is not a size from 1MiB to 1GiB, in bytes or as in 64MiB");
  CHECK(refusal({"--max-message-size", "1MiB", "check"}) ==
        "--max-message-size is for the language server only");
}
