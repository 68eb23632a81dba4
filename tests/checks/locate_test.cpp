// What is found at a place, in whole documents and in broken ones.
#include "checks/queries/locate.h"

#include <doctest/doctest.h>

#include <string>

namespace tests {

namespace {

using checks::Element;
using checks::ElementKind;

const std::string kPolicy =
    "# é😀\n"
    "apiVersion: security.istio.io/v1\n"
    "kind: PeerAuthentication\n"
    "metadata:\n"
    "  name: first\n"
    "  namespace: foo\n"
    "spec:\n"
    "  selector:\n"
    "    matchLabels: {app: reviews}\n"
    "  mtls:\n"
    "    mode: STRICT\n"
    "  portLevelMtls:\n"
    "    8080: {mode: UNSET}\n"
    "    9090:\n"
    "      mode: \"DISABLE\"\n";

const std::string kRule =
    "apiVersion: networking.istio.io/v1\n"
    "kind: DestinationRule\n"
    "metadata: {name: a, namespace: foo}\n"
    "spec:\n"
    "  host: svc\n"
    "  exportTo: ['.', bar]\n"
    "  trafficPolicy:\n"
    "    tls: {mode: SIMPLE}\n"
    "  subsets:\n"
    "  - name: v1\n"
    "    labels: {version: one}\n"
    "    trafficPolicy:\n"
    "      portLevelSettings:\n"
    "      - port: {number: 80}\n"
    "      - port: {number: 81}\n"
    "        tls: {mode: MUTUAL}\n";

const std::string kList =
    "apiVersion: v1\n"
    "kind: List\n"
    "items:\n"
    "- {apiVersion: v1, kind: Secret, metadata: {name: unread}}\n"
    "- apiVersion: v1\n"
    "  kind: Service\n"
    "  metadata: {name: svc}\n"
    "  spec:\n"
    "    selector: {app: shop}\n"
    "    ports: [{port: 443, targetPort: https}]\n"
    "- apiVersion: batch/v1\n"
    "  kind: CronJob\n"
    "  metadata: {name: job}\n"
    "  spec: {jobTemplate: {spec: {template: {metadata: {labels: {role: nightly}}}}}}\n";

class OneFile {
 public:
  explicit OneFile(std::string text) : mesh_(workspace::Settings{}) { set(std::move(text)); }

  void set(std::string text) {
    facts_ = workspace::read_facts(text, facts_.get(), text_);
    text_ = std::move(text);
    mesh_.put("/w/a.yaml", facts_);
    mesh_.commit();
  }

  // At the first place where `needle` is written, or so many bytes behind its start.
  [[nodiscard]] std::optional<Element> at(std::string_view needle, std::size_t behind = 0) const {
    const std::size_t offset = text_.find(needle);
    REQUIRE(offset != std::string::npos);
    return checks::locate(mesh_, "/w/a.yaml", text_, static_cast<std::uint32_t>(offset + behind));
  }

  [[nodiscard]] std::string written(const Element& element) const {
    return text_.substr(element.range.begin, element.range.size());
  }
  [[nodiscard]] const workspace::Mesh& mesh() const { return mesh_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::shared_ptr<const workspace::FileFacts> facts_;
  workspace::Mesh mesh_;
};

}  // namespace

TEST_CASE("locate: the parts of a PeerAuthentication") {
  const OneFile file(kPolicy);
  const auto mode = file.at("STRICT", 3);
  REQUIRE(mode);
  CHECK(mode->kind == ElementKind::Mode);
  CHECK(mode->entry == -1);
  CHECK(mode->value == "STRICT");
  CHECK(mode->node->id.name == "first");
  CHECK(file.written(*mode) == "STRICT");

  const auto port_mode = file.at("DISABLE", 7);  // right behind it
  REQUIRE(port_mode);
  CHECK(port_mode->kind == ElementKind::Mode);
  CHECK(port_mode->entry == 1);
  CHECK(file.written(*port_mode) == "DISABLE");

  const auto port = file.at("9090");
  REQUIRE(port);
  CHECK(port->kind == ElementKind::PolicyPort);
  CHECK(port->entry == 1);
  CHECK(port->value == "9090");

  const auto label = file.at("reviews");
  REQUIRE(label);
  CHECK(label->kind == ElementKind::SelectorLabel);
  CHECK(label->key == "app");
  CHECK(label->value == "reviews");
  CHECK(file.written(*label) == "reviews");

  CHECK(file.at("first")->kind == ElementKind::Name);
  CHECK(file.at("foo")->kind == ElementKind::Namespace);
  CHECK(file.at("PeerAuthentication")->kind == ElementKind::ResourceKind);
  CHECK(file.written(*file.at("mode", 1)) == "mode");
}

TEST_CASE("locate: the parts of a DestinationRule, by clause") {
  const OneFile file(kRule);
  CHECK(file.at("svc")->kind == ElementKind::Host);
  CHECK(file.at("bar")->kind == ElementKind::Export);
  CHECK(file.at("SIMPLE")->kind == ElementKind::Tls);
  CHECK(file.at("SIMPLE")->clause == workspace::ClauseRef{-1, -1});
  CHECK(file.at("MUTUAL")->clause == workspace::ClauseRef{0, 1});
  CHECK(file.at("81")->kind == ElementKind::RulePort);
  CHECK(file.at("81")->clause == workspace::ClauseRef{0, 1});
  CHECK(file.at("v1\n    labels")->kind == ElementKind::SubsetName);
  const auto label = file.at("version: one");
  REQUIRE(label);
  CHECK(label->kind == ElementKind::SubsetLabel);
  CHECK(label->clause.subset == 0);
  CHECK(label->key == "version");
  CHECK(label->value == "one");
  CHECK(file.at("tls", 1)->kind == ElementKind::Tls);
}

TEST_CASE("locate: the items of a List are found in it") {
  const OneFile file(kList);
  CHECK_FALSE(file.at("unread"));
  const auto service = file.at("svc");
  REQUIRE(service);
  CHECK(service->kind == ElementKind::Name);
  CHECK(service->node->id.kind == workspace::Kind::Service);
  CHECK(file.at("443")->kind == ElementKind::ServicePort);
  CHECK(file.at("443")->entry == 0);
  CHECK(file.at("https")->kind == ElementKind::TargetPort);
  CHECK(file.at("shop")->kind == ElementKind::SelectorLabel);
  const auto label = file.at("nightly");
  REQUIRE(label);
  CHECK(label->kind == ElementKind::PodLabel);
  CHECK(label->key == "role");
  CHECK(label->node->id.kind == workspace::Kind::CronJob);
}

TEST_CASE("locate: a copy says which definition it is") {
  const OneFile file(kRule + "---\n# again\n" + kRule);
  const auto again = checks::locate(file.mesh(), "/w/a.yaml", file.text(),
                                    static_cast<std::uint32_t>(file.text().rfind("SIMPLE")));
  REQUIRE(again);
  CHECK(again->definition == 1);
  CHECK(file.at("SIMPLE")->definition == 0);
  CHECK(again->node == file.at("SIMPLE")->node);
}

TEST_CASE("locate: a broken document says what it last said, where that still stands") {
  OneFile file(kRule + "---\n" + kPolicy);
  std::string broken = file.text();
  broken.insert(broken.find("DISABLE\"") + 7, "\\q");
  broken.insert(broken.find("# é"), "# a line more\n");
  file.set(std::move(broken));
  REQUIRE(file.mesh().file("/w/a.yaml")->facts->documents[1].problem());
  CHECK_FALSE(file.at("DISABLE"));
  const auto rule_mode = file.at("SIMPLE");
  REQUIRE(rule_mode);
  CHECK(rule_mode->kind == ElementKind::Tls);
  file.set(kPolicy);
  file.set(std::string(kPolicy).replace(kPolicy.find("8080: {"), 7, "8080: [["));
  REQUIRE(file.mesh().file("/w/a.yaml")->facts->documents[0].problem());
  CHECK(file.at("STRICT")->kind == ElementKind::Mode);
  const auto moved = file.at("DISABLE");
  REQUIRE(moved);
  CHECK(moved->entry == 1);
  CHECK(file.written(*moved) == "DISABLE");
}

TEST_CASE("locate: nothing where nothing means anything, or another text than the mesh knows") {
  const OneFile file(kPolicy + "---\nkind: Unknown\nmetadata: {name: other}\n");
  CHECK_FALSE(file.at("# é"));
  CHECK_FALSE(file.at("other"));
  CHECK_FALSE(file.at("spec"));
  CHECK_FALSE(checks::locate(file.mesh(), "/w/b.yaml", file.text(), 3));
  CHECK_FALSE(checks::locate(file.mesh(), "/w/a.yaml", file.text() + " ", 60));
}

}  // namespace tests
