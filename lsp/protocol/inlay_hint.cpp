#include "lsp/protocol/inlay_hint.h"

#include <nlohmann/json.hpp>

namespace lsp::protocol {

void from_json(const Json& json, InlayHintParams& params) {
  params.uri = required_string(required(json, "textDocument"), "uri");
  from_json(required(json, "range"), params.range);
}

void from_json(const Json& json, CodeLens& lens) {
  lens.uri = required_string(required(json, "data"), "uri");
  if (const Json* kind = optional_field(required(json, "data"), "kind");
      kind != nullptr && kind->is_number_integer())
    lens.kind = kind->get<std::int64_t>();
  from_json(required(json, "range"), lens.range);
}

}  // namespace lsp::protocol
