#include "workspace/config/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "workspace/platform/file_system.h"

namespace workspace {
namespace {

constexpr std::array<std::pair<std::string_view, unsigned>, 3> kUnits = {
    {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}}};

// What a number with this behind it is to be shifted by.
std::optional<unsigned> shift_of(std::string_view unit) {
  if (unit.empty()) return 0;
  const auto known =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const auto& u) { return u.first == unit; });
  return known == kUnits.end() ? std::nullopt : std::optional(known->second);
}

std::string shown_size(std::uint32_t bytes) {
  for (auto unit = kUnits.rbegin(); unit != kUnits.rend(); ++unit) {
    if (bytes >> unit->second != 0) return fmt::format("{}{}", bytes >> unit->second, unit->first);
  }
  return fmt::format("{}", bytes);
}

}  // namespace

Limits limits_of(const LimitValues& values) {
  Limits limits;
  for (const auto& [limit, value] : values) {
    switch (limit) {
      case Limit::FileSize:
        limits.file_size = value;
        break;
      case Limit::DocumentSize:
        limits.document.max_bytes = value;
        break;
      case Limit::Depth:
        limits.document.max_depth = value;
        break;
      case Limit::AliasedValues:
        limits.document.max_alias_expansion = value;
        break;
      case Limit::Documents:
        limits.documents = value;
        break;
    }
  }
  return limits;
}

const LimitKind* find_limit(std::string_view name) {
  const auto* const known = std::find_if(kLimitKinds.begin(), kLimitKinds.end(),
                                         [&](const LimitKind& kind) { return kind.name == name; });
  return known == kLimitKinds.end() ? nullptr : known;
}

std::optional<std::uint32_t> parse_limit(const LimitKind& kind, std::string_view text) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc()) return std::nullopt;
  const std::string_view unit(read.ptr, static_cast<std::size_t>(end - read.ptr));
  if (!unit.empty() && !kind.is_size) return std::nullopt;
  const std::optional<unsigned> shift = shift_of(unit);
  if (!shift) return std::nullopt;
  const std::uint64_t value = std::uint64_t{number} << *shift;
  if (value < kind.floor || value > kind.ceiling) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

std::string expected_of(const LimitKind& kind) {
  if (!kind.is_size) return fmt::format("a number from {} to {}", kind.floor, kind.ceiling);
  return fmt::format("a size from {} to {}, in bytes or as in 64MiB", shown_size(kind.floor),
                     shown_size(kind.ceiling));
}

std::string too_large(std::string_view subject, const Limits& limits) {
  return fmt::format("{}: is larger than {} bytes (limits.fileSize)", subject, limits.file_size);
}

std::string why_unread(const std::string& path, const FileStatus& status, const Limits& limits,
                       const Error& error) {
  const bool large = status.type == FileType::Regular && status.size > limits.file_size;
  return large ? too_large(path, limits) : error.message;
}

}  // namespace workspace
