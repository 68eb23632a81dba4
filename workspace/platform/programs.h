// How the system finds programs, for those that have to be found before they are run (process.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace workspace {

// The folders of PATH, in order, without those that are relative: they could be a manifest's author's.
std::vector<std::string> program_folders();

// What the file of a program is called: "helm"; on Windows "helm.exe".
std::string program_file(std::string_view name);

// A file that is always empty, as programs know it.
std::string_view empty_file();

}  // namespace workspace
