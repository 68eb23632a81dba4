// A whole server inside a test: no threads, no disk, no clock. Messages go into the inbox; `run` works until
// nothing is left.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/engine.h"
#include "lsp/server.h"
#include "tests/support/memory_file_system.h"
#include "workspace/base/uri.h"

namespace tests {

using lsp::Json;

class MemorySink : public lsp::MessageSink {
 public:
  using lsp::MessageSink::send;
  void send(std::string message) override { sent.push_back(Json::parse(message)); }
  [[nodiscard]] bool congested() const override { return is_congested; }
  std::vector<Json> sent;
  bool is_congested = false;
};

class TestServer {
 public:
  explicit TestServer(const MemoryFileSystem& files, workspace::Log log = {},
                      lsp::SessionOptions options = {})
      : server_(std::move(options), files, scheduler_, inbox_, sink_,
                {.now = [this] { return now += time_per_look; }, .parent_known = {}, .log = std::move(log)}) {
  }

  // Queued, not handled yet.
  void queue(const Json& message) { inbox_.push(lsp::parse_message(message.dump()), 1); }
  void queue_notification(const std::string& method, const Json& params) {
    queue({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}});
  }
  int queue_request(const std::string& method, const Json& params) {
    queue({{"jsonrpc", "2.0"}, {"id", ++last_id_}, {"method", method}, {"params", params}});
    return last_id_;
  }
  // Works until idle and files what was sent; false once the server has ended.
  bool run() {
    const bool alive = run_until_idle(server_, inbox_);
    take_sent();
    return alive;
  }
  void tick() {
    server_.tick();
    server_.run_idle_work();
    run();
  }

  void notify(const std::string& method, const Json& params) {
    queue_notification(method, params);
    run();
  }
  Json request(const std::string& method, const Json& params) {  // the whole answer
    const int id = queue_request(method, params);
    run();
    return answer(id);
  }
  [[nodiscard]] Json answer(int id) const {
    const auto found = answers_.find(id);
    return found == answers_.end() ? Json() : found->second;
  }

  std::string client_name = "test";

  // `delay`: of diagnostics while somebody types; zero: each edit is answered at once.
  void initialize(const std::vector<std::string>& folders, const Json& capabilities = Json::object(),
                  std::chrono::milliseconds delay = {}) {
    Json list = Json::array();
    for (const std::string& folder : folders)
      list.push_back({{"uri", workspace::file_uri(folder)}, {"name", folder}});
    request("initialize", {{"workspaceFolders", list},
                           {"clientInfo", {{"name", client_name}}},
                           {"capabilities", capabilities},
                           {"initializationOptions", {{"diagnosticsDelay", delay.count()}}}});
    notify("initialized", Json::object());
  }

  void open(const std::string& path, const std::string& text, int version = 1) {
    notify("textDocument/didOpen", opened(path, text, version));
  }
  static Json opened(const std::string& path, const std::string& text, int version) {
    return {
        {"textDocument",
         {{"uri", workspace::file_uri(path)}, {"languageId", "yaml"}, {"version", version}, {"text", text}}}};
  }
  static Json changed(const std::string& path, const std::string& text, int version) {
    return {{"textDocument", {{"uri", workspace::file_uri(path)}, {"version", version}}},
            {"contentChanges", Json::array({{{"text", text}}})}};
  }
  void change(const std::string& path, const std::string& text, int version) {
    notify("textDocument/didChange", changed(path, text, version));
  }
  void close(const std::string& path) {
    notify("textDocument/didClose", {{"textDocument", {{"uri", workspace::file_uri(path)}}}});
  }
  void touched(const std::vector<std::string>& paths, int type = 2) {
    Json changes = Json::array();
    for (const std::string& path : paths)
      changes.push_back({{"uri", workspace::file_uri(path)}, {"type", type}});
    notify("workspace/didChangeWatchedFiles", {{"changes", changes}});
  }

  // Codes shown now, sorted.
  [[nodiscard]] std::vector<std::string> codes(const std::string& path) const {
    std::vector<std::string> codes;
    const auto found = shown_.find(workspace::file_uri(path));
    if (found == shown_.end()) return codes;
    for (const Json& diagnostic : found->second) codes.push_back(diagnostic.value("code", ""));
    std::sort(codes.begin(), codes.end());
    return codes;
  }
  // What every URI shows, without those that show nothing.
  [[nodiscard]] std::map<std::string, Json> shown() const {
    std::map<std::string, Json> result;
    for (const auto& [uri, diagnostics] : shown_) {
      if (!diagnostics.empty()) result[uri] = diagnostics;
    }
    return result;
  }
  // Versions published for a document, in order; -1 where there was none.
  [[nodiscard]] const std::vector<int>& versions(const std::string& path) {
    return versions_[workspace::file_uri(path)];
  }
  [[nodiscard]] const std::vector<Json>& other_messages() const { return others_; }
  [[nodiscard]] MemorySink& sink() { return sink_; }
  [[nodiscard]] std::optional<int> exit_status() const { return server_.exit_status(); }

  lsp::TimePoint now{};
  std::chrono::nanoseconds time_per_look{};  // how far looking at the clock moves it

 private:
  void take_sent() {
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

  lsp::Inbox inbox_{std::size_t{1} << 30};
  lsp::Scheduler scheduler_{inbox_, 0};
  MemorySink sink_;
  lsp::Server server_;
  int last_id_ = 0;
  std::map<int, Json> answers_;
  std::map<std::string, Json> shown_;
  std::map<std::string, std::vector<int>> versions_;
  std::vector<Json> others_;
};

}  // namespace tests
