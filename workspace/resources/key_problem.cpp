#include "workspace/resources/key_problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "workspace/resources/istio_api.h"
#include "workspace/resources/unknown_fields.h"

namespace workspace {

namespace {

using Entries = std::vector<std::pair<std::string_view, yaml::Value>>;

// Values that are compared, for one resource.
constexpr std::size_t kComparedValues = 100'000;

bool is_to_be_substituted(std::string_view text) {
  return text.find('$') != std::string_view::npos || text.find("{{") != std::string_view::npos;
}

class RepeatedKeys {
 public:
  explicit RepeatedKeys(CompactList<KeyProblem>& into) : into_(into) {}

  void visit_document(const yaml::Value& root, const yaml::Outline& wanted) {
    const Entries written = root.written_entries();
    if (root.node()->flow) {
      add_repeated(written, wanted, KeyProblemKind::Repeated);
    } else if (!add_second_resources(written)) {
      add_repeated(written, wanted, KeyProblemKind::RepeatedAtTop);
    }
    visit_entries(root, wanted);
  }

  void visit(const yaml::Value& value, const yaml::Outline& wanted) {
    if (into_.size() - first_ >= kMaxRepeatedKeys) return;
    if (value.is_mapping()) {
      add_repeated(value.written_entries(), wanted, KeyProblemKind::Repeated);
      visit_entries(value, wanted);
    } else if (value.is_sequence()) {
      std::size_t index = 0;
      for (const yaml::Value& item : value.items()) {
        const std::size_t size = path_.size();
        path_ += fmt::format("[{}]", index++);
        visit(item, wanted);
        path_.resize(size);
      }
    }
  }

 private:
  void visit_entries(const yaml::Value& mapping, const yaml::Outline& wanted) {
    for (const auto& [key, value] : mapping.entries()) {
      if (value.is_scalar()) continue;
      const yaml::Outline* below = wanted.below(key);
      if (below == nullptr) continue;
      const std::size_t size = path_.size();
      append_key(path_, key);
      visit(value, *below);
      path_.resize(size);
    }
  }

  // On the last writing of each key, which is the one that counts.
  void add_repeated(const Entries& written, const yaml::Outline& wanted, KeyProblemKind kind) {
    std::unordered_map<std::string_view, std::size_t> last;
    for (std::size_t i = 0; i < written.size(); ++i) last[written[i].first] = i;
    if (last.size() == written.size()) return;
    std::vector<bool> differs(written.size());
    for (std::size_t i = 0; i < written.size(); ++i) {
      const std::size_t counts = last.at(written[i].first);
      if (counts == i || differs[counts] || wanted.below(written[i].first) == nullptr) continue;
      differs[counts] = !is_same_value(written[i].second, written[counts].second, budget_);
    }
    for (std::size_t i = 0; i < written.size(); ++i) {
      if (differs[i]) add(kind, written[i]);
    }
  }

  // A `---` is missing where keys come again that read as a resource of their own.
  bool add_second_resources(const Entries& written) {
    std::vector<std::size_t> begins;
    std::unordered_set<std::string_view> keys;
    for (std::size_t i = 0; i < written.size(); ++i) {
      if (!keys.insert(written[i].first).second) {
        if (!is_resource(keys)) return false;
        begins.push_back(i);
        keys = {written[i].first};
      }
    }
    if (begins.empty() || !is_resource(keys)) return false;
    // The same twice is no loss.
    const auto differs = [&](const auto& entry) {
      const auto again =
          std::find_if(written.begin() + static_cast<std::ptrdiff_t>(begins.front()), written.end(),
                       [&](const auto& other) { return other.first == entry.first; });
      return again == written.end() || !is_same_value(entry.second, again->second, budget_);
    };
    if (std::none_of(written.begin(), written.begin() + static_cast<std::ptrdiff_t>(begins.front()), differs))
      return false;
    for (const std::size_t begin : begins) add(KeyProblemKind::SecondResource, written[begin]);
    return true;
  }

  static bool is_resource(const std::unordered_set<std::string_view>& keys) {
    return keys.contains("apiVersion") && keys.contains("kind");
  }

  void add(KeyProblemKind kind, const Entries::value_type& entry) {
    if (into_.size() - first_ >= kMaxRepeatedKeys) return;
    std::string path = path_;
    append_key(path, entry.first);
    into_.push_back({kind, path, {entry.second.key_range()}, {}});
  }

  CompactList<KeyProblem>& into_;
  std::size_t first_ = into_.size();
  std::string path_;
  std::size_t budget_ = kComparedValues;
};

}  // namespace

bool is_unknown_istio_kind(std::string_view group, std::string_view kind) {
  if (!group.ends_with(".istio.io")) return false;  // as nearly all
  return !istio_api::kinds_of(group).empty() && istio_api::find_kind(group, kind) == nullptr &&
         !istio_api::is_list_kind(group, kind) && !is_to_be_substituted(kind);
}

KeyProblem unknown_kind_problem(const yaml::Value& resource, std::string_view group, std::string_view kind) {
  const auto near = istio_api::nearest_kind(group, kind);
  return {KeyProblemKind::UnknownKind, "kind", {resource["kind"].range()}, CompactString(near.value_or(""))};
}

void add_unknown_fields(const yaml::Value& resource, std::string_view group, std::string_view kind,
                        CompactList<KeyProblem>& into) {
  const istio_api::Kind* known = istio_api::find_kind(group, kind);
  if (known == nullptr) return;
  for (const UnknownField& field : unknown_fields(resource, *known)) {
    into.push_back({field.is_beside_spec ? KeyProblemKind::BesideSpec : KeyProblemKind::UnknownField,
                    field.path,
                    {field.key_range},
                    CompactString(field.suggestion.value_or(""))});
  }
}

void add_repeated_keys(const yaml::Value& resource, const yaml::Outline& wanted, bool is_document,
                       CompactList<KeyProblem>& into) {
  if (!resource.in_document_that_repeats_keys()) return;
  RepeatedKeys search(into);
  is_document ? search.visit_document(resource, wanted) : search.visit(resource, wanted);
}

}  // namespace workspace
