#include "workspace/sources/alternatives.h"

#include <algorithm>
#include <cstddef>

namespace workspace {

void Alternatives::add(Definitions definitions) {
  std::sort(definitions.begin(), definitions.end());
  mark(definitions, 0, definitions.size());
}

// In the folder that all of [begin, end) have in common, each child that defines the thing is an alternative
// unless all say the same: a child that says x finds another that says something else, since otherwise all
// would say x.
void Alternatives::mark(const Definitions& definitions, std::size_t begin, std::size_t end) {
  const auto differs = [&definitions](std::size_t i) {
    return definitions[i].second != definitions[i - 1].second;
  };
  bool any = false;
  for (std::size_t i = begin + 1; i < end && !any; ++i) any = differs(i);
  if (!any) return;
  const std::string_view first = definitions[begin].first;
  const std::string_view last = definitions[end - 1].first;
  const auto common = static_cast<std::size_t>(
      std::mismatch(first.begin(), first.end(), last.begin(), last.end()).first - first.begin());
  const std::size_t folder = first.substr(0, common).rfind('/');  // where its name ends
  if (folder == std::string_view::npos || first == last) return;
  for (std::size_t i = begin; i < end;) {
    const std::string_view path = definitions[i].first;
    const std::string_view child = path.substr(0, path.find('/', folder + 1));
    std::size_t next = i + 1;
    if (child.size() < path.size()) {
      while (next < end && definitions[next].first.starts_with(child) &&
             definitions[next].first[child.size()] == '/')
        ++next;
    }
    found_.emplace(child, path.substr(0, folder));
    if (next - i > 1) mark(definitions, i, next);
    i = next;
  }
}

void Alternatives::finish() {
  std::unordered_map<std::string_view, std::size_t> sizes;
  for (const auto& [path, folder] : found_) {
    all_.push_back({path, folder});
    ++sizes[folder];
  }
  std::sort(all_.begin(), all_.end(),
            [](const Alternative& a, const Alternative& b) { return a.path < b.path; });
  for (std::uint32_t i = 0; i < all_.size(); ++i) index_.emplace(all_[i].path, i);
  // One that holds another comes before it.
  for (Alternative& alternative : all_) {
    alternative.outer = find(std::string_view(alternative.path).substr(0, alternative.path.rfind('/')));
    alternative.in_collection = sizes[alternative.folder] > kMaxAlternatives;
    if (alternative.outer == kNone) continue;
    all_[alternative.outer].is_leaf = false;
    alternative.in_collection |= all_[alternative.outer].in_collection;
  }
}

std::uint32_t Alternatives::find(std::string_view path) const {
  for (;;) {
    if (const auto at = index_.find(path); at != index_.end()) return at->second;
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return kNone;
    path = path.substr(0, slash);
  }
}

std::uint32_t Alternatives::home_of(std::string_view path) const { return all_.empty() ? kNone : find(path); }

std::vector<std::uint32_t> Alternatives::chain(std::uint32_t alternative) const {
  std::vector<std::uint32_t> chain;
  for (; alternative != kNone; alternative = all_[alternative].outer) chain.push_back(alternative);
  return chain;
}

}  // namespace workspace
