// Regular expressions as RE2 and Go have them, for texts of a few hundred bytes: no back-references and no
// look-around, matched in time linear in the text (std::regex recurses and backtracks on hostile patterns).
//
// Known: literals, `.`, classes with ranges, `\d \w \s` and their opposites, `\b`, `^ $`, groups (also
// `(?:…)` and `(?i)` at the beginning), `|`, `* + ?`, `{n,m}`. Bytes, not code points, are matched: `.` is
// one byte.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

#include "workspace/base/result.h"

namespace workspace {

class RegularExpression {
 public:
  // An error says what is wrong with the pattern.
  static Result<RegularExpression> compile(std::string_view pattern);

  [[nodiscard]] bool matches(std::string_view text) const { return run(text, true); }  // all of it
  [[nodiscard]] bool finds(std::string_view text) const { return run(text, false); }   // a part of it

 private:
  friend class RegularExpressionParser;
  enum class Step : std::uint8_t { Class, Split, Jump, Begin, End, WordBoundary, NoWordBoundary, Match };
  struct Instruction {
    Step step = Step::Match;
    std::uint32_t next = 0;
    std::uint32_t other = 0;  // Split: the second way; Class: which
  };

  [[nodiscard]] bool run(std::string_view text, bool whole) const;
  void add(std::vector<std::uint32_t>& states, std::vector<std::uint32_t>& seen, std::uint32_t stamp,
           std::uint32_t from, std::string_view text, std::size_t at) const;

  std::vector<Instruction> program_;
  std::vector<std::bitset<256>> classes_;
};

}  // namespace workspace
