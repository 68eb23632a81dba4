// The program and its libraries in memory, for crash reports.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace workspace {

struct LoadedModule {
  std::array<char, 128> name{};  // without folders, ends with 0
  std::uintptr_t base = 0;       // what addresses in it are relative to
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;

  // Takes what is behind the last '/', and of that as much as there is room for.
  void set_name(std::string_view path) {
    path.remove_prefix(path.rfind('/') + 1);
    path.copy(name.data(), name.size() - 1);
  }
};

struct LoadedModules {
  std::array<LoadedModule, 64> modules;  // the program is the first
  std::size_t count = 0;
  std::array<char, 2 * 64 + 1> build_id{};  // of the program, in hexadecimal; empty: it has none

  [[nodiscard]] bool is_full() const { return count == modules.size(); }
  void set_build_id(const unsigned char* bytes, std::size_t size) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (std::size_t i = 0; i < size && 2 * i + 2 < build_id.size(); ++i) {
      build_id[2 * i] = kDigits[bytes[i] >> 4];
      build_id[2 * i + 1] = kDigits[bytes[i] & 15];
    }
  }
};

// Those that are loaded now, as many as there is room for. Allocates nothing.
void list_loaded_modules(LoadedModules& found);

}  // namespace workspace
