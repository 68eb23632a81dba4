// docs/design/sources.md, section 1.
#include "workspace/sources/manifest_text.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "workspace/sources/file_facts.h"

using workspace::read_facts;

namespace {

enum class Outcome { Manifest, Template, Invalid, Nothing };

Outcome outcome_of(const std::string& text) {
  const auto facts = read_facts(text);
  const auto& document = facts->documents.front();
  if (document.problem() != nullptr) return Outcome::Invalid;
  if (document.facts->is_template) return Outcome::Template;
  return document.facts->resources.empty() ? Outcome::Nothing : Outcome::Manifest;
}

std::string policy(const std::string& name, const std::string& mode) {
  return "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: " + name +
         "\n  namespace: foo\nspec:\n  mtls:\n    mode: " + mode + "\n";
}

}  // namespace

TEST_CASE("text without apiVersion and kind is not parsed, however broken") {
  CHECK(outcome_of("{\n  // settings\n  \"a\": 2,,\n}\n") == Outcome::Nothing);
  CHECK(outcome_of("a: b: c\n") == Outcome::Nothing);
  CHECK(outcome_of("kind: x\n  y: [\n") == Outcome::Nothing);
}

TEST_CASE("marks in names and modes make a template, marks elsewhere do not") {
  CHECK(outcome_of(policy("default", "STRICT")) == Outcome::Manifest);
  CHECK(outcome_of(policy("\"{{ .Release.Name }}\"", "STRICT")) == Outcome::Template);
  CHECK(outcome_of(policy("default", "'{% mode %}'")) == Outcome::Template);
  CHECK(outcome_of(policy("<NAME>", "STRICT")) == Outcome::Template);
  CHECK(outcome_of(policy("<name>", "STRICT")) == Outcome::Manifest);
  CHECK(outcome_of(policy("${NAME}", "STRICT")) == Outcome::Manifest);
  CHECK(outcome_of("apiVersion: v1\nkind: Service\nmetadata: {name: a, annotations: {x: '{{ y }}'}}\n"
                   "spec: {ports: [{port: 80}]}\n") == Outcome::Manifest);
  CHECK(outcome_of("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n"
                   "    metadata: {labels: {app: '{{ x }}'}}\n    spec: {containers: [{name: a}]}\n") ==
        Outcome::Template);
}

TEST_CASE("a mark is seen wherever it stands in a text") {
  for (const std::string_view mark : {"{{", "{%", "<%", "%{", "<NAME>", "[NAME]"}) {
    CAPTURE(mark);
    CHECK(workspace::may_be_template(mark));
    CHECK(workspace::may_be_template("a: {b: [c]} < d\n" + std::string(mark)));
    CHECK(workspace::may_be_template(std::string(mark) + "\ne: {}"));
  }
  for (const std::string_view none : {"", "{", "%", "{ {", "${a}", "% {", "<", "< %", "[a]", "a: {b: c}"}) {
    CAPTURE(none);
    CHECK_FALSE(workspace::may_be_template(none));
  }
}

TEST_CASE("invalid YAML: a template, a broken manifest, or nothing") {
  CHECK(outcome_of("{{- if .Values.strict }}\n" + policy("default", "STRICT") + "{{- end }}\n") ==
        Outcome::Template);
  CHECK(outcome_of("apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .x }}\n") == Outcome::Template);
  CHECK(outcome_of("apiVersion: v1\nkind: Secret\ndata: [${A}\n") == Outcome::Template);
  CHECK(outcome_of("apiVersion: v1\nkind: Secret\nspec: [PASSWORD] x\n") == Outcome::Template);
  CHECK(outcome_of(policy("default", "[STRICT")) == Outcome::Invalid);
  CHECK(outcome_of("apiVersion: example.com/v1\nkind: Thing\nspec: [\n") == Outcome::Nothing);
  CHECK(outcome_of("# speaks of apiVersion and kind\na: b: c\n") == Outcome::Nothing);
  CHECK(outcome_of("{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"a\" \"b\"}") == Outcome::Invalid);
}

TEST_CASE("a ytt comment makes every document of its file a template") {
  const auto facts =
      read_facts("#@ if x:\n" + policy("a", "STRICT") + "#@ end\n---\n" + policy("b", "STRICT"));
  REQUIRE(facts->documents.size() == 2);
  for (const auto& document : facts->documents) CHECK(document.facts->is_template);
  CHECK(outcome_of("# mail me #@home\n" + policy("a", "STRICT")) == Outcome::Template);
  CHECK(outcome_of("# mail me@home\n" + policy("a", "STRICT")) == Outcome::Manifest);
}

TEST_CASE("a ytt comment that is typed or deleted changes the documents around it too") {
  const std::string plain = policy("a", "STRICT") + "---\n" + policy("b", "STRICT");
  const std::string ytt = "#@ if x:\n" + plain;
  const auto is_template = [](const workspace::DocumentState& state) { return state.facts->is_template; };
  const auto typed = read_facts(ytt, read_facts(plain).get(), plain);
  CHECK(std::count_if(typed->documents.begin(), typed->documents.end(), is_template) == 2);
  const auto deleted = read_facts(plain, typed.get(), ytt);
  CHECK(std::count_if(deleted->documents.begin(), deleted->documents.end(), is_template) == 0);
}

TEST_CASE("a file that was not parsed is, once it holds a manifest") {
  const std::string other = "a: 1  # istio-mtls: ignore\n";
  const std::string text = other + "---\n" + policy("a", "STRICT");
  const auto after = read_facts(text, read_facts(other).get(), other);
  REQUIRE(after->documents.size() == 2);
  CHECK(after->documents.front().facts->suppressions.size() == 1);
}

TEST_CASE("a manifest that is being edited stays one, also where a fresh reading passes the text by") {
  const std::string good = policy("default", "STRICT");
  const auto before = read_facts(good);
  for (const std::string& half : {policy("{{", "STRICT"), "kind: [\n" + good.substr(good.find("metadata"))}) {
    CAPTURE(half);
    const auto after = read_facts(half, before.get(), good);
    CHECK(after->documents.front().problem() != nullptr);
    CHECK(after->documents.front().facts->resources.size() == 1);
    CHECK(outcome_of(half) != Outcome::Invalid);
  }
}

TEST_CASE("a file that is edited until it holds no manifest is read as one that never did") {
  const std::string good = policy("a", "STRICT") + "---\n" + policy("b", "STRICT");
  const auto before = read_facts(good);
  const std::string text = "a: 1\n---\nb: 1\n";
  const auto after = read_facts(text, before.get(), good);
  CHECK(after->documents.size() == 1);
  CHECK(after->documents.size() == read_facts(text)->documents.size());
  CHECK(after->text_hash == read_facts(text)->text_hash);
  CHECK(outcome_of(text) == Outcome::Nothing);
}
