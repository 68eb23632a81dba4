// What Flux makes of `${…}`.
#include "workspace/sources/substitution.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

#include "workspace/yaml/reader.h"

TEST_CASE("variables are replaced by their values, else by their defaults") {
  struct Case {
    const char* text;
    const char* made;
  };
  const Case cases[] = {
      {"host: ${service}.${ns}", "host: db.shop"},
      {"${ns}", "shop"},
      {"${other}", "${other}"},
      {"${other:=a} ${other:-b} ${other=c} ${other-d}", "a b c d"},
      {"${ns:=a} ${empty:=b} ${empty=c}|", "shop b |"},
      {"$${ns} $ns ${ns", "${ns} $ns ${ns"},
      {"${ns\n}", "${ns\n}"},
      {"${a b} ${} ${:=x} ${ns:?}", "${a b} ${} ${:=x} ${ns:?}"},
      {"${recursive}", "${ns}"},
      {"", ""},
  };
  const std::vector<workspace::Substitution> values = {
      {"ns", "old"}, {"ns", "shop"}, {"service", "db"}, {"empty", ""}, {"recursive", "${ns}"}};
  for (const auto& known : cases) {
    INFO(known.text);
    const auto made = workspace::substitute(known.text, values);
    CHECK(made.text == known.made);
    // The places lead back: what is between them is the same in both texts.
    const std::string before = known.text;
    std::string restored;
    std::size_t at = 0;
    for (const auto& one : made.replaced) {
      restored += made.text.substr(at, one.made_begin - at) + before.substr(one.begin, one.end - one.begin);
      at = one.made_end;
    }
    CHECK(restored + made.text.substr(at) == before);
  }
}

TEST_CASE("the values of a ConfigMap") {
  const auto read = workspace::yaml::read_any_yaml("data:\n  a: b\n  c: \"1\"\n  d: {}\n");
  const auto values = workspace::config_values(std::get<workspace::yaml::Document>(read).root());
  CHECK(values == std::vector<workspace::Substitution>{{"a", "b"}, {"c", "1"}});
}
