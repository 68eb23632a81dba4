// Which texts are manifests, which are templates, and which are neither (docs/design/sources.md, section 1).
// Pure functions of text and tree.
#pragma once

#include <string_view>

#include "workspace/yaml/tree.h"

namespace workspace {

// Reports whether a file may hold a manifest: both `apiVersion` and `kind` occur in its text. Costs a search.
bool may_hold_manifest(std::string_view text);

// Reports whether text that is not valid YAML holds a mark of a template engine: `{{`, `{%`, `<%`, `%{`,
// `${`, or a whole value `<TOKEN>` or `[TOKEN]` in capitals.
bool has_template_mark(std::string_view text);

// Reports whether is_template is worth asking: a mark other than `${` occurs anywhere in the text. Costs a
// search.
bool may_be_template(std::string_view text);

// Reports whether a valid document is a template: a mark other than `${` in its apiVersion, kind, name,
// namespace, labels, host, selector, mode or exportTo. Marks in other strings (dashboards, alerts) mean
// nothing.
bool is_template(const yaml::Value& root);

// Reports whether a file is a ytt template: one of its comments begins with `#@`.
bool is_ytt(std::string_view text);

// Reports whether text that is not valid YAML says that it is a manifest this program reads: it has a line
// with an `apiVersion` of a known group and one with a `kind`.
bool claims_to_be_manifest(std::string_view document);

}  // namespace workspace
