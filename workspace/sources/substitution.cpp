#include "workspace/sources/substitution.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "workspace/resources/kinds.h"
#include "workspace/yaml/reader.h"

namespace workspace {

namespace {

struct Replacement {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::string text;
};

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_';
  });
}

// What `${…}` with this between its braces stands for.
std::optional<std::string> value_of(std::string_view inside, const SubstitutionValues& values) {
  const std::size_t name_end = std::min(inside.find(':'), inside.size());
  const std::string_view name = inside.substr(0, name_end);
  if (!is_name(name)) return std::nullopt;
  if (const auto at = values.find(name); at != values.end() && !at->second.empty()) return at->second;
  const std::string_view rest = inside.substr(name_end);
  if (rest.starts_with(":=") || rest.starts_with(":-")) return std::string(rest.substr(2));
  return std::nullopt;
}

std::vector<Replacement> replacements(std::string_view text, const SubstitutionValues& values) {
  std::vector<Replacement> found;
  for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    const auto begin = static_cast<std::uint32_t>(at);
    if (at > 0 && text[at - 1] == '$') {
      found.push_back({begin - 1, begin, ""});
      continue;
    }
    const std::size_t end = text.find_first_of("}\n", at);
    if (end == std::string_view::npos || text[end] != '}') continue;
    if (auto value = value_of(text.substr(at + 2, end - at - 2), values))
      found.push_back({begin, static_cast<std::uint32_t>(end + 1), *std::move(value)});
  }
  return found;
}

// Where an offset of the old text is in the new one; inside of a replacement: where that begins or ends.
class Shift {
 public:
  explicit Shift(const std::vector<Replacement>& replacements) : replacements_(replacements) {}

  // Offsets must ascend from call to call, as far as one reader goes.
  [[nodiscard]] std::uint32_t of(std::uint32_t offset, bool is_end) const {
    std::int64_t by = 0;
    for (const Replacement& each : replacements_) {
      if (each.begin >= offset) break;
      const auto grown = static_cast<std::int64_t>(each.text.size()) - (each.end - each.begin);
      if (each.end <= offset) {
        by += grown;
        continue;
      }
      return static_cast<std::uint32_t>(each.begin + by + (is_end ? each.text.size() : 0));
    }
    return static_cast<std::uint32_t>(offset + by);
  }

  [[nodiscard]] bool touches(ByteRange range) const {
    return std::any_of(replacements_.begin(), replacements_.end(), [&](const Replacement& each) {
      return each.begin < range.end && range.begin < each.end;
    });
  }

 private:
  const std::vector<Replacement>& replacements_;
};

}  // namespace

SubstitutionValues substitution_values(const BuildRequest& request, const PlanInput& input,
                                       SourceReader& sources) {
  SubstitutionValues values;
  for (const PlanPlace& place : request.substitute_from) {
    const PlanFile& file = input.files[place.file];
    const SharedSourceText text = sources.read(file.path);
    if (text == nullptr || file.facts == nullptr || text->size() != file.facts->text_size) continue;
    const DocumentState& document = file.facts->documents[place.document];
    const auto read = yaml::read_yaml(std::string_view(*text).substr(document.begin, document.size),
                                      yaml::kWidestLimits);
    const auto* tree = std::get_if<yaml::Document>(&read);
    if (tree == nullptr) continue;
    const Metadata& metadata = metadata_of(document.facts->resources[place.resource]);
    for (const auto& [key, value] : resource_in(tree->root(), metadata)["data"].entries()) {
      if (value.is_scalar()) values.insert_or_assign(std::string(key), std::string(value.text()));
    }
  }
  for (const Substitution& each : request.substitutions) values.insert_or_assign(each.name, each.value);
  return values;
}

void substitute(BuiltDocument& document, const SubstitutionValues& values) {
  const std::vector<Replacement> found = replacements(document.text, values);
  if (found.empty()) return;
  std::string text;
  std::size_t done = 0;
  for (const Replacement& each : found) {
    text.append(document.text, done, each.begin - done);
    text += each.text;
    done = each.end;
  }
  text.append(document.text, done);
  const Shift shift(found);
  std::vector<SourceMap::Segment> segments = document.map.segments();
  for (SourceMap::Segment& segment : segments) {
    if (segment.kind == PlaceKind::Written && shift.touches(segment.built)) segment.kind = PlaceKind::Shared;
    segment.built = {shift.of(segment.built.begin, false), shift.of(segment.built.end, true)};
  }
  document.text = std::move(text);
  document.map = SourceMap(std::move(segments));
}

}  // namespace workspace
