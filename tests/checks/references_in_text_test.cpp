// What comments and pages refer to exists: files of this repository, sections of the design pages.
#include <doctest/doctest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fixture.h"

namespace tests {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const std::vector<std::string_view>& folders,
                               const std::set<std::string>& extensions) {
  std::vector<fs::path> found;
  for (const std::string_view folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(SOURCE_DIR) / folder)) {
      if (entry.is_regular_file() && extensions.contains(entry.path().extension().string()))
        found.push_back(entry.path());
    }
  }
  return found;
}

std::vector<fs::path> sources() {
  return files_of({"workspace", "checks", "lsp", "cli", "app", "tests"}, {".h", ".cpp"});
}

// The numbers of a page's sections: "3" of "## 3. The server side", "3.1" of "### 3.1 Does ...".
std::set<std::string> sections_of(const fs::path& page) {
  static const std::regex kHeading(R"((?:^|\n)#{2,3} ([0-9]+(?:\.[0-9]+)?)[. ])");
  const std::string text = read_file(page);
  std::set<std::string> sections;
  for (std::sregex_iterator at(text.begin(), text.end(), kHeading), end; at != end; ++at)
    sections.insert((*at)[1].str());
  return sections;
}

// A file's comments as one line each paragraph, so that a reference may be wrapped.
std::string comments_of(const fs::path& path) {
  static const std::regex kWrap(R"(\n\s*//\s*)");
  return std::regex_replace(read_file(path), kWrap, " ");
}

}  // namespace

TEST_CASE("design pages that comments name exist, and so do their sections") {
  static const std::regex kPage(R"(docs/design/([a-z-]+\.md)[,;]?(?: sections? ([0-9]+(?:\.[0-9]+)?))?)");
  std::size_t with_section = 0;
  for (const fs::path& source : sources()) {
    const std::string text = comments_of(source);
    for (std::sregex_iterator at(text.begin(), text.end(), kPage), end; at != end; ++at) {
      const fs::path page = fs::path(SOURCE_DIR) / "docs/design" / (*at)[1].str();
      CHECK_MESSAGE(fs::exists(page), source.string(), " refers to ", page.string());
      if (!(*at)[2].matched || !fs::exists(page)) continue;
      ++with_section;
      CHECK_MESSAGE(sections_of(page).contains((*at)[2].str()), source.string(), " refers to section ",
                    (*at)[2].str(), " of ", page.string());
    }
  }
  CHECK(with_section > 10);
}

TEST_CASE("links between pages lead to files") {
  static const std::regex kLink(R"(\]\(([^)#: ]+)(?:#[^)]*)?\))");
  std::vector<fs::path> pages = files_of({"docs", "bench", "fuzz", "fixtures"}, {".md"});
  for (const char* page : {"README.md", "CONTRIBUTING.md", "SECURITY.md"}) {
    pages.push_back(fs::path(SOURCE_DIR) / page);
  }
  std::size_t links = 0;
  for (const fs::path& page : pages) {
    const std::string text = read_file(page);
    for (std::sregex_iterator at(text.begin(), text.end(), kLink), end; at != end; ++at) {
      ++links;
      const fs::path target = page.parent_path() / (*at)[1].str();
      CHECK_MESSAGE(fs::exists(target), page.string(), " links to ", (*at)[1].str());
    }
  }
  CHECK(links > 50);
}

TEST_CASE("paths of the tree that pages show in code exist") {
  static const std::regex kPath(
      R"(`((?:workspace|checks|lsp|cli|app|tests|bench|fuzz|scripts|packaging|docs)/[A-Za-z0-9_./-]+)`)");
  std::size_t paths = 0;
  for (const char* page :
       {"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", "docs/performance.md"}) {
    const std::string text = read_file(fs::path(SOURCE_DIR) / page);
    for (std::sregex_iterator at(text.begin(), text.end(), kPath), end; at != end; ++at) {
      const std::string path = (*at)[1].str();
      if (path.find("CODE") != std::string::npos || path.find("KIND") != std::string::npos) continue;
      ++paths;
      const fs::path target = fs::path(SOURCE_DIR) / path;
      const bool exists =
          fs::exists(target) || fs::exists(target.string() + ".h") || fs::exists(target.string() + ".cpp");
      CHECK_MESSAGE(exists, page, " names ", path);
    }
  }
  CHECK(paths > 20);
}

}  // namespace tests
