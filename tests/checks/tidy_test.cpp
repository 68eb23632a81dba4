// What the compiler does not keep: which folder may include which, and which libraries stay behind one file.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fixture.h"

namespace tests {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kProduct = {"workspace", "checks", "lsp", "cli", "app"};

struct Include {
  std::string from;  // path below the source folder
  std::string what;  // between the quotes or brackets
};

std::vector<Include> includes_of(std::string_view folder) {
  constexpr std::string_view kDirective = "#include ";
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(SOURCE_DIR) / folder)) {
    const std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    const std::string from = fs::relative(entry.path(), SOURCE_DIR).generic_string();
    std::istringstream lines(read_file(entry.path()));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(kDirective) && line.size() > kDirective.size() + 2) {
        const std::size_t end = line.find_first_of("\">", kDirective.size() + 1);
        found.push_back({from, line.substr(kDirective.size() + 1, end - kDirective.size() - 1)});
      }
    }
  }
  return found;
}

// A file's lines without comments and without what stands in quotes.
std::vector<std::string> code_of(const fs::path& path) {
  static const std::regex kQuoted(R"("([^"\\]|\\.)*")");
  std::vector<std::string> code;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    line = std::regex_replace(line, kQuoted, "");
    code.push_back(line.substr(0, line.find("//")));
  }
  return code;
}

// Calls of functions, given as alternatives of a regular expression, in the product's sources.
std::vector<std::string> calls_of(const std::string& functions) {
  const std::regex call("(^|[^A-Za-z0-9_.>])(" + functions + ")\\s*\\(");
  std::vector<std::string> found;
  for (const std::string_view folder : kProduct) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(SOURCE_DIR) / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp") continue;
      for (const std::string& line : code_of(entry.path())) {
        if (std::regex_search(line, call))
          found.push_back(fs::relative(entry.path(), SOURCE_DIR).generic_string() + ": " + line);
      }
    }
  }
  return found;
}

void forbid(std::string_view folder, const std::vector<std::string_view>& prefixes) {
  for (const Include& include : includes_of(folder)) {
    for (const std::string_view prefix : prefixes)
      CHECK_MESSAGE(!include.what.starts_with(prefix), include.from, " includes ", include.what);
  }
}

}  // namespace

// From what depends on nothing of ours to what may depend on everything before it (docs/architecture.md).
// `lsp` and `cli` are siblings: neither may include the other.
constexpr std::array<std::string_view, 17> kLayers = {"workspace/base/",
                                                      "workspace/platform/",
                                                      "workspace/text/",
                                                      "workspace/yaml/",
                                                      "workspace/config/",
                                                      "workspace/files/",
                                                      "workspace/resources/",
                                                      "workspace/sources/",
                                                      "workspace/cluster/",
                                                      "workspace/mesh/",
                                                      "checks/engine/",
                                                      "checks/",
                                                      "checks/queries/",
                                                      "checks/json/",
                                                      "lsp/",
                                                      "cli/",
                                                      "app/"};

// The longest folder of kLayers that `path` lies in; kLayers.size(): none.
std::size_t layer_of(std::string_view path) {
  std::size_t found = kLayers.size();
  for (std::size_t i = 0; i < kLayers.size(); ++i) {
    const bool inside = path.starts_with(kLayers[i]);
    if (inside && (found == kLayers.size() || kLayers[i].size() > kLayers[found].size())) found = i;
  }
  return found;
}

TEST_CASE("includes point one way, folder by folder") {
  std::size_t looked_at = 0;
  for (const std::string_view folder : kProduct) {
    for (const Include& include : includes_of(folder)) {
      const std::size_t from = layer_of(include.from);
      const std::size_t what = layer_of(include.what);
      REQUIRE_MESSAGE(from < kLayers.size(), include.from, " lies in no known folder");
      CHECK_MESSAGE(!include.what.starts_with("tests/"), include.from, " includes ", include.what);
      if (what == kLayers.size()) continue;
      ++looked_at;
      CHECK_MESSAGE(what <= from, include.from, " includes ", include.what);
    }
  }
  CHECK(looked_at > 500);
  forbid("cli", {"lsp/"});
}

TEST_CASE("JSON and sockets stay at the edge") {
  forbid("workspace", {"nlohmann/", "boost/asio", "CLI/"});
  forbid("checks/engine", {"nlohmann/", "boost/asio", "CLI/"});
  forbid("checks/queries", {"nlohmann/", "boost/asio", "CLI/"});
  for (const Include& include : includes_of("checks")) {
    if (include.from.starts_with("checks/json/")) continue;
    CHECK_MESSAGE(!include.what.starts_with("nlohmann/"), include.from, " includes ", include.what);
  }
}

TEST_CASE("sockets stay behind one file") {
  for (const std::string_view folder : kProduct) {
    for (const Include& include : includes_of(folder)) {
      if (include.from == "lsp/transport.cpp" || include.from == "lsp/windows/transport.cpp") continue;
      for (const std::string_view header :
           {"boost/asio", "sys/socket.h", "netinet/", "arpa/", "netdb.h", "sys/un.h", "winsock2.h"})
        CHECK_MESSAGE(!include.what.starts_with(header), include.from, " includes ", include.what);
    }
  }
  for (const std::string& call : calls_of("socket|socketpair|getaddrinfo|gethostbyname|accept4"))
    CHECK_MESSAGE((call.starts_with("lsp/transport.cpp") || call.starts_with("lsp/windows/transport.cpp")),
                  call);
}

// SECURITY.md says so.
TEST_CASE("one file starts other programs, and nothing loads one") {
  const std::string starters =
      "system|popen|exec[lv]p?e?|execveat|fexecve|v?fork|clone3?|posix_spawnp?|wordexp|dlopen|"
      "CreateProcess\\w*|ShellExecute\\w*|WinExec|LoadLibrary\\w*";
  const auto found = calls_of(starters);
  for (const std::string& call : found)
    CHECK_MESSAGE((call.starts_with("workspace/platform/process.cpp") ||
                   call.starts_with("workspace/platform/windows/process.cpp")),
                  call);
  CHECK(calls_of("read_file|read_facts").size() > 2);  // calls are found where there are some
  for (const std::string_view folder : kProduct) {
    for (const Include& include : includes_of(folder)) {
      for (const std::string_view header :
           {"spawn.h", "dlfcn.h", "wordexp.h", "boost/process", "boost/dll"}) {
        if (header == "spawn.h" && include.from == "workspace/platform/process.cpp") continue;
        CHECK_MESSAGE(!include.what.starts_with(header), include.from, " includes ", include.what);
      }
    }
  }
}

TEST_CASE("yaml-cpp stays behind one file") {
  for (const std::string_view folder : kProduct) {
    for (const Include& include : includes_of(folder)) {
      if (include.from != "workspace/yaml/reader.cpp")
        CHECK_MESSAGE(!include.what.starts_with("yaml-cpp/"), include.from, " includes ", include.what);
    }
  }
}

TEST_CASE("the reference reads no product code") {
  for (const Include& include : includes_of("tests/reference")) {
    const bool product = include.what.starts_with("workspace/") || include.what.starts_with("checks/") ||
                         include.what.starts_with("lsp/") || include.what.starts_with("cli/");
    CHECK_MESSAGE(!product, include.from, " includes ", include.what);
  }
}

}  // namespace tests
