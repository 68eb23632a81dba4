// "Did you mean …": the nearest of a few known words. Pure; bytes; case does not count.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace workspace {

// The word that takes the fewest edits (insert, drop, replace, swap neighbours) to become `word`; none if
// that is more than a third of its length, or `word` is very long.
std::optional<std::string_view> nearest_word(std::string_view word, std::span<const std::string_view> known);

// The same where no other word takes as few edits; none where several do.
std::optional<std::string_view> only_near_word(std::string_view word,
                                               std::span<const std::string_view> known);

// The word that takes at most `max_edits` edits, where no other word takes as few; none if there is no such
// word, or `word` is very long.
std::optional<std::string_view> only_word_within(std::size_t max_edits, std::string_view word,
                                                 std::span<const std::string_view> known);

// Whether at most `max_edits` edits (insert, drop, replace; case counts) make one word of the other; false
// for very long words.
bool is_within_edits(std::size_t max_edits, std::string_view a, std::string_view b);

// "; did you mean 'x'?", or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace workspace
