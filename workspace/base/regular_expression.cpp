#include "workspace/base/regular_expression.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace workspace {

namespace {

constexpr std::size_t kMaxProgram = 20000;  // instructions
constexpr unsigned kMaxDepth = 200;         // of groups
constexpr unsigned kMaxRepeat = 1000;       // Go's own limit

using Class = std::bitset<256>;

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

Class range(unsigned char from, unsigned char to) {
  Class set;
  for (unsigned c = from; c <= to; ++c) set.set(c);
  return set;
}

std::optional<Class> named_class(char name) {
  switch (name | 0x20) {
    case 'd':
      return name == 'd' ? range('0', '9') : ~range('0', '9');
    case 'w': {
      const Class word = range('0', '9') | range('a', 'z') | range('A', 'Z') | range('_', '_');
      return name == 'w' ? word : ~word;
    }
    case 's': {
      const Class space = range('\t', '\n') | range('\f', '\r') | range(' ', ' ');
      return name == 's' ? space : ~space;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

// Emits the program while it reads: a piece is a range of instructions whose open ends lead just behind it.
class RegularExpressionParser {
 public:
  using Instruction = RegularExpression::Instruction;
  using Step = RegularExpression::Step;

  explicit RegularExpressionParser(std::string_view pattern) : pattern_(pattern) {
    if (pattern_.starts_with("(?i)")) {
      ignore_case_ = true;
      pattern_.remove_prefix(4);
    }
  }

  Result<RegularExpression> run() {
    alternatives(0);
    if (error_.empty() && at_ < pattern_.size()) error_ = "unexpected )";
    if (!error_.empty()) return Error{error_};
    emit({Step::Match, 0, 0});
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool more() const { return error_.empty() && at_ < pattern_.size(); }
  [[nodiscard]] char peek() const { return at_ < pattern_.size() ? pattern_[at_] : '\0'; }
  [[nodiscard]] std::uint32_t here() const { return static_cast<std::uint32_t>(program().size()); }
  [[nodiscard]] const std::vector<Instruction>& program() const { return result_.program_; }

  void emit(Instruction instruction) {
    if (program().size() >= kMaxProgram) {
      error_ = "the expression is too large";
      return;
    }
    result_.program_.push_back(instruction);
  }
  void emit_next(Step step, std::uint32_t other = 0) { emit({step, here() + 1, other}); }

  // Moves the piece from `from` on one further, to make room for one instruction before it.
  void insert(std::uint32_t from, Instruction instruction) {
    for (std::uint32_t i = from; i < here(); ++i) {
      Instruction& moved = result_.program_[i];
      ++moved.next;
      if (moved.step == Step::Split) ++moved.other;
    }
    emit({});
    if (!error_.empty()) return;
    std::move_backward(result_.program_.begin() + from, result_.program_.end() - 1, result_.program_.end());
    result_.program_[from] = instruction;
  }

  void alternatives(unsigned depth) {
    if (depth > kMaxDepth) {
      error_ = "nested too deeply";
      return;
    }
    const std::uint32_t begin = here();
    std::vector<std::uint32_t> jumps;
    std::uint32_t branch = begin;
    sequence(depth);
    while (more() && peek() == '|') {
      ++at_;
      insert(branch, {Step::Split, branch + 1, 0});
      for (std::uint32_t& jump : jumps) jump += jump >= branch ? 1 : 0;
      jumps.push_back(here());
      emit({Step::Jump, 0, 0});
      if (!error_.empty()) return;
      result_.program_[branch].other = here();
      branch = here();
      sequence(depth);
    }
    if (!error_.empty()) return;
    for (const std::uint32_t jump : jumps) result_.program_[jump].next = here();
  }

  void sequence(unsigned depth) {
    while (more() && peek() != '|' && peek() != ')') {
      const std::uint32_t begin = here();
      atom(depth);
      while (more()) {
        if (!repeat(begin)) break;
      }
    }
  }

  void atom(unsigned depth) {
    const char c = pattern_[at_++];
    switch (c) {
      case '(':
        if (peek() == '?') skip_group_head();
        alternatives(depth + 1);
        if (error_.empty() && peek() != ')') error_ = "missing )";
        ++at_;
        return;
      case '[':
        return emit_class(bracketed());
      case '.':
        return emit_class(~range('\n', '\n'));
      case '^':
        return emit_next(Step::Begin);
      case '$':
        return emit_next(Step::End);
      case '\\':
        return escape();
      case '*':
      case '+':
      case '?':
        error_ = "missing argument to repetition operator";
        return;
      default:
        return emit_class(literal(c));
    }
  }

  void skip_group_head() {
    ++at_;
    if (peek() == ':') {
      ++at_;
    } else if (peek() == 'P' || peek() == '<') {
      at_ = std::min(pattern_.find('>', at_), pattern_.size() - 1) + 1;
    } else {
      error_ = "invalid or unsupported syntax (?";
    }
  }

  void escape() {
    if (at_ >= pattern_.size()) {
      error_ = "trailing backslash";
      return;
    }
    const char c = pattern_[at_];
    if (c == 'b' || c == 'B' || c == 'A' || c == 'z') {
      ++at_;
      return emit_next(c == 'b'   ? Step::WordBoundary
                       : c == 'B' ? Step::NoWordBoundary
                       : c == 'A' ? Step::Begin
                                  : Step::End);
    }
    emit_class(escaped_class());
  }

  // What stands behind a backslash.
  Class escaped_class() {
    const char c = at_ < pattern_.size() ? pattern_[at_++] : '\\';
    if (const auto named = named_class(c)) return *named;
    switch (c) {
      case 'n':
        return literal('\n');
      case 't':
        return literal('\t');
      case 'r':
        return literal('\r');
      case 'f':
        return literal('\f');
      case 'v':
        return literal('\v');
      default:
        if (is_word(c)) error_ = "invalid escape sequence";
        return literal(c);
    }
  }

  [[nodiscard]] Class literal(char c) const {
    Class set = range(static_cast<unsigned char>(c), static_cast<unsigned char>(c));
    return ignore_case_ ? folded(set) : set;
  }

  static Class folded(Class set) {
    for (unsigned c = 'a'; c <= 'z'; ++c) {
      const unsigned upper = c - 'a' + 'A';
      if (set.test(c) || set.test(upper)) set.set(c).set(upper);
    }
    return set;
  }

  Class bracketed() {
    const bool opposite = peek() == '^';
    if (opposite) ++at_;
    Class set;
    bool first = true;
    while (at_ < pattern_.size() && (first || pattern_[at_] != ']')) {
      first = false;
      if (pattern_.substr(at_).starts_with("[:")) {
        set |= posix_class();
        continue;
      }
      const char c = pattern_[at_++];
      if (c == '\\') {
        set |= escaped_class();
        continue;
      }
      if (peek() == '-' && at_ + 1 < pattern_.size() && pattern_[at_ + 1] != ']') {
        at_ += 1;
        char to = pattern_[at_++];
        if (to == '\\' && at_ < pattern_.size()) to = pattern_[at_++];
        if (static_cast<unsigned char>(to) < static_cast<unsigned char>(c))
          error_ = "invalid character class range";
        set |= range(static_cast<unsigned char>(c), static_cast<unsigned char>(to));
      } else {
        set |= literal(c);
      }
    }
    if (at_ >= pattern_.size()) error_ = "missing closing ]";
    ++at_;
    if (ignore_case_) set = folded(set);
    return opposite ? ~set : set;
  }

  Class posix_class() {
    const std::size_t end = pattern_.find(":]", at_);
    if (end == std::string_view::npos) {
      error_ = "invalid character class";
      at_ = pattern_.size();
      return {};
    }
    const std::string_view name = pattern_.substr(at_ + 2, end - at_ - 2);
    at_ = end + 2;
    const Class lower = range('a', 'z');
    const Class upper = range('A', 'Z');
    const Class digit = range('0', '9');
    if (name == "alpha") return lower | upper;
    if (name == "digit") return digit;
    if (name == "alnum") return lower | upper | digit;
    if (name == "lower") return lower;
    if (name == "upper") return upper;
    if (name == "word") return lower | upper | digit | range('_', '_');
    if (name == "space") return range('\t', '\r') | range(' ', ' ');
    error_ = "invalid character class";
    return {};
  }

  void emit_class(const Class& set) {
    result_.classes_.push_back(set);
    emit_next(Step::Class, static_cast<std::uint32_t>(result_.classes_.size() - 1));
  }

  // A repetition operator behind the piece from `begin` on. False: there is none.
  bool repeat(std::uint32_t begin) {
    const char c = peek();
    if (c == '*' || c == '+' || c == '?') {
      ++at_;
      repeat_between(begin, c == '+' ? 1 : 0, c == '?' ? 1 : kUnbounded);
    } else if (c == '{') {
      if (!repeat_counted(begin)) {
        return false;
      }
    } else {
      return false;
    }
    if (peek() == '?') ++at_;  // whether the shortest match is preferred makes no difference here
    return true;
  }

  static constexpr unsigned kUnbounded = ~0U;

  bool repeat_counted(std::uint32_t begin) {
    const std::size_t close = pattern_.find('}', at_);
    if (close == std::string_view::npos) return literal_brace(begin);
    const std::string_view inside = pattern_.substr(at_ + 1, close - at_ - 1);
    const std::size_t comma = inside.find(',');
    const auto number = [](std::string_view text) -> std::optional<unsigned> {
      unsigned value = 0;
      const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
      if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
      return value;
    };
    const auto least = number(inside.substr(0, comma));
    if (!least) return literal_brace(begin);
    std::optional<unsigned> most = least;
    if (comma != std::string_view::npos) {
      const std::string_view upper = inside.substr(comma + 1);
      most = upper.empty() ? std::optional(kUnbounded) : number(upper);
    }
    if (!most) return literal_brace(begin);
    at_ = close + 1;
    if (*least > kMaxRepeat || (*most != kUnbounded && (*most > kMaxRepeat || *most < *least))) {
      error_ = "invalid repeat count";
      return true;
    }
    repeat_between(begin, *least, *most);
    return true;
  }

  // A `{` that opens no count is one of the text.
  bool literal_brace(std::uint32_t /*begin*/) {
    ++at_;
    emit_class(literal('{'));
    return false;
  }

  void repeat_between(std::uint32_t begin, unsigned least, unsigned most) {
    const std::vector<Instruction> piece(program().begin() + begin, program().end());
    result_.program_.resize(begin);
    const auto copy = [&] {
      const std::uint32_t to = here();
      for (Instruction instruction : piece) {
        instruction.next += to - begin;
        if (instruction.step == Step::Split) instruction.other += to - begin;
        emit(instruction);
        if (!error_.empty()) return;
      }
    };
    for (unsigned i = 0; i < least && error_.empty(); ++i) copy();
    if (most == kUnbounded) {
      const std::uint32_t split = here();
      emit({Step::Split, split + 1, 0});
      copy();
      emit({Step::Jump, split, 0});
      if (error_.empty()) result_.program_[split].other = here();
      return;
    }
    std::vector<std::uint32_t> splits;
    for (unsigned i = least; i < most && error_.empty(); ++i) {
      splits.push_back(here());
      emit({Step::Split, here() + 1, 0});
      copy();
    }
    if (!error_.empty()) return;
    for (const std::uint32_t split : splits) result_.program_[split].other = here();
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool ignore_case_ = false;
  std::string error_;
  RegularExpression result_;
};

Result<RegularExpression> RegularExpression::compile(std::string_view pattern) {
  return RegularExpressionParser(pattern).run();
}

void RegularExpression::add(std::vector<std::uint32_t>& states, std::vector<std::uint32_t>& seen,
                            std::uint32_t stamp, std::uint32_t from, std::string_view text,
                            std::size_t at) const {
  std::vector<std::uint32_t> todo = {from};
  while (!todo.empty()) {
    const std::uint32_t index = todo.back();
    todo.pop_back();
    if (seen[index] == stamp) continue;
    seen[index] = stamp;
    const Instruction& instruction = program_[index];
    const bool word_before = at > 0 && is_word(text[at - 1]);
    const bool word_after = at < text.size() && is_word(text[at]);
    switch (instruction.step) {
      case Step::Split:
        todo.push_back(instruction.other);
        todo.push_back(instruction.next);
        break;
      case Step::Jump:
        todo.push_back(instruction.next);
        break;
      case Step::Begin:
        if (at == 0) todo.push_back(instruction.next);
        break;
      case Step::End:
        if (at == text.size()) todo.push_back(instruction.next);
        break;
      case Step::WordBoundary:
      case Step::NoWordBoundary:
        if ((word_before != word_after) == (instruction.step == Step::WordBoundary))
          todo.push_back(instruction.next);
        break;
      case Step::Class:
      case Step::Match:
        states.push_back(index);
        break;
    }
  }
}

bool RegularExpression::run(std::string_view text, bool whole) const {
  std::vector<std::uint32_t> seen(program_.size(), 0);
  std::vector<std::uint32_t> states;
  std::vector<std::uint32_t> next;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const auto stamp = static_cast<std::uint32_t>(at + 1);
    // Those that the last byte led to are added first; `seen` keeps each once.
    std::vector<std::uint32_t> here;
    for (const std::uint32_t state : next) add(here, seen, stamp, state, text, at);
    if (at == 0 || !whole) add(here, seen, stamp, 0, text, at);
    states = std::move(here);
    next.clear();
    for (const std::uint32_t state : states) {
      const Instruction& instruction = program_[state];
      if (instruction.step == Step::Match) {
        if (!whole || at == text.size()) return true;
      } else if (at < text.size() && classes_[instruction.other].test(static_cast<unsigned char>(text[at]))) {
        next.push_back(instruction.next);
      }
    }
    if (whole && next.empty()) return false;
  }
  return false;
}

}  // namespace workspace
