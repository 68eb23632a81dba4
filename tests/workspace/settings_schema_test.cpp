// The schema of `.istio-mtls.yaml` that is built in.
#include "workspace/config/settings_schema.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "workspace/config/config_file.h"

namespace {

using workspace::settings_schema::Setting;
using workspace::settings_schema::Shape;
using Path = std::vector<std::string>;

std::vector<std::string> names(const Path& path) {
  std::vector<std::string> found;
  for (const Setting& setting : workspace::settings_schema::keys(path)) found.emplace_back(setting.name);
  return found;
}

}  // namespace

TEST_CASE("settings schema: what a key is") {
  const struct {
    Path path;
    std::string_view type;
    Shape shape;
    bool is_required;
  } cases[] = {
      {{"rootNamespace"}, "string", Shape::Scalar, false},
      {{"enableAutoMtls"}, "boolean", Shape::Scalar, false},
      {{"exclude"}, "list of string", Shape::List, false},
      {{"severity"}, "object", Shape::Object, false},
      {{"severity", "TIS0208"}, "one of off, hint, information, info, warning, error", Shape::Scalar, false},
      {{"limits", "depth"}, "integer", Shape::Scalar, false},
      {{"meshes"}, "list of object", Shape::List, false},
      {{"meshes", "[]", "name"}, "string", Shape::Scalar, true},
      {{"meshes", "[]", "severity", "TIS0208"},
       "one of off, hint, information, info, warning, error",
       Shape::Scalar,
       false},
      {{"charts", "[]", "path"}, "string", Shape::Scalar, true},
  };
  for (const auto& each : cases) {
    const auto found = workspace::settings_schema::find(each.path);
    REQUIRE(found);
    CAPTURE(each.path.back());
    CHECK(found->name == each.path.back());
    CHECK(found->type == each.type);
    CHECK(found->shape == each.shape);
    CHECK(found->is_required == each.is_required);
    CHECK_FALSE(found->description.empty());
  }
  for (const Path& path : {Path{}, Path{"other"}, Path{"exclude", "x"}, Path{"rootNamespace", "x"}})
    CHECK_FALSE(workspace::settings_schema::find(path));
}

TEST_CASE("settings schema: a code says what it is about") {
  const auto code = workspace::settings_schema::find(Path{"severity", "TIS0208"});
  REQUIRE(code);
  CHECK(code->description.starts_with("A DestinationRule sends plaintext"));
  CHECK(code->values.front() == "off");
}

TEST_CASE("settings schema: every key is one that is read") {
  for (const std::string& name : names({})) {
    const auto file = workspace::read_config(name + ":\n");
    CHECK_MESSAGE(file.problems.empty(), name);
  }
  CHECK(names({}).size() > 10);
  CHECK(names({"meshes", "[]"}).front() == "name");
  CHECK(names({"meshes"}).empty());
  CHECK(names({"rootNamespace"}).empty());
}
