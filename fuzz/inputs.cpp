// Runs inputs through a target: what libFuzzer does with them, for any compiler.
//
//   fuzz_inputs TARGET FOLDER...      each file of the folders; ends with how many hold
//
// An input that breaks a promise is named and the next one tried; one that ends the process leaves its name
// as the last line.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/target.h"

namespace {

using Target = void (*)(std::string_view);

const std::map<std::string_view, Target> kTargets = {
    {"fixes", fuzz::fixes},       {"framing", fuzz::framing}, {"places", fuzz::places},
    {"planning", fuzz::planning}, {"reading", fuzz::reading}, {"rendering", fuzz::rendering},
    {"session", fuzz::session},
};

bool holds(Target target, const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  try {
    target(bytes);
  } catch (const std::exception& broken) {
    std::printf("broken: %s: %s\n", path.c_str(), broken.what());
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const auto target = kTargets.find(argc > 1 ? argv[1] : "");
  if (argc < 3 || target == kTargets.end()) {
    std::fprintf(stderr, "usage: fuzz_inputs TARGET FOLDER...\n");
    return 2;
  }
  std::vector<std::filesystem::path> paths;
  for (int i = 2; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  int failed = 0;
  for (const std::filesystem::path& path : paths) {
    std::fprintf(stderr, "\r%s", path.filename().c_str());
    failed += holds(target->second, path) ? 0 : 1;
  }
  std::fprintf(stderr, "\n");
  std::printf("%zu of %zu inputs hold\n", paths.size() - static_cast<std::size_t>(failed), paths.size());
  std::printf("%d passed, %d failed\n", failed == 0 ? 1 : 0, failed == 0 ? 0 : 1);
  return failed == 0 && !paths.empty() ? 0 : 1;
}
