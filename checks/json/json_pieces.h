// JSON text that is written piece by piece: nothing is copied as it grows, so that appending costs the same
// at any size.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/json/json_text.h"

namespace checks {

class JsonPieces {
 public:
  void append(std::string_view text) {
    if (pieces_.empty() || pieces_.back().size() + text.size() > kPieceBytes) {
      pieces_.emplace_back();
      pieces_.back().reserve(kPieceBytes);
    }
    pieces_.back() += text;
  }
  void append_value(const nlohmann::ordered_json& value) { append(json_text(value)); }
  // As the next item of an array.
  void append_item(const nlohmann::ordered_json& value) {
    if (!pieces_.empty()) append(",");
    append_value(value);
  }
  void append(JsonPieces pieces) {
    for (std::string& piece : pieces.pieces_) pieces_.push_back(std::move(piece));
  }

  [[nodiscard]] std::vector<std::string> take() { return std::exchange(pieces_, {}); }

 private:
  static constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

  std::vector<std::string> pieces_;
};

}  // namespace checks
