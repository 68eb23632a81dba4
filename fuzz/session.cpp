// Bytes as a client's day: documents opened, edited at any place, closed; files written and deleted behind
// the editor's back and told of sooner or later; requests of every kind, cancelled or not; code actions
// applied; folders and configuration that come and go. The server runs in this process, without threads.
//
// Promises: every request is answered once; an edit offered is one of the versions that the client has,
// inside its texts; and in the end the server shows what a fresh one shows that is handed the same files and
// buffers.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fuzz/choices.h"
#include "fuzz/target.h"
#include "lsp/engine.h"
#include "lsp/server.h"
#include "tests/lsp/memory_sink.h"
#include "tests/support/memory_file_system.h"
#include "workspace/base/uri.h"
#include "workspace/text/utf8.h"

namespace fuzz {
namespace {

using lsp::Json;

const std::string kConfig = "/w/.istio-mtls.yaml";
const std::array<std::string, 8> kPaths = {"/w/a.yaml", "/w/b.yaml", "/w/sub/c.yaml", "/w/sub/d ö#%.yaml",
                                           "/w/e.json", "/v/f.yaml", "/loose/g.yaml", kConfig};
const std::array<std::string, 3> kFolders = {"/w", "/w/sub", "/v"};
constexpr std::size_t kMaxSteps = 60;
constexpr std::size_t kMaxBytes = 20000;  // of one document

// What texts are put together from: manifests that contradict each other, pieces of them, and what breaks
// them.
constexpr std::array kPieces = {
    "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: "
    "foo}\n"
    "spec: {mtls: {mode: STRICT}}\n",
    "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: a\n  namespace: "
    "foo\nspec:\n"
    "  host: a.foo.svc.cluster.local\n  trafficPolicy:\n    tls:\n      mode: DISABLE\n",
    "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: "
    "istio-system}\n"
    "spec: {mtls: {mode: DISABLE}}\n",
    "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: every, namespace: "
    "istio-system}\n"
    "spec: {host: '*.local', trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}\n",
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: foo}\nspec: {selector: {app: a}, "
    "ports: [{port: "
    "80}]}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: foo}\nspec: "
    "{template: {metadata: "
    "{labels: {app: a}}}}\n",
    "---\nx: &x {mode: DISABLE}\ny: *x\nz: {<<: *x}\n",
    "---\nkind: [\n",
    "# istio-mtls: ignore TIS0208 -- 😀\n",
    "STRICT",
    "PERMISSIVE",
    "DISABLE",
    "ISTIO_MUTUAL",
    "foo",
    "namespace: ",
    "mode: ",
    "\n",
    "\r\n",
    "\r",
    "---\n",
    "...\n",
    "😀",
    "é",
    "\xEF\xBB\xBF",
    " ",
    "'",
    "\"",
    ": ",
    "- ",
    "{",
    "}",
    "&x ",
    "*x",
    "<<: ",
    "|\n",
    "#",
    "rootNamespace: foo\n",
    "enableAutoMtls: false\n",
    "exclude: [sub/**]\n",
    "severity: {TIS0208: off}\n",
    "meshes: [{name: x, include: [sub/**]}, {name: y, include: ['*.yaml']}]\n"};

constexpr std::array kPositionRequests = {
    "textDocument/hover",      "textDocument/completion",        "textDocument/definition",
    "textDocument/references", "textDocument/documentHighlight", "textDocument/prepareRename"};
constexpr std::array kDocumentRequests = {"textDocument/documentSymbol", "textDocument/codeLens",
                                          "textDocument/diagnostic", "textDocument/foldingRange",
                                          "textDocument/documentLink"};

// JSON carries no invalid UTF-8: what the client means is what arrives.
std::string as_sent(std::string_view text) {
  return Json::parse(Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string made_text(Choices& choices) {
  std::string text;
  for (std::size_t pieces = choices.pick(6); pieces > 0; --pieces) {
    text += choices.yes() ? as_sent(choices.text(20)) : choices.of(kPieces);
  }
  return text;
}

// The client's own counting: where a position is in a text, by LSP's words.
std::size_t offset_of(std::string_view text, std::size_t line, std::size_t character,
                      std::string_view encoding) {
  std::size_t at = 0;
  for (; line > 0; --line) {
    at = text.find_first_of("\r\n", at);
    if (at == std::string_view::npos) return text.size();
    at += text.substr(at).starts_with("\r\n") ? 2 : 1;
  }
  while (at < text.size() && text[at] != '\r' && text[at] != '\n') {
    std::uint32_t code_point = 0;
    const std::size_t bytes = std::max(1U, workspace::utf8::decode(text, at, code_point));
    const std::size_t units = encoding == "utf-8" ? bytes : encoding == "utf-16" && bytes == 4 ? 2 : 1;
    if (units > character) break;  // inside a code point: before it
    character -= units;
    at += bytes;
  }
  return at;
}

struct Edit {
  Json range;
  std::string text;
};

std::string applied(const std::string& text, const Edit& edit, std::string_view encoding) {
  const auto place = [&](const char* end) {
    return offset_of(text, edit.range.at(end).at("line"), edit.range.at(end).at("character"), encoding);
  };
  const std::size_t one = place("start");
  const std::size_t other = place("end");
  const auto [begin, end] = std::minmax(one, other);
  return text.substr(0, begin) + edit.text + text.substr(end);
}

Json capabilities(Choices& choices, std::string& encoding) {
  constexpr std::array kEncodings = {"utf-16", "utf-8", "utf-32"};
  encoding = choices.of(kEncodings);
  const bool rich = !choices.yes();
  Json all = {{"general", {{"positionEncodings", {encoding}}}}};
  all["textDocument"]["codeAction"] = {
      {"codeActionLiteralSupport", {{"codeActionKind", {{"valueSet", {"quickfix"}}}}}},
      {"isPreferredSupport", rich}};
  all["textDocument"]["publishDiagnostics"] = {{"relatedInformation", rich}, {"dataSupport", rich}};
  all["workspace"]["workspaceEdit"] = {{"documentChanges", rich}, {"resourceOperations", {"create"}}};
  all["workspace"]["didChangeWatchedFiles"] = {{"dynamicRegistration", true}};
  all["workspace"]["inlayHint"] = {{"refreshSupport", rich}};
  all["workspace"]["codeLens"] = {{"refreshSupport", rich}};
  return all;
}

// FUZZ_TRACE=1 tells what is said, to understand an input.
void trace(const char* direction, const Json& message) {
  static const bool wanted = std::getenv("FUZZ_TRACE") != nullptr;
  if (wanted) fmt::print(stderr, "{} {}\n", direction, message.dump());
}

// A server, and what a client knows of it.
class Talk {
 public:
  explicit Talk(const tests::MemoryFileSystem& files)
      : server_({}, files, scheduler_, inbox_, sink_,
                {.now = [] { return lsp::TimePoint{}; }, .parent_known = {}, .log = {}}) {}

  void begin(const std::set<std::string>& folders, const Json& client) {
    Json list = Json::array();
    for (const std::string& folder : folders)
      list.push_back({{"uri", workspace::file_uri(folder)}, {"name", folder}});
    ask("initialize", {{"workspaceFolders", list},
                       {"capabilities", client},
                       {"initializationOptions", {{"diagnosticsDelay", 0}}}});
    say("initialized", Json::object());
    run();
  }

  void say(const std::string& method, const Json& params) {
    push({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}});
  }
  int ask(const std::string& method, const Json& params) {
    push({{"jsonrpc", "2.0"}, {"id", ++last_id_}, {"method", method}, {"params", params}});
    return last_id_;
  }
  void run() {
    require(lsp::run_until_idle(server_, inbox_), "the server lives on");
    for (const Json& message : std::exchange(sink_.sent, {})) take(message);
  }
  void tick() {
    server_.tick();
    server_.run_idle_work();
    run();
  }
  void open(const std::string& path, const std::string& text, int version) {
    say("textDocument/didOpen", {{"textDocument",
                                  {{"uri", workspace::file_uri(path)},
                                   {"languageId", "yaml"},
                                   {"version", version},
                                   {"text", text}}}});
  }

  // Whatever was put off is answered at the latest now.
  void end() {
    ask("shutdown", nullptr);
    run();
    for (int id = 1; id <= last_id_; ++id)
      require(answers_.contains(id), fmt::format("request {} is answered", id));
  }

  [[nodiscard]] const Json* answer(int id) const {
    const auto found = answers_.find(id);
    return found == answers_.end() || !found->second.contains("result") ? nullptr
                                                                        : &found->second.at("result");
  }
  [[nodiscard]] const std::map<std::string, Json>& shown() const { return shown_; }
  [[nodiscard]] bool shows(const std::string& path, const std::string& code) const {
    const auto found = shown_.find(workspace::file_uri(path));
    return found != shown_.end() &&
           std::any_of(found->second.begin(), found->second.end(),
                       [&](const Json& diagnostic) { return diagnostic.value("code", "") == code; });
  }

 private:
  void push(const Json& message) {
    trace("-->", message);
    inbox_.push(lsp::parse_message(message.dump()), 1);
  }

  void take(const Json& message) {
    trace("<--", message);
    if (!message.contains("method")) {
      const int id = message.at("id");
      require(id <= last_id_ && answers_.emplace(id, message).second, "an answer to a request, and one only");
    } else if (message.at("method") == "textDocument/publishDiagnostics") {
      const Json& params = message.at("params");
      if (params.at("diagnostics").empty()) {
        shown_.erase(params.at("uri"));
      } else {
        shown_[params.at("uri")] = params.at("diagnostics");
      }
    } else if (message.contains("id")) {
      push({{"jsonrpc", "2.0"}, {"id", message.at("id")}, {"result", nullptr}});
    }
  }

  lsp::Inbox inbox_{std::size_t{1} << 30};
  lsp::Scheduler scheduler_{inbox_, 0};
  tests::MemorySink sink_;
  lsp::Server server_;
  int last_id_ = 0;
  std::map<int, Json> answers_;
  std::map<std::string, Json> shown_;
};

class Day {
 public:
  explicit Day(std::string_view input) : choices_(input), talk_(files_) {
    client_ = capabilities(choices_, encoding_);
    for (const std::string& path : kPaths) {
      if (choices_.yes()) files_.add(path, made_text(choices_));
    }
    talk_.begin(folders_, client_);
  }

  void live() {
    for (std::size_t step = 0; step < kMaxSteps && !choices_.done(); ++step) {
      act();
      if (choices_.pick(4) != 3) talk_.run();  // else the next message comes before this one is looked at
    }
  }

  void compare() {
    talk_.run();
    tell(untold_);
    forget_what_was_good();
    Talk fresh(files_);
    trace("====", "a fresh server");
    fresh.begin(folders_, client_);
    for (const auto& [path, document] : open_) fresh.open(path, document.text, document.version);
    fresh.run();
    for (const auto& [uri, diagnostics] : fresh.shown()) {
      const auto found = talk_.shown().find(uri);
      require(found != talk_.shown().end(), uri + " shows nothing, a fresh server " + diagnostics.dump());
      require(found->second == diagnostics,
              uri + " shows " + found->second.dump() + ", a fresh server " + diagnostics.dump());
    }
    for (const auto& [uri, diagnostics] : talk_.shown()) {
      require(fresh.shown().contains(uri), uri + " shows " + diagnostics.dump() + ", a fresh server nothing");
    }
    talk_.end();
    fresh.end();
  }

 private:
  struct Document {
    std::string text;
    int version = 0;
  };

  void act() {
    switch (choices_.pick(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return edit();
      case 4:
      case 5:
        return open();
      case 6:
        return close();
      case 7:
        return write();
      case 8:
        return remove();
      case 9:
        return tell(untold_);
      case 10:
      case 11:
        return request();
      case 12:
        return take_action();
      case 13:
        return change_folders();
      case 14:
        talk_.say("$/cancelRequest", {{"id", last_request_}});
        return;
      default:
        return talk_.tick();
    }
  }

  Json position() {
    const std::size_t line = choices_.pick(choices_.yes() ? 300 : 12);
    return {{"line", line}, {"character", choices_.pick(choices_.yes() ? 300 : 40)}};
  }
  Json range() {
    Json start = position();
    return {{"start", start}, {"end", choices_.yes() ? start : position()}};
  }

  void open() {
    const std::string& path = choices_.of(kPaths);
    const auto disk = files_.read(path, kMaxBytes);
    const bool as_it_is = disk && choices_.yes();
    const std::string text = as_it_is ? as_sent(*disk) : made_text(choices_);
    open_[path] = {text, ++version_};  // once more: replaces
    talk_.open(path, text, version_);
  }

  void edit() {
    if (open_.empty()) return open();
    const std::string path = choices_.of(open_).first;
    Json changes = Json::array();
    for (std::size_t count = 1 + choices_.pick(3); count > 0; --count) {
      Document& document = open_[path];
      const bool whole = choices_.pick(5) == 0;
      const Edit edit{whole ? Json() : range(), made_text(choices_)};
      std::string text = whole ? edit.text : applied(document.text, edit, encoding_);
      if (text.size() > kMaxBytes) break;
      document.text = std::move(text);
      changes.push_back(whole ? Json{{"text", edit.text}} : Json{{"range", edit.range}, {"text", edit.text}});
    }
    change(path, changes);
  }
  void change(const std::string& path, const Json& changes) {
    open_[path].version = ++version_;
    talk_.say("textDocument/didChange",
              {{"textDocument", {{"uri", workspace::file_uri(path)}, {"version", version_}}},
               {"contentChanges", changes}});
  }

  void close() {
    if (open_.empty()) return;
    const std::string path = choices_.of(open_).first;
    open_.erase(path);
    talk_.say("textDocument/didClose", {{"textDocument", {{"uri", workspace::file_uri(path)}}}});
  }

  void write() {
    const std::string& path = choices_.of(kPaths);
    untold_[path] = files_.status(path).type == workspace::FileType::Missing ? 1 : 2;
    trace("disk", path);
    files_.add(path, choices_.yes() && open_.contains(path) ? open_[path].text : made_text(choices_));
  }
  void remove() {
    const std::string& path = choices_.of(kPaths);
    if (files_.status(path).type == workspace::FileType::Missing) return;
    files_.remove(path);
    untold_[path] = 3;
  }
  void tell(std::map<std::string, int>& changed) {
    Json changes = Json::array();
    for (const auto& [path, type] : changed)
      changes.push_back({{"uri", workspace::file_uri(path)}, {"type", type}});
    changed.clear();
    talk_.say("workspace/didChangeWatchedFiles", {{"changes", changes}});
    talk_.run();
  }

  Json document() { return {{"uri", workspace::file_uri(choices_.of(kPaths))}}; }

  void request() {
    Json params = {{"textDocument", document()}};
    switch (choices_.pick(6)) {
      case 0:
        params["position"] = position();
        params["context"] = {{"includeDeclaration", choices_.yes()}};
        last_request_ = talk_.ask(choices_.of(kPositionRequests), params);
        return;
      case 1:
        last_request_ = talk_.ask(choices_.of(kDocumentRequests), params);
        return;
      case 2:
        params["range"] = range();
        last_request_ = talk_.ask("textDocument/inlayHint", params);
        return;
      case 3:
        last_request_ = talk_.ask("workspace/symbol", {{"query", as_sent(choices_.text(6))}});
        return;
      case 4:
        last_request_ = talk_.ask("workspace/diagnostic", {{"previousResultIds", Json::array()}});
        return;
      default:
        last_request_ = talk_.ask("istioMtls/graph", choices_.yes() ? params : Json::object());
    }
  }

  // Asks for code actions, looks at all that are offered and takes one.
  void take_action() {
    const std::string& path = choices_.of(kPaths);
    Json whole = {{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 100000}, {"character", 0}}}};
    Json params = {{"textDocument", {{"uri", workspace::file_uri(path)}}}, {"range", std::move(whole)}};
    params["context"]["diagnostics"] = Json::array();
    if (choices_.yes()) params["context"]["only"] = {"source.fixAll"};
    last_request_ = talk_.ask("textDocument/codeAction", params);
    talk_.run();
    const Json* actions = talk_.answer(last_request_);
    if (actions == nullptr || !actions->is_array() || actions->empty()) return;
    for (const Json& action : *actions) check_edit(action.at("edit"));
    apply((*actions)[choices_.pick(actions->size())].at("edit"));
  }

  // The edits of a WorkspaceEdit by path, in their order; files that are made get an empty entry.
  std::map<std::string, std::vector<Edit>> edits_of(const Json& workspace_edit) {
    std::map<std::string, std::vector<Edit>> edits;
    const auto add = [&](const std::string& uri, const Json& list) {
      for (const Json& edit : list)
        edits[*workspace::path_of_file_uri(uri)].push_back({edit.at("range"), edit.at("newText")});
    };
    if (workspace_edit.contains("changes")) {
      for (const auto& [uri, list] : workspace_edit.at("changes").items()) add(uri, list);
    }
    if (!workspace_edit.contains("documentChanges")) return edits;
    for (const Json& part : workspace_edit.at("documentChanges")) {
      if (part.contains("kind")) continue;
      const Json& named = part.at("textDocument");
      const auto document = open_.find(*workspace::path_of_file_uri(named.at("uri").get<std::string>()));
      require(document == open_.end() || named.at("version") == document->second.version,
              "an edit is of the version that the client has");
      add(named.at("uri"), part.at("edits"));
    }
    return edits;
  }

  std::string text_of(const std::string& path) {
    const auto document = open_.find(path);
    if (document != open_.end()) return document->second.text;
    const auto disk = files_.read(path, kMaxBytes * 2);
    return disk ? *disk : std::string();
  }

  void check_edit(const Json& workspace_edit) {
    for (const auto& [path, edits] : edits_of(workspace_edit)) {
      const std::string text = text_of(path);
      std::size_t last = 0;
      for (const Edit& edit : edits) {
        for (const char* end : {"start", "end"}) {
          const Json& place = edit.range.at(end);
          const std::size_t at = offset_of(text, place.at("line"), place.at("character"), encoding_);
          require(last <= at, "edits are in order and apart");
          last = at;
        }
      }
    }
  }

  void apply(const Json& workspace_edit) {
    for (const auto& [path, edits] : edits_of(workspace_edit)) {
      std::string text = text_of(path);
      for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit) text = applied(text, *edit, encoding_);
      if (open_.contains(path)) {
        open_[path].text = text;
        change(path, Json::array({{{"text", text}}}));
      } else {
        untold_[path] = files_.status(path).type == workspace::FileType::Missing ? 1 : 2;
        files_.add(path, text);
      }
    }
  }

  void change_folders() {
    const std::string& folder = choices_.of(kFolders);
    const Json item = Json::array({{{"uri", workspace::file_uri(folder)}, {"name", "x"}}});
    const bool removes = folders_.erase(folder) > 0;
    if (!removes) folders_.insert(folder);
    talk_.say("workspace/didChangeWorkspaceFolders",
              {{"event",
                {{"added", removes ? Json::array() : item}, {"removed", removes ? item : Json::array()}}}});
  }

  // A broken document keeps the facts of when it was sound, which a fresh server never saw.
  void forget_what_was_good() {
    for (auto& [path, document] : open_) {
      if (!talk_.shows(path, "MTLS0900")) continue;
      const std::string text = document.text;
      change(path, Json::array({{{"text", ""}}}));
      talk_.run();
      change(path, Json::array({{{"text", text}}}));
      talk_.run();
    }
  }

  Choices choices_;
  tests::MemoryFileSystem files_;
  Talk talk_;
  Json client_;
  std::string encoding_;
  std::set<std::string> folders_ = {"/w"};
  std::map<std::string, Document> open_;
  std::map<std::string, int> untold_;  // files changed on the disk, by LSP's kind of change
  int version_ = 0;
  int last_request_ = 0;
};

}  // namespace

void session(std::string_view input) {
  Day day(input);
  day.live();
  day.compare();
}

}  // namespace fuzz
