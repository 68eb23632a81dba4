// What one manifest may cost before it is refused: the setting `limits`. Values and pure functions; whoever
// reads is handed the limits that hold for the file.
//
// Each value has a floor, below which ordinary manifests would be refused, and a ceiling that keeps the
// process safe: offsets are 32 bits wide, yaml-cpp recurses with depth (and stops at 500), and each document
// and each value through an alias costs memory and time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "workspace/yaml/read_limits.h"

namespace workspace {

struct Error;
struct FileStatus;

struct Limits {
  std::uint32_t file_size = 64U << 20U;  // bytes
  std::uint32_t documents = 100'000;     // in a file; each costs memory, however little stands in it
  yaml::ReadLimits document;
  friend bool operator==(const Limits&, const Limits&) = default;
};

inline constexpr Limits kDefaultLimits;

enum class Limit : std::uint8_t { FileSize, DocumentSize, Depth, AliasedValues, Documents };

struct LimitKind {
  Limit limit;
  std::string_view name;  // below `limits`
  std::uint32_t floor;
  std::uint32_t ceiling;
  bool is_size;  // in bytes
};
inline constexpr std::array<LimitKind, 5> kLimitKinds = {{
    {Limit::FileSize, "fileSize", 1U << 10U, 1U << 30U, true},
    {Limit::DocumentSize, "documentSize", 1U << 10U, yaml::kWidestLimits.max_bytes, true},
    {Limit::Depth, "depth", 16, yaml::kWidestLimits.max_depth, false},
    {Limit::AliasedValues, "aliasedValues", 0, yaml::kWidestLimits.max_alias_expansion, false},
    {Limit::Documents, "documents", 1, 1'000'000, false},
}};

inline constexpr std::array<std::string_view, kLimitKinds.size()> kLimitNames = [] {
  std::array<std::string_view, kLimitKinds.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kLimitKinds[i].name;
  return names;
}();

// What one layer of settings says.
using LimitValues = std::map<Limit, std::uint32_t>;

// The usual ones but for what is set.
Limits limits_of(const LimitValues& values);

const LimitKind* find_limit(std::string_view name);  // null: there is none
// A number; of a size, KiB, MiB or GiB may follow it. None if it is none, or not between floor and ceiling.
std::optional<std::uint32_t> parse_limit(const LimitKind& kind, std::string_view text);
// What parse_limit takes, for messages: "a number from 16 to 400".
std::string expected_of(const LimitKind& kind);

// "/a.yaml: is larger than 64 bytes (limits.fileSize)"; `subject` is a path, or what else is too large.
std::string too_large(std::string_view subject, const Limits& limits);
// Why a file could not be read: what `error` says, or which setting lets it be read.
std::string why_unread(const std::string& path, const FileStatus& status, const Limits& limits,
                       const Error& error);

}  // namespace workspace
