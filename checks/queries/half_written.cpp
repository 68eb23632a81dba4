#include "checks/queries/half_written.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "checks/queries/completion.h"
#include "workspace/resources/istio_api.h"
#include "workspace/resources/kinds.h"
#include "workspace/yaml/cursor_context.h"

namespace checks {
namespace {

using workspace::CursorContext;
namespace istio_api = workspace::istio_api;

std::string_view group_of(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

// What words there could be: whether one of them is the word, or goes on after it.
class Words {
 public:
  explicit Words(std::string_view typed) : typed_(typed) {}

  void add(std::string_view word) {
    is_complete_ |= word == typed_;
    goes_on_ |= word.size() > typed_.size() && word.starts_with(typed_);
  }
  [[nodiscard]] bool are_begun() const { return goes_on_ && !is_complete_; }

 private:
  std::string_view typed_;
  bool is_complete_ = false;
  bool goes_on_ = false;
};

std::optional<istio_api::Type> type_at(const CursorContext& cursor, std::size_t steps) {
  const istio_api::Kind* kind = istio_api::find_kind(group_of(cursor.api_version), cursor.kind);
  if (kind == nullptr) return std::nullopt;
  const std::vector<std::string_view> path(cursor.path.begin(),
                                           cursor.path.begin() + static_cast<std::ptrdiff_t>(steps));
  return istio_api::find_type(*kind, path);
}

bool is_scalar(istio_api::FieldType type) {
  using istio_api::FieldType;
  constexpr std::array kOthers = {FieldType::Object, FieldType::List, FieldType::Map, FieldType::Any};
  return std::find(kOthers.begin(), kOthers.end(), type) == kOthers.end();
}

void add_keys(const CursorContext& cursor, Words& words) {
  if (cursor.path.empty()) {
    for (const std::string_view key : {"apiVersion", "kind", "metadata", "spec", "data"}) words.add(key);
  } else if (cursor.path.size() == 1 && cursor.path.front() == "metadata") {
    for (const std::string_view key : {"name", "namespace", "labels", "annotations"}) words.add(key);
  }
  const auto type = type_at(cursor, cursor.path.size());
  if (!type) return;
  for (const istio_api::Field& field : type->fields()) words.add(field.name());
}

void add_values(const CursorContext& cursor, Words& words) {
  if (cursor.path.size() == 1 && cursor.path.front() == "kind") {
    for (const workspace::KindInfo& kind : workspace::all_kinds()) words.add(kind.name);
    for (const istio_api::Kind& kind : istio_api::kinds()) words.add(kind.name());
  } else if (cursor.path.size() == 1 && cursor.path.front() == "apiVersion") {
    for (const istio_api::Kind& kind : istio_api::kinds()) {
      for (std::size_t i = 0; i < kind.version_count(); ++i)
        words.add(std::string(kind.group()) + '/' + std::string(kind.version(i)));
    }
    for (const std::string_view version : {"v1", "apps/v1", "batch/v1"}) words.add(version);
  }
  const auto type = type_at(cursor, cursor.path.size());
  if (!type) return;
  for (const istio_api::EnumValue& value : type->values()) words.add(value.name());
  if (type->kind() == istio_api::FieldType::Boolean) {
    for (const std::string_view value : {"true", "false"}) words.add(value);
  }
}

std::string_view trimmed_end(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::size_t indentation(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

// A line of blanks below a key, deeper than it: its first entry is to come.
bool is_place_of_first_entry(std::string_view before, std::string_view line) {
  while (!before.empty()) {
    before.remove_suffix(1);  // the end of the line above
    const std::size_t begin = before.rfind('\n') + 1;
    const std::string_view above = trimmed_end(before.substr(begin));
    if (above.find_first_not_of(' ') != std::string_view::npos)
      return above.ends_with(':') && indentation(line) > indentation(above);
    before = before.substr(0, begin);
  }
  return false;
}

}  // namespace

bool is_half_written(std::span<const MeshView> meshes, const std::string& file, std::string_view text,
                     std::uint32_t offset) {
  offset = static_cast<std::uint32_t>(std::min<std::size_t>(offset, text.size()));
  const std::size_t begin = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;
  const std::string_view line = text.substr(begin, std::min(text.find('\n', offset), text.size()) - begin);
  if (trimmed_end(line).empty()) return is_place_of_first_entry(text.substr(0, begin), line);
  const CursorContext cursor = workspace::cursor_context(text, offset);
  const std::string_view typed = text.substr(cursor.word.begin, cursor.word.size());
  Words words(typed);
  if (!cursor.in_value) add_keys(cursor, words);
  if (cursor.path.empty()) return !typed.empty() && words.are_begun();
  add_values(cursor, words);
  if (typed.empty()) {
    // A value that is wanting behind its key. What is no scalar has its entries below.
    const auto type = type_at(cursor, cursor.path.size());
    if (cursor.in_value && type && is_scalar(type->kind())) return true;
  }
  for (const MeshView& mesh : meshes) {
    for (const Candidate& candidate : complete(mesh.mesh, file, offset, cursor).list)
      words.add(candidate.text);
  }
  return (cursor.in_value || !typed.empty()) && words.are_begun();
}

}  // namespace checks
