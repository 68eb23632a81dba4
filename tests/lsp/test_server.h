// A whole server inside a test: no threads, no disk, no clock. Messages go into the inbox; `run` works until
// nothing is left.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/lsp/memory_sink.h"
#include "tests/support/memory_file_system.h"
#include "workspace/platform/log.h"

namespace tests {

using lsp::Json;

class TestServer {
 public:
  // `rebuild_on_worker_from`: of lsp::SessionOptions.
  explicit TestServer(const MemoryFileSystem& files, workspace::Log log = {},
                      std::optional<std::size_t> rebuild_on_worker_from = std::nullopt);
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer();

  // Queued, not handled yet.
  void queue(const Json& message);
  void queue_notification(const std::string& method, const Json& params);
  int queue_request(const std::string& method, const Json& params);
  // Works until idle and files what was sent; false once the server has ended.
  bool run();
  // Has `run`, and with it all that sends a message, work no more than so many slices; none: until idle.
  std::optional<std::size_t> slices;
  void tick();

  void notify(const std::string& method, const Json& params);
  Json request(const std::string& method, const Json& params);  // the whole answer
  [[nodiscard]] Json answer(int id) const;

  std::string client_name = "test";

  // `delay`: of diagnostics while somebody types; zero: each edit is answered at once.
  void initialize(const std::vector<std::string>& folders, const Json& capabilities = Json::object(),
                  std::chrono::milliseconds delay = {});

  void open(const std::string& path, const std::string& text, int version = 1);
  static Json opened(const std::string& path, const std::string& text, int version);
  static Json changed(const std::string& path, const std::string& text, int version);
  void change(const std::string& path, const std::string& text, int version);
  void close(const std::string& path);
  void touched(const std::vector<std::string>& paths, int type = 2);

  // Codes shown now, sorted.
  [[nodiscard]] std::vector<std::string> codes(const std::string& path) const;
  // What every URI shows, without those that show nothing.
  [[nodiscard]] std::map<std::string, Json> shown() const;
  // Versions published for a document, in order; -1 where there was none.
  [[nodiscard]] const std::vector<int>& versions(const std::string& path);
  [[nodiscard]] const std::vector<Json>& other_messages() const { return others_; }
  [[nodiscard]] MemorySink& sink() { return sink_; }
  [[nodiscard]] std::optional<int> exit_status() const;

  std::chrono::steady_clock::time_point now{};
  std::chrono::nanoseconds time_per_look{};  // how far looking at the clock moves it

 private:
  // The server and its queues, whose headers the tests need not read.
  struct Process;

  void take_sent();

  MemorySink sink_;
  std::unique_ptr<Process> process_;
  int last_id_ = 0;
  std::map<int, Json> answers_;
  std::map<std::string, Json> shown_;
  std::map<std::string, std::vector<int>> versions_;
  std::vector<Json> others_;
};

}  // namespace tests
