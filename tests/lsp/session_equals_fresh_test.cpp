// A long random session ends in the state that a fresh server finds: edits, saves, files made, moved and
// deleted behind the editor's back, configuration, folders that come and go. The seed of a failure is in its
// message.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/lsp/test_server.h"
#include "workspace/base/uri.h"

namespace {

using lsp::Json;
using tests::TestServer;

const std::string kConfigPath = "/w/.istio-mtls.yaml";
constexpr int kSessions = 40;
constexpr int kStepsPerSession = 60;

class RandomSession {
 public:
  // Every second one works other settings and meshes out beside those in use, as servers of many manifests
  // do; and of those every second is told more before it has done so.
  explicit RandomSession(unsigned seed)
      : random_(seed),
        server_(files_, {}, seed % 2 == 0 ? std::size_t{0} : std::size_t{2000}),
        in_a_hurry_(seed % 4 == 0) {
    for (const std::string& path : paths_) {
      if (chance(2)) files_.add(path, text_for(path));
    }
    folders_ = {"/w"};
    server_.initialize({"/w"});
  }

  void step() {
    if (in_a_hurry_) server_.slices = chance(4) ? std::nullopt : std::optional<std::size_t>(pick(5));
    switch (pick(11)) {
      case 0:
      case 1:
      case 2:
        return edit();
      case 3:
        return open_one();
      case 4:
        return close_one();
      case 5:
      case 6:
        return write_file();
      case 7:
        return delete_file();
      case 8:
        return configure();
      case 9:
        return change_folders();
      default:
        return save();
    }
  }

  // Both as maps from URI to diagnostics.
  std::pair<std::map<std::string, Json>, std::map<std::string, Json>> outcome() {
    server_.slices.reset();
    server_.run();
    for (auto& [path, text] : open_) {  // a broken document keeps facts that a fresh server never saw
      text = text_for(path);
      server_.change(path, text, ++version_);
    }
    TestServer fresh(files_);
    fresh.initialize({folders_.begin(), folders_.end()});
    for (const auto& [path, text] : open_) fresh.open(path, text);
    return {server_.shown(), fresh.shown()};
  }

 private:
  unsigned pick(std::size_t count) { return static_cast<unsigned>(random_() % count); }
  bool chance(unsigned one_in) { return pick(one_in) == 0; }
  template <class T>
  const T& one_of(const std::vector<T>& items) {
    return items[pick(items.size())];
  }

  std::string manifest() {
    const std::string ns = one_of<std::string>({"istio-system", "foo", "bar"});
    const std::string mode = one_of<std::string>({"STRICT", "PERMISSIVE", "DISABLE"});
    if (chance(8)) {
      return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
             "data:\n  mesh: |\n    enableAutoMtls: " +
             one_of<std::string>({"true", "false"}) + "\n";
    }
    if (chance(2)) {
      return "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, "
             "namespace: " +
             ns + "}\nspec: {mtls: {mode: " + mode + "}}\n";
    }
    const std::string host =
        one_of<std::string>({"*.local", "a.foo.svc.cluster.local", "*.bar.svc.cluster.local"});
    const std::string tls = one_of<std::string>({"DISABLE", "ISTIO_MUTUAL"});
    return "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: r" +
           std::to_string(pick(3)) + ", namespace: " + ns + "}\nspec: {host: '" + host +
           "', trafficPolicy: {tls: {mode: " + tls + "}}}\n";
  }

  std::string manifests() {
    std::string text = manifest();
    while (chance(2)) text += "---\n" + manifest();
    return text;
  }

  void edit() {
    if (open_.empty()) return open_one();
    auto at = open_.begin();
    std::advance(at, pick(open_.size()));
    at->second = chance(6) ? "kind: [\n" : text_for(at->first);
    server_.change(at->first, at->second, ++version_);
  }
  void open_one() {
    const std::string path = chance(6) ? kConfigPath : one_of(paths_);
    if (open_.contains(path)) return;
    const auto disk = files_.read(path, 1 << 20);
    open_[path] = disk ? *disk : text_for(path);
    server_.open(path, open_[path], ++version_);
  }
  void close_one() {
    if (open_.empty()) return;
    const std::string path = open_.begin()->first;
    open_.erase(path);
    server_.close(path);
  }
  void save() {
    for (const auto& [path, text] : open_) {
      if (!chance(2)) continue;
      files_.add(path, text);
      server_.touched({path}, 2);
    }
  }
  void write_file() {
    const std::string& path = one_of(paths_);
    const bool existed = files_.status(path).type != workspace::FileType::Missing;
    files_.add(path, chance(8) ? "kind: [\n" : text_for(path));
    server_.touched({path}, existed ? 2 : 1);
  }
  void delete_file() {
    if (chance(5)) {  // a whole folder, of which the client says one word
      for (const std::string& path : paths_) {
        if (path.starts_with("/w/sub/")) files_.remove(path);
      }
      return server_.touched({"/w/sub"}, 3);
    }
    const std::string& path = one_of(paths_);
    files_.remove(path);
    server_.touched({path}, 3);
  }
  std::string configuration() {
    return one_of<std::string>({"", "rootNamespace: foo\n", "exclude: [sub/**]\n", "enableAutoMtls: false\n",
                                "severity: {TIS0208: off}\n", "rootNamespace: 5\nunknown: 1\n",
                                "meshes: [{name: x, include: [sub/**]}, {name: y, include: ['*.yaml']}]\n"});
  }
  std::string kustomization() {
    std::string text = "resources:\n";
    for (const char* resource : {"r.yaml", "../base", "../a.yaml", "https://example.com/x.yaml"}) {
      if (chance(2)) text += fmt::format("- {}\n", resource);
    }
    if (chance(2)) text += "namespace: " + one_of<std::string>({"foo", "bar"}) + "\n";
    if (chance(3)) {
      text +=
          "patches:\n- target: {kind: PeerAuthentication}\n  patch: |-\n    - {op: replace, path: "
          "/spec/mtls/mode, value: " +
          one_of<std::string>({"STRICT", "DISABLE"}) + "}\n";
    }
    return text;
  }
  std::string text_for(const std::string& path) {
    if (path == kConfigPath) return configuration();
    return path.ends_with("/kustomization.yaml") ? kustomization() : manifests();
  }
  void configure() {
    const std::string text = configuration();
    if (text.empty()) {
      files_.remove(kConfigPath);
    } else {
      files_.add(kConfigPath, text);
    }
    server_.touched({kConfigPath}, text.empty() ? 3 : 2);
  }
  void change_folders() {
    const std::string folder = one_of<std::string>({"/w", "/w/sub", "/v"});
    const Json item = Json::array({{{"uri", workspace::file_uri(folder)}, {"name", "x"}}});
    const bool removes = folders_.erase(folder) > 0;
    if (!removes) folders_.insert(folder);
    server_.notify(
        "workspace/didChangeWorkspaceFolders",
        {{"event",
          {{"added", removes ? Json::array() : item}, {"removed", removes ? item : Json::array()}}}});
  }

  const std::vector<std::string> paths_ = {"/w/a.yaml",
                                           "/w/b.yaml",
                                           "/w/sub/c.yaml",
                                           "/w/sub/d.yaml",
                                           "/v/e.yaml",
                                           "/w/base/r.yaml",
                                           "/w/over/r.yaml",
                                           "/w/base/kustomization.yaml",
                                           "/w/over/kustomization.yaml"};
  std::mt19937 random_;
  tests::MemoryFileSystem files_;
  TestServer server_;
  const bool in_a_hurry_;
  std::set<std::string> folders_;
  std::map<std::string, std::string> open_;
  int version_ = 1;
};

}  // namespace

TEST_CASE("a long session ends where a fresh one begins") {
  for (unsigned seed = 1; seed <= kSessions; ++seed) {
    RandomSession session(seed);
    for (int step = 0; step < kStepsPerSession; ++step) session.step();
    const auto [shown, fresh] = session.outcome();
    CAPTURE(seed);
    for (const auto& [uri, diagnostics] : fresh) {
      CAPTURE(uri);
      REQUIRE(shown.contains(uri));
      REQUIRE(shown.at(uri) == diagnostics);
    }
    REQUIRE(shown.size() == fresh.size());
  }
}
