#include "lsp/features/schema_text.h"

#include <fmt/format.h>

namespace lsp {
namespace {

std::string key_text(const checks::SchemaHelp& help, const Markup& markup) {
  if (help.value.empty()) return markup.code(help.name);
  if (help.name.empty()) return markup.code(help.value);
  return markup.code(help.name + ": " + help.value);
}

// Empty: there is nothing to say.
std::string type_text(const checks::SchemaHelp& help, const Markup& markup) {
  std::string text;
  if (help.value.empty()) text = markup.text(help.type);
  if (help.is_required) text += text.empty() ? "required" : ", required";
  return text;
}

}  // namespace

std::string sentence_text(std::string_view sentence, const Markup& markup) {
  std::string text;
  while (!sentence.empty()) {
    const std::size_t begin = sentence.find('`');
    const std::size_t end = begin == std::string_view::npos ? begin : sentence.find('`', begin + 1);
    text += markup.text(sentence.substr(0, end == std::string_view::npos ? sentence.size() : begin));
    if (end == std::string_view::npos) break;
    text += markup.code(sentence.substr(begin + 1, end - begin - 1));
    sentence.remove_prefix(end + 1);
  }
  return text;
}

std::string description_text(const checks::SchemaHelp& help, const Markup& markup, bool markdown) {
  std::string text = sentence_text(help.description, markup);
  if (help.page.empty()) return text;
  if (markdown) return text + fmt::format("{}[Istio reference]({})", text.empty() ? "" : " ", help.page);
  return text + (text.empty() ? "" : "\n") + help.page;
}

std::string help_text(const checks::SchemaHelp& help, const Markup& markup, bool markdown, bool brief) {
  const std::string description = description_text(help, markup, markdown);
  const std::string key = key_text(help, markup);
  if (brief && !description.empty()) return key + ": " + description;
  const std::string type = type_text(help, markup);
  return key + (type.empty() ? "" : ": " + type) + (description.empty() ? "" : "\n\n" + description);
}

}  // namespace lsp
