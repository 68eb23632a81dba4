#include "workspace/platform/replace_files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
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
  CHECK(error->changed.empty());
  CHECK(error->why.message ==
        folder / "b" + ": was changed by another program meanwhile, so it is left alone");
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
  const auto error = workspace::replace_files({folder.change("a", "old a", "new a"),
                                               folder.change("d/up/b", "old b", "new b"),
                                               folder.change("b", "old b", "another b")});
  REQUIRE(error);
  CHECK(error->why.message.find("is the same file as") != std::string::npos);
  CHECK(folder.read("a") == "old a");
  CHECK(folder.read("b") == "old b");
  CHECK(mode_of(folder / "a") == 0640);
  CHECK(folder.entries() == 3);
}

TEST_CASE("a file with other names is refused") {
  const ScratchFolder folder;
  folder.write("a", "old");
  std::filesystem::create_hard_link(folder / "a", folder / "b");
  const auto error = replace_files({folder.change("a", "old", "new")});
  REQUIRE(error);
  CHECK(error->why.message == folder / "a" + ": has other names (hard links), which would keep the old text");
  CHECK(folder.read("b") == "old");
}

TEST_CASE("extended attributes and access control lists are kept, and none is taken from the folder") {
  const ScratchFolder folder;
  folder.write("a", "old");
  folder.write("b", "old");
  // Version 2; u::rw-, u:1000:rw-, g::r--, m::rw-, o::r--
  const std::string list(
      "\2\0\0\0"
      "\1\0\6\0\xff\xff\xff\xff"
      "\2\0\6\0\xe8\3\0\0"
      "\4\0\4\0\xff\xff\xff\xff"
      "\x10\0\6\0\xff\xff\xff\xff"
      "\x20\0\4\0\xff\xff\xff\xff",
      44);
  const auto set = [&](const std::string& path, const char* name, const std::string& value) {
    return ::setxattr(path.c_str(), name, value.data(), value.size(), 0) == 0;
  };
  const auto get = [&](const std::string& path, const char* name) {
    std::string value(1000, ' ');
    const ssize_t size = ::getxattr(path.c_str(), name, value.data(), value.size());
    return size < 0 ? "none" : value.substr(0, static_cast<std::size_t>(size));
  };
  if (!set(folder / "a", "user.note", "mine") || !set(folder / "a", "system.posix_acl_access", list) ||
      !set(folder / "", "system.posix_acl_default", list)) {
    WARN_MESSAGE(false, "this file system keeps no attributes or lists");
    return;
  }
  CHECK_FALSE(replace_files({folder.change("a", "old", "new"), folder.change("b", "old", "new")}));
  CHECK(get(folder / "a", "user.note") == "mine");
  CHECK(get(folder / "a", "system.posix_acl_access") == list);
  CHECK(get(folder / "b", "system.posix_acl_access") == "none");
  CHECK(mode_of(folder / "a") == 0664);
}

TEST_CASE("interrupted before the first is renamed, it leaves nothing") {
  const ScratchFolder folder;
  folder.write("a", "old");
  folder.write("b", "old");
  int asked = 0;
  const auto error = replace_files({folder.change("a", "old", "new"), folder.change("b", "old", "new")},
                                   [&] { return ++asked == 2; });
  REQUIRE(error);
  CHECK(error->why.message == "interrupted");
  CHECK(folder.read("a") == "old");
  CHECK(folder.entries() == 2);
}

TEST_CASE("what a process left that is gone is removed, and nothing else") {
  const ScratchFolder folder;
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ::waitpid(gone, nullptr, 0);
  const std::string left = ".istio-mtls-" + std::to_string(gone);
  folder.write(left + "-aB3xYz", "");
  folder.write(".istio-mtls-" + std::to_string(::getppid()) + "-aB3xYz", "of one that runs");
  for (const char* ending : {"-aB3xY", "-aB3xYz1", "-aB3.Yz", "aB3xYzz", ""}) folder.write(left + ending, "");
  folder.write(".istio-mtls-x-aB3xYz", "");
  std::filesystem::create_symlink("nowhere", folder / (left + "-aB3xY1"));
  CHECK(workspace::remove_leftovers(folder / "") == 1);
  CHECK(folder.entries() == 8);
  CHECK(workspace::remove_leftovers(folder / "") == 0);
  CHECK(workspace::remove_leftovers(folder / "none") == 0);
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
  CHECK(workspace::replace_files({folder.change("a", "old", "new")})->why.message ==
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
