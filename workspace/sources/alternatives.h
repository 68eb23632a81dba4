// Which files and folders of a tree are alternatives, of which one is deployed at a time
// (docs/design/sources.md, section 2, point 2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace workspace {

// More alternatives of one folder, or meshes of a workspace, are a collection: each stands for itself.
inline constexpr std::size_t kMaxAlternatives = 100;

// Items stand at paths. A build's path is its folder's and '/': it stands in that folder as a file does.
class Alternatives {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Alternative {
    std::string path;             // of a folder, or an item's
    std::string folder;           // of which it is one of the alternatives
    std::uint32_t outer = kNone;  // the innermost one that holds it
    bool is_leaf = true;          // holds no other
    bool in_collection = false;   // it or one that holds it is one of more than kMaxAlternatives
  };

  // Where something is defined, and how: numbers that are equal for the same content.
  using Definitions = std::vector<std::pair<std::string_view, std::uint32_t>>;

  // Takes note that the items at these paths (each once, in any order) define the same thing.
  void add(Definitions definitions);
  // To be called after the last add().
  void finish();

  // By path.
  [[nodiscard]] const std::vector<Alternative>& all() const { return all_; }
  // The innermost alternative that holds an item; kNone: in none.
  [[nodiscard]] std::uint32_t home_of(std::string_view path) const;
  // An alternative and those that hold it, from the innermost.
  [[nodiscard]] std::vector<std::uint32_t> chain(std::uint32_t alternative) const;

 private:
  void mark(const Definitions& definitions, std::size_t begin, std::size_t end);
  [[nodiscard]] std::uint32_t find(std::string_view path) const;

  std::vector<Alternative> all_;
  std::unordered_map<std::string, std::string> found_;  // path -> folder
  std::unordered_map<std::string_view, std::uint32_t> index_;
};

}  // namespace workspace
