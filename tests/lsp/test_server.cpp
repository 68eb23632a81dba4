#include "tests/lsp/test_server.h"

#include <algorithm>
#include <utility>

#include "lsp/engine.h"
#include "lsp/inbox.h"
#include "lsp/scheduler.h"
#include "lsp/server.h"
#include "workspace/base/uri.h"

namespace tests {

struct TestServer::Process {
  Process(const MemoryFileSystem& files, MemorySink& sink, lsp::SessionOptions options,
          lsp::ServerHooks hooks)
      : server(std::move(options), files, scheduler, inbox, sink, std::move(hooks)) {}

  lsp::Inbox inbox{std::size_t{1} << 30};
  lsp::Scheduler scheduler{inbox, 0};
  lsp::Server server;
};

TestServer::TestServer(const MemoryFileSystem& files, workspace::Log log,
                       std::optional<std::size_t> rebuild_on_worker_from) {
  lsp::SessionOptions options;
  if (rebuild_on_worker_from) options.rebuild_on_worker_from = *rebuild_on_worker_from;
  lsp::ServerHooks hooks;
  hooks.now = [this] { return now += time_per_look; };
  hooks.log = std::move(log);
  process_ = std::make_unique<Process>(files, sink_, std::move(options), std::move(hooks));
}

TestServer::~TestServer() = default;

void TestServer::queue(const Json& message) { process_->inbox.push(lsp::parse_message(message.dump()), 1); }

void TestServer::queue_notification(const std::string& method, const Json& params) {
  queue({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}});
}

int TestServer::queue_request(const std::string& method, const Json& params) {
  queue({{"jsonrpc", "2.0"}, {"id", ++last_id_}, {"method", method}, {"params", params}});
  return last_id_;
}

bool TestServer::run() {
  bool alive = true;
  if (slices) {
    for (std::size_t i = 0; i < *slices && alive; ++i)
      alive = run_for(process_->server, process_->inbox, std::chrono::microseconds(0)).has_value();
  } else {
    alive = run_until_idle(process_->server, process_->inbox);
  }
  take_sent();
  return alive;
}

void TestServer::tick() {
  process_->server.tick();
  process_->server.run_idle_work();
  run();
}

void TestServer::notify(const std::string& method, const Json& params) {
  queue_notification(method, params);
  run();
}

Json TestServer::request(const std::string& method, const Json& params) {
  const int id = queue_request(method, params);
  run();
  return answer(id);
}

Json TestServer::answer(int id) const {
  const auto found = answers_.find(id);
  return found == answers_.end() ? Json() : found->second;
}

void TestServer::initialize(const std::vector<std::string>& folders, const Json& capabilities,
                            std::chrono::milliseconds delay) {
  Json list = Json::array();
  for (const std::string& folder : folders)
    list.push_back({{"uri", workspace::file_uri(folder)}, {"name", folder}});
  request("initialize", {{"workspaceFolders", list},
                         {"clientInfo", {{"name", client_name}}},
                         {"capabilities", capabilities},
                         {"initializationOptions", {{"diagnosticsDelay", delay.count()}}}});
  notify("initialized", Json::object());
}

void TestServer::open(const std::string& path, const std::string& text, int version) {
  notify("textDocument/didOpen", opened(path, text, version));
}

Json TestServer::opened(const std::string& path, const std::string& text, int version) {
  return {
      {"textDocument",
       {{"uri", workspace::file_uri(path)}, {"languageId", "yaml"}, {"version", version}, {"text", text}}}};
}

Json TestServer::changed(const std::string& path, const std::string& text, int version) {
  return {{"textDocument", {{"uri", workspace::file_uri(path)}, {"version", version}}},
          {"contentChanges", Json::array({{{"text", text}}})}};
}

void TestServer::change(const std::string& path, const std::string& text, int version) {
  notify("textDocument/didChange", changed(path, text, version));
}

void TestServer::close(const std::string& path) {
  notify("textDocument/didClose", {{"textDocument", {{"uri", workspace::file_uri(path)}}}});
}

void TestServer::touched(const std::vector<std::string>& paths, int type) {
  Json changes = Json::array();
  for (const std::string& path : paths)
    changes.push_back({{"uri", workspace::file_uri(path)}, {"type", type}});
  notify("workspace/didChangeWatchedFiles", {{"changes", changes}});
}

std::vector<std::string> TestServer::codes(const std::string& path) const {
  std::vector<std::string> codes;
  const auto found = shown_.find(workspace::file_uri(path));
  if (found == shown_.end()) return codes;
  for (const Json& diagnostic : found->second) codes.push_back(diagnostic.value("code", ""));
  std::sort(codes.begin(), codes.end());
  return codes;
}

std::map<std::string, Json> TestServer::shown() const {
  std::map<std::string, Json> result;
  for (const auto& [uri, diagnostics] : shown_) {
    if (!diagnostics.empty()) result[uri] = diagnostics;
  }
  return result;
}

const std::vector<int>& TestServer::versions(const std::string& path) {
  return versions_[workspace::file_uri(path)];
}

std::optional<int> TestServer::exit_status() const { return process_->server.exit_status(); }

void TestServer::take_sent() {
  for (const Json& message : std::exchange(sink_.sent, {})) {
    if (!message.contains("method")) {
      if (message["id"].is_number()) answers_[message["id"].get<int>()] = message;
    } else if (message["method"] == "textDocument/publishDiagnostics") {
      const Json& params = message["params"];
      shown_[params["uri"]] = params["diagnostics"];
      versions_[params["uri"]].push_back(params.value("version", -1));
    } else {
      others_.push_back(message);
    }
  }
}

}  // namespace tests
