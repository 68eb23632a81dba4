// What one file says: per document, immutable, without anything that another file could change.
//
// A document's facts keep ranges relative to its slice, so that documents an edit did not touch are shared
// between the old and the new FileFacts as they are. A document that no longer reads keeps its last good
// facts, with the ranges of the text that they were read from. Pure functions: safe on any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/base/compact_list.h"
#include "workspace/base/optional_ptr.h"
#include "workspace/base/ref_ptr.h"
#include "workspace/config/limits.h"
#include "workspace/resources/resource.h"
#include "workspace/resources/suppression.h"
#include "workspace/sources/build_origin.h"
#include "workspace/text/byte_classes.h"
#include "workspace/text/text_range.h"
#include "workspace/yaml/fast_reader.h"
#include "workspace/yaml/reader.h"

namespace workspace {

struct DocumentFacts {
  CompactList<Resource> resources;
  CompactList<SuppressionComment> suppressions;
  bool empty = false;        // comments and white space only
  bool is_template = false;  // passed by: text for a template engine (manifest_text.h)
  // The same in meaning: everything but the places.
  friend bool operator==(const DocumentFacts&, const DocumentFacts&) = default;
};

// Why a document is not valid YAML, and what holds of its last good facts nevertheless.
struct BrokenDocument {
  yaml::Problem problem;
  // The ranges hold up to `kept_head` bytes of the slice and, shifted by `tail_shift`, from `kept_tail` bytes
  // of the good text on; what lies between can't be placed.
  std::uint32_t kept_head = 0;
  std::uint32_t kept_tail = 0;
  std::int64_t tail_shift = 0;
  std::shared_ptr<const std::string> good_text;  // what the facts were read from; null: there are none
};

struct DocumentState {
  RefPtr<DocumentFacts> facts;    // never null; while broken: the last good ones, perhaps without resources
  RefPtr<BrokenDocument> broken;  // null: valid YAML
  std::uint64_t hash = 0;         // of the slice's bytes
  std::uint32_t begin = 0;        // byte offset of the slice in the file
  std::uint32_t size = 0;

  [[nodiscard]] bool empty() const { return broken == nullptr && facts->empty; }
  // Null: valid YAML.
  [[nodiscard]] const yaml::Problem* problem() const {
    return broken == nullptr ? nullptr : &broken->problem;
  }
  // A range of the facts in the present file; none where the text has gone.
  [[nodiscard]] std::optional<ByteRange> place(ByteRange in_facts) const;
};

// Limits that are mostly the usual ones: a pointer wide.
class StoredLimits {
 public:
  StoredLimits& operator=(const Limits& limits) {
    others_ = limits == kDefaultLimits ? OptionalPtr<Limits>() : OptionalPtr<Limits>(limits);
    return *this;
  }
  operator const Limits&() const { return others_ ? *others_ : kDefaultLimits; }

 private:
  OptionalPtr<Limits> others_;
};

struct FileFacts {
  CompactList<DocumentState> documents;
  StoredLimits limits;          // that it was read within; whoever reads an edited text of it hands them on
  std::uint64_t text_hash = 0;  // of a build's text: made of those of its documents
  std::uint32_t text_size = 0;
  std::uint32_t documents_read = 0;  // parsed anew, for the tests of incremental work
  RefPtr<BuildOrigin> origin;        // null: the text is a file's own

  // The document whose slice begins at or before an offset of the present text, and no other after it; null:
  // there is none.
  [[nodiscard]] const DocumentState* document_at(std::uint32_t offset) const;
};

// What a file or build says now.
struct FileUpdate {
  std::string path;                        // absolute, normalised
  std::shared_ptr<const FileFacts> facts;  // null: it is gone
};

// `previous` (may be null) is what the file said before: documents whose text did not change are taken over,
// broken ones keep their last good facts; what was read within other limits counts for nothing.
// `previous_text` is the text that `previous` was read from. A file of more bytes or documents than `limits`
// allow is not rejected whole: the documents before the limit are read, and one invalid document stands for
// the rest. A file that holds no manifest (manifest_text.h) is one document without resources and is not
// parsed.
std::shared_ptr<const FileFacts> read_facts(std::string_view text, const FileFacts* previous = nullptr,
                                            std::string_view previous_text = {}, const Limits& limits = {});

// Facts of a file that is no manifest by itself: a chart's template, whose documents are those that helm
// makes of it, or a snapshot of a cluster.
std::shared_ptr<const FileFacts> facts_without_documents(std::string_view text);

// A document of a text that is put together from documents.
struct TextPart {
  std::string_view text;      // from its marker on; unless it is as before
  std::string_view before;    // the one of its ordinal in the previous text; likewise
  bool is_as_before = false;  // the same bytes
};

// read_facts for many files, one after the other, in the same memory. One thread.
class FactsReader {
 public:
  std::shared_ptr<FileFacts> read(std::string_view text, const FileFacts* previous = nullptr,
                                  std::string_view previous_text = {}, const Limits& limits = {});
  // The same for a text whose parts are known, but for its hash, so that it costs what those are large that
  // changed. Null: the parts do not tell.
  std::shared_ptr<FileFacts> read_parts(const std::vector<TextPart>& parts, const FileFacts& previous,
                                        const Limits& limits);

 private:
  ByteClasses classes_;
  std::vector<ByteRange> slices_;
  yaml::PlainYamlReader plain_;
};

std::uint64_t hash_bytes(std::string_view bytes);

}  // namespace workspace
