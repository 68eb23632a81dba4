// What a key means, and which keys and values could be written at a cursor, by Istio's API
// (workspace/resources/istio_api.h) and by the schema of our own configuration
// (workspace/config/settings_schema.h): the same in every mesh.
//
// Says nothing of other kinds. The place is known from the text (workspace/yaml/cursor_context.h), which may
// be half typed. Costs what the schema has at one place. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/yaml/cursor_context.h"

namespace checks {

enum class SchemaOf : std::uint8_t { Manifest, Settings };

struct SchemaHelp {
  std::string name;  // of the key
  std::string type;  // "list of string", "one of DISABLE, SIMPLE"; empty: it needs no words
  bool is_required = false;
  std::string value;        // one of the type's, where such a one is pointed at
  std::string description;  // sentences; names may stand in backticks; may be empty
  std::string page;         // the address of what describes it; may be empty
};

// None: nothing is known of what is pointed at.
std::optional<SchemaHelp> schema_help(SchemaOf schema, const workspace::PointedAt& place);

enum class OfferKind : std::uint8_t { Key, Value };

struct Offer {
  OfferKind kind = OfferKind::Key;
  std::string label;
  // What is written instead of the word, as LSP writes snippets: lines end with `\n` and are indented
  // relative to the column of the word.
  std::string snippet;
  SchemaHelp help;
};

struct OfferStyle {
  bool json = false;       // names stand in double quotes
  bool has_colon = false;  // behind the word
  bool one_line = false;   // what is written must not have several
};

// The likely ones first: keys that are required, then by name; values in the order of the reference, those
// that are deprecated or say nothing last. Keys that the mapping has already are left out.
std::vector<Offer> schema_offers(SchemaOf schema, const workspace::CursorContext& cursor,
                                 const OfferStyle& style);

// Reports whether the document around a cursor holds no key yet, so that a whole resource could stand there.
bool is_empty_document(const workspace::CursorContext& cursor);

}  // namespace checks
