#include "workspace/sources/file_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <variant>

#include "workspace/resources/outline.h"
#include "workspace/sources/manifest_text.h"
#include "workspace/yaml/document_split.h"
#include "workspace/yaml/fast_reader.h"
#include "workspace/yaml/json_reader.h"

namespace workspace {

namespace {

std::uint32_t common_prefix(std::string_view a, std::string_view b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::uint32_t>(x - a.begin());
}

std::uint32_t common_suffix(std::string_view a, std::string_view b, std::uint32_t prefix) {
  const std::size_t most = std::min(a.size(), b.size()) - prefix;
  std::size_t size = 0;
  while (size < most && a[a.size() - 1 - size] == b[b.size() - 1 - size]) ++size;
  return static_cast<std::uint32_t>(size);
}

// Says how far the good text's ranges still hold in the broken text.
void keep_places(BrokenDocument& document, std::string_view good, std::string_view broken) {
  document.kept_head = common_prefix(good, broken);
  const std::uint32_t suffix = common_suffix(good, broken, document.kept_head);
  document.kept_tail = static_cast<std::uint32_t>(good.size()) - suffix;
  document.tail_shift = static_cast<std::int64_t>(broken.size()) - static_cast<std::int64_t>(good.size());
}

// A reader gives the memory back that a larger text took.
constexpr std::size_t kMaxKept = std::size_t{1} << 20;

struct Previous {
  const DocumentState* state = nullptr;
  std::string_view text;  // empty when it is not known
};

// Documents that say nothing to us share their facts.
RefPtr<DocumentFacts> facts_of(CompactList<Resource> resources, std::vector<SuppressionComment> suppressions,
                               bool empty) {
  static const RefPtr<DocumentFacts> kNothing = make_ref(DocumentFacts{{}, {}, false});
  static const RefPtr<DocumentFacts> kEmpty = make_ref(DocumentFacts{{}, {}, true});
  if (resources.empty() && suppressions.empty()) return empty ? kEmpty : kNothing;
  return make_ref(DocumentFacts{std::move(resources), std::move(suppressions), empty});
}

// Those of a document for a template engine, which takes part in nothing.
RefPtr<DocumentFacts> template_facts() {
  static const RefPtr<DocumentFacts> kTemplate =
      make_ref(DocumentFacts{.resources = {}, .suppressions = {}, .is_template = true});
  return kTemplate;
}

// A file whose bytes are classified, and what reads its plain documents.
struct Source {
  std::string_view text;
  const ByteClasses& classes;
  yaml::PlainYamlReader& plain;
  bool is_ytt;
};

// Makes `state` that of a broken document, which goes on with what it said before.
void keep_last_good(DocumentState& state, const yaml::Problem& problem, std::string_view text,
                    const Previous& previous) {
  BrokenDocument broken{.problem = problem, .good_text = nullptr};
  if (previous.state == nullptr || previous.state->facts->resources.empty()) {
    state.facts = facts_of({}, {}, false);
  } else {
    state.facts = previous.state->facts;
    broken.good_text = previous.state->broken ? previous.state->broken->good_text
                                              : std::make_shared<const std::string>(previous.text);
    if (broken.good_text) keep_places(broken, *broken.good_text, text);
  }
  state.broken = make_ref(std::move(broken));
}

void decode(DocumentState& state, std::string_view text, const yaml::Document& document) {
  CompactList<Resource> resources = decode_resources(document.root());
  if (!resources.empty() && may_be_template(text) && is_template(document.root())) {
    state.facts = template_facts();
  } else {
    state.facts = facts_of(std::move(resources), find_suppressions(text), !document.root().exists());
  }
}

// What becomes of a document that is not valid YAML: a template is passed by, and so is text that does not
// say it is a manifest; the rest is reported.
bool is_passed_by(DocumentState& state, std::string_view text, const Previous& previous) {
  const bool was_manifest = previous.state != nullptr && !previous.state->facts->resources.empty();
  if (was_manifest) return false;  // being edited: its last good facts go on to count
  if (has_template_mark(text)) {
    state.facts = template_facts();
    return true;
  }
  if (claims_to_be_manifest(text)) return false;
  state.facts = facts_of({}, {}, false);
  return true;
}

// Most documents are plain, and of most little matters to us. Returns why one is no YAML.
std::optional<yaml::Problem> read_what_matters(DocumentState& state, Source& source,
                                               const yaml::ReadLimits& limits) {
  const ByteRange slice{state.begin, state.begin + state.size};
  const std::string_view text = source.text.substr(state.begin, state.size);
  if (yaml::begins_as_json(text)) {
    if (const auto json = yaml::read_json(text, limits)) {
      decode(state, text, *json);
      return std::nullopt;
    }
  }
  if (auto plain = source.plain.read(source.text, source.classes, slice, limits, outline_of(text))) {
    decode(state, text, *plain);
    source.plain.recycle(*std::move(plain));
    return std::nullopt;
  }
  const auto read = yaml::read_yaml(text, limits);
  if (const auto* problem = std::get_if<yaml::Problem>(&read)) return *problem;
  decode(state, text, std::get<yaml::Document>(read));
  return std::nullopt;
}

DocumentState read_document(Source& source, ByteRange slice, const Previous& previous,
                            const yaml::ReadLimits& limits) {
  const std::string_view text = source.text.substr(slice.begin, slice.size());
  DocumentState state;
  state.begin = slice.begin;
  state.size = slice.size();
  state.hash = hash_bytes(text);
  if (source.is_ytt) {
    state.facts = template_facts();
    return state;
  }
  if (const auto problem = read_what_matters(state, source, limits)) {
    if (!is_passed_by(state, text, previous)) keep_last_good(state, *problem, text, previous);
  }
  return state;
}

// What is not read, as one document.
DocumentState unread(std::string_view text, std::uint32_t begin, std::string why) {
  DocumentState state;
  state.begin = begin;
  state.size = static_cast<std::uint32_t>(text.size());
  state.hash = hash_bytes(text);
  state.facts = facts_of({}, {}, false);
  state.broken = make_ref(BrokenDocument{.problem = {std::move(why), {}}, .good_text = nullptr});
  return state;
}

std::string too_many_documents(const Limits& limits) {
  return fmt::format("more than {} documents in file (limits.documents); the rest is not checked",
                     limits.documents);
}

// Of a file that was not parsed (foreign_facts), or of so little that nothing is lost with it.
bool says_nothing(const FileFacts& facts) {
  return facts.documents.size() == 1 && facts.documents.front().facts->resources.empty();
}

// What `previous` says that a text read within these limits may continue. An unread rest it may not, and what
// was read as a file of templates goes on only as one: a ytt comment anywhere decides for every document.
const FileFacts* usable(const FileFacts* previous, const Limits& limits, bool is_ytt) {
  if (previous == nullptr || previous->limits != limits || says_nothing(*previous)) return nullptr;
  if (previous->documents.size() > limits.documents) return nullptr;
  const bool only_templates =
      std::all_of(previous->documents.begin(), previous->documents.end(),
                  [](const DocumentState& state) { return state.facts->is_template; });
  return only_templates == is_ytt ? previous : nullptr;
}

// Of a file that is not read at all.
std::shared_ptr<FileFacts> unread_facts(std::string_view text, const Limits& limits, std::string why) {
  auto file = std::make_shared<FileFacts>();
  file->limits = limits;
  file->text_size = static_cast<std::uint32_t>(text.size());
  file->documents.push_back(unread(text, 0, std::move(why)));
  file->text_hash = file->documents.front().hash;
  return file;
}

// A manifest in UTF-16 or UTF-32, as editors on Windows and PowerShell's `>` write them: with a byte order
// mark, or by the zeros that ASCII has there.
bool is_wide_manifest(std::string_view text) {
  const std::string_view begin = text.substr(0, 4);
  const bool is_wide = begin.starts_with("\xFF\xFE") || begin.starts_with("\xFE\xFF") ||
                       begin.find('\0') != std::string_view::npos;
  if (!is_wide) return false;
  std::string narrow(text);
  std::erase(narrow, '\0');
  return may_hold_manifest(narrow);
}

bool holds_resources(const FileFacts* facts) {
  return facts != nullptr &&
         std::any_of(facts->documents.begin(), facts->documents.end(),
                     [](const DocumentState& state) { return !state.facts->resources.empty(); });
}

bool keeps_last_good(const FileFacts& facts) {
  return std::any_of(facts.documents.begin(), facts.documents.end(), [](const DocumentState& state) {
    return state.broken && state.broken->good_text != nullptr;
  });
}

// Of a file that cannot hold a manifest.
std::shared_ptr<FileFacts> foreign_facts(std::string_view text, const Limits& limits) {
  auto file = std::make_shared<FileFacts>();
  file->limits = limits;
  file->text_size = static_cast<std::uint32_t>(text.size());
  DocumentState& state = file->documents.emplace_back();
  state.size = file->text_size;
  state.hash = hash_bytes(text);
  state.facts = facts_of({}, {}, text.find_first_not_of(" \t\r\n") == std::string_view::npos);
  file->text_hash = state.hash;
  return file;
}

// Which documents of the old file the new slices continue: equal ones at both ends, then those between, in
// order.
class Matcher {
 public:
  Matcher(const FileFacts* previous, std::string_view previous_text, std::size_t new_count)
      : previous_(previous), text_(previous_text), new_count_(new_count) {}

  void skip_equal(std::string_view text, const std::vector<ByteRange>& slices) {
    if (previous_ == nullptr) return;
    const std::size_t most = std::min(old_count(), new_count_);
    while (head_ < most && equal(head_, slice(text, slices[head_]))) ++head_;
    while (tail_ < most - head_ &&
           equal(old_count() - 1 - tail_, slice(text, slices[new_count_ - 1 - tail_]))) {
      ++tail_;
    }
  }

  [[nodiscard]] bool is_same(std::size_t index) const { return index < head_ || index >= new_count_ - tail_; }

  [[nodiscard]] Previous old(std::size_t index) const {
    if (previous_ == nullptr) return {};
    std::size_t at = index;
    if (index >= new_count_ - tail_) {
      at = old_count() - (new_count_ - index);
    } else if (index >= old_count() - tail_) {
      return {};
    }
    const DocumentState& state = previous_->documents[at];
    return {&state, text_of(state)};
  }

 private:
  static std::string_view slice(std::string_view text, ByteRange range) {
    return text.substr(range.begin, range.size());
  }
  [[nodiscard]] std::size_t old_count() const { return previous_->documents.size(); }
  [[nodiscard]] std::string_view text_of(const DocumentState& state) const {
    return text_.size() >= state.begin + state.size ? text_.substr(state.begin, state.size)
                                                    : std::string_view();
  }
  [[nodiscard]] bool equal(std::size_t index, std::string_view text) const {
    const DocumentState& state = previous_->documents[index];
    if (state.size != text.size()) return false;
    const std::string_view old = text_of(state);
    return old.size() == text.size() && !text_.empty() ? old == text : state.hash == hash_bytes(text);
  }

  const FileFacts* previous_;
  std::string_view text_;
  std::size_t new_count_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace

// Sixteen bytes at a time, multiplied with each other to 128 bits, of which both halves count; two columns
// side by side, since each has to wait for what was before it in its column. Identifies text, holds off no
// attacker.
std::uint64_t hash_bytes(std::string_view bytes) {
  __extension__ using Wide = unsigned __int128;
  constexpr std::uint64_t kOdd[] = {0x9E3779B97F4A7C15ULL, 0xD1B54A32D192ED03ULL, 0x8CB92BA72F3D8DD7ULL};
  const auto fold = [](std::uint64_t a, std::uint64_t b) {
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
  };
  std::uint64_t first = kOdd[0] ^ bytes.size();
  std::uint64_t second = kOdd[1];
  std::array<std::uint64_t, 4> words{};
  const auto mix = [&] {
    first = fold(words[0] ^ kOdd[1], words[1] ^ first);
    second = fold(words[2] ^ kOdd[2], words[3] ^ second);
  };
  for (; bytes.size() >= sizeof words; bytes.remove_prefix(sizeof words)) {
    std::memcpy(words.data(), bytes.data(), sizeof words);
    mix();
  }
  words = {};
  if (!bytes.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
  mix();
  return fold(first ^ kOdd[0], second ^ kOdd[2]);
}

std::optional<ByteRange> DocumentState::place(ByteRange in_facts) const {
  if (!broken) return shifted(in_facts, begin);
  if (!broken->good_text) return std::nullopt;
  if (in_facts.end <= broken->kept_head) return shifted(in_facts, begin);
  if (in_facts.begin < broken->kept_tail) return std::nullopt;
  const auto by = static_cast<std::uint32_t>(broken->tail_shift + begin);  // modulo 2^32, right after adding
  return shifted(in_facts, by);
}

const DocumentState* FileFacts::document_at(std::uint32_t offset) const {
  const auto after =
      std::upper_bound(documents.begin(), documents.end(), offset,
                       [](std::uint32_t at, const DocumentState& document) { return at < document.begin; });
  return after == documents.begin() ? nullptr : &*std::prev(after);
}

std::shared_ptr<const FileFacts> read_facts(std::string_view text, const FileFacts* previous,
                                            std::string_view previous_text, const Limits& limits) {
  return FactsReader().read(text, previous, previous_text, limits);
}

std::shared_ptr<FileFacts> FactsReader::read(std::string_view text, const FileFacts* previous,
                                             std::string_view previous_text, const Limits& limits) {
  if (text.size() > limits.file_size) return unread_facts(text, limits, too_large("the file", limits));
  const bool is_foreign = !may_hold_manifest(text);
  if (is_foreign && is_wide_manifest(text))
    return unread_facts(text, limits, "the file is in UTF-16 or UTF-32; expected UTF-8");
  if (is_foreign && !holds_resources(previous)) return foreign_facts(text, limits);
  auto file = std::make_shared<FileFacts>();
  file->limits = limits;
  file->text_size = static_cast<std::uint32_t>(text.size());
  classes_.assign(text);
  split_documents(text, classes_, slices_, std::size_t{limits.documents} + 1);
  std::optional<ByteRange> rest;
  if (slices_.size() > limits.documents) {
    rest = slices_.back();
    slices_.pop_back();
  }
  Source source{text, classes_, plain_, is_ytt(text)};
  Matcher matcher(usable(previous, limits, source.is_ytt), previous_text, slices_.size());
  matcher.skip_equal(text, slices_);
  file->documents.reserve(slices_.size() + (rest ? 1 : 0));
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const Previous old = matcher.old(i);
    if (matcher.is_same(i)) {
      file->documents.push_back(*old.state);
      file->documents.back().begin = slices_[i].begin;
    } else {
      file->documents.push_back(read_document(source, slices_[i], old, limits.document));
      ++file->documents_read;
    }
  }
  if (rest) {
    file->documents.push_back(
        unread(text.substr(rest->begin, rest->size()), rest->begin, too_many_documents(limits)));
  }
  // The one document's hash is that of the text.
  file->text_hash = file->documents.size() == 1 ? file->documents.front().hash : hash_bytes(text);
  if (text.size() > kMaxKept) *this = {};
  if (is_foreign && !keeps_last_good(*file)) return foreign_facts(text, limits);  // as when read afresh
  return file;
}

std::shared_ptr<FileFacts> FactsReader::read_parts(const std::vector<TextPart>& parts,
                                                   const FileFacts& previous, const Limits& limits) {
  if (usable(&previous, limits, false) == nullptr || parts.size() != previous.documents.size())
    return nullptr;
  auto file = std::make_shared<FileFacts>();
  file->limits = limits;
  file->documents.reserve(parts.size());
  bool may_hold_manifest = false;
  std::size_t size = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const DocumentState& before = previous.documents[i];
    const TextPart& part = parts[i];
    if (part.is_as_before) {
      may_hold_manifest = may_hold_manifest || !before.facts->resources.empty();
      file->documents.push_back(before);
    } else {
      classes_.assign(part.text);
      split_documents(part.text, classes_, slices_, 2);
      if (slices_.size() != 1 || is_ytt(part.text)) return nullptr;
      Source source{part.text, classes_, plain_, false};
      file->documents.push_back(
          read_document(source, slices_.front(), Previous{&before, part.before}, limits.document));
      ++file->documents_read;
    }
    file->documents.back().begin = static_cast<std::uint32_t>(size);
    size += file->documents.back().size;
    if (size > limits.file_size) return nullptr;
  }
  if (!may_hold_manifest) return nullptr;
  file->text_size = static_cast<std::uint32_t>(size);
  if (size > kMaxKept) *this = {};
  return file;
}

std::shared_ptr<const FileFacts> facts_without_documents(std::string_view text) {
  auto facts = std::make_shared<FileFacts>();
  facts->text_hash = hash_bytes(text);
  facts->text_size = static_cast<std::uint32_t>(text.size());
  return facts;
}

}  // namespace workspace
