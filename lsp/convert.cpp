#include "lsp/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "checks/registry.h"
#include "lsp/protocol/fields.h"
#include "workspace/cluster/snapshot.h"

namespace lsp {
namespace {

using nlohmann::json;

constexpr const char* kAnnotationId = "istio-mtls";

int severity_number(checks::Severity severity) { return static_cast<int>(severity) + 1; }

protocol::Position to_position(const Text& text, std::uint32_t offset, workspace::ColumnUnit unit) {
  const workspace::LineColumn place = text.lines.position(text.bytes, offset, unit);
  return {place.line, place.column};
}

json data_of(const checks::Finding& finding) {
  return {{"code", finding.code}, {"mesh", finding.mesh}, {"path", finding.at.path}};
}

// One TextDocumentEdit or one entry of `changes` takes all the edits of one file.
struct EditsOfFile {
  std::string path;
  bool creates = false;
  json edits = json::array();
};

json create_file(const std::string& uri) {
  return {{"kind", "create"}, {"uri", uri}, {"options", {{"overwrite", false}, {"ignoreIfExists", false}}}};
}

json version_json(std::optional<std::int64_t> version) { return version ? json(*version) : json(nullptr); }

}  // namespace

workspace::ColumnUnit negotiated_encoding(const std::vector<std::string>& offered) {
  const auto has = [&](std::string_view name) {
    return std::find(offered.begin(), offered.end(), name) != offered.end();
  };
  if (has("utf-8")) return workspace::ColumnUnit::Utf8;
  if (has("utf-32") && !has("utf-16")) return workspace::ColumnUnit::CodePoint;
  return workspace::ColumnUnit::Utf16;
}

std::string_view encoding_name(workspace::ColumnUnit unit) {
  switch (unit) {
    case workspace::ColumnUnit::Utf8:
      return "utf-8";
    case workspace::ColumnUnit::CodePoint:
      return "utf-32";
    case workspace::ColumnUnit::Utf16:
      break;
  }
  return "utf-16";
}

protocol::Range to_range(const Text& text, workspace::ByteRange range, workspace::ColumnUnit unit) {
  return {to_position(text, range.begin, unit), to_position(text, range.end, unit)};
}

std::uint32_t to_offset(const Text& text, protocol::Position position, workspace::ColumnUnit unit) {
  return text.lines.offset(text.bytes, {position.line, position.character}, unit);
}

workspace::ByteRange to_bytes(const Text& text, const protocol::Range& range, workspace::ColumnUnit unit) {
  const std::uint32_t begin = to_offset(text, range.start, unit);
  return {begin, std::max(begin, to_offset(text, range.end, unit))};
}

protocol::Range Converter::range_in(const std::string& path, workspace::ByteRange range) const {
  const SharedText text = documents_.text(path);
  return text ? to_range(*text, range, unit_) : protocol::Range{};
}

bool opens_cluster_documents(const protocol::ClientCapabilities& client) {
  return protocol::flag(client.all, {"experimental", "istioMtls", "clusterDocuments"});
}

json Converter::location(const std::string& path, workspace::ByteRange range) const {
  if (workspace::is_cluster_path(path)) {
    const auto place = opens_cluster_documents(client_) ? documents_.in_cluster(path, range) : std::nullopt;
    if (!place) return nullptr;
    return {{"uri", place->uri}, {"range", to_range(*place->text, place->range, unit_)}};
  }
  return {{"uri", documents_.uri(path)}, {"range", range_in(path, range)}};
}

std::string Converter::link(const std::string& path, workspace::ByteRange range) const {
  const json place = location(path, range);
  if (place.is_null()) return {};
  std::string uri;
  for (const char c : place["uri"].get_ref<const std::string&>()) {
    const bool ends_link = c == '(' || c == ')' || c == '<' || c == '>' || c == ' ';
    uri += ends_link ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  const json& start = place["range"]["start"];
  return fmt::format("{}#L{},{}", uri, start["line"].get<std::uint32_t>() + 1,
                     start["character"].get<std::uint32_t>() + 1);
}

std::string Converter::place_name(const std::string& path, workspace::ByteRange range) const {
  return fmt::format("{}:{}", documents_.relative_path(path), range_in(path, range).start.line + 1);
}

json Converter::diagnostic(const checks::Finding& finding) const {
  json result{{"range", range_in(finding.at.file, finding.at.range)},
              {"severity", severity_number(finding.severity)},
              {"code", finding.code},
              {"source", "istio-mtls"},
              {"message", finding.message}};
  if (client_.codeDescription) {
    const checks::Check* check = checks::find_check(finding.code);
    if (check != nullptr && !check->docs.url.empty()) result["codeDescription"] = {{"href", check->docs.url}};
  }
  if (client_.relatedInformation && !finding.related.empty()) {
    result["relatedInformation"] = related_information(finding);
  }
  if (client_.diagnosticData) result["data"] = data_of(finding);
  return result;
}

// What stands in a cluster is named in words, and at the finding itself where it can't be opened.
json Converter::related_place(const checks::Finding& finding, const checks::Location& place,
                              const std::string& message) const {
  if (!workspace::is_cluster_path(place.file))
    return {{"location", location(place.file, place.range)}, {"message", message}};
  json where = location(place.file, place.range);
  if (where.is_null()) where = location(finding.at.file, finding.at.range);
  return {{"location", std::move(where)},
          {"message", fmt::format("cluster {}: {}", workspace::cluster_name(place.file), message)}};
}

// At most ten places, then how many more there are, pointing at the next one.
json Converter::related_information(const checks::Finding& finding) const {
  json related = json::array();
  const std::size_t shown = std::min(finding.related.size(), kMaxRelated);
  for (std::size_t i = 0; i < shown; ++i) {
    related.push_back(related_place(finding, finding.related[i].place, finding.related[i].message));
  }
  const std::size_t total = std::max<std::size_t>(finding.related_total, finding.related.size());
  if (total > shown) {
    const checks::Related& next = finding.related[std::min(shown, finding.related.size() - 1)];
    related.push_back(related_place(finding, next.place, fmt::format("and {} more", total - shown)));
  }
  return related;
}

json Converter::diagnostic(const checks::UnusedSuppression& unused, const Text& text) const {
  constexpr int kUnnecessary = 1;
  json result{{"range", to_range(text, unused.range, unit_)},
              {"severity", severity_number(checks::Severity::Hint)},
              {"code", kUnusedSuppression},
              {"source", "istio-mtls"},
              {"message", unused.message}};
  if (client_.unnecessaryTag) result["tags"] = json::array({kUnnecessary});
  return result;
}

json Converter::diagnostic(const workspace::ConfigProblem& problem, const Text& text) const {
  return {{"range", to_range(text, problem.range, unit_)},
          {"severity", severity_number(checks::Severity::Warning)},
          {"source", "istio-mtls"},
          {"message", problem.message}};
}

json Converter::text_edit(const Text* text, const checks::FileEdit& edit) const {
  const protocol::Range range = text == nullptr ? protocol::Range{} : to_range(*text, edit.range, unit_);
  json result{{"range", range}, {"newText", edit.new_text}};
  if (client_.changeAnnotations) result["annotationId"] = kAnnotationId;
  return result;
}

json Converter::workspace_edit(const std::vector<checks::FileEdit>& edits, const std::string& label,
                               bool weakens) const {
  std::vector<EditsOfFile> files;
  SharedText text;  // of the file that was last
  for (const checks::FileEdit& edit : edits) {
    if (files.empty() || files.back().path != edit.file) {
      files.push_back({edit.file, edit.creates_file, json::array()});
      text = edit.creates_file ? nullptr : documents_.text_to_edit(edit.file);
    }
    if (text == nullptr && !edit.creates_file) return nullptr;
    if (edit.creates_file && !client_.createFiles) return nullptr;
    files.back().edits.push_back(text_edit(text.get(), edit));
  }
  json result = json::object();
  for (EditsOfFile& file : files) {
    const std::string uri = documents_.uri(file.path);
    if (!client_.documentChanges) {
      result["changes"][uri] = std::move(file.edits);
      continue;
    }
    if (file.creates) result["documentChanges"].push_back(create_file(uri));
    const json document{{"uri", uri}, {"version", version_json(documents_.version(file.path))}};
    result["documentChanges"].push_back({{"textDocument", document}, {"edits", std::move(file.edits)}});
  }
  if (client_.changeAnnotations) {
    result["changeAnnotations"][kAnnotationId] = {{"label", label}, {"needsConfirmation", false}};
    if (weakens) result["changeAnnotations"][kAnnotationId]["description"] = "Weakens encryption";
  }
  return result;
}

}  // namespace lsp
