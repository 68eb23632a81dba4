#include "workspace/sources/chart.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <variant>

#include "workspace/base/uri.h"
#include "workspace/yaml/reader.h"

namespace workspace {

ChartFile read_chart_file(std::string_view text) {
  const auto read = yaml::read_yaml(text, yaml::kWidestLimits);
  const auto* document = std::get_if<yaml::Document>(&read);
  if (document == nullptr) return {};
  const yaml::Value root = document->root();
  return {std::string(root["name"].text()), root["type"].text() == "library"};
}

std::string release_name(std::string_view chart) {
  constexpr std::size_t kMost = 53;
  std::string name;
  for (const char c : chart.substr(0, kMost)) {
    const auto letter = static_cast<unsigned char>(c);
    name += std::isalnum(letter) != 0 || c == '.' ? static_cast<char>(std::tolower(letter)) : '-';
  }
  const auto is_edge = [](char c) { return c == '-' || c == '.'; };
  while (!name.empty() && is_edge(name.back())) name.pop_back();
  while (!name.empty() && is_edge(name.front())) name.erase(0, 1);
  return name.empty() ? "release" : name;
}

bool is_subchart_of(std::string_view folder, std::string_view chart) {
  constexpr std::string_view kCharts = "/charts/";
  return folder.starts_with(chart) && folder.substr(chart.size()).starts_with(kCharts);
}

std::vector<std::string> charts_by_themselves(const std::vector<std::string>& folders) {
  std::vector<std::string> all;
  std::copy_if(folders.begin(), folders.end(), std::back_inserter(all), [&](const std::string& folder) {
    for (std::size_t at = folder.find("/charts/"); at != std::string::npos;
         at = folder.find("/charts/", at + 1)) {
      if (std::binary_search(folders.begin(), folders.end(), folder.substr(0, at))) return false;
    }
    return true;
  });
  return all;
}

}  // namespace workspace
