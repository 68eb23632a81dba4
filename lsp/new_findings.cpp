#include "lsp/new_findings.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace lsp {

void NewFindings::set_delay(std::chrono::milliseconds delay) {
  delay_ = delay;
  if (delay_.count() == 0) shown_.clear();
}

void NewFindings::typed(const std::string& path, TimePoint now) {
  if (delay_.count() == 0) return;
  edited_.insert(path);
  last_edited_ = path;
  deadline_ = now + delay_;
}

NewFindings::Released NewFindings::release() {
  Released released{{held_back_.begin(), held_back_.end()}, {edited_.begin(), edited_.end()}};
  held_back_.clear();
  edited_.clear();
  last_edited_.clear();
  deadline_ = TimePoint::max();
  return released;
}

NewFindings::Shown NewFindings::shown_as(const Json& diagnostic) {
  const auto hash_of = [&diagnostic](const char* key) -> std::uint64_t {
    const auto found = diagnostic.find(key);
    if (found == diagnostic.end() || !found->is_string()) return 0;
    return std::hash<std::string_view>{}(found->get_ref<const std::string&>());
  };
  return {hash_of("code"), hash_of("message"), diagnostic["range"]["start"]["line"].get<std::int64_t>()};
}

Json NewFindings::pass(const std::string& path, Json diagnostics) {
  if (delay_.count() == 0) return diagnostics;
  const auto before = shown_.find(path);
  if (is_typing() && !diagnostics.empty()) {
    std::vector<Shown> known = before == shown_.end() ? std::vector<Shown>() : before->second;
    const auto take = [&known](const auto& is_same) {
      const auto found = std::find_if(known.begin(), known.end(), is_same);
      if (found == known.end()) return false;
      *found = known.back();
      known.pop_back();
      return true;
    };
    Json passed = Json::array();
    for (Json& diagnostic : diagnostics) {
      const Shown now = shown_as(diagnostic);
      const bool is_known =
          take([&now](const Shown& each) { return each.code == now.code && each.message == now.message; }) ||
          take([&now](const Shown& each) { return each.code == now.code && each.line == now.line; });
      if (is_known) passed.push_back(std::move(diagnostic));
    }
    if (passed.size() < diagnostics.size()) {
      held_back_.insert(path);
    } else {
      held_back_.erase(path);
    }
    diagnostics = std::move(passed);
  } else {
    held_back_.erase(path);
  }
  if (diagnostics.empty()) {
    if (before != shown_.end()) shown_.erase(before);
    return diagnostics;
  }
  std::vector<Shown>& shown = shown_[path];
  shown.clear();
  for (const Json& diagnostic : diagnostics) shown.push_back(shown_as(diagnostic));
  return diagnostics;
}

}  // namespace lsp
