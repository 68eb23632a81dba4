#include "workspace/sources/chart_build.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "workspace/base/uri.h"
#include "workspace/resources/kinds.h"
#include "workspace/sources/build_facts.h"
#include "workspace/sources/chart_template.h"
#include "workspace/yaml/document_split.h"
#include "workspace/yaml/reader.h"

namespace workspace {

namespace {

constexpr std::string_view kSource = "# Source: ";

// A template with what was rendered of it.
struct TemplateFile {
  std::uint32_t index = 0;  // in Build::files
  SharedSourceText text;
  std::vector<TemplateSection> sections;
  std::vector<std::size_t> documents;  // of the build
};

// A scalar or key of a rendered document.
struct Leaf {
  std::string path;
  ByteRange built;  // in its document
  bool is_key = false;
  std::uint32_t nth = 0;  // of those in the document with this path
};

class Leaves {
 public:
  explicit Leaves(const yaml::Value& root) { visit(root, ""); }
  std::vector<Leaf> take() { return std::move(leaves_); }
  [[nodiscard]] const std::map<std::string, std::uint32_t, std::less<>>& counts() const { return counts_; }

 private:
  void visit(const yaml::Value& value, const std::string& path) {
    if (value.is_mapping()) {
      for (const auto& [key, child] : value.written_entries()) {
        const std::string below = path + "\n" + std::string(key);
        const std::uint32_t nth = counts_[below]++;
        leaves_.push_back({below, child.key_range(), true, nth});
        visit_child(child, below, nth);
      }
    } else if (value.is_sequence()) {
      const std::string below = path + "\n-";
      for (const yaml::Value& item : value.items()) visit_child(item, below, counts_[below]++);
    }
  }
  void visit_child(const yaml::Value& child, const std::string& path, std::uint32_t nth) {
    if (child.is_scalar()) {
      leaves_.push_back({path, child.range(), false, nth});
    } else {
      visit(child, path);
    }
  }

  std::vector<Leaf> leaves_;
  std::map<std::string, std::uint32_t, std::less<>> counts_;
};

struct Document {
  std::string text;
  std::string source;  // as helm names it
  std::vector<Leaf> leaves;
  std::map<std::string, std::uint32_t, std::less<>> counts;  // by path
  const TemplateSection* section = nullptr;
  SourceMap map;
};

// Whether what a resource of the kinds that are read has no namespace of its own and is no cluster's.
bool lacks_namespace(const yaml::Value& resource) {
  const std::string_view version = resource["apiVersion"].text();
  const std::string_view group =
      version.find('/') == std::string_view::npos ? std::string_view() : version.substr(0, version.find('/'));
  const auto kinds = all_kinds();
  return resource["metadata"].is_mapping() && !resource["metadata"]["namespace"].exists() &&
         std::any_of(kinds.begin(), kinds.end(), [&](const KindInfo& kind) {
           return kind.name == resource["kind"].text() && kind.group == group && !kind.cluster_scoped;
         });
}

// The text of a document with the namespace that helm installs it to, where it says none.
std::string with_namespace(std::string_view text, const yaml::Value& root, const std::string& ns) {
  std::vector<std::pair<std::uint32_t, std::string>> added;
  const auto add = [&](const yaml::Value& resource) {
    if (!lacks_namespace(resource)) return;
    const auto entries = resource["metadata"].written_entries();
    if (entries.empty()) return;
    const std::uint32_t begin = entries.front().second.key_range().begin;
    std::size_t line = text.rfind('\n', begin);
    line = line == std::string_view::npos ? 0 : line + 1;
    const std::string_view before = text.substr(line, begin - line);
    const bool is_block = before.find_first_not_of(' ') == std::string_view::npos;
    added.emplace_back(
        begin, is_block ? "namespace: " + ns + "\n" + std::string(before) : "namespace: " + ns + ", ");
  };
  if (root["kind"].text().ends_with("List")) {
    for (const yaml::Value& item : root["items"].items()) add(item);
  }
  add(root);
  std::sort(added.begin(), added.end());
  std::string made;
  std::size_t copied = 0;
  for (const auto& [at, line] : added) {
    made += text.substr(copied, at - copied);
    made += line;
    copied = at;
  }
  return made += text.substr(copied);
}

class Mapper {
 public:
  Mapper(const ChartRelease& release, const TemplateText& text_of) : release_(release), text_of_(text_of) {}

  RenderedChart run(std::string_view output, const std::string& name, const FileFacts* previous) {
    for (const ByteRange slice : split_documents(output)) add(output.substr(slice.begin, slice.size()));
    for (std::size_t i = 0; i < documents_.size(); ++i) file_of(documents_[i].source).documents.push_back(i);
    Build build;
    build.root = release_.folder;
    build.is_chart = true;
    for (auto& [source, file] : files_) {
      if (file.text == nullptr) {
        // A packed sub-chart: its chart stands for it.
        file.index = add_file(release_.folder + "/Chart.yaml");
        place_at_beginning(file);
      } else {
        file.index = add_file(path_of(source));
        file.sections = read_template(*file.text);
        find_sections(file);
        place(file);
      }
    }
    for (Document& document : documents_)
      build.documents.emplace_back(std::move(document.text), std::move(document.map));
    build.files = share(paths_);
    result_.facts = build_facts(std::move(build), name, previous);
    result_.texts = std::move(texts_);
    return std::move(result_);
  }

 private:
  // A slice of helm's output: the marker, `# Source: PATH`, and what was rendered.
  void add(std::string_view slice) {
    if (slice.starts_with("---")) slice.remove_prefix(std::min(slice.find('\n'), slice.size() - 1) + 1);
    auto read = yaml::read_yaml(slice, yaml::kWidestLimits);
    const auto* tree = std::get_if<yaml::Document>(&read);
    if (tree == nullptr) {
      ++result_.unreadable;
      return;
    }
    if (!tree->root().exists()) return;
    std::string text =
        release_.ns.empty() ? std::string(slice) : with_namespace(slice, tree->root(), release_.ns);
    if (!text.ends_with('\n')) text += '\n';
    auto read_again = yaml::read_yaml(text, yaml::kWidestLimits);
    if (std::holds_alternative<yaml::Problem>(read_again)) {
      text = slice;
      if (!text.ends_with('\n')) text += '\n';
      read_again = yaml::read_yaml(text, yaml::kWidestLimits);
    }
    tree = &std::get<yaml::Document>(read_again);
    Document& document = documents_.emplace_back();
    if (slice.starts_with(kSource)) {
      const std::string_view line = slice.substr(0, slice.find('\n'));
      document.source = line.substr(kSource.size());
      while (document.source.ends_with('\r')) document.source.pop_back();
    }
    Leaves leaves(tree->root());
    document.counts = leaves.counts();
    document.leaves = leaves.take();
    document.text = std::move(text);
  }

  // "shop/templates/a.yaml": the chart's name, and a path within it.
  [[nodiscard]] std::string path_of(const std::string& source) const {
    const std::size_t slash = source.find('/');
    if (slash == std::string::npos) return {};
    std::string path = path_from(release_.folder, source.substr(slash + 1));
    return is_below(path, release_.folder) ? path : std::string();
  }

  TemplateFile& file_of(const std::string& source) {
    const auto [at, is_new] = files_.try_emplace(source);
    if (is_new) {
      const std::string path = path_of(source);
      if (!path.empty()) at->second.text = text_of_(path);
    }
    return at->second;
  }

  std::uint32_t add_file(const std::string& path) {
    const auto at = std::find(paths_.begin(), paths_.end(), path);
    if (at != paths_.end()) return static_cast<std::uint32_t>(at - paths_.begin());
    paths_.push_back(path);
    texts_.push_back(text_of_(path));
    return static_cast<std::uint32_t>(paths_.size() - 1);
  }

  // The section that a document was rendered from: by what both write out as kind and name, else in order.
  void find_sections(const TemplateFile& file) {
    for (std::size_t i = 0; i < file.documents.size(); ++i) {
      Document& document = documents_[file.documents[i]];
      if (file.sections.size() == 1) {
        document.section = &file.sections.front();
        continue;
      }
      std::vector<const TemplateSection*> fitting;
      for (const TemplateSection& section : file.sections) {
        const bool fits = is_possible(section, *file.text, document, "\nkind") &&
                          is_possible(section, *file.text, document, "\nmetadata\nname");
        if (fits) fitting.push_back(&section);
      }
      if (fitting.size() == 1) {
        document.section = fitting.front();
      } else if (file.sections.size() == file.documents.size()) {
        document.section = &file.sections[i];
      }
    }
  }
  static bool is_possible(const TemplateSection& section, std::string_view text, const Document& document,
                          const std::string& path) {
    const std::string_view written = section.only_literal(path, text);
    return written.empty() || written == value_at(document, path);
  }
  static std::string_view value_at(const Document& document, std::string_view path) {
    for (const Leaf& leaf : document.leaves) {
      if (!leaf.is_key && leaf.path == path)
        return std::string_view(document.text).substr(leaf.built.begin, leaf.built.size());
    }
    return {};
  }

  void place(const TemplateFile& file) {
    // How often each path was rendered from each section.
    std::map<std::pair<const TemplateSection*, std::string_view>, std::uint32_t> rendered;
    for (const std::size_t i : file.documents) {
      for (const auto& [path, count] : documents_[i].counts) rendered[{documents_[i].section, path}] += count;
    }
    for (const std::size_t i : file.documents) {
      Document& document = documents_[i];
      std::vector<SourceMap::Segment> segments;
      for (const Leaf& leaf : document.leaves) {
        const bool once = document.section != nullptr && rendered.at({document.section, leaf.path}) == 1;
        SourceMap::Segment segment = segment_of(file, document, leaf, once);
        segment.built = leaf.built;
        segment.file = file.index;
        segments.push_back(segment);
      }
      document.map = in_order(std::move(segments));
    }
  }
  void place_at_beginning(const TemplateFile& file) {
    for (const std::size_t i : file.documents) {
      std::vector<SourceMap::Segment> segments;
      for (const Leaf& leaf : documents_[i].leaves)
        segments.push_back({leaf.built, {0, 0}, file.index, PlaceKind::Made});
      documents_[i].map = in_order(std::move(segments));
    }
  }
  // What an alias stands for may be written anywhere.
  static SourceMap in_order(std::vector<SourceMap::Segment> segments) {
    std::stable_sort(segments.begin(), segments.end(),
                     [](const auto& a, const auto& b) { return a.built < b.built; });
    std::vector<SourceMap::Segment> kept;
    for (const SourceMap::Segment& segment : segments) {
      if (segment.built.empty() || (!kept.empty() && segment.built.begin < kept.back().built.end)) continue;
      kept.push_back(segment);
    }
    return SourceMap(std::move(kept));
  }

  static SourceMap::Segment segment_of(const TemplateFile& file, const Document& document, const Leaf& leaf,
                                       bool once) {
    SourceMap::Segment segment;
    segment.kind = PlaceKind::Made;
    if (document.section == nullptr) {
      segment.source = file.sections.front().first_line;
      return segment;
    }
    const TemplateSection& section = *document.section;
    for (std::string path = leaf.path; !path.empty(); path.resize(path.rfind('\n'))) {
      const auto at = section.entries.find(path);
      if (at == section.entries.end()) continue;
      const bool is_own = path.size() == leaf.path.size();
      const TemplateEntry* entry = entry_of(at->second, *file.text, document, leaf, is_own);
      if (entry == nullptr) continue;
      segment.source = entry->line;
      if (!is_own) return segment;
      if (leaf.is_key) {
        segment.source = entry->key;
        segment.kind = once && at->second.size() == 1 ? PlaceKind::Written : PlaceKind::Shared;
      } else if (is_written(*entry, *file.text, document, leaf)) {
        segment.source = *entry->literal;
        segment.kind = once && at->second.size() == 1 ? PlaceKind::Written : PlaceKind::Shared;
      }
      return segment;
    }
    segment.source = section.first_line;
    return segment;
  }

  static bool is_written(const TemplateEntry& entry, std::string_view text, const Document& document,
                         const Leaf& leaf) {
    return entry.literal && text.substr(entry.literal->begin, entry.literal->size()) ==
                                std::string_view(document.text).substr(leaf.built.begin, leaf.built.size());
  }

  // Of the entries of one path the one that a value came from; null: that is not known.
  static const TemplateEntry* entry_of(const std::vector<TemplateEntry>& entries, std::string_view text,
                                       const Document& document, const Leaf& leaf, bool is_own) {
    if (entries.size() == 1) return &entries.front();
    if (!is_own) return nullptr;
    if (!leaf.is_key) {
      const TemplateEntry* found = nullptr;
      std::size_t count = 0;
      for (const TemplateEntry& entry : entries) {
        if (!is_written(entry, text, document, leaf)) continue;
        found = &entry;
        ++count;
      }
      if (count == 1) return found;
    }
    const auto rendered = document.counts.find(leaf.path);
    const bool is_listed = rendered != document.counts.end() && rendered->second == entries.size();
    return is_listed ? &entries[leaf.nth] : nullptr;
  }

  const ChartRelease& release_;
  const TemplateText& text_of_;
  RenderedChart result_;
  std::vector<Document> documents_;
  std::map<std::string, TemplateFile> files_;  // by what helm calls them
  std::vector<std::string> paths_;
  std::vector<SharedSourceText> texts_;
};

// A part of a text in place of which there is another one.
struct Replaced {
  ByteRange range;
  std::string_view text;
};

// The parts of a file's text that a change replaced, each a whole one of `places`, which are in order. None:
// the change is another one.
std::optional<std::vector<Replaced>> replaced_values(std::string_view before, std::string_view after,
                                                     const std::vector<ByteRange>& places) {
  std::vector<Replaced> replaced;
  std::size_t old_at = 0;
  std::size_t new_at = 0;
  while (true) {
    const auto old_rest = before.substr(old_at);
    const auto new_rest = after.substr(new_at);
    const auto differs =
        std::mismatch(old_rest.begin(), old_rest.end(), new_rest.begin(), new_rest.end()).first;
    const std::size_t at = old_at + static_cast<std::size_t>(differs - old_rest.begin());
    if (at == before.size() && old_rest.size() == new_rest.size()) return replaced;
    // The value that begins last at or before the difference.
    const auto next =
        std::upper_bound(places.begin(), places.end(), at,
                         [](std::size_t offset, ByteRange place) { return offset < place.begin; });
    if (next == places.begin()) return std::nullopt;
    const ByteRange place = *std::prev(next);
    if (place.end < at || place.begin < old_at) return std::nullopt;
    const std::size_t begin = new_at + (place.begin - old_at);
    // A value stands on one line, so the rest of that line tells where the new one ends.
    const std::string_view rest = before.substr(place.end, before.find('\n', place.end) - place.end);
    const std::size_t line_end = std::min(after.find('\n', begin), after.size());
    if (line_end < begin + rest.size() || after.substr(line_end - rest.size(), rest.size()) != rest)
      return std::nullopt;
    const std::size_t end = line_end - rest.size();
    replaced.push_back({place, after.substr(begin, end - begin)});
    old_at = place.end;
    new_at = end;
  }
}

// Where an offset of the text is then.
std::uint32_t offset_after(const std::vector<Replaced>& replaced, std::uint32_t offset) {
  std::uint32_t after = offset;
  for (const Replaced& each : replaced) {
    if (each.range.end <= offset) after += static_cast<std::uint32_t>(each.text.size()) - each.range.size();
  }
  return after;
}

}  // namespace

RenderedChart read_rendered(const ChartRelease& release, std::string_view output, const std::string& name,
                            const TemplateText& text_of, const FileFacts* previous) {
  return Mapper(release, text_of).run(output, name, previous);
}

std::shared_ptr<const FileFacts> rendered_with(const RenderedChart& chart,
                                               const std::vector<SharedSourceText>& texts) {
  const BuildOrigin& origin = *chart.facts->origin;
  std::vector<std::vector<Replaced>> replaced(texts.size());
  bool changes = false;
  for (std::uint32_t file = 0; file < texts.size(); ++file) {
    const SharedSourceText& before = chart.texts[file];
    if (texts[file] == before) continue;
    if (texts[file] == nullptr || before == nullptr) return nullptr;
    if (*texts[file] == *before) continue;
    std::vector<ByteRange> places;
    for (const BuildOrigin::Document& document : origin.documents()) {
      for (const SourceMap::Segment& segment : document.built.map().segments()) {
        if (segment.file == file && segment.kind == PlaceKind::Written) places.push_back(segment.source);
      }
    }
    std::sort(places.begin(), places.end());
    auto found = replaced_values(*before, *texts[file], places);
    if (!found) return nullptr;
    replaced[file] = *std::move(found);
    changes = true;
  }
  if (!changes) return chart.facts;
  Build build;
  build.root = origin.root();
  build.is_chart = true;
  build.files = origin.shared_files();
  for (const BuildOrigin::Document& document : origin.documents()) {
    const std::string_view text = document.built.text();
    std::string made;
    std::vector<SourceMap::Segment> segments;
    std::uint32_t copied = 0;
    for (SourceMap::Segment segment : document.built.map().segments()) {
      made += text.substr(copied, segment.built.begin - copied);
      copied = segment.built.end;
      std::string_view value = text.substr(segment.built.begin, segment.built.size());
      for (const Replaced& each : replaced[segment.file]) {
        if (segment.kind == PlaceKind::Written && each.range == segment.source) value = each.text;
      }
      segment.source = {offset_after(replaced[segment.file], segment.source.begin),
                        offset_after(replaced[segment.file], segment.source.end)};
      segment.built.begin = static_cast<std::uint32_t>(made.size());
      made += value;
      segment.built.end = static_cast<std::uint32_t>(made.size());
      segments.push_back(segment);
    }
    made += text.substr(copied);
    build.documents.emplace_back(std::move(made), SourceMap(std::move(segments)));
  }
  return build_facts(std::move(build), origin.name(), chart.facts.get());
}

}  // namespace workspace
