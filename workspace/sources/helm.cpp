#include "workspace/sources/helm.h"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "workspace/platform/process.h"
#include "workspace/platform/programs.h"

namespace workspace {

namespace {

constexpr std::uint64_t kMaxOutput = std::uint64_t{1} << 26;
constexpr std::uint64_t kMaxTemplate = std::uint64_t{1} << 24;

// Templates ask for these before they make a resource; helm without a cluster knows none of them.
constexpr std::string_view kApiVersions[] = {"networking.istio.io/v1", "networking.istio.io/v1beta1",
                                             "networking.istio.io/v1alpha3", "security.istio.io/v1",
                                             "security.istio.io/v1beta1"};

// Repositories, plugins and clusters of the user are out of reach, and so is the network.
std::vector<std::pair<std::string, std::string>> helm_environment() {
  std::vector<std::pair<std::string, std::string>> variables = {
      {"HELM_NO_PLUGINS", "1"}, {"HELM_DEBUG", "false"}, {"HELM_NAMESPACE", ""}, {"HELM_KUBECONTEXT", ""}};
  for (const char* name : {"KUBECONFIG", "HELM_PLUGINS", "HELM_REPOSITORY_CONFIG", "HELM_REPOSITORY_CACHE",
                           "HELM_REGISTRY_CONFIG", "HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELM_DATA_HOME"})
    variables.emplace_back(name, empty_file());
  // Nothing listens on the port of `discard`.
  for (const char* name :
       {"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"})
    variables.emplace_back(name, "http://127.0.0.1:9");
  variables.emplace_back("NO_PROXY", "");
  variables.emplace_back("no_proxy", "");
  return variables;
}

// The program in the folders of PATH.
std::string find_program(const FileSystem& files, const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  for (const std::string& folder : program_folders()) {
    std::string path = folder + "/" + program_file(name);
    if (files.status(path).type == FileType::Regular) return path;
  }
  return {};
}

// What helm says of an error, on one line.
std::string words_of(std::string_view errors) {
  constexpr std::string_view kError = "Error: ";
  constexpr std::string_view kAdvice = "Use --debug flag";
  constexpr std::size_t kMost = 300;
  if (const std::size_t at = errors.find(kError); at != std::string_view::npos)
    errors.remove_prefix(at + kError.size());
  if (const std::size_t at = errors.find(kAdvice); at != std::string_view::npos)
    errors = errors.substr(0, at);
  std::string words;
  for (const char c : errors) {
    const bool is_space = static_cast<unsigned char>(c) <= ' ';
    if (!is_space) words += c;
    if (is_space && !words.empty() && words.back() != ' ') words += ' ';
  }
  while (!words.empty() && (words.back() == ' ' || words.back() == '.')) words.pop_back();
  if (words.size() <= kMost) return words;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0U) == 0x80U) --end;
  return words.substr(0, end) + "…";
}

RenderedChart failed(std::string error) {
  RenderedChart chart;
  chart.error = std::move(error);
  return chart;
}

}  // namespace

std::vector<std::string> helm_arguments(const ChartRelease& release, const std::string& ns) {
  std::vector<std::string> arguments = {"template", release.release, release.folder, "--namespace",
                                        ns,         "--skip-tests"};
  for (const std::string_view version : kApiVersions) {
    arguments.emplace_back("--api-versions");
    arguments.emplace_back(version);
  }
  for (const std::string& file : release.values) {
    arguments.emplace_back("--values");
    arguments.push_back(file);
  }
  for (const std::string& parameter : release.parameters) {
    arguments.emplace_back("--set");
    arguments.push_back(parameter);
  }
  return arguments;
}

RenderedChart render_chart(const ChartRelease& release, const std::string& ns, const std::string& name,
                           const FileSystem& files, const HelmOptions& options) {
  for (const std::string& file : release.values) {
    if (files.status(file).type != FileType::Regular)
      return failed(fmt::format("the values file {} is not there", file));
  }
  ProcessRequest request;
  request.program = find_program(files, options.program);
  if (request.program.empty()) {
    RenderedChart chart = failed(options.program + ": no such program");
    chart.no_helm = true;
    return chart;
  }
  request.arguments = helm_arguments(release, ns);
  request.environment = helm_environment();
  request.time_limit = options.time_limit;
  request.max_output = kMaxOutput;
  request.cancelled = options.cancelled;
  const Result<ProcessResult> run = run_process(request);
  if (!run) return failed(run.error().message);
  if (run->signal != 0) return failed(fmt::format("{} was ended by signal {}", options.program, run->signal));
  if (run->status != 0) {
    std::string words = words_of(run->errors);
    return failed(words.empty() ? fmt::format("{} exited with status {}", options.program, run->status)
                                : std::move(words));
  }
  std::map<std::string, SharedSourceText> texts;
  const TemplateText text_of = [&](const std::string& path) {
    const auto [at, is_new] = texts.try_emplace(path);
    if (is_new) {
      if (Result<std::string> text = files.read(path, kMaxTemplate))
        at->second = std::make_shared<const std::string>(*std::move(text));
    }
    return at->second;
  };
  return read_rendered(release, run->output, name, text_of, nullptr);
}

}  // namespace workspace
