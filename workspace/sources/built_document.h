// One document of a build, with the way back to where its values were written. Immutable; safe on any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "workspace/base/ref_ptr.h"
#include "workspace/sources/source_map.h"

namespace workspace {

using SharedSourceText = std::shared_ptr<const std::string>;

// The line between two documents of a file.
inline constexpr std::string_view kDocumentMarker = "---\n";

// Copies share what it holds, and so do those of the next build if neither its text nor its places have
// changed.
class BuiltDocument {
 public:
  // `marked` is the text behind a marker; places are of the text alone.
  BuiltDocument(SharedSourceText marked, SourceMap map)
      : parts_(make_ref(Parts{std::move(marked), std::move(map)})) {}
  BuiltDocument(std::string_view text, SourceMap map) : BuiltDocument(mark(text), std::move(map)) {}

  static SharedSourceText mark(std::string_view text) {
    std::string marked;
    marked.reserve(kDocumentMarker.size() + text.size());
    marked += kDocumentMarker;
    marked += text;
    return std::make_shared<const std::string>(std::move(marked));
  }

  // Block style, ends with a line end; what the decoders of resources/ read.
  [[nodiscard]] std::string_view text() const {
    return std::string_view(*parts_->marked).substr(kDocumentMarker.size());
  }
  [[nodiscard]] const SharedSourceText& marked() const { return parts_->marked; }
  // Of the text, files as in Build::files.
  [[nodiscard]] const SourceMap& map() const { return parts_->map; }
  // Its part of the text of a build, by its place among the documents: behind a marker, but for the first.
  [[nodiscard]] std::string_view slice(std::size_t ordinal) const {
    return ordinal == 0 ? text() : std::string_view(*parts_->marked);
  }
  // Whether it is the same object.
  [[nodiscard]] bool is(const BuiltDocument& other) const { return parts_ == other.parts_; }

 private:
  struct Parts {
    SharedSourceText marked;
    SourceMap map;
  };
  RefPtr<Parts> parts_;
};

}  // namespace workspace
