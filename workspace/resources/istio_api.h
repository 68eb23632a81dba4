// What Istio's API is made of: its kinds, the fields of those this program is about, what each field holds,
// and what the reference says of it.
//
// The tables are static and generated from what Istio publishes (scripts/generate-istio-api): they have every
// field that one of the releases of `releases()` serves in any version, so a field that was added or removed
// between them is known. Names are those of JSON: the API server takes no other, so `port_level_mtls` is
// not a field. Lookups allocate nothing; whatever is returned is valid for as long as the program runs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace workspace::istio_api {

enum class FieldType : std::uint8_t {
  String,
  Integer,
  Number,
  Boolean,
  Duration,   // text such as 1h, 10s, 1ms
  Timestamp,  // RFC 3339
  IntOrString,
  Enum,
  Object,
  List,
  Map,  // any key
  Any,
};

// A place in the tables' text.
struct TextRef {
  std::uint32_t offset;
  std::uint16_t size;
};

class Field;
class EnumValue;

// What a value of the API is: a handle of two bytes.
class Type {
 public:
  constexpr explicit Type(std::uint16_t row) : row_(row) {}

  [[nodiscard]] FieldType kind() const;
  // Reports whether any key may stand in it beside its fields (an object whose unknown fields are kept, or
  // Any). A Map is not open: its keys are data.
  [[nodiscard]] bool is_open() const;
  // Of an Object, by name; empty for all else.
  [[nodiscard]] std::span<const Field> fields() const;
  // Null: this is not an Object, or has no such field. Exact, case included. O(fields).
  [[nodiscard]] const Field* field(std::string_view name) const;
  // What a List's items and a Map's values are; none for all else.
  [[nodiscard]] std::optional<Type> item() const;
  // Of an Enum, in the order of the reference; empty for all else.
  [[nodiscard]] std::span<const EnumValue> values() const;
  // One step down: an Object's field, a Map's value by any key, a List's item by "[]" (as in
  // CursorContext::path). None: there is no such field, or nothing is known below (Any, scalars).
  [[nodiscard]] std::optional<Type> below(std::string_view key) const;

  friend bool operator==(const Type&, const Type&) = default;

 private:
  std::uint16_t row_;
};

// One field of an object.
class Field {
 public:
  constexpr Field(TextRef name, TextRef sentence, TextRef anchor, std::uint8_t page, bool required,
                  std::uint16_t type)
      : name_(name), sentence_(sentence), anchor_(anchor), page_(page), required_(required), type_(type) {}

  [[nodiscard]] std::string_view name() const;
  // The first sentence of its description, and the one about its default if that is short; about 200
  // characters at most. Plain text on one line; names may stand in backticks. Empty: Istio says nothing
  // (deprecated or internal fields).
  [[nodiscard]] std::string_view sentence() const;
  // The page of Istio's reference, and the anchor on it (without `#`); both empty if it is not described
  // there.
  [[nodiscard]] std::string_view page() const;
  [[nodiscard]] std::string_view anchor() const;
  // Reports whether the API server or the reference demands it in the object.
  [[nodiscard]] bool is_required() const { return required_; }
  [[nodiscard]] Type type() const { return Type(type_); }

 private:
  TextRef name_;
  TextRef sentence_;
  TextRef anchor_;
  std::uint8_t page_;
  bool required_;
  std::uint16_t type_;
};

class EnumValue {
 public:
  constexpr EnumValue(TextRef name, TextRef sentence) : name_(name), sentence_(sentence) {}

  [[nodiscard]] std::string_view name() const;
  // As Field::sentence, but up to two sentences.
  [[nodiscard]] std::string_view sentence() const;

 private:
  TextRef name_;
  TextRef sentence_;
};

class Kind {
 public:
  constexpr Kind(TextRef group, TextRef name, TextRef sentence, std::uint8_t page, std::uint8_t first_version,
                 std::uint8_t versions, std::uint16_t root)
      : group_(group),
        name_(name),
        sentence_(sentence),
        page_(page),
        first_version_(first_version),
        versions_(versions),
        root_(root) {}

  [[nodiscard]] std::string_view group() const;
  [[nodiscard]] std::string_view name() const;
  // What it is for, as Field::sentence; and its page of the reference.
  [[nodiscard]] std::string_view sentence() const;
  [[nodiscard]] std::string_view page() const;
  // The versions of its group that serve it, the most stable first; at least one.
  [[nodiscard]] std::size_t version_count() const { return versions_; }
  [[nodiscard]] std::string_view version(std::size_t index) const;
  // The whole resource: `apiVersion`, `kind`, `metadata`, `spec`, `status`. None: only that the kind exists
  // is known (EnvoyFilter, ProxyConfig, VirtualService).
  [[nodiscard]] std::optional<Type> root() const;

 private:
  TextRef group_;
  TextRef name_;
  TextRef sentence_;
  std::uint8_t page_;
  std::uint8_t first_version_;
  std::uint8_t versions_;
  std::uint16_t root_;
};

// All kinds of networking.istio.io and security.istio.io, by group, then name.
std::span<const Kind> kinds();
// The same of one group; empty: the group is not one of the two, and nothing is known of its kinds.
std::span<const Kind> kinds_of(std::string_view group);
// Null: no such kind. Exact. `PeerAuthenticationList` is not a kind here, see is_list_kind.
const Kind* find_kind(std::string_view group, std::string_view name);
// Reports whether `name` is the kind of a list of such resources: a kind's name, then `List`.
bool is_list_kind(std::string_view group, std::string_view name);
// The one kind of the group whose name is nearest to `word`, as nearest_field. Allocates.
std::optional<std::string_view> nearest_kind(std::string_view group, std::string_view word);

// Follows keys from the resource down, as Type::below does. None: one of them is unknown.
std::optional<Type> find_type(const Kind& kind, std::span<const std::string_view> path);
// The field that the last key names. Null: that is unknown, or a Map's key or a list's item, or the path is
// empty.
const Field* find_field(const Kind& kind, std::span<const std::string_view> path);

// The one field whose name is nearest to `word` (base/spelling.h: only_near_word). None: none is near, or
// several are as near. Allocates.
std::optional<std::string_view> nearest_field(Type object, std::string_view word);

// "list of string", "map of string to object", "one of DISABLE, SIMPLE": for people.
std::string describe(Type type);

// The releases of istio.io/api that the tables were made from, the oldest first, with spaces between.
std::string_view releases();

}  // namespace workspace::istio_api
