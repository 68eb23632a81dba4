// Positions in all three encodings, findings and fixes in their wire forms.
#include "lsp/convert.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace {

using lsp::Text;
using nlohmann::json;
using workspace::ColumnUnit;

class Files : public lsp::Documents {
 public:
  std::map<std::string, lsp::SharedText> texts;
  std::map<std::string, std::int64_t> versions;

  lsp::SharedText text(const std::string& path) override {
    const auto found = texts.find(path);
    return found == texts.end() ? nullptr : found->second;
  }
  lsp::SharedText text_to_edit(const std::string& path) override { return text(path); }
  [[nodiscard]] std::string uri(const std::string& path) const override { return "file://" + path; }
  [[nodiscard]] std::string relative_path(const std::string& path) const override { return path; }
  [[nodiscard]] std::optional<std::int64_t> version(const std::string& path) const override {
    const auto found = versions.find(path);
    if (found == versions.end()) return std::nullopt;
    return found->second;
  }
  [[nodiscard]] std::optional<ClusterPlace> in_cluster(const std::string&,
                                                       workspace::ByteRange) const override {
    return std::nullopt;
  }
};

json span(unsigned line, unsigned begin, unsigned end) {
  return {{"start", {{"line", line}, {"character", begin}}}, {"end", {{"line", line}, {"character", end}}}};
}

checks::Finding finding_with_related(std::size_t shown, std::uint32_t total) {
  checks::Finding finding;
  finding.code = "TIS0208";
  finding.message = "effect";
  finding.mesh = "prod";
  finding.at.file = "/a.yaml";
  finding.at.range = {4, 8};
  finding.at.path = "spec.mtls.mode";
  for (std::size_t i = 0; i < shown; ++i) {
    checks::Related related;
    related.place.file = "/b.yaml";
    related.place.range = {0, static_cast<std::uint32_t>(i)};
    related.message = "cause";
    finding.related.push_back(related);
  }
  finding.related_total = total;
  return finding;
}

struct Fixture {
  lsp::protocol::ClientCapabilities client;
  Files files;
  Fixture() {
    files.texts["/a.yaml"] = std::make_shared<const Text>("ä: 😀x\n");
    files.texts["/b.yaml"] = std::make_shared<const Text>("abcdefghijklmnop");
  }
  [[nodiscard]] lsp::Converter converter(ColumnUnit unit = ColumnUnit::Utf16) {
    return {client, unit, files};
  }
};

}  // namespace

TEST_CASE("which encoding is agreed on") {
  CHECK(lsp::negotiated_encoding({}) == ColumnUnit::Utf16);
  CHECK(lsp::negotiated_encoding({"utf-16", "utf-8"}) == ColumnUnit::Utf8);
  CHECK(lsp::negotiated_encoding({"utf-32"}) == ColumnUnit::CodePoint);
  CHECK(lsp::negotiated_encoding({"utf-32", "utf-16"}) == ColumnUnit::Utf16);
  CHECK(lsp::negotiated_encoding({"nonsense"}) == ColumnUnit::Utf16);
}

TEST_CASE("ranges there and back") {
  const Text text("ä: 😀x\nb\n");  // x at byte 8
  struct Row {
    ColumnUnit unit;
    std::uint32_t character;
  };
  for (const Row row : {Row{ColumnUnit::Utf8, 8}, Row{ColumnUnit::Utf16, 5}, Row{ColumnUnit::CodePoint, 4}}) {
    const lsp::protocol::Range range = lsp::to_range(text, {8, 9}, row.unit);
    CHECK(range.start == lsp::protocol::Position{0, row.character});
    CHECK(lsp::to_bytes(text, range, row.unit) == workspace::ByteRange{8, 9});
  }
  CHECK(lsp::to_bytes(text, {{0, 99}, {0, 0}}, ColumnUnit::Utf8) == workspace::ByteRange{9, 9});
  CHECK(lsp::to_offset(text, {4294967295U, 4294967295U}, ColumnUnit::Utf16) == text.bytes.size());
}

TEST_CASE_FIXTURE(Fixture, "a diagnostic says only what the client understands") {
  const json plain = converter().diagnostic(finding_with_related(2, 2));
  CHECK(plain == json{{"range", span(0, 3, 5)},
                      {"severity", 1},
                      {"code", "TIS0208"},
                      {"source", "istio-mtls"},
                      {"message", "effect"}});
  client.relatedInformation = client.diagnosticData = client.codeDescription = true;
  const json rich = converter().diagnostic(finding_with_related(2, 2));
  CHECK(rich["data"] == json{{"code", "TIS0208"}, {"mesh", "prod"}, {"path", "spec.mtls.mode"}});
  CHECK(rich["relatedInformation"].size() == 2);
  CHECK(rich["relatedInformation"][1]["location"] ==
        json{{"uri", "file:///b.yaml"}, {"range", span(0, 0, 1)}});
}

TEST_CASE_FIXTURE(Fixture, "ten related places, then how many more") {
  client.relatedInformation = true;
  CHECK(converter().diagnostic(finding_with_related(10, 10))["relatedInformation"].size() == 10);
  const json related = converter().diagnostic(finding_with_related(11, 40))["relatedInformation"];
  REQUIRE(related.size() == 11);
  CHECK(related[10]["message"] == "and 30 more");
  CHECK(related[10]["location"]["range"] == span(0, 0, 10));
}

TEST_CASE_FIXTURE(Fixture, "a place in a file that can't be read is shown at its start") {
  checks::Finding finding = finding_with_related(0, 0);
  finding.at.file = "/gone.yaml";
  CHECK(converter().diagnostic(finding)["range"] == span(0, 0, 0));
}

TEST_CASE_FIXTURE(Fixture, "edits as plain changes") {
  const json edit = converter().workspace_edit({{"/a.yaml", {8, 9}, "y", false}}, "t", true);
  CHECK(edit == json{{"changes", {{"file:///a.yaml", {{{"range", span(0, 5, 6)}, {"newText", "y"}}}}}}});
}

TEST_CASE_FIXTURE(Fixture, "edits as versioned, annotated document changes") {
  client.documentChanges = client.changeAnnotations = true;
  files.versions["/a.yaml"] = 3;
  const json edit = converter().workspace_edit(
      {{"/a.yaml", {8, 9}, "y", false}, {"/b.yaml", {0, 1}, "", false}}, "t", true);
  REQUIRE(edit["documentChanges"].size() == 2);
  CHECK(edit["documentChanges"][0]["textDocument"] == json{{"uri", "file:///a.yaml"}, {"version", 3}});
  CHECK(edit["documentChanges"][1]["textDocument"]["version"].is_null());
  CHECK(edit["documentChanges"][0]["edits"][0]["annotationId"] == "istio-mtls");
  CHECK(edit["changeAnnotations"]["istio-mtls"]["needsConfirmation"] == false);
  CHECK(converter().workspace_edit({}, "t", false)["changeAnnotations"]["istio-mtls"]["needsConfirmation"] ==
        false);
}

TEST_CASE_FIXTURE(Fixture, "edits that can't be made are not offered") {
  CHECK(converter().workspace_edit({{"/gone.yaml", {0, 1}, "", false}}, "t", false).is_null());
  const checks::FileEdit created{"/new.yaml", {0, 0}, "kind: X\n", true};
  CHECK(converter().workspace_edit({created}, "t", false).is_null());
  client.documentChanges = client.createFiles = true;
  const json edit = converter().workspace_edit({created}, "t", false);
  REQUIRE(edit["documentChanges"].size() == 2);
  CHECK(edit["documentChanges"][0]["kind"] == "create");
  CHECK(edit["documentChanges"][1]["edits"][0]["newText"] == "kind: X\n");
}
