// A pattern compiles to a small program whose forks are followed side by side (Thompson's construction), so
// nothing is ever tried twice at one place of the path.
#include "workspace/files/glob.h"

#include <algorithm>
#include <optional>

namespace workspace {
namespace {

// Reads one code point and moves past it; an invalid byte counts as one outside Unicode.
char32_t next_character(std::string_view text, std::size_t& at) {
  constexpr char32_t kInvalid = 0x110000;
  const auto lead = static_cast<unsigned char>(text[at]);
  ++at;
  if (lead < 0x80) return lead;
  const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  if (more == 0 || at + more > text.size()) return kInvalid + lead;
  char32_t c = lead & (0x3FU >> more);
  for (std::size_t i = 0; i < more; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0U) != 0x80) return kInvalid + lead;
    c = (c << 6U) | (next & 0x3FU);
  }
  at += more;
  return c;
}

}  // namespace

class GlobCompiler {
 public:
  GlobCompiler(Glob& glob, std::string_view pattern) : glob_(glob), pattern_(pattern) {}

  void compile(bool anchored) {
    if (!anchored) any_folders();
    sequence(0, pattern_.size(), true, 0);
    emit({.op = Glob::Op::Accept});
  }

 private:
  static constexpr int kMaxNesting = 16;

  std::uint32_t here() const { return static_cast<std::uint32_t>(glob_.program_.size()); }
  std::uint32_t emit(Glob::Instruction instruction) {
    glob_.program_.push_back(instruction);
    return here() - 1;
  }

  // [begin, end) of the pattern; `segment_start`: what it matches begins a segment.
  void sequence(std::size_t begin, std::size_t end, bool segment_start, int nesting) {
    std::size_t at = begin;
    while (at < end) {
      const bool starts = at == begin ? segment_start : pattern_[at - 1] == '/';
      const char c = pattern_[at];
      if (c == '*') {
        at = stars(at, end, starts);
      } else if (c == '?') {
        emit({.op = Glob::Op::AnyInSegment});
        ++at;
      } else if (c == '[') {
        at = set(at, end);
      } else if (c == '{' && nesting < kMaxNesting) {
        at = braces(at, end, starts, nesting);
      } else {
        if (c == '\\' && at + 1 < end) ++at;
        literal(at);
      }
    }
  }

  void literal(std::size_t& at) {
    emit({.op = Glob::Op::Character, .character = next_character(pattern_, at)});
  }

  // `**/` as a segment: ( [^/]+ '/' )*
  void any_folders() {
    const std::uint32_t loop = emit({.op = Glob::Op::Fork, .first = here() + 1});
    const std::uint32_t again = emit({.op = Glob::Op::AnyInSegment});
    emit({.op = Glob::Op::Fork, .first = again, .second = here() + 1});
    emit({.op = Glob::Op::Character, .character = U'/'});
    emit({.op = Glob::Op::Jump, .first = loop});
    glob_.program_[loop].second = here();
  }

  void repeated(Glob::Op op) {
    const std::uint32_t loop = emit({.op = Glob::Op::Fork, .first = here() + 1});
    emit({.op = op});
    emit({.op = Glob::Op::Jump, .first = loop});
    glob_.program_[loop].second = here();
  }

  std::size_t stars(std::size_t at, std::size_t end, bool segment_start) {
    std::size_t after = at;
    while (after < end && pattern_[after] == '*') ++after;
    const bool two = after - at == 2 && segment_start;
    if (two && after < end && pattern_[after] == '/') {
      any_folders();
      return after + 1;
    }
    if (two && after == end) {
      emit({.op = Glob::Op::Anything});
      repeated(Glob::Op::Anything);
    } else {
      repeated(Glob::Op::AnyInSegment);
    }
    return after;
  }

  std::size_t set(std::size_t at, std::size_t end) {
    const std::optional<std::size_t> close = set_end(at, end);
    if (!close) {
      literal(at);
      return at;
    }
    Glob::CharacterSet set;
    std::size_t i = at + 1;
    if (pattern_[i] == '!' || pattern_[i] == '^') {
      set.negated = true;
      ++i;
    }
    while (i < *close) {
      if (pattern_[i] == '\\' && i + 1 < *close) ++i;
      const char32_t low = next_character(pattern_, i);
      char32_t high = low;
      if (i + 1 < *close && pattern_[i] == '-') {
        ++i;
        high = next_character(pattern_, i);
      }
      set.ranges.emplace_back(low, high);
    }
    glob_.sets_.push_back(std::move(set));
    emit({.op = Glob::Op::Set, .first = static_cast<std::uint32_t>(glob_.sets_.size() - 1)});
    return *close + 1;
  }

  // The ']' that closes the set at `at`; one right after the opening is a member.
  [[nodiscard]] std::optional<std::size_t> set_end(std::size_t at, std::size_t end) const {
    std::size_t i = at + 1;
    if (i < end && (pattern_[i] == '!' || pattern_[i] == '^')) ++i;
    for (std::size_t first = i; i < end; ++i) {
      if (pattern_[i] == '\\') {
        ++i;
      } else if (pattern_[i] == ']' && i != first) {
        return i;
      } else if (pattern_[i] == '/') {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  std::size_t braces(std::size_t at, std::size_t end, bool segment_start, int nesting) {
    const std::vector<std::size_t> cuts = brace_cuts(at, end);
    if (cuts.empty()) {
      literal(at);
      return at;
    }
    std::vector<std::uint32_t> exits;
    std::size_t begin = at + 1;
    for (const std::size_t cut : cuts) {
      const bool last = cut == cuts.back();
      const std::uint32_t fork = last ? 0 : emit({.op = Glob::Op::Fork, .first = here() + 1});
      sequence(begin, cut, segment_start, nesting + 1);
      exits.push_back(emit({.op = Glob::Op::Jump}));
      if (!last) glob_.program_[fork].second = here();
      begin = cut + 1;
    }
    for (const std::uint32_t exit : exits) glob_.program_[exit].first = here();
    return cuts.back() + 1;
  }

  // The commas of the braces at `at` and their closing brace; empty if they never close.
  [[nodiscard]] std::vector<std::size_t> brace_cuts(std::size_t at, std::size_t end) const {
    std::vector<std::size_t> cuts;
    int depth = 0;
    for (std::size_t i = at; i < end; ++i) {
      const char c = pattern_[i];
      if (c == '\\') {
        ++i;
      } else if (c == '{') {
        ++depth;
      } else if (c == ',' && depth == 1) {
        cuts.push_back(i);
      } else if (c == '}' && --depth == 0) {
        cuts.push_back(i);
        return cuts;
      }
    }
    return {};
  }

  Glob& glob_;
  std::string_view pattern_;
};

// The places of the program that are alive at one place of the path.
class Glob::Threads {
 public:
  explicit Threads(const std::vector<Instruction>& program) : program_(&program), seen_(program.size(), 0) {}

  void clear() {
    alive_.clear();
    accepted_ = false;
    ++generation_;
  }

  void add(std::uint32_t start) {
    pending_.push_back(start);
    while (!pending_.empty()) {
      const std::uint32_t at = pending_.back();
      pending_.pop_back();
      if (seen_[at] == generation_) continue;
      seen_[at] = generation_;
      const Instruction& instruction = (*program_)[at];
      if (instruction.op == Op::Jump || instruction.op == Op::Fork) {
        pending_.push_back(instruction.first);
        if (instruction.op == Op::Fork) pending_.push_back(instruction.second);
      } else if (instruction.op == Op::Accept) {
        accepted_ = true;
      } else {
        alive_.push_back(at);
      }
    }
  }

  [[nodiscard]] const std::vector<std::uint32_t>& alive() const { return alive_; }
  [[nodiscard]] bool accepted() const { return accepted_; }

 private:
  const std::vector<Instruction>* program_;
  std::vector<std::uint32_t> seen_;  // the generation that each place was last reached in
  std::vector<std::uint32_t> alive_;
  std::vector<std::uint32_t> pending_;
  std::uint32_t generation_ = 1;
  bool accepted_ = false;
};

Glob::Glob(std::string_view pattern) {
  if (pattern.starts_with("./")) pattern.remove_prefix(1);
  while (pattern.ends_with('/')) {
    folders_only_ = true;
    pattern.remove_suffix(1);
  }
  const bool anchored = pattern.find('/') != std::string_view::npos;
  while (pattern.starts_with('/')) pattern.remove_prefix(1);
  if (pattern.empty()) return;  // an empty program matches nothing
  GlobCompiler(*this, pattern).compile(anchored);
}

bool Glob::CharacterSet::contains(char32_t c) const {
  const bool listed = std::any_of(ranges.begin(), ranges.end(),
                                  [c](const auto& range) { return range.first <= c && c <= range.second; });
  return listed != negated;
}

bool Glob::consumes(const Instruction& instruction, char32_t c) const {
  switch (instruction.op) {
    case Op::Character:
      return instruction.character == c;
    case Op::AnyInSegment:
      return c != U'/';
    case Op::Anything:
      return true;
    case Op::Set:
      return c != U'/' && sets_[instruction.first].contains(c);
    case Op::Fork:
    case Op::Jump:
    case Op::Accept:
      break;
  }
  return false;
}

bool Glob::matches(std::string_view path) const {
  const bool folder = path.ends_with('/');
  while (path.ends_with('/')) path.remove_suffix(1);
  if (program_.empty() || path.empty()) return false;
  Threads now(program_);
  Threads next(program_);
  now.add(0);
  for (std::size_t at = 0; at < path.size();) {
    const char32_t c = next_character(path, at);
    if (c == U'/' && now.accepted()) return true;  // a folder above the path
    next.clear();
    for (const std::uint32_t place : now.alive()) {
      if (consumes(program_[place], c)) next.add(place + 1);
    }
    std::swap(now, next);
    if (now.alive().empty() && !now.accepted()) return false;
  }
  return now.accepted() && (folder || !folders_only_);
}

bool glob_match(std::string_view pattern, std::string_view path) { return Glob(pattern).matches(path); }

std::string glob_escape(std::string_view path) {
  constexpr std::string_view kSpecial = "*?[]{},\\";
  std::string pattern = "/";
  for (const char c : path) {
    if (kSpecial.find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace workspace
