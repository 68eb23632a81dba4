// What this program was built of, as the libraries themselves say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct LinkedLibrary {
  std::string_view name;
  std::string version;  // as the library's headers or its CMake package have it
};

// The libraries whose code is part of the program, or that it runs with; sorted by name.
std::vector<LinkedLibrary> linked_libraries();

// A line each: how it was built, then the libraries as "NAME VERSION".
std::string build_info();

}  // namespace cli
