#include "workspace/base/spelling.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace workspace {
namespace {

constexpr std::size_t kMaxWord = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::size_t common_prefix(std::string_view a, std::string_view b) {
  std::size_t size = 0;
  while (size < std::min(a.size(), b.size()) && lower(a[size]) == lower(b[size])) ++size;
  return size;
}

// Optimal string alignment distance, by rows.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      const bool swapped =
          i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

struct Near {
  std::optional<std::string_view> word;
  bool is_only = false;  // no other word is as near
};

// How many edits are few for words of these lengths.
std::size_t third_of(std::string_view word, std::string_view candidate) {
  return std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3);
}

// `most_edits` of the word and a candidate: how many make them near.
template <class MostEdits>
Near find_near(std::string_view word, std::span<const std::string_view> known, const MostEdits& most_edits) {
  if (word.size() > kMaxWord) return {};
  Near best;
  std::size_t best_distance = 0;
  std::size_t best_prefix = 0;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance > most_edits(word, candidate) || distance >= candidate.size()) continue;
    const std::size_t prefix = common_prefix(word, candidate);
    const bool as_near = best.word && distance == best_distance;
    if (best.word && distance > best_distance) continue;
    best.is_only = !as_near;
    if (as_near && prefix <= best_prefix) continue;
    best.word = candidate;
    best_distance = distance;
    best_prefix = prefix;
  }
  return best;
}

}  // namespace

std::optional<std::string_view> nearest_word(std::string_view word, std::span<const std::string_view> known) {
  return find_near(word, known, third_of).word;
}

std::optional<std::string_view> only_near_word(std::string_view word,
                                               std::span<const std::string_view> known) {
  const Near near = find_near(word, known, third_of);
  return near.is_only ? near.word : std::nullopt;
}

std::optional<std::string_view> only_word_within(std::size_t max_edits, std::string_view word,
                                                 std::span<const std::string_view> known) {
  const Near near =
      find_near(word, known, [max_edits](std::string_view, std::string_view) { return max_edits; });
  return near.is_only ? near.word : std::nullopt;
}

bool is_within_edits(std::size_t max_edits, std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > max_edits || b.size() > kMaxWord) return false;
  std::array<std::size_t, kMaxWord + 1> row{};  // Levenshtein's, of the prefixes of `a`
  for (std::size_t j = 0; j <= a.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= b.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= a.size(); ++j) {
      const std::size_t replaced = diagonal + (a[j - 1] == b[i - 1] ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[a.size()] <= max_edits;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  const std::optional<std::string_view> near = nearest_word(word, known);
  return near ? fmt::format("; did you mean '{}'?", *near) : std::string();
}

}  // namespace workspace
