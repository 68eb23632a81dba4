// gitignore-like globs over '/'-separated relative paths.
//
//   *  ?        any characters, one character, within a segment
//   **          as a whole segment: any number of segments ("a/**" is all below a, "**/a" is a at any depth)
//   [a-z] [!a]  one character of a set, or none of it, never '/'
//   {a,b}       either; may nest and may hold '/'
//   \*          the character itself
//
// A pattern without '/' (a final one aside) matches at any depth, every other one from the root; a leading
// '/' or "./" anchors too. A pattern that matches a folder matches all below it; one that ends in '/' matches
// folders only. Case counts, a leading dot is nothing special, an unclosed '[' or '{' is that character.
//
// Runs as an automaton: time is at most pattern length times path length, whatever the pattern. Characters
// are code points of UTF-8; an invalid byte is a character. Immutable: safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace workspace {

class Glob {
 public:
  explicit Glob(std::string_view pattern);

  // A path that ends in '/' is a folder.
  [[nodiscard]] bool matches(std::string_view path) const;

 private:
  friend class GlobCompiler;

  enum class Op : std::uint8_t { Character, AnyInSegment, Anything, Set, Fork, Jump, Accept };
  struct Instruction {
    Op op = Op::Accept;
    char32_t character = 0;    // Character
    std::uint32_t first = 0;   // Fork, Jump: where to go on; Set: index of the set
    std::uint32_t second = 0;  // Fork
  };
  struct CharacterSet {
    bool negated = false;
    std::vector<std::pair<char32_t, char32_t>> ranges;  // inclusive
    [[nodiscard]] bool contains(char32_t c) const;
  };
  class Threads;

  [[nodiscard]] bool consumes(const Instruction& instruction, char32_t c) const;

  std::vector<Instruction> program_;
  std::vector<CharacterSet> sets_;
  bool folders_only_ = false;
};

bool glob_match(std::string_view pattern, std::string_view path);

// A pattern that matches `path` and all below it, and nothing else.
std::string glob_escape(std::string_view path);

}  // namespace workspace
