// Files read on several threads come in order, however many there are and whatever becomes of them.
#include "cli/read_files.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cli/progress.h"
#include "tests/support/memory_file_system.h"

namespace cli {
namespace {

constexpr std::size_t kFiles = 5000;  // more than may be read ahead

struct Manifests {
  tests::MemoryFileSystem files;
  std::vector<workspace::ReadRequest> wanted;
  std::ostringstream err;
  Progress progress{err, false, 80};

  Manifests() {
    for (std::size_t i = 0; i < kFiles; ++i) {
      wanted.push_back({fmt::format("/w/{:05}.yaml", i), {}});
      if (i % 7 != 0) files.add(wanted.back().path, fmt::format("a: {}\n", i));
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(Manifests, "answers come in the order of the files") {
  for (const unsigned jobs : {1U, 2U, 16U}) {
    CAPTURE(jobs);
    std::vector<std::string> taken;
    std::size_t unread = 0;
    read_files(files, wanted, jobs, progress, [&](std::string path, ReadFile read) {
      CHECK((read.facts == nullptr) == read.error.has_value());
      unread += read.error ? 1 : 0;
      taken.push_back(std::move(path));
    });
    REQUIRE(taken.size() == kFiles);
    CHECK(std::is_sorted(taken.begin(), taken.end()));
    CHECK(unread == (kFiles + 6) / 7);
  }
}

TEST_CASE_FIXTURE(Manifests, "a taker that throws leaves no thread behind") {
  std::size_t taken = 0;
  const auto take = [&taken](const std::string&, const ReadFile&) {
    if (++taken == 10) throw std::runtime_error("enough");
  };
  CHECK_THROWS_AS(read_files(files, wanted, 4, progress, take), std::runtime_error);
  CHECK(taken == 10);
}

TEST_CASE("no files are read at once") {
  tests::MemoryFileSystem files;
  std::ostringstream err;
  Progress progress(err, false, 80);
  read_files(files, {}, 8, progress, [](const std::string&, const ReadFile&) { FAIL("there is none"); });
}

}  // namespace cli
