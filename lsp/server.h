// The language server without its threads: messages in, messages out.
//
// Lifecycle and wiring; the work is the Session's, the features are bound in features/. One thread calls
// everything here (engine.h runs it, tests call it directly). Nothing a client sends makes it throw or stop,
// but `exit`.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>

#include "lsp/binder.h"
#include "lsp/client.h"
#include "lsp/editor_settings.h"
#include "lsp/features/feature.h"
#include "lsp/inbox.h"
#include "lsp/progress.h"
#include "lsp/session.h"
#include "lsp/sliced_answers.h"
#include "workspace/platform/log.h"

namespace lsp {

struct ServerHooks {
  std::function<TimePoint()> now = [] { return std::chrono::steady_clock::now(); };
  std::function<void(std::int64_t)> parent_known;  // `processId`: when it ends, so do we
  // For clients that do not watch files. Null: somebody has to look for changes. Outlives what the server
  // does, and ends before the inbox.
  workspace::FileWatch* file_watch = nullptr;
  workspace::Log log;
};

class Server {
 public:
  Server(SessionOptions options, const workspace::FileSystem& files, Scheduler& scheduler, Inbox& inbox,
         MessageSink& sink, ServerHooks hooks);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void handle(const Incoming& incoming);
  // After each message or task: analyses what changed, starts background work.
  void run_idle_work();
  // Does a slice of what can wait; false: there is nothing.
  bool work();
  // When `tick` wants to be called.
  [[nodiscard]] TimePoint deadline() const;
  void tick();

  // Set once `exit` has come: the exit status.
  [[nodiscard]] std::optional<int> exit_status() const { return exit_status_; }
  [[nodiscard]] int status_at_end_of_input() const { return state_ == State::ShutDown ? 0 : 1; }

 private:
  enum class State { Uninitialized, Running, ShutDown };

  void bind_lifecycle();
  void bind_documents();
  void bind_workspace();

  void dispatch(const Incoming& incoming);
  void account(const Incoming& incoming, TimePoint::duration took);
  void trace(const Message& message, const std::string& time);
  void note_unknown(const std::string& method);
  void note_failure(const std::string& method, const RpcResult& result);
  void handle_request(const Message& message, bool cancelled);
  void handle_notification(const Message& message);
  void lose_sync(const Json& params);
  void answer_held();
  void reply_to_held(const Message& message, const RpcResult& result);
  void cancel_held(const Json& params);
  [[nodiscard]] std::optional<RpcError> refusal(const std::string& method) const;

  Json initialize(const protocol::InitializeParams& params);
  void begin();
  void register_capabilities();
  void ask_for_settings();
  void take_settings(const std::vector<std::string>& folders, const Message& answer);
  void use_settings(const Json& json, const std::function<void(EditorSettings)>& use);
  void change_settings(const Json& settings);
  void schedule_refresh();
  void schedule_cluster_refresh(std::chrono::minutes every);
  void tell_cluster_states();
  void refresh_diagnostics();
  void notice_changes();
  void watch_folders();
  void take_changes(const workspace::FileChanges& changes);
  void poll();

  Inbox& inbox_;
  MessageSink& sink_;
  ServerHooks hooks_;
  Client client_;
  Session session_;
  Binder binder_;
  SlicedAnswers sliced_;  // requests whose answers are being made
  FeatureContext features_;
  protocol::ClientCapabilities capabilities_;
  std::optional<WorkProgress> progress_;
  std::optional<WorkProgress> rebuilding_;
  std::optional<WorkProgress> reading_clusters_;
  std::vector<std::string> delayed_warnings_;  // until the client may be spoken to
  std::vector<Message> held_;                  // requests that were put off
  protocol::TraceValue trace_ = protocol::TraceValue::Off;
  std::unordered_set<std::string> unknown_;  // methods that were logged as such
  State state_ = State::Uninitialized;
  bool begun_ = false;  // the client has said `initialized`, or anything else after `initialize`
  std::optional<int> exit_status_;
  // The client does not report changes on the disk: the system does, or we look for them.
  bool watches_ = false;
  bool polls_ = false;
  TimePoint last_message_{};
  TimePoint next_poll_ = TimePoint::max();
  std::size_t settings_asked_ = 0;  // requests not answered yet
  TimePoint settings_deadline_ = TimePoint::max();
  TimePoint refresh_deadline_ = TimePoint::max();
  bool refresh_asked_ = false;               // and not answered yet
  std::chrono::minutes cluster_refresh_{0};  // 0: never
  TimePoint next_cluster_refresh_ = TimePoint::max();
};

}  // namespace lsp
