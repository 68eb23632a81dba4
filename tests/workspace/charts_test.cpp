// What helm renders, and the way back to the templates.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "workspace/sources/chart_build.h"
#include "workspace/sources/chart_template.h"
#include "workspace/sources/helm.h"

namespace {

using workspace::ByteRange;
using workspace::PlaceKind;

struct Chart {
  std::map<std::string, workspace::SharedSourceText> files;
  workspace::ChartRelease release{
      .folder = "/c", .release = "r", .ns = "shop", .values = {}, .parameters = {}, .meshes = {}};

  workspace::RenderedChart render(const std::string& output) const {
    const workspace::TemplateText text_of = [this](const std::string& path) {
      const auto at = files.find(path);
      return at == files.end() ? nullptr : at->second;
    };
    return read_rendered(release, output, "c", text_of, nullptr);
  }
};

workspace::SharedSourceText shared(const char* text) { return std::make_shared<const std::string>(text); }

// What stands at the place of a text of the build: "path:text", '!' before it where it can be edited.
std::string place_of(const workspace::RenderedChart& chart, std::string_view text, std::size_t nth = 0) {
  const workspace::BuildOrigin& origin = *chart.facts->origin;
  std::size_t at = origin.text().find(text);
  for (; nth > 0; --nth) at = origin.text().find(text, at + 1);
  const auto begin = static_cast<std::uint32_t>(at);
  const auto place = origin.place({begin, begin + static_cast<std::uint32_t>(text.size())});
  if (!place) return "";
  for (std::size_t i = 0; i < origin.files().size(); ++i) {
    if (origin.files()[i] != place->file || chart.texts[i] == nullptr) continue;
    return (place->editable ? "!" : "") + chart.texts[i]->substr(place->range.begin, place->range.size());
  }
  return std::string(place->file);
}

}  // namespace

TEST_CASE("a template's lines say which keys it writes") {
  const std::string text =
      "# a: comment\n{{- if .x }}\na:\n  b: \"c\" # d\n  {{ .key }}: e\n  f:\n  - g: h\n    i: {{ .j }}\n  - "
      "k\n"
      "  l: |\n    m: n\n{{- end }}\no: {p: q}\n---\nr: s\n";
  const auto sections = workspace::read_template(text);
  REQUIRE(sections.size() == 2);
  const auto literal = [&](const char* path) { return std::string(sections[0].only_literal(path, text)); };
  CHECK(literal("\na\nb") == "c");
  CHECK(literal("\na\nf\n-\ng") == "h");
  CHECK(literal("\na\nf\n-\ni").empty());
  CHECK(sections[0].entries.contains("\na\nf\n-\ni"));
  CHECK(sections[0].entries.at("\na\nf\n-").size() == 2);
  CHECK_FALSE(sections[0].entries.contains("\na\nl\nm"));
  CHECK(sections[0].entries.contains("\no"));
  CHECK_FALSE(sections[0].entries.contains("\no\np"));
  CHECK(sections[1].only_literal("\nr", text) == "s");
}

TEST_CASE("a value has the place where its template writes it out") {
  Chart chart;
  chart.files["/c/templates/a.yaml"] = shared(
      "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: {{ .Release.Name }}\n"
      "spec:\n  mtls:\n    mode: STRICT\n");
  const auto rendered = chart.render(
      "---\n# Source: shop/templates/a.yaml\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
      "metadata:\n  name: r\nspec:\n  mtls:\n    mode: STRICT\n");
  CHECK(place_of(rendered, "STRICT") == "!STRICT");
  CHECK(place_of(rendered, "r", 3) != "");
  // The release's namespace, where none is written, stands at the mapping that lacks it.
  CHECK(rendered.facts->origin->text().find("metadata:\n  namespace: shop\n  name: r\n") !=
        std::string::npos);
  CHECK(place_of(rendered, "shop", 1) == "metadata:");
  SUBCASE("an edit of it is what helm would render") {
    auto edited = std::make_shared<const std::string>(
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: {{ .Release.Name }}\n"
        "spec:\n  mtls:\n    mode: PERMISSIVE\n");
    const auto facts = rendered_with(rendered, {edited});
    REQUIRE(facts != nullptr);
    CHECK(facts->origin->text().find("mode: PERMISSIVE\n") != std::string::npos);
    const auto at = static_cast<std::uint32_t>(facts->origin->text().find("PERMISSIVE"));
    const auto place = facts->origin->place({at, at + 10});
    REQUIRE(place);
    CHECK(edited->substr(place->range.begin, place->range.size()) == "PERMISSIVE");
  }
  SUBCASE("any other edit takes helm to tell") {
    CHECK(rendered_with(rendered, {shared("kind: PeerAuthentication\n")}) == nullptr);
    CHECK(rendered_with(rendered, {nullptr}) == nullptr);
    CHECK(rendered_with(rendered, rendered.texts) == rendered.facts);
  }
}

TEST_CASE("a value that is written twice, or serves twice, cannot be edited") {
  Chart chart;
  chart.files["/c/templates/a.yaml"] = shared(
      "{{- range .x }}\n---\napiVersion: v1\nkind: A\nmode: STRICT\n{{- if .y }}\nport: 1\n{{- else "
      "}}\nport: 2\n{{- end "
      "}}\n{{- end }}\n");
  const auto rendered = chart.render(
      "---\n# Source: s/templates/a.yaml\napiVersion: v1\nkind: A\nmode: STRICT\nport: 1\n"
      "---\n# Source: s/templates/a.yaml\napiVersion: v1\nkind: A\nmode: STRICT\nport: 2\n");
  CHECK(place_of(rendered, "STRICT") == "STRICT");
  CHECK(place_of(rendered, "1") == "1");
  CHECK(place_of(rendered, "2") == "2");
}

TEST_CASE("what no template writes out has the line of the nearest key, or the first one") {
  Chart chart;
  chart.files["/c/templates/a.yaml"] = shared(
      "{{ if .x }}\napiVersion: v1\nkind: A\nspec:\n  {{- toYaml .Values.spec | nindent 2 }}\n{{ end }}\n{{ "
      "toYaml .Values.rest }}\n");
  const auto rendered = chart.render(
      "---\n# Source: s/templates/a.yaml\napiVersion: v1\nkind: A\nspec:\n  mode: STRICT\nrest: b\n"
      "---\n# Source: s/charts/packed/templates/b.yaml\napiVersion: v1\nkind: B\nc: zed\n");
  CHECK(place_of(rendered, "STRICT") == "spec:");
  CHECK(place_of(rendered, "b") == "{{ if .x }}");
  CHECK(place_of(rendered, "zed") == "/c/Chart.yaml");
}

TEST_CASE("helm is given a time, and its words are kept") {
  const auto folder = std::filesystem::temp_directory_path() / ("charts_test" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto helm = [&](const std::string& script) {
    const auto path = folder / "helm";
    std::ofstream(path) << "#!/bin/sh\n" << script;
    ::chmod(path.c_str(), 0755);
    return workspace::HelmOptions{.program = path.string()};
  };
  const workspace::DiskFileSystem files;
  workspace::ChartRelease release;
  release.folder = folder.string();
  release.release = "r";
  const auto render = [&](const workspace::HelmOptions& options) {
    return render_chart(release, "default", "c", files, options);
  };
  CHECK(render(helm("printf -- '---\\n# Source: c/templates/a.yaml\\na: b\\n'")).facts != nullptr);
  const auto failed = render(
      helm("echo 'WARNING: x' >&2; printf 'Error: no  such\\nvalue\\n\\nUse --debug flag\\n' >&2; exit 1"));
  CHECK(failed.facts == nullptr);
  CHECK(failed.error == "no such value");
  workspace::HelmOptions slow = helm("exec sleep 20");
  slow.time_limit = std::chrono::milliseconds(100);
  CHECK(render(slow).error.find("no answer within") != std::string::npos);
  workspace::HelmOptions cancelled = helm("exec sleep 20");
  cancelled.cancelled = [] { return true; };
  CHECK(render(cancelled).error.find("cancelled") != std::string::npos);
  const auto none = render({.program = "no-such-helm"});
  CHECK(none.no_helm);
  release.values = {(folder / "missing.yaml").string()};
  CHECK(render(helm("")).error.find("missing.yaml is not there") != std::string::npos);
  std::filesystem::remove_all(folder);
}
