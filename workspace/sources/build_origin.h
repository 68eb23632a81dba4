// Where the documents of a build were written. Source: docs/design/sources.md, section 3.
//
// A file's facts have one if a kustomization built them; those of a plain file have none: its text is its
// source. Immutable; safe on any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/sources/built_document.h"
#include "workspace/sources/shared_paths.h"
#include "workspace/sources/source_map.h"
#include "workspace/text/text_range.h"

namespace workspace {

// A range of a file that somebody wrote.
struct SourcePlace {
  std::string_view file;  // absolute path; as long as the origin lives
  ByteRange range;        // bytes in that file's text as it was when the build was made
  bool editable = false;  // as in MappedRange
};

class BuildOrigin {
 public:
  struct Document {
    std::uint32_t begin = 0;  // where its text begins in the built text
    BuiltDocument built;
  };

  BuildOrigin(std::string root, std::string name, SharedPaths files, std::vector<Document> documents,
              bool is_chart = false);

  [[nodiscard]] const std::string& root() const { return root_; }  // the kustomization's folder
  [[nodiscard]] const std::string& name() const { return name_; }  // what messages call it
  [[nodiscard]] bool is_chart() const { return is_chart_; }        // helm made it
  [[nodiscard]] const std::vector<std::string>& files() const { return *files_; }
  [[nodiscard]] const SharedPaths& shared_files() const { return files_; }
  [[nodiscard]] const std::vector<Document>& documents() const { return documents_; }
  // The built text, which is put together.
  [[nodiscard]] std::string text() const { return text_of(documents_); }
  [[nodiscard]] static std::string text_of(const std::vector<Document>& documents);
  // The part of it that the facts of a document, by its ordinal, are of.
  [[nodiscard]] std::string_view slice(std::size_t ordinal) const {
    return documents_[ordinal].built.slice(ordinal);
  }

  // Where a range of the built text was written; none if nothing of it was written anywhere. O(log n).
  [[nodiscard]] std::optional<SourcePlace> place(ByteRange built) const;
  // The first place that a document has, by its ordinal.
  [[nodiscard]] std::optional<SourcePlace> first_place(std::uint32_t ordinal) const;
  // The document that holds an offset of the built text; null: there are none.
  [[nodiscard]] const Document* document_at(std::uint32_t offset) const;
  // The number of a file among files(). O(files).
  [[nodiscard]] std::optional<std::uint32_t> index_of(std::string_view file) const;
  // Whether a document, by its ordinal, has a value from a file, by its number.
  [[nodiscard]] bool uses(std::uint32_t ordinal, std::uint32_t file) const;
  // Whether a document, by its ordinal, has a value that was written within a range of a file.
  [[nodiscard]] bool has_values_in(std::uint32_t ordinal, std::string_view file, ByteRange range) const;
  // The ranges of the built text that were written at an offset of a file, both ends included: smaller ones
  // first. Costs what the documents with values from that file are large.
  [[nodiscard]] std::vector<ByteRange> built_from(std::string_view file, std::uint32_t offset) const;

 private:
  std::string root_;
  std::string name_;
  SharedPaths files_;
  std::vector<Document> documents_;
  bool is_chart_ = false;
};

}  // namespace workspace
