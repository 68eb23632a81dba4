#include "cli/find_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string_view>
#include <vector>

#include "checks/registry.h"
#include "workspace/base/spelling.h"

namespace cli {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

}  // namespace

const checks::Check* find_code(const Environment& environment, const std::string& code) {
  if (const checks::Check* check = checks::find_check(upper(code))) return check;
  std::vector<std::string_view> known;
  for (const checks::Check* check : checks::all_checks()) known.push_back(check->code);
  print_error(environment, fmt::format("unknown code '{}'{}", code, workspace::did_you_mean(code, known)));
  environment.err << "'istio-mtls-ls explain' lists all codes.\n";
  return nullptr;
}

}  // namespace cli
