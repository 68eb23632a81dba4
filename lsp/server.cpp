#include "lsp/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lsp/features/clusters.h"
#include "lsp/protocol/fields.h"
#include "workspace/files/discovery.h"

namespace lsp {
namespace {

using namespace std::chrono_literals;

constexpr auto kSliceBudget = 500us;    // how long a message may have to wait for a slice of background work
constexpr auto kSettingsPatience = 3s;  // how long diagnostics wait for a client to say its settings
constexpr auto kPollInterval = 1500ms;  // outside changes are to be seen within two seconds
constexpr int kPollShare = 100;         // at most a hundredth of one core goes into looking for them
constexpr auto kCongestedRetry = 10ms;
constexpr auto kRefreshDelay = 50ms;  // after which a client that pulls is told, once, of what has changed

constexpr auto kNobodyTypes = 3s;

constexpr auto kSlow = 200ms;  // a message that takes longer is logged

constexpr const char* kSection = "istioMtls";

Json watcher_registration() {
  const Json watchers{{{"globPattern", "**/*.{yaml,yml,json,tpl}"}},
                      {{"globPattern", "**/.istio-mtls.yaml"}},
                      // A folder that goes takes its files along without a word about them.
                      {{"globPattern", "**"}, {"kind", 4}}};
  return {{"id", "istio-mtls/files"},
          {"method", "workspace/didChangeWatchedFiles"},
          {"registerOptions", {{"watchers", watchers}}}};
}

Json settings_registration() {
  return {{"id", "istio-mtls/settings"},
          {"method", "workspace/didChangeConfiguration"},
          {"registerOptions", {{"section", kSection}}}};
}

// The method, and the document that it is about.
std::string subject_of(const Message& message) {
  if (!message.params.is_object()) return message.method;
  const auto document = message.params.find("textDocument");
  if (document == message.params.end() || !document->is_object()) return message.method;
  const auto uri = document->find("uri");
  if (uri == document->end() || !uri->is_string()) return message.method;
  return fmt::format("{} of {}", message.method, uri->get_ref<const std::string&>());
}

Json always(Json value, const protocol::ClientCapabilities&) { return value; }

}  // namespace

Server::Server(SessionOptions options, const workspace::FileSystem& files, Scheduler& scheduler, Inbox& inbox,
               MessageSink& sink, ServerHooks hooks)
    : inbox_(inbox),
      sink_(sink),
      hooks_(std::move(hooks)),
      client_(sink),
      session_(std::move(options), files, scheduler, sink, client_, hooks_.log),
      sliced_(
          client_,
          [this](const Message& message) { return binder_.dispatch_request(message.method, message.params); },
          [&inbox](const Json& id) { inbox.forget_deferred(id); }),
      features_{session_, [&inbox] { return inbox.current_cancelled(); },
                [this](const Json& token, Json value) {
                  client_.notify("$/progress", {{"token", token}, {"value", std::move(value)}});
                },
                [&inbox] { return inbox.holds_changes(); }} {
  bind_lifecycle();
  bind_documents();
  bind_workspace();
  bind_features(binder_, features_);
}

// ---- messages

void Server::handle(const Incoming& incoming) {
  const TimePoint begin = hooks_.now();
  last_message_ = begin;
  dispatch(incoming);
  account(incoming, hooks_.now() - begin);
}

void Server::dispatch(const Incoming& incoming) {
  const Message& message = incoming.message;
  if (state_ == State::Running && !begun_) begin();
  switch (message.kind) {
    case Message::Kind::Invalid:
      hooks_.log.warning("message refused: " + message.error->message);
      return client_.reply(message.id, *message.error);
    case Message::Kind::Response:
      return client_.take_answer(message);
    case Message::Kind::Notification:
      return handle_notification(message);
    case Message::Kind::Request:
      return handle_request(message, incoming.cancelled);
  }
}

// Names and figures only: what a message carries may be a manifest.
void Server::account(const Incoming& incoming, TimePoint::duration took) {
  const Message& message = incoming.message;
  if (message.method.empty()) return;
  const bool slow = took >= kSlow && hooks_.log.wants(workspace::LogLevel::Info);
  const bool traced = trace_ != protocol::TraceValue::Off;
  if (!slow && !traced && !hooks_.log.wants(workspace::LogLevel::Debug)) return;
  const std::string time = fmt::format("{:.2f} ms", std::chrono::duration<double, std::milli>(took).count());
  const std::string line = fmt::format("{}: {}, {} bytes", subject_of(message), time, incoming.bytes);
  if (slow) {
    hooks_.log.info("slow: " + line);
  } else {
    hooks_.log.debug(line);
  }
  if (traced) trace(message, time);
}

void Server::trace(const Message& message, const std::string& time) {
  Json params{{"message", fmt::format("handled {} in {}", message.method, time)}};
  if (trace_ == protocol::TraceValue::Verbose) {
    params["verbose"] = fmt::format("{}; {}", subject_of(message), session_.state_in_words());
  }
  client_.notify("$/logTrace", params);
}

// Each is worth a line, but not each time.
void Server::note_unknown(const std::string& method) {
  constexpr std::size_t kMost = 100;
  if (unknown_.size() < kMost && unknown_.insert(method).second)
    hooks_.log.info(fmt::format("method '{}' is not known here", method));
}

std::optional<RpcError> Server::refusal(const std::string& method) const {
  const bool initializes = method == "initialize";
  if (state_ == State::ShutDown) return RpcError{ErrorCode::InvalidRequest, "the server was shut down"};
  if (state_ == State::Uninitialized && !initializes) {
    return RpcError{ErrorCode::ServerNotInitialized, "the first request must be initialize"};
  }
  if (state_ == State::Running && initializes)
    return RpcError{ErrorCode::InvalidRequest, "initialized already"};
  return std::nullopt;
}

void Server::handle_request(const Message& message, bool cancelled) {
  if (const auto error = refusal(message.method)) return client_.reply(message.id, *error);
  if (cancelled) return client_.reply(message.id, RpcError{ErrorCode::RequestCancelled, "cancelled"});
  const RpcResult result = binder_.dispatch_request(message.method, message.params);
  note_failure(message.method, result);
  const auto* sliced = std::get_if<Sliced>(&result);
  if (sliced == nullptr && !std::holds_alternative<Deferred>(result))
    return client_.reply(message.id, result);
  if (!inbox_.defer_current())
    return client_.reply(message.id, RpcError{ErrorCode::RequestCancelled, "cancelled"});
  if (sliced != nullptr) {
    sliced_.begin(message, *sliced, {session_.generation(), hooks_.now()});
  } else {
    held_.push_back(message);
  }
}

void Server::note_failure(const std::string& method, const RpcResult& result) {
  const auto* error = std::get_if<RpcError>(&result);
  if (error == nullptr) return;
  if (error->code == ErrorCode::MethodNotFound) return note_unknown(method);
  hooks_.log.warning("request refused: " + error->message);
}

void Server::answer_held() {
  for (Message& message : std::exchange(held_, {})) {
    const RpcResult result = binder_.dispatch_request(message.method, message.params);
    if (std::holds_alternative<Deferred>(result)) {
      held_.push_back(std::move(message));
    } else if (const auto* sliced = std::get_if<Sliced>(&result)) {
      sliced_.begin(message, *sliced, {session_.generation(), hooks_.now()});
    } else {
      reply_to_held(message, result);
    }
  }
}

void Server::reply_to_held(const Message& message, const RpcResult& result) {
  inbox_.forget_deferred(message.id);
  client_.reply(message.id, result);
}

void Server::cancel_held(const Json& params) {
  if (sliced_.cancel(params["id"])) return;
  std::erase_if(held_, [&](const Message& message) {
    if (message.id != params["id"]) return false;
    reply_to_held(message, RpcError{ErrorCode::RequestCancelled, "cancelled"});
    return true;
  });
}

void Server::handle_notification(const Message& message) {
  if (message.method == "exit") {
    exit_status_ = status_at_end_of_input();
    return;
  }
  if (message.method == "$/cancelRequest") return cancel_held(message.params);
  if (state_ != State::Running) return;
  if (!binder_.listens_to(message.method)) return note_unknown(message.method);
  const std::string problem = binder_.dispatch_notification(message.method, message.params);
  if (problem.empty()) return;
  hooks_.log.warning(problem);
  if (message.method == "textDocument/didChange") lose_sync(message.params);
}

// LSP has no way to ask for a text again; the user is told in the document itself, and once in words.
void Server::lose_sync(const Json& params) {
  const Json* document = protocol::optional_field(params, "textDocument");
  const auto uri = document == nullptr ? std::nullopt : protocol::optional_string(*document, "uri");
  if (!uri) return client_.warn("the editor sent a change of an unknown document");
  session_.lose_sync(*uri);
  client_.warn(*uri + ": the editor sent a change that could not be read; close the file and open it again");
}

void Server::run_idle_work() {
  if (state_ != State::Running) return;
  session_.analyze_pending([this](const std::string& uri) { return inbox_.next_changes(uri); });
  if (begun_ && !inbox_.has_messages()) session_.work_on_index();
  if (!polls_ && session_.folders().read_outside()) poll();  // nobody tells of changes there
  answer_held();
  schedule_refresh();
}

bool Server::work() {
  if (state_ != State::Running || sink_.congested()) return false;
  bool more = session_.publish_some(kSliceBudget);
  answer_held();
  schedule_refresh();
  more |= sliced_.work(kSliceBudget, {session_.generation(), hooks_.now()});
  return (begun_ && session_.work_on_index()) || more;  // showing a file may have found it changed
}

TimePoint Server::deadline() const {
  TimePoint first = std::min(
      {next_poll_, settings_deadline_, refresh_deadline_, next_cluster_refresh_, session_.pause_deadline()});
  if (session_.has_retired()) first = std::min(first, last_message_ + kNobodyTypes);
  if (session_.has_unpublished() || (!sliced_.empty() && sink_.congested()))
    return std::min(first, hooks_.now() + kCongestedRetry);
  return std::min(first, sliced_.deadline());
}

void Server::tick() {
  const TimePoint now = hooks_.now();
  if (now >= settings_deadline_) {
    settings_deadline_ = TimePoint::max();
    session_.stop_awaiting_settings();
  }
  if (now >= next_poll_) {
    next_poll_ = now + std::max<TimePoint::duration>(kPollInterval, kPollShare * session_.scan_time());
    if (!session_.indexing()) session_.rescan(true);
  }
  if (now >= session_.pause_deadline()) session_.typing_paused();
  if (now >= refresh_deadline_) refresh_diagnostics();
  if (now >= next_cluster_refresh_) {
    next_cluster_refresh_ = now + cluster_refresh_;
    session_.clusters().refresh();
  }
  if (session_.has_retired() && now - last_message_ >= kNobodyTypes) session_.drop_retired();
}

// A client that pulls asks again by itself for what is edited; of other files it has to be told.
void Server::schedule_refresh() {
  if (!capabilities_.pullDiagnostics || !capabilities_.refreshDiagnostics) return;
  if (!session_.others_changed() || refresh_asked_ || refresh_deadline_ != TimePoint::max()) return;
  refresh_deadline_ = hooks_.now() + kRefreshDelay;
}

void Server::refresh_diagnostics() {
  refresh_deadline_ = TimePoint::max();
  if (session_.has_unpublished()) return;  // scheduled again once it is known what has changed
  session_.forget_others_changed();
  refresh_asked_ = true;
  client_.request("workspace/diagnostic/refresh", nullptr,
                  [this](const Message&) { refresh_asked_ = false; });
}

// ---- lifecycle

void Server::bind_lifecycle() {
  binder_.request<protocol::InitializeParams>(
      "initialize",
      [this](const protocol::InitializeParams& params) -> RpcResult { return initialize(params); });
  binder_.notification<protocol::NoParams>("initialized", [](const protocol::NoParams&) {});
  binder_.notification<protocol::SetTraceParams>(
      "$/setTrace", [this](const protocol::SetTraceParams& params) { trace_ = params.value; });
  binder_.notification<protocol::ProgressCancelParams>(
      "window/workDoneProgress/cancel", [this](const protocol::ProgressCancelParams& params) {
        if (reading_clusters_ && reading_clusters_->has_token(params.token)) {
          session_.clusters().cancel();
        } else {
          sliced_.cancel_progress(params.token);
        }
      });
  binder_.request<protocol::NoParams>("shutdown", [this](const protocol::NoParams&) -> RpcResult {
    state_ = State::ShutDown;
    hooks_.log.info("shutdown");
    for (const Message& message : std::exchange(held_, {})) {
      reply_to_held(message, RpcError{ErrorCode::ServerCancelled, "the server is shutting down"});
    }
    sliced_.refuse_all({ErrorCode::ServerCancelled, "the server is shutting down"});
    return Json(nullptr);
  });
}

Json Server::initialize(const protocol::InitializeParams& params) {
  capabilities_ = params.capabilities;
  capabilities_.clientName = params.clientName;
  trace_ = params.trace;
  hooks_.log.info(fmt::format("client {} {}, process {}, {} folders",
                              params.clientName.empty() ? "without a name" : params.clientName,
                              params.clientVersion, params.processId.value_or(0),
                              params.workspaceFolders.size()));
  state_ = State::Running;
  EditorSettings editor = read_editor_settings(params.initializationOptions);
  capabilities_.pullDiagnostics = editor.pull.value_or(capabilities_.pullDiagnostics);
  progress_.emplace(client_, capabilities_.workDoneProgress,
                    WorkProgress::Kind{"indexing", "Indexing Istio manifests", "files"});
  rebuilding_.emplace(client_, capabilities_.workDoneProgress,
                      WorkProgress::Kind{"settings", "Applying Istio settings", ""});
  reading_clusters_.emplace(client_, capabilities_.workDoneProgress,
                            WorkProgress::Kind{"cluster", "Reading the cluster", "lists", true});
  sliced_.show_progress(capabilities_.workDoneProgress);
  session_.initialize(
      capabilities_,
      {[this] { progress_->begin(); },
       [this](std::size_t done, std::size_t total) { progress_->report(done, total); },
       [this] { progress_->end(); }},
      {[this] { rebuilding_->begin(); }, {}, [this] { rebuilding_->end(); }},
      {[this] { reading_clusters_->begin(); },
       [this](std::size_t done, std::size_t total) { reading_clusters_->report(done, total); },
       [this] { reading_clusters_->end(); }});
  session_.on_cluster_states([this] { tell_cluster_states(); });
  delayed_warnings_ = std::move(editor.problems);
  session_.choose_build(std::move(editor.build));
  session_.set_shown(editor.shows_hints, editor.shows_lenses);
  session_.set_diagnostics_delay(editor.diagnostics_delay);
  session_.set_schema_help(editor.schema_help);
  schedule_cluster_refresh(editor.cluster_refresh);
  session_.set_editor_settings(std::move(editor.settings));
  for (const protocol::WorkspaceFolder& folder : params.workspaceFolders) {
    session_.add_folder(folder.uri, capabilities_.configuration);
  }
  if (params.processId && hooks_.parent_known) hooks_.parent_known(*params.processId);
  return {{"capabilities", binder_.capabilities(capabilities_)},
          {"serverInfo", {{"name", "istio-mtls-ls"}, {"version", ISTIO_MTLS_VERSION}}}};
}

// Everything that must not come before the answer to `initialize`.
void Server::begin() {
  begun_ = true;
  for (const std::string& warning : std::exchange(delayed_warnings_, {})) client_.warn(warning);
  register_capabilities();
  ask_for_settings();
}

void Server::register_capabilities() {
  Json registrations = Json::array();
  if (capabilities_.didChangeConfigurationRegistration) registrations.push_back(settings_registration());
  if (capabilities_.watchedFilesRegistration) registrations.push_back(watcher_registration());
  if (!capabilities_.watchedFilesRegistration) notice_changes();
  if (registrations.empty()) return;
  client_.request("client/registerCapability", {{"registrations", registrations}},
                  [this](const Message& answer) {
                    if (!answer.error || polls_ || watches_) return;
                    hooks_.log.info("the client refused to watch files");
                    notice_changes();
                  });
}

// ---- changes on the disk that no client reports

void Server::notice_changes() {
  if (hooks_.file_watch == nullptr) return poll();
  watches_ = true;
  watch_folders();
}

void Server::watch_folders() {
  if (!watches_) return;
  workspace::WatchRequest request;
  for (const Folder& folder : session_.folders().all()) {
    request.folders.push_back(folder.path);
    const std::string config = session_.folders().config_path(folder);
    if (!session_.folders().contain(config)) request.files.push_back(config);
  }
  request.wants_file = [](std::string_view name) {
    return workspace::is_manifest_name(name) || name == workspace::kConfigFileName || name.ends_with(".tpl");
  };
  request.enters_folder = [](std::string_view name) { return name != ".git" && name != "node_modules"; };
  hooks_.file_watch->watch(std::move(request), [this](workspace::FileChanges changes) {
    inbox_.push_task([this, changes = std::move(changes)] { take_changes(changes); });
  });
}

void Server::take_changes(const workspace::FileChanges& changes) {
  if (state_ != State::Running) return;
  session_.files_changed(changes);
  if (changes.failure.empty() || polls_) return;
  hooks_.log.info("changes on the disk are looked for from now on: " + changes.failure);
  poll();
}

void Server::poll() {
  polls_ = true;
  next_poll_ = hooks_.now() + kPollInterval;
}

// ---- settings

void Server::ask_for_settings() {
  if (!capabilities_.configuration) return;
  std::vector<std::string> folders;
  Json items = Json::array({{{"section", kSection}}});
  for (const Folder& folder : session_.folders().all()) {
    folders.push_back(folder.path);
    items.push_back({{"scopeUri", folder.uri}, {"section", kSection}});
  }
  ++settings_asked_;
  settings_deadline_ = hooks_.now() + kSettingsPatience;
  client_.request("workspace/configuration", {{"items", items}},
                  [this, folders](const Message& answer) { take_settings(folders, answer); });
}

// The first answer holds for all, the others for their folder.
void Server::take_settings(const std::vector<std::string>& folders, const Message& answer) {
  --settings_asked_;
  if (!answer.error && answer.result.is_array()) {
    const Json& all = answer.result;
    if (!all.empty() && all[0].is_object()) change_settings(all[0]);
    for (std::size_t i = 0; i < folders.size() && i + 1 < all.size(); ++i) {
      use_settings(all[i + 1], [&](EditorSettings read) {
        session_.set_folder_settings(folders[i], std::move(read.settings));
      });
    }
  }
  if (settings_asked_ > 0) return;
  settings_deadline_ = TimePoint::max();
  session_.stop_awaiting_settings();
}

void Server::use_settings(const Json& json, const std::function<void(EditorSettings)>& use) {
  EditorSettings read = read_editor_settings(json);
  for (const std::string& problem : read.problems) client_.warn(problem);
  use(std::move(read));
}

void Server::change_settings(const Json& settings) {
  use_settings(settings, [this](EditorSettings read) {
    session_.choose_build(std::move(read.build));
    session_.set_shown(read.shows_hints, read.shows_lenses);
    session_.set_diagnostics_delay(read.diagnostics_delay);
    session_.set_schema_help(read.schema_help);
    schedule_cluster_refresh(read.cluster_refresh);
    session_.set_editor_settings(std::move(read.settings));
  });
}

// ---- clusters

void Server::schedule_cluster_refresh(std::chrono::minutes every) {
  if (every == cluster_refresh_) return;
  cluster_refresh_ = every;
  next_cluster_refresh_ = every.count() > 0 ? hooks_.now() + every : TimePoint::max();
}

// An error is told once, in words; the rest to clients that show it.
void Server::tell_cluster_states() {
  if (!begun_) return;
  for (const ClusterSources::Status& status : session_.clusters().states()) {
    if (status.error.empty() || status.reading) continue;
    const std::string since = status.taken.empty() ? "" : fmt::format("; as of {} until then", status.taken);
    client_.warn(fmt::format("cluster {}: {}{}", status.name, status.error, since));
  }
  if (opens_cluster_documents(capabilities_)) client_.notify("istioMtls/clusters", clusters_json(session_));
}

// ---- documents and workspace

void Server::bind_documents() {
  binder_.advertise({"textDocumentSync", [](const protocol::ClientCapabilities& client) {
                       constexpr int kIncremental = 2;
                       return always({{"openClose", true}, {"change", kIncremental}, {"save", true}}, client);
                     }});
  binder_.advertise({"positionEncoding", [](const protocol::ClientCapabilities& client) -> Json {
                       if (client.positionEncodings.empty()) return nullptr;
                       return encoding_name(negotiated_encoding(client.positionEncodings));
                     }});
  binder_.notification<protocol::DidOpenTextDocumentParams>(
      "textDocument/didOpen",
      [this](const protocol::DidOpenTextDocumentParams& params) { session_.open(params.textDocument); });
  binder_.notification<protocol::DidChangeTextDocumentParams>(
      "textDocument/didChange", [this](const protocol::DidChangeTextDocumentParams& params) {
        if (!session_.change(params, hooks_.now()))
          hooks_.log.warning("textDocument/didChange of a document that is not open");
      });
  binder_.notification<protocol::TextDocumentParams>(
      "textDocument/didClose",
      [this](const protocol::TextDocumentParams& params) { session_.close(params.textDocument.uri); });
  binder_.notification<protocol::TextDocumentParams>(
      "textDocument/didSave",
      [this](const protocol::TextDocumentParams& params) { session_.saved(params.textDocument.uri); });
}

void Server::bind_workspace() {
  binder_.advertise({"workspace.workspaceFolders", [](const protocol::ClientCapabilities& client) {
                       return always({{"supported", true}, {"changeNotifications", true}}, client);
                     }});
  binder_.notification<protocol::DidChangeWorkspaceFoldersParams>(
      "workspace/didChangeWorkspaceFolders", [this](const protocol::DidChangeWorkspaceFoldersParams& params) {
        for (const auto& folder : params.removed) session_.remove_folder(folder.uri);
        for (const auto& folder : params.added) session_.add_folder(folder.uri, capabilities_.configuration);
        watch_folders();
        if (!params.added.empty()) ask_for_settings();
      });
  binder_.notification<protocol::DidChangeConfigurationParams>(
      "workspace/didChangeConfiguration", [this](const protocol::DidChangeConfigurationParams& params) {
        if (capabilities_.configuration) return ask_for_settings();
        if (!params.settings.is_null()) change_settings(params.settings);
      });
  binder_.notification<protocol::DidChangeWatchedFilesParams>(
      "workspace/didChangeWatchedFiles", [this](const protocol::DidChangeWatchedFilesParams& params) {
        session_.files_changed(params.changes);
      });
}

}  // namespace lsp
