// A folder of files and what happens to it later, read off one text, so that an input can be read by people
// and a mutation of it is another story.
//
// A line `#- PATH` begins a file of the folder. Below the line `#= PATH` stands what a file says later, and
// `#! PATH` takes one away: each is a step. Paths that lead out of the folder are read as names in it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

inline constexpr std::string_view kStoryRoot = "/w";

using Texts = std::map<std::string, std::string>;  // by path

struct Step {
  std::string path;
  std::optional<std::string> text;  // none: the file goes
};

struct Story {
  Texts files;
  std::vector<Step> steps;
};

Story read_story(std::string_view input);

// The folders with a kustomization, in order; at most so many.
std::vector<std::string> kustomized_folders(const Texts& files, std::size_t at_most);

}  // namespace fuzz
