#include "workspace/platform/replace_files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "cli/paths.h"

using workspace::replace_files;
using workspace::Replacement;

namespace {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = std::filesystem::temp_directory_path() / "istio-mtls-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path_ + "/" + name).rdbuf();
    return text.str();
  }
  [[nodiscard]] workspace::Replacement change(const std::string& name, const std::string& before,
                                              const std::string& after) const {
    return {path_ + "/" + name, std::make_shared<const std::string>(before),
            std::make_shared<const std::string>(after)};
  }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::string path_;
};

mode_t mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

}  // namespace

TEST_CASE("files are replaced, their modes kept, and nothing is left beside them") {
  const ScratchFolder folder;
  folder.write("a", "old a");
  folder.write("b", "old b");
  ::chmod((folder / "a").c_str(), 0640);
  CHECK_FALSE(
      workspace::replace_files({folder.change("a", "old a", "new a"), folder.change("b", "old b", "")}));
  CHECK(folder.read("a") == "new a");
  CHECK(folder.read("b").empty());
  CHECK(mode_of(folder / "a") == 0640);
  CHECK(folder.entries() == 2);
}

TEST_CASE("a file that changed meanwhile is left alone, and so are the others") {
  const ScratchFolder folder;
  folder.write("a", "old a");
  folder.write("b", "changed");
  const auto error =
      workspace::replace_files({folder.change("a", "old a", "new a"), folder.change("b", "old b", "new b")});
  REQUIRE(error);
  CHECK(error->message == folder / "b" + ": was changed by another program meanwhile, so it is left alone");
  CHECK(folder.read("a") == "old a");
  CHECK(folder.read("b") == "changed");
  CHECK(folder.entries() == 2);
}

TEST_CASE("one file by two names is refused before anything is written") {
  const ScratchFolder folder;
  folder.write("a", "old a");
  folder.write("b", "old b");
  ::chmod((folder / "a").c_str(), 0640);
  std::filesystem::create_directory(folder / "d");
  std::filesystem::create_symlink("..", folder / "d/up");
  std::filesystem::create_hard_link(folder / "b", folder / "d/c");
  const workspace::Replacement linked = folder.change("d/c", "old b", "new c");
  const auto error = workspace::replace_files({folder.change("a", "old a", "new a"),
                                               folder.change("d/up/b", "old b", "new b"),
                                               folder.change("b", "old b", "another b")});
  REQUIRE(error);
  CHECK(error->message.find("is the same file as") != std::string::npos);
  CHECK(folder.read("a") == "old a");
  CHECK(folder.read("b") == "old b");
  CHECK(mode_of(folder / "a") == 0640);
  CHECK(folder.entries() == 3);
  CHECK_FALSE(workspace::replace_files({linked}));
  CHECK(folder.read("d/c") == "new c");
  CHECK(folder.read("b") == "old b");  // hard links part
}

TEST_CASE("bytes are kept as they are: line ends, NUL, no final newline") {
  const ScratchFolder folder;
  const std::string before("a\r\n\0b\rc", 8);
  const std::string after("x\r\n\0b\rc", 8);
  folder.write("a", before);
  CHECK_FALSE(workspace::replace_files({folder.change("a", before, after)}));
  CHECK(folder.read("a") == after);
}

TEST_CASE("a file with the time and size of before is told apart by its text") {
  const ScratchFolder folder;
  folder.write("a", "old");
  const auto time = std::filesystem::last_write_time(folder / "a");
  folder.write("a", "OLD");
  std::filesystem::last_write_time(folder / "a", time);
  CHECK(workspace::replace_files({folder.change("a", "old", "new")}));
  CHECK(folder.read("a") == "OLD");
}

TEST_CASE("a read-only, vanished or replaced-by-a-folder file is refused") {
  const ScratchFolder folder;
  folder.write("a", "old");
  ::chmod((folder / "a").c_str(), 0444);
  CHECK(workspace::replace_files({folder.change("a", "old", "new")})->message ==
        folder / "a" + ": is read-only");
  CHECK(workspace::replace_files({folder.change("none", "old", "new")}));
  std::filesystem::create_directory(folder / "d");
  CHECK(workspace::replace_files({folder.change("d", "old", "new")}));
  CHECK(folder.read("a") == "old");
  CHECK(folder.entries() == 2);
}

TEST_CASE("a symlink stays one and its target is replaced") {
  const ScratchFolder folder;
  folder.write("real", "old");
  std::filesystem::create_symlink("real", folder / "link");
  CHECK_FALSE(workspace::replace_files({folder.change("link", "old", "new")}));
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(folder.read("real") == "new");
  const auto error =
      workspace::replace_files({folder.change("real", "new", "one"), folder.change("link", "new", "two")});
  REQUIRE(error);
  CHECK(folder.read("real") == "new");
  CHECK(folder.entries() == 2);
}

TEST_CASE("paths: absolute, relative, common, as URI") {
  using cli::absolute_path;
  using cli::common_folder;
  using cli::relative_path;
  using cli::relative_uri;
  const workspace::DiskFileSystem disk;
  CHECK(absolute_path(disk, "/w", "a/./b//c") == "/w/a/b/c");
  CHECK(absolute_path(disk, "/w", ".") == "/w");
  CHECK(absolute_path(disk, "/w", "../x") == "/x");
  CHECK(absolute_path(disk, "/w", "/a/../../b") == "/b");
  const ScratchFolder folder;
  std::filesystem::create_directories(folder / "real/deep");
  std::filesystem::create_directory_symlink("real/deep", folder / "link");
  CHECK(absolute_path(disk, folder / "link", "../x") ==
        std::filesystem::canonical(folder / "real").string() + "/x");

  CHECK(relative_path("/w/a/b.yaml", "/w") == "a/b.yaml");
  CHECK(relative_path("/w", "/w") == ".");
  CHECK(relative_path("/w2/a", "/w") == "../w2/a");
  CHECK(relative_path("/a", "/") == "a");
  CHECK(relative_path("/", "/w/x") == "../..");

  CHECK(common_folder({"/w/a", "/w/a/b"}) == "/w/a");
  CHECK(common_folder({"/w/ab", "/w/a"}) == "/w");
  CHECK(common_folder({"/x", "/y"}) == "/");

  CHECK(relative_uri("a b/ü.yaml") == "a%20b/%C3%BC.yaml");
  CHECK(relative_uri("../a:b.yaml") == "../a%3Ab.yaml");
}
