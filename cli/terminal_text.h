// Text for terminals: how wide it is, what is safe to show, and colours. Pure functions on UTF-8; an
// invalid byte counts as one character and shows as U+FFFD.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cli {

// The first character of non-empty `text`: its bytes, and the columns that it takes on a terminal.
struct Glyph {
  std::string_view bytes;
  unsigned columns = 1;   // 0: combines with what stands before it; 2: East Asian wide, emoji
  bool printable = true;  // false: a control or direction character, or no UTF-8
};
Glyph first_glyph(std::string_view text);

unsigned display_width(std::string_view text);

// One line without control characters: manifests are not trusted to steer the terminal.
std::string printable(std::string_view text);

enum class Style : std::uint8_t { Plain, Strong, Faint, Error, Warning, Note, Added, Removed, Code };

// Paints, or leaves alone when off.
class Palette {
 public:
  explicit Palette(bool on) : on_(on) {}
  [[nodiscard]] bool on() const { return on_; }
  [[nodiscard]] std::string paint(Style ink, std::string_view text) const;

 private:
  bool on_;
};

}  // namespace cli
