// Myers' greedy algorithm over lines, between the common head and tail. Fixes change few lines, so the
// number of differences is small; texts that differ wildly are shown as replaced as a whole.
#include "cli/unified_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace cli {
namespace {

constexpr std::size_t kContext = 3;
constexpr std::ptrdiff_t kMaxDifferences = 2000;

using Lines = std::vector<std::string_view>;

// With their line ends.
Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

enum class Change : std::uint8_t { Keep, Remove, Add };

// The shortest script that turns `before` into `after`.
class Script {
 public:
  Script(std::span<const std::string_view> before, std::span<const std::string_view> after)
      : before_(before), after_(after) {}

  std::vector<Change> find() {
    const auto most = static_cast<std::ptrdiff_t>(before_.size() + after_.size());
    furthest_.assign(static_cast<std::size_t>(2 * std::min(most, kMaxDifferences) + 3), 0);
    for (std::ptrdiff_t differences = 0; differences <= std::min(most, kMaxDifferences); ++differences) {
      trace_.push_back(furthest_);
      if (advance(differences)) return walk_back(differences);
    }
    return replaced();
  }

 private:
  [[nodiscard]] std::size_t slot(std::ptrdiff_t diagonal) const {
    return static_cast<std::size_t>(diagonal + static_cast<std::ptrdiff_t>(furthest_.size() / 2));
  }

  // On `diagonal`, is the step before it an added line (down) rather than a removed one?
  [[nodiscard]] static bool comes_down(const std::vector<std::ptrdiff_t>& furthest, std::size_t at,
                                       std::ptrdiff_t diagonal, std::ptrdiff_t differences) {
    return diagonal == -differences || (diagonal != differences && furthest[at - 1] < furthest[at + 1]);
  }

  // One more difference on every diagonal; true: the end is reached.
  bool advance(std::ptrdiff_t differences) {
    for (std::ptrdiff_t diagonal = -differences; diagonal <= differences; diagonal += 2) {
      const std::size_t at = slot(diagonal);
      std::ptrdiff_t x =
          comes_down(furthest_, at, diagonal, differences) ? furthest_[at + 1] : furthest_[at - 1] + 1;
      std::ptrdiff_t y = x - diagonal;
      while (x < std::ssize(before_) && y < std::ssize(after_) && before_[x] == after_[y]) {
        ++x;
        ++y;
      }
      furthest_[at] = x;
      if (x >= std::ssize(before_) && y >= std::ssize(after_)) return true;
    }
    return false;
  }

  [[nodiscard]] std::vector<Change> walk_back(std::ptrdiff_t differences) const {
    std::vector<Change> changes;
    std::ptrdiff_t x = std::ssize(before_);
    std::ptrdiff_t y = std::ssize(after_);
    for (; differences > 0; --differences) {
      const std::vector<std::ptrdiff_t>& furthest = trace_[static_cast<std::size_t>(differences)];
      const std::ptrdiff_t diagonal = x - y;
      const bool down = comes_down(furthest, slot(diagonal), diagonal, differences);
      const std::ptrdiff_t from = down ? diagonal + 1 : diagonal - 1;
      const std::ptrdiff_t before_x = furthest[slot(from)];
      for (; x > before_x + (down ? 0 : 1); --x, --y) changes.push_back(Change::Keep);
      changes.push_back(down ? Change::Add : Change::Remove);
      x = before_x;
      y = before_x - from;
    }
    changes.insert(changes.end(), static_cast<std::size_t>(x), Change::Keep);
    std::reverse(changes.begin(), changes.end());
    return changes;
  }

  [[nodiscard]] std::vector<Change> replaced() const {
    std::vector<Change> changes(before_.size(), Change::Remove);
    changes.insert(changes.end(), after_.size(), Change::Add);
    return changes;
  }

  std::span<const std::string_view> before_;
  std::span<const std::string_view> after_;
  std::vector<std::ptrdiff_t> furthest_;            // by diagonal: how far `before` is used up
  std::vector<std::vector<std::ptrdiff_t>> trace_;  // as it was before each number of differences
};

std::vector<Change> changes_between(const Lines& before, const Lines& after) {
  std::size_t head = 0;
  const std::size_t shorter = std::min(before.size(), after.size());
  while (head < shorter && before[head] == after[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  std::vector<Change> changes(head, Change::Keep);
  const std::vector<Change> middle = Script(std::span(before).subspan(head, before.size() - head - tail),
                                            std::span(after).subspan(head, after.size() - head - tail))
                                         .find();
  changes.insert(changes.end(), middle.begin(), middle.end());
  changes.insert(changes.end(), tail, Change::Keep);
  return changes;
}

// A stretch of changes and the lines where it begins.
struct Hunk {
  std::size_t begin = 0;  // in the changes
  std::size_t end = 0;
};

std::vector<Hunk> hunks_of(const std::vector<Change>& changes) {
  std::vector<Hunk> hunks;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (changes[i] == Change::Keep) continue;
    const std::size_t begin = i - std::min(i, kContext);
    const std::size_t end = std::min(changes.size(), i + kContext + 1);
    if (!hunks.empty() && begin <= hunks.back().end) {
      hunks.back().end = end;
    } else {
      hunks.push_back({begin, end});
    }
  }
  return hunks;
}

class DiffPrinter {
 public:
  DiffPrinter(const Lines& before, const Lines& after, const Palette& palette)
      : before_(before), after_(after), palette_(palette) {}

  std::string print(const std::vector<Change>& changes) {
    std::size_t at = 0;
    for (const Hunk& hunk : hunks_of(changes)) {
      for (; at < hunk.begin; ++at) skip(changes[at]);
      print_hunk(changes, hunk);
      at = hunk.end;
    }
    return std::move(out_);
  }

 private:
  void skip(Change change) {
    if (change != Change::Add) ++x_;
    if (change != Change::Remove) ++y_;
  }

  void print_hunk(const std::vector<Change>& changes, const Hunk& hunk) {
    const std::size_t x = x_;
    const std::size_t y = y_;
    std::string body;
    for (std::size_t i = hunk.begin; i < hunk.end; ++i) {
      switch (changes[i]) {
        case Change::Keep:
          body += row(' ', before_[x_], Style::Plain);
          break;
        case Change::Remove:
          body += row('-', before_[x_], Style::Removed);
          break;
        case Change::Add:
          body += row('+', after_[y_], Style::Added);
          break;
      }
      skip(changes[i]);
    }
    out_ += palette_.paint(Style::Note, fmt::format("@@ -{} +{} @@", range(x, x_ - x), range(y, y_ - y))) +
            '\n' + body;
  }

  // "first,count", as diff counts: an empty range is named by the line before it.
  static std::string range(std::size_t begin, std::size_t count) {
    if (count == 1) return std::to_string(begin + 1);
    return fmt::format("{},{}", count == 0 ? begin : begin + 1, count);
  }

  [[nodiscard]] std::string row(char sign, std::string_view line, Style ink) const {
    const bool ended = line.ends_with('\n');
    if (ended) line.remove_suffix(1);
    return palette_.paint(ink, sign + std::string(line)) +
           (ended ? "\n" : "\n\\ No newline at end of file\n");
  }

  const Lines& before_;
  const Lines& after_;
  const Palette& palette_;
  std::size_t x_ = 0;  // lines passed
  std::size_t y_ = 0;
  std::string out_;
};

}  // namespace

std::string unified_diff(std::string_view name, std::string_view before, std::string_view after,
                         const Palette& palette) {
  if (before == after) return {};
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  // As git does: `patch` takes a name with spaces up to a tab.
  const std::string_view end = name.find(' ') == std::string_view::npos ? "" : "\t";
  const std::string head = palette.paint(Style::Strong, fmt::format("--- a/{}{}", name, end)) + '\n' +
                           palette.paint(Style::Strong, fmt::format("+++ b/{}{}", name, end)) + '\n';
  return head + DiffPrinter(old_lines, new_lines, palette).print(changes_between(old_lines, new_lines));
}

}  // namespace cli
