// What the keys of `.istio-mtls.yaml` mean, for editors: docs/config.schema.json, which is built in.
//
// Paths are those of CursorContext: keys, "[]" for an item of a list. The schema is read once, when it is
// first asked for; results view it and are valid for as long as the program runs. Safe on any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace workspace::settings_schema {

enum class Shape : std::uint8_t { Scalar, Object, List };

// What a key, or an item of a list, may hold.
struct Setting {
  std::string_view name;         // of the key; of an item empty
  std::string_view description;  // without a final full stop, perhaps several sentences; may be empty
  std::string type;              // for people: "list of string", "one of off, hint"
  Shape shape = Shape::Scalar;
  bool is_required = false;
  std::vector<std::string_view> values;  // that a text may be, or `true` and `false`; empty: any
};

// None: there is no such setting, or the path is empty.
std::optional<Setting> find(std::span<const std::string> path);
// The keys of the mapping that the path leads to, in the order of the schema; empty: it leads to none.
std::vector<Setting> keys(std::span<const std::string> path);

}  // namespace workspace::settings_schema
