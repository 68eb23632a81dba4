#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <memory>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

#include "cli/build_info.h"
#include "cli/environment.h"
#include "cli/help_formatter.h"
#include "workspace/base/spelling.h"

namespace cli {
namespace {

constexpr unsigned kMaxJobs = 256;
constexpr unsigned kMaxTimeout = 3600;
// Of the transport, which is there before any settings are.
constexpr workspace::LimitKind kMessageSize{{}, "messageSize", 1U << 20U, 1U << 30U, true};

constexpr std::array<std::string_view, 11> kCommands = {"serve",   "check",  "fix",      "effective",
                                                        "graph",   "render", "baseline", "snapshot",
                                                        "explain", "help",   "version"};

// What `--cluster` without a context is turned into: an option whose value may be left out would take the
// next argument.
constexpr std::string_view kCluster = "--cluster";
constexpr std::string_view kNoContextSaid = "\x01";

const std::string kDescription =
    "Finds Istio mTLS policy that breaks traffic: DestinationRules that send what\n"
    "PeerAuthentications refuse, across all files of a mesh. Run by an editor it is\n"
    "a language server; by hand or in CI it checks, fixes and explains.";

const std::string kExitStatus =
    "Exit status: 0 nothing at or above --fail-on, 1 findings, 2 the work could not\n"
    "be done (bad arguments, a path that cannot be read). With --self-test: 0 the\n"
    "server agrees with a fresh reading, 1 it does not, 2 it could not be tested.";

// A word of the command line and what it means.
template <class T>
struct Word {
  std::string_view word;
  T value;
};
constexpr std::array<Word<bool>, 2> kBooleans = {{{"true", true}, {"false", false}}};
constexpr std::array<Word<ColorUse>, 3> kColors = {
    {{"auto", ColorUse::Auto}, {"always", ColorUse::Always}, {"never", ColorUse::Never}}};
constexpr std::array<Word<ReportFormat>, 6> kFormats = {{{"text", ReportFormat::Text},
                                                         {"json", ReportFormat::Json},
                                                         {"sarif", ReportFormat::Sarif},
                                                         {"github", ReportFormat::Github},
                                                         {"gitlab", ReportFormat::Gitlab},
                                                         {"junit", ReportFormat::Junit}}};
constexpr std::array<Word<EffectiveFormat>, 2> kEffectiveFormats = {
    {{"table", EffectiveFormat::Table}, {"json", EffectiveFormat::Json}}};
constexpr std::array<Word<GraphFormat>, 3> kGraphFormats = {
    {{"json", GraphFormat::Json}, {"dot", GraphFormat::Dot}, {"html", GraphFormat::Html}}};
constexpr std::array<Word<RenderFormat>, 2> kRenderFormats = {
    {{"yaml", RenderFormat::Yaml}, {"json", RenderFormat::Json}}};
constexpr std::array<Word<workspace::LogLevel>, 4> kLogLevels = {{{"error", workspace::LogLevel::Error},
                                                                  {"warning", workspace::LogLevel::Warning},
                                                                  {"info", workspace::LogLevel::Info},
                                                                  {"debug", workspace::LogLevel::Debug}}};
constexpr std::array<Word<FailOn>, 3> kSeverities = {
    {{"error", FailOn::Error}, {"warning", FailOn::Warning}, {"never", FailOn::Never}}};

// Reads one word of a table into `into`, or says what would have been right.
template <class T, std::size_t N, class Target>
CLI::Validator one_of(const std::array<Word<T>, N>& table, Target& into) {
  const auto check = [&table, &into](const std::string& text) -> std::string {
    std::vector<std::string_view> words;
    for (const Word<T>& known : table) {
      words.push_back(known.word);
      if (known.word != text) continue;
      into = known.value;
      return {};
    }
    return fmt::format("expected {}, found '{}'{}", fmt::join(words, " or "), text,
                       workspace::did_you_mean(text, words));
  };
  return {check, "", ""};
}

// What is parsed into: values that need a look before they become Options.
struct Raw {
  Options options;
  std::string word;  // of an option whose validator reads it
  std::string client_process_id;
  std::string help_topic;
  std::string cluster;
  bool verbose = false;
  bool stdio = false;
  std::string listen;
  std::string pipe;
};

class Interface {
 public:
  explicit Interface(std::vector<std::string> arguments)
      : arguments_(std::move(arguments)), app_(kDescription, "istio-mtls-ls") {
    app_.allow_windows_style_options(false);  // "/c:/mesh" is a path; subcommands inherit it
    std::replace(arguments_.begin(), arguments_.end(), std::string(kCluster),
                 fmt::format("{}={}", kCluster, kNoContextSaid));
    app_.require_subcommand(0, 1);
    app_.formatter(std::make_shared<HelpFormatter>());
    // Before --version, which ends the parsing.
    constexpr const char* kVerbose = "With the version, what the program was built of";
    app_.add_flag("--verbose", raw_.verbose, kVerbose);
    app_.set_version_flag(
        "-V,--version", [this] { return version(); }, "Print the version");
    app_.set_help_flag("-h,--help", "Print this help");
    add_server_options(app_);
    add_common(app_);
    add_command("serve", "Run as a language server", Command::Serve, &Interface::add_serve);
    add_command("check", "Report problems in manifests", Command::Check, &Interface::add_check);
    add_command("fix", "Apply the fixes that do not weaken encryption", Command::Fix, &Interface::add_fix);
    add_command("effective", "Show the effective mTLS mode of each namespace, service and port",
                Command::Effective, &Interface::add_effective);
    add_command("graph", "Print the policy graph", Command::Graph, &Interface::add_graph);
    add_command("render", "Show what a kustomization builds", Command::Render, &Interface::add_render);
    add_command("baseline", "Record today's findings, so that check reports only new ones", Command::Baseline,
                &Interface::add_baseline);
    add_command("snapshot", "Record what the analysis needs of a running cluster", Command::Snapshot,
                &Interface::add_snapshot);
    add_command("explain", "Explain what a code means, why it matters and how to fix it", Command::Explain,
                &Interface::add_explain);
    app_.add_subcommand("help", "Print this help, or that of COMMAND")
        ->add_option("COMMAND", raw_.help_topic, "")
        ->type_name("");
    app_.add_subcommand("version", "Print the version")->add_flag("--verbose", raw_.verbose, kVerbose);
    app_.footer(
        "Run 'istio-mtls-ls COMMAND --help' for the options of a command; without a command it serves.");
  }

  std::variant<Options, EarlyExit> parse() {
    std::reverse(arguments_.begin(), arguments_.end());  // CLI11 takes them last first
    try {
      app_.parse(arguments_);
    } catch (const CLI::CallForHelp&) {
      return EarlyExit{.status = kExitClean, .output = selected().help(selected_prefix()), .message = {}};
    } catch (const CLI::CallForVersion& version) {
      return EarlyExit{.status = kExitClean, .output = version.what(), .message = {}};
    } catch (const CLI::ParseError& error) {
      return wrong(error_message(error));
    }
    if (selected().get_name() == "version")
      return EarlyExit{.status = kExitClean, .output = version(), .message = {}};
    if (raw_.verbose) return wrong("--verbose is for --version and the command version only");
    if (selected().get_name() == "help") return help();
    return finished();
  }

 private:
  [[nodiscard]] std::string version() const {
    const std::string_view info = build_info();
    return std::string(raw_.verbose ? info : info.substr(0, info.find('\n') + 1));
  }

  static EarlyExit wrong(std::string message) {
    return EarlyExit{.status = kExitTrouble, .output = {}, .message = std::move(message)};
  }

  [[nodiscard]] const CLI::App& selected() const {
    const auto chosen = app_.get_subcommands();
    return chosen.empty() ? app_ : *chosen.front();
  }
  [[nodiscard]] EarlyExit help() const {
    if (raw_.help_topic.empty()) {
      // app_.help() would be that of `help`, since it was given.
      const std::string all =
          app_.get_formatter()->make_help(&app_, app_.get_name(), CLI::AppFormatMode::Normal);
      return {.status = kExitClean, .output = all, .message = {}};
    }
    for (const CLI::App* topic :
         app_.get_subcommands([this](const CLI::App* app) { return app->get_name() == raw_.help_topic; })) {
      return {.status = kExitClean, .output = topic->help(app_.get_name()), .message = {}};
    }
    return wrong(fmt::format("unknown command '{}'{}", raw_.help_topic,
                             workspace::did_you_mean(raw_.help_topic, kCommands)));
  }

  // What CLI11 puts before the command's own name.
  [[nodiscard]] std::string selected_prefix() const {
    return &selected() == &app_ ? std::string() : app_.get_name();
  }

  // `group` empty: taken but not shown, where they say nothing.
  void add_common(CLI::App& app, const std::string& group = "Settings") {
    Options& options = raw_.options;
    app.add_option("--root-namespace", options.settings.root_namespace,
                   "Istio's root namespace [istio-system]")
        ->type_name("NAMESPACE")
        ->check(namespace_check())
        ->group(group);
    app.add_option("--auto-mtls", raw_.word, "Whether auto mTLS is enabled in the mesh [true]")
        ->type_name("true|false")
        ->check(one_of(kBooleans, options.settings.enable_auto_mtls))
        ->group(group);
    app.add_option("--cluster-domain", options.settings.cluster_domain,
                   "The cluster's domain [cluster.local]")
        ->type_name("DOMAIN")
        ->check(domain_check())
        ->group(group);
    app.add_option_function<std::vector<std::string>>(
           "--rule-export-to",
           [&options](const std::vector<std::string>& names) {
             options.settings.default_rule_export_to = names;
           },
           "Where a DestinationRule without exportTo is visible: '.' is its own namespace [*]; may be "
           "repeated")
        ->type_name("NAMESPACE")
        ->allow_extra_args(false)
        ->check(export_check())
        ->group(group);
    app.add_option("--default-namespace", options.settings.default_namespace,
                   "Namespace of resources that name none [default]")
        ->type_name("NAMESPACE")
        ->check(namespace_check())
        ->group(group);
    app.add_option("--config", options.config_file,
                   "Use FILE instead of the nearest .istio-mtls.yaml in or above each PATH")
        ->type_name("FILE")
        ->check(not_empty())
        ->group(group);
    app.add_option("--mesh-config", options.mesh_config,
                   "Take what is not set here from the MeshConfig in FILE: bare, or in a ConfigMap, an "
                   "IstioOperator or an Istio")
        ->type_name("FILE")
        ->check(not_empty())
        ->group(group);
    app.add_option("--exclude", options.exclude, "Skip files and folders that match GLOB; may be repeated")
        ->type_name("GLOB")
        ->allow_extra_args(false)
        ->check(glob_check())
        ->group(group);
    app.add_option("--select", options.select, "Report findings of CODE only; may be repeated")
        ->type_name("CODE")
        ->allow_extra_args(false)
        ->check(not_empty())
        ->group(group);
    app.add_option("--ignore", options.ignore, "Report no findings of CODE; may be repeated")
        ->type_name("CODE")
        ->allow_extra_args(false)
        ->check(not_empty())
        ->group(group);
    app.add_option_function<std::vector<std::string>>(
           "--limit", [](const std::vector<std::string>&) {},
           "Refuse manifests beyond VALUE; NAME is fileSize, documentSize, depth, aliasedValues or "
           "documents; may "
           "be repeated")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false)
        ->check(limit_check(options.settings.limits))
        ->group(group);
    app.add_option("-j,--jobs", options.jobs, "Maximum number of threads that read files [16; serve: 8]")
        ->type_name("N")
        ->check(CLI::Range(1U, kMaxJobs).description(""))
        ->group(group);
    app.add_option("--color", raw_.word, "auto (on a terminal), always or never [auto]")
        ->type_name("WHEN")
        ->check(one_of(kColors, options.color))
        ->group("Settings");
  }

  void add_server_options(CLI::App& app) {
    const std::string group = "Language server";
    Options& options = raw_.options;
    app.add_flag("--stdio", raw_.stdio, "Use standard input and output (default)")->group(group);
    app.add_option("--listen", raw_.listen,
                   "Listen for a client on this address; without HOST, on 127.0.0.1 only")
        ->type_name("[HOST:]PORT")
        ->check(not_empty())
        ->group(group);
    app.add_option("--pipe", raw_.pipe, "Connect to the client's socket at PATH")
        ->type_name("PATH")
        ->check(not_empty())
        ->group(group);
    app.add_option("--log", options.log_file,
                   "Append log messages to FILE. Manifest contents are never logged")
        ->type_name("FILE")
        ->check(not_empty())
        ->group(group);
    app.add_option("--log-level", raw_.word,
                   "error, warning, info or debug (every message with its document and duration) "
                   "[info with --log, else warning, on standard error]")
        ->type_name("LEVEL")
        ->check(one_of(kLogLevels, options.log_level))
        ->group(group);
    app.add_option("--max-message-size", raw_.word, "Reject client messages larger than SIZE [256MiB]")
        ->type_name("SIZE")
        ->check(message_size_check(options.max_message_bytes))
        ->group(group);
    // Editors built on vscode-languageclient append it; `initialize` tells the same.
    app.add_option("--clientProcessId", raw_.client_process_id)->group("");
  }

  void add_links(CLI::App& app) {
    std::optional<bool>& follows = raw_.options.settings.follow_links;
    app.add_flag_function(
        "--follow-links", [&follows](std::int64_t) { follows = true; },
        "Read what symbolic links out of the PATHs lead to, each file once");
    app.add_flag_function(
        "--no-follow-links", [&follows](std::int64_t) { follows = false; },
        "Don't, whatever the configuration says");
  }

  void add_helm(CLI::App& app) {
    app.add_flag_function(
        "--helm", [this](std::int64_t) { raw_.options.settings.helm = true; },
        "Render Helm charts with the `helm` in PATH; nothing is fetched, and no cluster is asked");
  }

  void add_serve(CLI::App& app) {
    add_server_options(app);
    add_common(app);
  }

  void add_check(CLI::App& app) {
    add_paths(app);
    app.add_option("--format", raw_.word,
                   "text, json, sarif, github (workflow commands), gitlab (code quality) or junit [text]")
        ->type_name("FORMAT")
        ->check(one_of(kFormats, raw_.options.format));
    app.add_option("--fail-on", raw_.word,
                   "Lowest severity that fails the run: error, warning or never [error]")
        ->type_name("SEVERITY")
        ->check(one_of(kSeverities, raw_.options.fail_on));
    add_only(app, "Report");
    app.add_option("--baseline", raw_.options.baseline,
                   "Report only what is not in FILE, which 'istio-mtls-ls baseline' wrote; none: everything, "
                   "whatever the configuration names")
        ->type_name("FILE")
        ->check(not_empty());
    app.add_flag("--statistics", raw_.options.statistics,
                 "Also print how many findings each code has, and what each mesh holds");
    app.add_flag("--allow-empty", raw_.options.allow_empty,
                 "Accept that there is no manifest to check; otherwise the status is 2");
    app.add_flag("-q,--quiet", raw_.options.quiet, "Print findings only: no summary, no progress");
    add_output(app);
    add_cluster(app);
    app.add_flag(
        "--new", raw_.options.only_new,
        "Report only what applying the files would bring: findings that the cluster without them does "
        "not have");
    app.add_flag("--all", raw_.options.all, "Report findings in the cluster alone, too");
    app.add_option("--without", raw_.options.without,
                   "Leave a resource of the cluster out: KIND/NAMESPACE/NAME, or KIND/NAME; may be repeated")
        ->type_name("RESOURCE")
        ->allow_extra_args(false)
        ->check(not_empty());
    app.add_option("--self-test", raw_.options.self_test,
                   "Check the language server instead: open, type, edit, fix and close FILE in memory, with "
                   "the PATHs as workspace folders, and report where it differs from a fresh reading")
        ->type_name("FILE")
        ->check(not_empty());
    add_links(app);
    add_helm(app);
    add_common(app);
    app.footer(kExitStatus);
  }

  void add_fix(CLI::App& app) {
    add_paths(app);
    app.add_option("--code", raw_.options.code, "Apply only fixes for CODE")
        ->type_name("CODE")
        ->check(not_empty());
    app.add_flag("--dry-run", raw_.options.dry_run, "Print the diff without changing files");
    add_only(app, "Change");
    add_links(app);
    add_helm(app);
    add_common(app);
    app.footer("Prints the changes as a unified diff.\nExit status: 0 on success, 2 on trouble.");
  }

  void add_effective(CLI::App& app) {
    add_paths(app);
    app.add_option("--format", raw_.word, "table or json [table]")
        ->type_name("FORMAT")
        ->check(one_of(kEffectiveFormats, raw_.options.effective_format));
    app.add_flag("--failing", raw_.options.failing, "Show only ports at which calls fail");
    app.add_option("--namespace", raw_.options.namespaces,
                   "Show only services of this namespace; may be repeated")
        ->type_name("NAMESPACE")
        ->allow_extra_args(false)
        ->check(namespace_check());
    app.add_option("--service", raw_.options.services,
                   "Show only this service: its name, NAME.NAMESPACE or its host; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false)
        ->check(not_empty());
    add_output(app);
    add_cluster(app);
    add_links(app);
    add_helm(app);
    add_common(app);
  }

  void add_graph(CLI::App& app) {
    add_paths(app);
    app.add_option("--format", raw_.word, "json, dot (for Graphviz) or html (one file to look at) [json]")
        ->type_name("FORMAT")
        ->check(one_of(kGraphFormats, raw_.options.graph_format));
    add_output(app);
    add_cluster(app);
    add_links(app);
    add_helm(app);
    add_common(app);
  }

  void add_render(CLI::App& app) {
    app.add_option("ROOT", raw_.options.paths, "The folder of the kustomization [.]")
        ->expected(0, 1)
        ->type_name("");
    app.add_flag("--origins", raw_.options.origins, "Show where each line was written");
    app.add_option("--format", raw_.word, "yaml or json (a list of the documents) [yaml]")
        ->type_name("FORMAT")
        ->check(one_of(kRenderFormats, raw_.options.render_format));
    add_output(app);
    add_common(app);
  }

  void add_baseline(CLI::App& app) {
    add_paths(app);
    add_output(app);
    add_cluster(app);
    add_links(app);
    add_helm(app);
    add_common(app);
    app.footer(
        "For check --baseline, or `baseline` in the configuration. Findings are known again\n"
        "by code, file, resource and field, never by line.\n"
        "Exit status: 0 on success, 2 on trouble.");
  }

  // `what`: is done only to what stands there.
  void add_only(CLI::App& app, const std::string& what) {
    app.add_option("--only", raw_.options.only,
                   what +
                       " only what stands in these files and folders. Without a PATH all is read from the "
                       "nearest configuration or repository root above them")
        ->type_name("PATH...")
        ->check(not_empty());
  }

  void add_cluster(CLI::App& app) {
    app.add_option(std::string(kCluster), raw_.cluster,
                   "Lay the files over the cluster of kubectl's context CONTEXT [the current one]; without a "
                   "PATH, the cluster alone; none: over none, whatever the configuration names")
        ->type_name("[=CONTEXT]")
        ->check(context_check());
    app.add_option("--snapshot", raw_.options.snapshot,
                   "The same with a cluster that 'istio-mtls-ls snapshot' recorded")
        ->type_name("FILE")
        ->check(not_empty());
  }

  void add_snapshot(CLI::App& app) {
    app.add_option("--context", raw_.options.context, "kubectl's context of the cluster [the current one]")
        ->type_name("NAME")
        ->check(context_check());
    app.add_option("--kubeconfig", raw_.options.kubeconfig,
                   "kubectl's configuration file [as kubectl finds it]")
        ->type_name("FILE")
        ->check(not_empty());
    app.add_option("--namespace", raw_.options.namespaces,
                   "Read this namespace only; may be repeated. What is elsewhere is then not known")
        ->type_name("NAMESPACE")
        ->allow_extra_args(false)
        ->check(namespace_check());
    app.add_option("--timeout", raw_.options.timeout, "Seconds to wait for each answer [30]")
        ->type_name("SECONDS")
        ->check(CLI::Range(1U, kMaxTimeout).description(""));
    app.add_flag("-q,--quiet", raw_.options.quiet, "No progress");
    add_output(app);
    add_common(app, "");
    app.get_option("--root-namespace")->group("Settings");
    app.footer(
        "Runs kubectl, which is to be in PATH, and reads only; no Secrets, and of other\n"
        "objects what the analysis needs. For --snapshot of check, effective and graph.\n"
        "Exit status: 0 on success, 2 on trouble.");
  }

  void add_explain(CLI::App& app) {
    app.add_option("CODE", raw_.options.code, "A code such as TIS0208; without one, all codes are listed")
        ->type_name("");
    add_common(app, "");
  }

  // Options cost more to add than to read: those of a command that no argument names can't be asked for.
  void add_command(const std::string& name, const std::string& description, Command command,
                   void (Interface::*add_options)(CLI::App&)) {
    CLI::App& app = *app_.add_subcommand(name, description);
    app.callback([this, command] { raw_.options.command = command; });
    const bool is_named = std::find(arguments_.begin(), arguments_.end(), name) != arguments_.end();
    if (is_named) (this->*add_options)(app);
  }

  void add_paths(CLI::App& app) {
    app.add_option("PATH", raw_.options.paths,
                   "Files and folders, together one mesh unless the configuration splits it; '-' is standard "
                   "input [.]")
        ->type_name("");
  }

  void add_output(CLI::App& app) {
    app.add_option("-o,--output", raw_.options.output, "Write to FILE instead of standard output")
        ->type_name("FILE")
        ->check(not_empty());
  }

  static CLI::Validator namespace_check() {
    return {[](std::string& text) {
              return workspace::is_namespace_name(text)
                         ? std::string()
                         : fmt::format("'{}' is not the name of a namespace", text);
            },
            ""};
  }

  // A context's name may hold anything but what a terminal would take for more than text.
  static CLI::Validator context_check() {
    return {[](std::string& text) {
              if (text == kNoContextSaid) return std::string();
              const bool is_text = std::none_of(text.begin(), text.end(),
                                                [](unsigned char c) { return c < 0x20 || c == 0x7F; });
              return !text.empty() && is_text ? std::string() : std::string("expected the name of a context");
            },
            ""};
  }

  static CLI::Validator domain_check() {
    return {[](std::string& text) {
              return workspace::is_domain_name(text) ? std::string()
                                                     : fmt::format("'{}' is not a domain", text);
            },
            ""};
  }

  static CLI::Validator export_check() {
    return {[](std::string& text) {
              return workspace::is_export(text)
                         ? std::string()
                         : fmt::format("'{}' is not the name of a namespace, '.' or '*'", text);
            },
            ""};
  }

  static CLI::Validator message_size_check(std::optional<std::uint32_t>& into) {
    return {[&into](std::string& text) -> std::string {
              into = workspace::parse_limit(kMessageSize, text);
              if (into) return {};
              return fmt::format("'{}' is not {}", text, workspace::expected_of(kMessageSize));
            },
            ""};
  }

  // Reads NAME=VALUE into `into`.
  static CLI::Validator limit_check(workspace::LimitValues& into) {
    return {[&into](std::string& text) -> std::string {
              const std::size_t sign = text.find('=');
              const std::string name = text.substr(0, sign);
              const workspace::LimitKind* kind = workspace::find_limit(name);
              if (kind == nullptr) return unknown_limit(name);
              const std::string value = sign == std::string::npos ? std::string() : text.substr(sign + 1);
              const auto parsed = workspace::parse_limit(*kind, value);
              if (!parsed)
                return fmt::format("{}: expected {}, found '{}'", name, workspace::expected_of(*kind), value);
              into[kind->limit] = *parsed;
              return {};
            },
            ""};
  }

  static std::string unknown_limit(std::string_view name) {
    return fmt::format("expected {}, found '{}'{}", fmt::join(workspace::kLimitNames, " or "), name,
                       workspace::did_you_mean(name, workspace::kLimitNames));
  }

  static CLI::Validator glob_check() {
    return {[](std::string& text) {
              if (text.empty()) return std::string("a glob can't be empty");
              return text.starts_with('!') ? std::string("a glob can't be negated") : std::string();
            },
            ""};
  }

  static CLI::Validator not_empty() {
    return {[](std::string& text) { return text.empty() ? std::string("can't be empty") : std::string(); },
            ""};
  }

  // CLI11's sentence, or a better one for words that it does not know.
  [[nodiscard]] std::string error_message(const CLI::ParseError& error) const {
    const CLI::App& app = selected();
    const std::vector<std::string> unknown = app_.remaining(true);
    if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::ExtrasError) || unknown.empty())
      return first_line(error.what());
    const std::string& word = unknown.front();
    if (word.starts_with('-') && word != "-") {
      const std::string name = word.substr(0, word.find('='));
      return fmt::format("unknown option '{}'{}", name, did_you_mean_option(app, name));
    }
    if (&app != &app_) return fmt::format("unexpected argument '{}'", word);
    return fmt::format("unknown command '{}'{}", word, workspace::did_you_mean(word, kCommands));
  }

  static std::string did_you_mean_option(const CLI::App& app, const std::string& name) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& known : option->get_lnames()) names.push_back("--" + known);
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    // What begins so is meant before what merely looks alike.
    constexpr std::size_t kFewest = 4;
    std::vector<std::string_view> longer;
    std::copy_if(views.begin(), views.end(), std::back_inserter(longer),
                 [&](std::string_view option) { return option.starts_with(name); });
    const bool is_beginning = name.size() > kFewest && !longer.empty();
    return workspace::did_you_mean(name, is_beginning ? longer : views);
  }

  static std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
  }

  // 0: it is none. Nothing that an editor adds unasked keeps the server from starting.
  static std::int64_t process_id(std::string_view text) {
    std::int64_t id = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), id);
    const bool usable = read.ec == std::errc() && read.ptr == text.data() + text.size() && id > 0;
    return usable ? id : 0;
  }

  std::variant<Options, EarlyExit> finished() {
    Options& options = raw_.options;
    if (!raw_.listen.empty()) options.listen = raw_.listen;
    if (!raw_.pipe.empty()) options.pipe = raw_.pipe;
    const int channels = (raw_.stdio ? 1 : 0) + (options.listen ? 1 : 0) + (options.pipe ? 1 : 0);
    if (channels > 1) return wrong("--stdio, --listen and --pipe exclude each other");
    if (options.command != Command::Serve && channels > 0) {
      return wrong("--stdio, --listen and --pipe are for the language server only");
    }
    if (options.command != Command::Serve && (!options.log_file.empty() || options.log_level)) {
      return wrong("--log and --log-level are for the language server only");
    }
    if (options.command != Command::Serve && options.max_message_bytes)
      return wrong("--max-message-size is for the language server only");
    options.client_process = process_id(raw_.client_process_id);
    if (!options.self_test.empty() && options.format != ReportFormat::Text)
      return wrong("--self-test has no other format than text");
    if (options.origins && options.render_format != RenderFormat::Yaml)
      return wrong("--origins has no other format than yaml");
    if (raw_.cluster == workspace::kNoContext) {
      options.settings.cluster.asks_no_cluster = true;
    } else if (!raw_.cluster.empty()) {
      options.cluster = raw_.cluster == kNoContextSaid ? workspace::kCurrentContext : raw_.cluster;
    }
    if (options.cluster && !options.snapshot.empty())
      return wrong("--cluster and --snapshot exclude each other");
    if (options.has_cluster() && !options.self_test.empty())
      return wrong("--self-test is of files only, without a cluster");
    if (options.paths.empty() && options.only.empty() && !options.has_cluster()) options.paths = {"."};
    for (const std::string& path : options.paths) {
      if (path.empty()) return wrong("a path is empty");
    }
    return options;
  }

  std::vector<std::string> arguments_;
  CLI::App app_;
  Raw raw_;
};

}  // namespace

unsigned job_count(const Options& options) {
  // Files that are not in memory yet are waited for, by many threads together; where they are in memory there
  // is one thread a processor (workspace/crew.h).
  constexpr unsigned kReaders = 16;
  return options.jobs != 0 ? options.jobs : std::max(kReaders, std::thread::hardware_concurrency());
}

std::variant<Options, EarlyExit> parse_options(std::vector<std::string> arguments) {
  return Interface(std::move(arguments)).parse();
}

}  // namespace cli
