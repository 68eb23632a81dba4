#include "lsp/self_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "lsp/engine.h"
#include "lsp/scheduler.h"
#include "lsp/server.h"
#include "workspace/base/uri.h"
#include "workspace/files/discovery.h"
#include "workspace/text/line_index.h"
#include "workspace/text/utf8.h"

namespace lsp {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;  // the session has its own opinion
constexpr std::size_t kMaxPieces = 1000;                         // that a file is typed in
constexpr std::size_t kMaxLines = 300;                           // that are deleted, each by itself
constexpr std::size_t kMaxComparisons = 40;                      // a phase
constexpr std::size_t kMaxDisagreements = 5;                     // more of them help nobody
constexpr std::size_t kLongestShown = 2000;                      // characters of what differs
constexpr const char* kBrokenDocument = "MTLS0900";

// What the disk held when it was first asked.
class Snapshot : public workspace::FileSystem {
 public:
  explicit Snapshot(const workspace::FileSystem& files) : files_(files) {}

  workspace::Result<std::string> read(const std::string& path, std::uint64_t max_bytes) const override {
    return kept(texts_, path, [&] { return files_.read(path, max_bytes); });
  }
  workspace::FileStatus status(const std::string& path) const override {
    return kept(statuses_, path, [&] { return files_.status(path); });
  }
  workspace::Result<std::vector<workspace::DirectoryEntry>> list(const std::string& path) const override {
    return kept(lists_, path, [&] { return files_.list(path); });
  }
  workspace::Result<std::string> resolve(const std::string& path) const override {
    return kept(resolved_, path, [&] { return files_.resolve(path); });
  }

 private:
  template <class T>
  using Kept = std::map<std::string, T>;
  template <class T, class Ask>
  T kept(Kept<T>& known, const std::string& path, Ask ask) const {
    const std::lock_guard lock(mutex_);
    auto found = known.find(path);
    if (found == known.end()) found = known.emplace(path, ask()).first;
    return found->second;
  }

  const workspace::FileSystem& files_;
  mutable std::mutex mutex_;
  mutable Kept<workspace::Result<std::string>> texts_;
  mutable Kept<workspace::FileStatus> statuses_;
  mutable Kept<workspace::Result<std::vector<workspace::DirectoryEntry>>> lists_;
  mutable Kept<workspace::Result<std::string>> resolved_;
};

// A server and the client that talks to it, both on this thread.
class Conversation : private MessageSink {
 public:
  Conversation(const workspace::FileSystem& files, const SelfTestOptions& options, bool may_lose)
      : loses_(may_lose ? options.loses : nullptr),
        scheduler_(inbox_, 0),
        server_(options.session, files, scheduler_, inbox_, *this, {}) {
    Json folders = Json::array();
    for (const std::string& path : options.folders)
      folders.push_back({{"uri", workspace::file_uri(path)}, {"name", path}});
    const Json document{{"codeAction", {{"codeActionLiteralSupport", Json::object()}}},
                        {"publishDiagnostics", {{"relatedInformation", true}}}};
    const Json capabilities{{"general", {{"positionEncodings", {"utf-8"}}}},
                            {"workspace",
                             {{"workspaceEdit", {{"documentChanges", true}}},
                              {"didChangeWatchedFiles", {{"dynamicRegistration", true}}}}},
                            {"textDocument", document}};
    request("initialize", {{"workspaceFolders", folders},
                           {"capabilities", capabilities},
                           {"initializationOptions", {{"diagnosticsDelay", 0}}}});
    notify("initialized", Json::object());
  }

  void notify(const std::string& method, Json params) {
    if (loses_ && loses_(method, params)) return;
    push(Message::Kind::Notification, nullptr, method, std::move(params));
  }
  // The result; null where it was refused.
  Json request(const std::string& method, Json params) {
    push(Message::Kind::Request, ++last_id_, method, std::move(params));
    return std::exchange(answer_, nullptr);
  }
  // By URI, without those that show nothing.
  [[nodiscard]] const std::map<std::string, Json>& shown() const { return shown_; }

 private:
  void push(Message::Kind kind, Json id, const std::string& method, Json params) {
    Message message;
    message.kind = kind;
    message.id = std::move(id);
    message.method = method;
    message.params = std::move(params);
    inbox_.push(std::move(message), 0);
    run_until_idle(server_, inbox_);
  }

  using MessageSink::send;
  void send(std::string text) override {
    Json message = Json::parse(text);
    if (!message.contains("method")) {
      if (message["id"] == last_id_) answer_ = message.value("result", Json());
      return;
    }
    if (message["method"] != "textDocument/publishDiagnostics") return;
    Json& params = message["params"];
    const auto uri = params["uri"].get<std::string>();
    if (params["diagnostics"].empty()) {
      shown_.erase(uri);
    } else {
      shown_[uri] = std::move(params["diagnostics"]);
    }
  }

  std::function<bool(std::string_view, const Json&)> loses_;
  Inbox inbox_{std::size_t{1} << 30};
  Scheduler scheduler_;
  Server server_;
  int last_id_ = 0;
  Json answer_;
  std::map<std::string, Json> shown_;
};

Json position(std::string_view text, const workspace::LineIndex& lines, std::size_t offset) {
  const auto at = lines.position(text, static_cast<std::uint32_t>(offset), workspace::ColumnUnit::Utf8);
  return {{"line", at.line}, {"character", at.column}};
}

std::size_t offset_of(std::string_view text, const workspace::LineIndex& lines, const Json& position) {
  return lines.offset(text,
                      {position["line"].get<std::uint32_t>(), position["character"].get<std::uint32_t>()},
                      workspace::ColumnUnit::Utf8);
}

// The text with the edits of one document made, as an editor makes them.
std::string edited(const std::string& text, const Json& edits) {
  const workspace::LineIndex lines(text);
  struct LocatedFinding {
    std::size_t begin;
    std::size_t end;
    std::string text;
  };
  std::vector<LocatedFinding> placed;
  for (const Json& edit : edits) {
    placed.push_back({offset_of(text, lines, edit["range"]["start"]),
                      offset_of(text, lines, edit["range"]["end"]), edit["newText"].get<std::string>()});
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::string result;
  std::size_t done = 0;
  for (const LocatedFinding& edit : placed) {
    result.append(text, done, edit.begin - done);
    result += edit.text;
    done = edit.end;
  }
  return result.append(text, done);
}

// Where each piece ends: at most so many, none of them inside a character.
std::vector<std::size_t> piece_ends(std::string_view text) {
  std::vector<std::size_t> ends;
  const std::size_t size = std::max<std::size_t>(1, (text.size() + kMaxPieces - 1) / kMaxPieces);
  for (std::size_t end = 0; end < text.size();) {
    end = std::min(end + size, text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    ends.push_back(end);
  }
  return ends;
}

class SelfTest {
 public:
  SelfTest(const workspace::FileSystem& files, SelfTestOptions options, std::string text)
      : options_(std::move(options)),
        files_(files),
        text_(std::move(text)),
        begin_(options_.now()),
        session_(files_, options_, true) {}

  SelfTestReport run() {
    opening("opening");
    typing();
    deleting_lines();
    fixing();
    closing();
    opening("opening again");
    return std::move(report_);
  }

 private:
  // ---- phases

  // After opening and closing nothing is left of what was understood before, so broken texts are compared
  // too.
  void opening(const std::string& name) {
    begin_phase(name, 1, 1);
    open(options_.file, text_);
    phase().steps = 1;
    compare(true);
  }

  void closing() {
    begin_phase("closing", 1, 1);
    close(options_.file);
    phase().steps = 1;
    compare(true);
  }

  void typing() {
    const std::vector<std::size_t> ends = piece_ends(text_);
    begin_phase("typing", ends.size() + 1, 4);
    change(options_.file, "");
    step_done(false);
    for (std::size_t i = 0; i < ends.size(); ++i) {
      const std::size_t begin = i == 0 ? 0 : ends[i - 1];
      if (enough()) return change(options_.file, text_);
      replace(begin, begin, text_.substr(begin, ends[i] - begin));
      step_done(i + 1 == ends.size());
    }
  }

  void deleting_lines() {
    const workspace::LineIndex lines(text_);
    const std::size_t count = lines.line_count();
    const std::size_t every = (count + kMaxLines - 1) / kMaxLines;
    begin_phase("deleting lines and putting them back", 2 * ((count + every - 1) / every), 4);
    for (std::size_t line = 0; line < count && !enough(); line += every) {
      const std::size_t begin = offset_of(text_, lines, {{"line", line}, {"character", 0}});
      const std::size_t end =
          line + 1 == count ? text_.size() : offset_of(text_, lines, {{"line", line + 1}, {"character", 0}});
      replace(begin, end, "");
      step_done(false);
      replace(begin, begin, text_.substr(begin, end - begin));
      step_done(line + every >= count);
    }
  }

  void fixing() {
    const Json actions = whole_document(session_, "textDocument/codeAction");
    std::vector<Json> edits;
    for (const Json& action : actions) {
      if (action.contains("edit") && action["edit"].contains("documentChanges"))
        edits.push_back(action["edit"]["documentChanges"]);
    }
    begin_phase("applying each fix and taking it back", 2 * edits.size(), 2);
    for (const Json& edit : edits) {
      if (enough()) return;
      apply(edit);
    }
  }

  void apply(const Json& changes) {
    std::map<std::string, std::string> before;
    for (const Json& change : changes) {
      const auto path = workspace::path_of_file_uri(change["textDocument"]["uri"].get<std::string>());
      if (!path || !is_open(*path)) {
        auto text = path ? files_.read(*path, kMaxFileBytes) : workspace::Error{};
        if (!text) return fail("reading the file of an edit", "a file", "an edit", "no such file");
        open(*path, *text);
      }
      before.emplace(*path, open_.at(*path).text);
      this->change(*path, edited(open_.at(*path).text, change["edits"]));
    }
    step_done(true);
    for (const auto& [path, text] : before) {
      change(path, text);
      if (path != options_.file) close(path);
    }
    step_done(true);
  }

  // ---- steps

  struct Buffer {
    std::string text;
    int version = 1;
  };
  [[nodiscard]] bool is_open(const std::string& path) const { return open_.contains(path); }

  static Json opened(const std::string& path, const Buffer& buffer) {
    return {{"textDocument",
             {{"uri", workspace::file_uri(path)},
              {"languageId", path.ends_with(".json") ? "json" : "yaml"},
              {"version", buffer.version},
              {"text", buffer.text}}}};
  }

  void open(const std::string& path, const std::string& text) {
    Buffer& buffer = open_[path] = {text, ++last_version_};
    session_.notify("textDocument/didOpen", opened(path, buffer));
  }
  void close(const std::string& path) {
    open_.erase(path);
    session_.notify("textDocument/didClose", {{"textDocument", {{"uri", workspace::file_uri(path)}}}});
  }
  void change(const std::string& path, const std::string& text) { send_change(path, text, {{"text", text}}); }
  // In the tested file.
  void replace(std::size_t begin, std::size_t end, const std::string& with) {
    std::string text = open_.at(options_.file).text;
    const workspace::LineIndex lines(text);
    const Json event{
        {"range", {{"start", position(text, lines, begin)}, {"end", position(text, lines, end)}}},
        {"text", with}};
    text.replace(begin, end - begin, with);
    send_change(options_.file, std::move(text), event);
  }
  void send_change(const std::string& path, std::string text, const Json& event) {
    Buffer& buffer = open_.at(path);
    buffer = {std::move(text), ++last_version_};
    session_.notify("textDocument/didChange",
                    {{"textDocument", {{"uri", workspace::file_uri(path)}, {"version", buffer.version}}},
                     {"contentChanges", Json::array({event})}});
  }

  // ---- when to compare, and when to stop

  // `share`: one in so many parts of all time is this phase's.
  void begin_phase(std::string name, std::size_t planned, int share) {
    report_.phases.push_back({std::move(name), 0, planned, 0});
    phase_end_ = std::min(begin_ + options_.budget, options_.now() + options_.budget / share);
    // As often as time allows, judging by what a comparison took so far.
    const auto affordable = comparison_time_.count() == 0
                                ? kMaxComparisons
                                : static_cast<std::size_t>(options_.budget / share / comparison_time_);
    const std::size_t most = std::clamp<std::size_t>(affordable, 1, kMaxComparisons);
    compare_every_ = std::max<std::size_t>(1, planned / most);
  }
  SelfTestPhase& phase() { return report_.phases.back(); }

  [[nodiscard]] bool enough() const {
    return options_.now() >= phase_end_ || report_.disagreements.size() >= kMaxDisagreements;
  }

  void step_done(bool compare_in_any_case) {
    ++phase().steps;
    if (options_.progress) options_.progress(phase().name, phase().steps, phase().planned);
    if (compare_in_any_case || phase().steps % compare_every_ == 0) compare(false);
  }

  // ---- comparing

  void compare(bool broken_as_well) {
    if (report_.disagreements.size() >= kMaxDisagreements) return;
    const auto begin = options_.now();
    Conversation fresh(files_, options_, false);
    for (const auto& [path, buffer] : open_) fresh.notify("textDocument/didOpen", opened(path, buffer));
    if (broken_as_well || !is_broken(fresh)) {
      ++phase().comparisons;
      compare_shown(session_.shown(), fresh.shown());
      if (is_open(options_.file)) compare_answers(fresh);
    }
    comparison_time_ = std::chrono::duration_cast<std::chrono::milliseconds>(options_.now() - begin);
  }

  // Is any open document no YAML?
  [[nodiscard]] bool is_broken(const Conversation& fresh) const {
    return std::any_of(open_.begin(), open_.end(), [&](const auto& buffer) {
      const auto shown = fresh.shown().find(workspace::file_uri(buffer.first));
      return shown != fresh.shown().end() &&
             std::any_of(shown->second.begin(), shown->second.end(), [](const Json& diagnostic) {
               return diagnostic.value("code", "") == kBrokenDocument;
             });
    });
  }

  void compare_shown(const std::map<std::string, Json>& session, const std::map<std::string, Json>& fresh) {
    const Json none = Json::array();
    const auto of = [&](const std::map<std::string, Json>& shown, const std::string& uri) -> const Json& {
      const auto found = shown.find(uri);
      return found == shown.end() ? none : found->second;
    };
    std::map<std::string, Json> all = session;
    all.insert(fresh.begin(), fresh.end());
    for (const auto& [uri, ignored] : all) {
      differ("diagnostics of " + workspace::document_path(uri), of(session, uri), of(fresh, uri));
    }
  }

  void compare_answers(Conversation& fresh) {
    for (const char* method : {"textDocument/codeAction", "textDocument/documentSymbol",
                               "textDocument/inlayHint", "textDocument/codeLens"}) {
      differ(std::string("the answer to ") + method, whole_document(session_, method),
             whole_document(fresh, method));
    }
  }

  Json whole_document(Conversation& conversation, const std::string& method) {
    const std::string& text = open_.at(options_.file).text;
    const Json range{{"start", {{"line", 0}, {"character", 0}}},
                     {"end", position(text, workspace::LineIndex(text), text.size())}};
    return conversation.request(method, {{"textDocument", {{"uri", workspace::file_uri(options_.file)}}},
                                         {"range", range},
                                         {"context", {{"diagnostics", Json::array()}}}});
  }

  void differ(const std::string& about, const Json& session, const Json& fresh) {
    if (session == fresh || report_.disagreements.size() >= kMaxDisagreements) return;
    fail(fmt::format("{}, after {} of {} steps", phase().name, phase().steps, phase().planned), about,
         shown_part(session), shown_part(fresh));
  }
  void fail(std::string when, std::string about, std::string session, std::string fresh) {
    report_.disagreements.push_back(
        {std::move(when), std::move(about), std::move(session), std::move(fresh)});
  }
  static std::string shown_part(const Json& json) {
    std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() > kLongestShown) text = text.substr(0, kLongestShown) + "...";
    return text;
  }

  const SelfTestOptions options_;
  const Snapshot files_;
  const std::string text_;
  const std::chrono::steady_clock::time_point begin_;
  Conversation session_;
  std::map<std::string, Buffer> open_;
  int last_version_ = 0;
  std::chrono::steady_clock::time_point phase_end_;
  std::size_t compare_every_ = 1;
  std::chrono::milliseconds comparison_time_{0};
  SelfTestReport report_;
};

}  // namespace

workspace::Result<SelfTestReport> self_test(const workspace::FileSystem& files, SelfTestOptions options) {
  auto text = files.read(options.file, kMaxFileBytes);
  if (!text) return text.error();
  if (!workspace::utf8::is_valid(*text))
    return workspace::Error{options.file + ": is not UTF-8, which is all that an editor could send"};
  for (const std::string& folder : options.folders) {
    if (files.status(folder).type != workspace::FileType::Directory)
      return workspace::Error{folder + ": is not a folder"};
  }
  return SelfTest(files, std::move(options), std::move(*text)).run();
}

}  // namespace lsp
