// Fixtures: manifests that say themselves, in comments, what must be found in them.
//
//   spec:
//     mtls:
//       mode: STRICT
//   #         ^^^^^^ error TIS0208: this policy is STRICT, but DestinationRule foo/a
//   #         ^^^^^^ fix TIS0208: Set PeerAuthentication foo/default to PERMISSIVE => mode: PERMISSIVE
//
// A caret line speaks of the nearest line above that is no caret line; `#<^^^` starts at column 0. One caret
// also stands for an empty range. Keywords:
//
//   error|warning|information|hint CODE: part of the message
//   related CODE: part of the message     a finding of that code names this place
//   fix CODE: part of the title => result
//
// A `fix` is one of the finding that stands at the same place. Its result is a file, `x.fixed.yaml` (several:
// by path, with commas between), or the lines that it changes.
//
// Every finding must be stated, and nothing else may be. Of a finding with a `fix` line all fixes must be, in
// order. What a fix makes is analysed too: its finding is gone, no new error is there.
//
// One file is one mesh; a folder is one workspace, with a `.istio-mtls.yaml` if it wants one. `x.1.yaml` is
// `x.yaml` after an edit, `x.2.yaml` after the next one; files without such a sibling stay as they are. A
// line `# rechecks: a.yaml, b.yaml` in it names exactly the files whose findings the edit may have changed.
//
// Caret lines and `rechecks` lines are taken out before the analysis. Columns count code points.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/engine/analysis.h"
#include "workspace/text/text_range.h"

namespace tests {

struct Caret {
  std::string keyword;
  std::string code;
  std::string text;
  std::string result;          // of a fix
  workspace::ByteRange range;  // in the text without caret lines
  std::uint32_t line = 0;      // of the caret line in the file, from 1
};

struct AnnotatedText {
  std::string text;  // without caret lines
  std::vector<Caret> carets;
  std::optional<std::vector<std::string>> rechecks;
  std::vector<std::string> problems;  // caret lines that make no sense
};

AnnotatedText read_annotated(std::string_view file);

using FixtureStep = std::map<std::string, AnnotatedText>;  // by path below the fixture's root

struct Fixture {
  std::string name;                // the path below the folder that was searched
  std::filesystem::path folder;    // where files named by `fix` lines are
  std::string config;              // `.istio-mtls.yaml`; empty: none
  std::vector<FixtureStep> steps;  // whole states; the first, and one per edit
};

// Sorted by name.
std::vector<Fixture> find_fixtures(const std::filesystem::path& folder);

// The findings of one state, with settings from `config`.
std::vector<checks::Finding> findings_of(const std::map<std::string, std::string>& texts,
                                         const std::string& config = "");

// What is wrong, one line each; empty: the fixture holds. With UPDATE_GOLDEN=1 in the environment the files
// that `fix` lines name are written instead of compared.
std::vector<std::string> run_fixture(const Fixture& fixture);

bool states(const FixtureStep& step, std::string_view code);  // a finding of that code is expected

std::string read_file(const std::filesystem::path& path);
bool updating_golden();

}  // namespace tests
