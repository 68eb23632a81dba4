#include "cli/help_formatter.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace cli {
namespace {

constexpr std::size_t kTextColumn = 29;
constexpr std::size_t kWidth = 80;

bool takes_many(const CLI::Option& option) { return option.get_expected_max() > 1; }

// Words between `column` and the right edge, each line but the first indented.
std::string wrapped(std::string_view text, std::size_t column) {
  std::string result;
  std::size_t at = column;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (at > column && at + 1 + end > kWidth) {
      result += '\n' + std::string(column, ' ');
      at = column;
    }
    if (at > column) {
      result += ' ';
      ++at;
    }
    result += text.substr(0, end);
    at += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string row(const std::string& head, std::string_view text) {
  constexpr std::size_t kGap = 2;
  std::string line = "  " + head;
  if (line.size() + kGap > kTextColumn)
    line += '\n' + std::string(kTextColumn, ' ');
  else
    line.append(kTextColumn - line.size(), ' ');
  return line + wrapped(text, kTextColumn) + '\n';
}

std::string head_of(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name() + (takes_many(option) ? "..." : "");
  const auto& short_names = option.get_snames();
  std::string head = short_names.empty() ? "    " : "-" + short_names.front() + ", ";
  head += "--" + option.get_lnames().front();
  const std::string value = option.get_type_name();
  if (!value.empty() && option.get_type_size_max() > 0) head += (value.starts_with("[=") ? "" : " ") + value;
  return head;
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode /*mode*/) const {
  const std::string footer = app->get_footer();
  return app->get_description() + "\n\n" + usage(*app, name) + commands(*app) + arguments(*app) +
         options(*app) + (footer.empty() ? "" : "\n" + footer + "\n");
}

std::string HelpFormatter::usage(const CLI::App& app, const std::string& name) {
  const bool has_commands = !app.get_subcommands([](const CLI::App*) { return true; }).empty();
  std::string line = "Usage: " + name;
  if (has_commands) line += " [COMMAND]";
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) line += fmt::format(" [{}]", head_of(*option));
  }
  return line + " [OPTIONS]\n";
}

std::string HelpFormatter::commands(const CLI::App& app) {
  std::string rows;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    rows += row(command->get_name(), command->get_description());
  }
  return rows.empty() ? rows : "\nCommands:\n" + rows;
}

std::string HelpFormatter::arguments(const CLI::App& app) {
  std::string rows;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) rows += row(head_of(*option), option->get_description());
  }
  return rows.empty() ? rows : "\nArguments:\n" + rows;
}

std::string HelpFormatter::options(const CLI::App& app) {
  std::string text;
  for (const std::string& group : app.get_groups()) {
    if (group.empty()) continue;
    text += '\n' + group + ":\n";
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_group() == group && !option->get_positional())
        text += row(head_of(*option), option->get_description());
    }
  }
  return text;
}

}  // namespace cli
