#include "cli/markdown.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace cli {
namespace {

// Words that carry their ink, so that wrapping need not know of escapes.
struct Word {
  std::string painted;
  unsigned columns = 0;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::size_t heading_level(std::string_view line) {
  const std::size_t level = std::min(line.find_first_not_of('#'), line.size());
  return level > 0 && level < line.size() && line[level] == ' ' ? level : 0;
}

// Columns up to the text of a list item; 0: no item.
std::size_t item_indent(std::string_view line) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const std::string_view rest = line.substr(begin);
  if (rest.starts_with("- ") || rest.starts_with("* ")) return begin + 2;
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  return digits > 0 && rest.substr(digits).starts_with(". ") ? begin + digits + 2 : 0;
}

// Splits a paragraph into words and takes the inline marks off.
class Inline {
 public:
  explicit Inline(const Palette& palette) : palette_(palette) {}

  std::vector<Word> words(std::string_view text) {
    while (!text.empty()) text.remove_prefix(step(text));
    end_word();
    return std::move(words_);
  }

 private:
  std::size_t step(std::string_view text) {
    if (text.starts_with("**")) {
      strong_ = !strong_;
      return 2;
    }
    if (text.front() == '`') {
      if (const auto close = closing(text, "`", 1)) {
        add_all(text.substr(1, *close - 1), Style::Code);
        return *close + 1;
      }
    }
    if (text.front() == '[') {
      if (const std::size_t size = link(text)) return size;
    }
    if (text.front() == ' ' || text.front() == '\t') {
      end_word();
      return 1;
    }
    const Glyph glyph = first_glyph(text);
    add(glyph.bytes, strong_ ? Style::Strong : Style::Plain);
    return glyph.bytes.size();
  }

  // "[text](address)"; 0: none.
  std::size_t link(std::string_view text) {
    const auto middle = closing(text, "](", 1);
    if (!middle) return 0;
    const auto close = closing(text, ")", *middle + 2);
    if (!close) return 0;
    const std::string_view label = text.substr(1, *middle - 1);
    const std::string_view address = text.substr(*middle + 2, *close - *middle - 2);
    add_all(label, strong_ ? Style::Strong : Style::Plain);
    if (label != address) add_all(" (" + std::string(address) + ")", Style::Plain);
    return *close + 1;
  }

  static std::optional<std::size_t> closing(std::string_view text, std::string_view mark, std::size_t from) {
    const std::size_t found = text.find(mark, from);
    return found == std::string_view::npos ? std::nullopt : std::optional(found);
  }

  void add_all(std::string_view text, Style ink) {
    std::size_t begin = 0;
    while (begin <= text.size()) {
      const std::size_t space = std::min(text.find(' ', begin), text.size());
      add(text.substr(begin, space - begin), ink);
      if (space < text.size()) end_word();
      begin = space + 1;
    }
  }

  void add(std::string_view text, Style ink) {
    if (!pieces_.empty() && pieces_.back().second == ink) {
      pieces_.back().first += text;
    } else if (!text.empty()) {
      pieces_.emplace_back(text, ink);
    }
  }

  void end_word() {
    if (pieces_.empty()) return;
    Word word;
    for (const auto& [text, ink] : pieces_) {
      word.painted += palette_.paint(ink, text);
      word.columns += display_width(text);
    }
    words_.push_back(std::move(word));
    pieces_.clear();
  }

  const Palette& palette_;
  std::vector<Word> words_;
  std::vector<std::pair<std::string, Style>> pieces_;  // of the word under way
  bool strong_ = false;
};

class Renderer {
 public:
  Renderer(const Palette& palette, unsigned width) : palette_(palette), width_(std::max(width, 20U)) {}

  std::string run(std::string_view markdown) {
    while (!markdown.empty()) {
      const std::size_t end = std::min(markdown.find('\n'), markdown.size());
      line(markdown.substr(0, end));
      markdown.remove_prefix(std::min(end + 1, markdown.size()));
    }
    end_paragraph();
    return std::move(out_);
  }

 private:
  void line(std::string_view text) {
    const std::string_view bare = trimmed(text);
    if (bare.starts_with("```")) {
      end_paragraph();
      in_code_ = !in_code_;
    } else if (in_code_) {
      out_ += "    " + palette_.paint(Style::Code, text) + '\n';
    } else if (bare.empty()) {
      end_paragraph();
      out_ += '\n';
    } else if (const std::size_t level = heading_level(bare)) {
      end_paragraph();
      out_ += palette_.paint(Style::Strong, trimmed(bare.substr(level))) + '\n';
    } else {
      if (item_indent(text) > 0) end_paragraph();
      if (paragraph_.empty()) indent_ = item_indent(text);
      if (!paragraph_.empty()) paragraph_ += ' ';
      paragraph_ += bare;
    }
  }

  void end_paragraph() {
    if (paragraph_.empty()) return;
    const std::string hanging(indent_, ' ');
    const std::size_t marker = indent_ > 0 ? paragraph_.find(' ') + 1 : 0;
    std::string row = std::string(indent_ - std::min(indent_, marker), ' ');
    std::size_t columns = row.size();
    bool fresh = true;
    for (const Word& word : Inline(palette_).words(paragraph_)) {
      if (!fresh && columns + 1 + word.columns > width_) {
        out_ += row + '\n';
        row = hanging;
        columns = indent_;
        fresh = true;
      }
      row += (fresh ? "" : " ") + word.painted;
      columns += word.columns + (fresh ? 0 : 1);
      fresh = false;
    }
    out_ += row + '\n';
    paragraph_.clear();
  }

  const Palette& palette_;
  std::size_t width_;
  std::string out_;
  std::string paragraph_;
  std::size_t indent_ = 0;
  bool in_code_ = false;
};

}  // namespace

std::string render_markdown(std::string_view markdown, const Palette& palette, unsigned width) {
  return Renderer(palette, width).run(markdown);
}

}  // namespace cli
