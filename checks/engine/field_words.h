// Fields and hosts as messages name them.
#pragma once

#include <string>
#include <string_view>

#include "checks/engine/field_ref.h"
#include "workspace/mesh/policy_graph.h"
#include "workspace/resources/destination_rule.h"

namespace checks {

// "plaintext", "mTLS", …: what clients of a clause with that mode send.
std::string_view sent_with(workspace::TlsMode mode);

// "tls DISABLE"; "tls without mode".
std::string clause_mode(const workspace::ClientTls& tls);

// "STRICT", "STRICT for port 8080": what a Field::Mode says.
std::string mode_words(const FieldRef& mode);

// What a field says, for Field::Mode and Field::Tls: "mode STRICT for port 8080", "tls mode DISABLE"; empty
// for all others.
std::string value_words(const FieldRef& field);

// A related place: whose field it is, and `what` it is to the finding; empty: what it says.
// "DestinationRule payments/ledger: tls mode DISABLE".
std::string related_words(const FieldRef& field, std::string_view what);

// Which calls a rule is about: "Calls to ledger.payments", "Calls into namespace payments", "Calls in the
// whole mesh", "Calls from namespace payments and into it".
std::string calls_of(const workspace::RuleNode& rule, const workspace::EffectiveSettings& settings);

}  // namespace checks
