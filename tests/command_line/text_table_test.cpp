#include "cli/text_table.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using Lines = std::vector<std::string>;

namespace {

std::string as_it_is(const std::string& text, std::size_t /*row*/) { return text; }

}  // namespace

TEST_CASE("text is broken at blanks, else after a slash, else where it must") {
  CHECK(cli::wrapped_text("short", 20) == Lines{"short"});
  CHECK(cli::wrapped_text("STRICT  foo/default mesh/peer.yaml:8", 20) ==
        Lines{"STRICT  foo/default", "  mesh/peer.yaml:8"});
  CHECK(cli::wrapped_text("deploy/clusters/production/peer.yaml:8", 20) ==
        Lines{"deploy/clusters/", "  production/", "  peer.yaml:8"});
  CHECK(cli::wrapped_text("abcdefghijklmnop", 8) == Lines{"abcdefgh", "  ijklmn", "  op"});
  CHECK(cli::wrapped_text("  over PERMISSIVE foo/bar", 18) == Lines{"  over PERMISSIVE", "    foo/bar"});
}

TEST_CASE("wide characters count as they are shown, and are not cut") {
  CHECK(cli::wrapped_text("日本語日本語", 7) == Lines{"日本語", "  日本", "  語"});
}

TEST_CASE("a table fits its width where that can be had") {
  const std::vector<cli::TableRow> rows = {{"PORT", "SERVER"},
                                           {"80", "STRICT  payments/default payments/policy.yaml:9"}};
  CHECK(cli::table_lines(rows, 100, as_it_is) ==
        Lines{"  PORT  SERVER", "  80    STRICT  payments/default payments/policy.yaml:9"});
  CHECK(cli::table_lines(rows, 30, as_it_is) == Lines{"  PORT  SERVER", "  80    STRICT",
                                                      "          payments/default", "          payments/",
                                                      "          policy.yaml:9"});
  // What is narrower than any column can be is given up, not looped over.
  CHECK(cli::table_lines(rows, 1, as_it_is).size() > 2);
}
