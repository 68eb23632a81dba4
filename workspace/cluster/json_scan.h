// Walks JSON text without making a tree: what a cluster answers is mostly of no interest, and it is large.
// RFC 8259; text that begins like it and is cut or wrong anywhere is refused as a whole. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "workspace/yaml/fast_reader.h"

namespace workspace {

// Reads values one after the other. After a failure nothing more is read.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  // The text of the value that comes next; none: it is not valid.
  std::optional<std::string_view> value();
  // Calls `each` with the text of every key, without quotes and as written, while the scanner stands at its
  // value, which `each` must take. False: not an object, or `each` said so.
  template <class Each>
  bool object(const Each& each) {
    if (!begin('{')) return false;
    if (accept('}')) return true;
    do {
      const std::optional<std::string_view> key = string();
      if (!key || !accept(':') || !each(key->substr(1, key->size() - 2))) return fail();
    } while (accept(','));
    return accept('}') || fail();
  }
  // The same of the items of an array; false: not an array.
  template <class Each>
  bool array(const Each& each) {
    if (!begin('[')) return false;
    if (accept(']')) return true;
    do {
      if (!each()) return fail();
    } while (accept(','));
    return accept(']') || fail();
  }
  // The first character of the next value; 0: there is none.
  char next();
  // Bytes from the beginning of the text.
  [[nodiscard]] std::size_t position() const { return at_; }
  // Whether nothing but white space is left.
  [[nodiscard]] bool at_end() { return next() == 0 && !failed_ && depth_ == 0; }

 private:
  static constexpr unsigned kMaxDepth = 200;

  bool fail() {
    failed_ = true;
    return false;
  }
  bool begin(char open);
  bool accept(char c);
  std::optional<std::string_view> string();
  bool skip_string();
  bool skip_value();
  bool skip_word();

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
  bool failed_ = false;
};

// The text of a member of an object, the first of that name; empty: there is none.
std::string_view json_member(std::string_view object, std::string_view key);
// The text that a string stands for; of any other value what is written.
std::string json_text_of(std::string_view value);
// A string that stands for a text.
std::string json_quoted(std::string_view text);

// Appends the value that comes next to `out` with what is `wanted` of it: members that are left without
// anything are left out, items of arrays are not. False: it is not valid.
bool reduce_json(JsonScanner& from, const yaml::Outline& wanted, std::string& out);

}  // namespace workspace
