#include <doctest/doctest.h>

#include <chrono>
#include <sstream>
#include <string>

#include "cli/markdown.h"
#include "cli/progress.h"
#include "cli/render_text.h"
#include "cli/terminal_text.h"

using cli::display_width;
using cli::mark_line;
using cli::Palette;
using cli::printable;
using cli::render_markdown;
using cli::Style;

TEST_CASE("width on a terminal: wide, combining and plain characters") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("äöü") == 3);
  CHECK(display_width("你好") == 4);
  CHECK(display_width("e\xCC\x81") == 1);         // e and a combining acute
  CHECK(display_width("\xF0\x9F\x98\x80") == 2);  // emoji
  CHECK(display_width("\xFF\xFE") == 2);          // no UTF-8
  CHECK(display_width("한글") == 4);
  CHECK(display_width("→") == 1);
}

TEST_CASE("nothing shown can steer the terminal") {
  CHECK(printable("a\x1b[31mb") == "a�[31mb");
  CHECK(printable("a\nb\tc") == "a�b�c");
  CHECK(printable("\xC2\x9B"
                  "31m") == "�31m");  // C1 CSI
  CHECK(printable("a\xE2\x80\xAE"
                  "b") == "a�b");   // right-to-left override
  CHECK(printable("\xC3") == "�");  // cut short
  CHECK(printable("\xE2\x82") == "��");
  CHECK(printable("\xF4\x90\x80") == "���");
  CHECK(printable("grün") == "grün");
}

namespace {

// The line and its marks, for the part of `line` that stands between « and ».
std::string marked(std::string line) {
  const std::string open = "«";
  const std::string close = "»";
  const std::size_t begin = line.find(open);
  line.erase(begin, open.size());
  const std::size_t end = line.find(close);
  line.erase(end, close.size());
  const auto result = mark_line({line, {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}});
  return result.line + "\n" + result.marks;
}

}  // namespace

TEST_CASE("the marks stand below the characters, whatever those are") {
  CHECK(marked("mode: «STRICT» # x") == "mode: STRICT # x\n      ^^^^^^");
  CHECK(marked("«a»") == "a\n^");
  CHECK(marked("a: «»") == "a: \n   ^");
  CHECK(marked("«»") == "\n^");
  CHECK(marked("a«»b") == "ab\n ^");
  CHECK(marked("\t{\tmode:\t«X»}") == "    {    mode:    X}\n                  ^");
  CHECK(marked("你好: «好»b") == "你好: 好b\n      ^^");
  CHECK(marked("e\xCC\x81: «X»") == "e\xCC\x81: X\n   ^");
  CHECK(marked("\x1b[1m: «X»") == "�[1m: X\n      ^");
  CHECK(marked("\xFF: «X»") == "�: X\n   ^");
}

TEST_CASE("of a long line only the part around the range is shown") {
  const std::string far(5000, 'x');
  CHECK(marked(far + "«Y»" + far) ==
        "…" + std::string(80, 'x') + "Y" + std::string(40, 'x') + "…\n" + std::string(81, ' ') + "^");
  CHECK(marked("«Y»" + far) == "Y" + std::string(40, 'x') + "…\n^");
  CHECK(marked(far + "«Y»") == "…" + std::string(80, 'x') + "Y\n" + std::string(81, ' ') + "^");
  const std::string wide = marked("«" + far + "»");
  CHECK(wide.size() < 500);
  std::string umlauts;
  for (int i = 0; i < 1000; ++i) umlauts += "ü";
  CHECK(marked(umlauts + "«Y»" + umlauts).find("�") == std::string::npos);
}

TEST_CASE("a palette paints only when on, and always resets") {
  CHECK(Palette(false).paint(Style::Error, "x") == "x");
  CHECK(Palette(true).paint(Style::Error, "x") == "\x1b[1;31mx\x1b[0m");
  CHECK(Palette(true).paint(Style::Error, "").empty());
}

TEST_CASE("Markdown becomes text: wrapped, without marks, code untouched") {
  const Palette plain(false);
  CHECK(render_markdown("# Title\n\nSome **bold** and `code`.\n", plain, 80) ==
        "Title\n\nSome bold and code.\n");
  CHECK(render_markdown("one two three four five six", plain, 20) == "one two three four\nfive six\n");
  CHECK(render_markdown("a\nb\n\nc", plain, 80) == "a b\n\nc\n");
  CHECK(render_markdown("- one two three four five\n- six\n", plain, 20) ==
        "- one two three four\n  five\n- six\n");
  CHECK(render_markdown("1. one two three four\n", plain, 20) == "1. one two three\n   four\n");
  CHECK(render_markdown("  - in\n", plain, 20) == "  - in\n");
  CHECK(render_markdown("```yaml\na:  `b` **c** and a very long line of code\n```\nx\n", plain, 20) ==
        "    a:  `b` **c** and a very long line of code\nx\n");
  CHECK(render_markdown("See [the page](https://x.y/z).", plain, 80) == "See the page (https://x.y/z).\n");
  CHECK(render_markdown("[https://x.y](https://x.y)", plain, 80) == "https://x.y\n");
  CHECK(render_markdown("5 < 6 [not a link] a`b", plain, 80) == "5 < 6 [not a link] a`b\n");
  CHECK(render_markdown("", plain, 80).empty());
}

TEST_CASE("painted Markdown wraps where plain does") {
  const std::string text = "**one two** `three four` five six seven eight nine ten";
  std::string painted = render_markdown(text, Palette(true), 20);
  for (std::size_t at = painted.find('\x1b'); at != std::string::npos; at = painted.find('\x1b')) {
    painted.erase(at, painted.find('m', at) - at + 1);
  }
  CHECK(painted == render_markdown(text, Palette(false), 20));
}

TEST_CASE("progress shows after half a second, ten times a second, and goes without a trace") {
  using std::chrono::milliseconds;
  std::chrono::steady_clock::time_point now{};
  std::ostringstream out;
  {
    cli::Progress progress(out, true, 60, [&now] { return now; });
    progress.update("reading", 1, 10);
    now += milliseconds(499);
    progress.update("reading", 2, 10);
    CHECK(out.str().empty());
    now += milliseconds(1);
    progress.update("reading", 5, 10);
    CHECK(out.str() == "\r\x1b[2Kreading [" + std::string(19, '#') + std::string(19, ' ') + "] 5/10 files");
    now += milliseconds(99);
    progress.update("reading", 6, 10);
    CHECK(out.str().ends_with("5/10 files"));
    now += milliseconds(1);
    progress.update("looking for manifests:", 7, 0);
    CHECK(out.str().ends_with("\r\x1b[2Klooking for manifests: 7 files"));
  }
  CHECK(out.str().ends_with("7 files\r\x1b[2K"));
}

TEST_CASE("progress stays silent when off, when quick, and on a narrow terminal keeps to the line") {
  std::chrono::steady_clock::time_point now{};
  std::ostringstream out;
  cli::Progress off(out, false, 80, [&now] { return now; });
  cli::Progress quick(out, true, 80, [&now] { return now; });
  cli::Progress narrow(out, true, 10, [&now] { return now; });
  quick.update("reading", 1, 2);
  now += std::chrono::seconds(9);
  off.update("reading", 1, 2);
  quick.clear();
  CHECK(out.str().empty());
  narrow.update("reading", 1, 2);
  CHECK(out.str() == "\r\x1b[2Kreading 1/2 files");
}
