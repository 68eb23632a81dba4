#include "lsp/protocol/lifecycle.h"

#include <algorithm>

#include "workspace/base/uri.h"

namespace lsp::protocol {
namespace {

std::vector<std::string> strings_of(const Json* array) {
  std::vector<std::string> strings;
  if (array == nullptr || !array->is_array()) return strings;
  for (const Json& item : *array) {
    if (item.is_string()) strings.push_back(item.get<std::string>());
  }
  return strings;
}

std::vector<WorkspaceFolder> folders_of(const Json& array) {
  std::vector<WorkspaceFolder> folders;
  for (const Json& item : array) from_json(item, folders.emplace_back());
  return folders;
}

bool can_create_files(const Json& edit) {
  const auto operations = strings_of(optional_field(edit, "resourceOperations"));
  return std::find(operations.begin(), operations.end(), "create") != operations.end();
}

void read_workspace(const Json& workspace, ClientCapabilities& result) {
  result.configuration = flag(workspace, {"configuration"});
  result.workspaceFolders = flag(workspace, {"workspaceFolders"});
  result.didChangeConfigurationRegistration =
      flag(workspace, {"didChangeConfiguration", "dynamicRegistration"});
  result.watchedFilesRegistration = flag(workspace, {"didChangeWatchedFiles", "dynamicRegistration"});
  result.refreshDiagnostics = flag(workspace, {"diagnostics", "refreshSupport"});
  const Json* edit = optional_field(workspace, "workspaceEdit");
  if (edit == nullptr) return;
  result.documentChanges = flag(*edit, {"documentChanges"});
  result.createFiles = result.documentChanges && can_create_files(*edit);
  const Json* annotations = optional_field(*edit, "changeAnnotationSupport");
  result.changeAnnotations = result.documentChanges && annotations != nullptr && annotations->is_object();
}

bool shows_unnecessary(const Json* tags) {
  constexpr int kUnnecessary = 1;
  return tags != nullptr && tags->is_array() &&
         std::find(tags->begin(), tags->end(), kUnnecessary) != tags->end();
}

void read_text_document(const Json& document, ClientCapabilities& result) {
  for (const char* way : {"publishDiagnostics", "diagnostic"}) {
    result.relatedInformation |= flag(document, {way, "relatedInformation"});
    result.codeDescription |= flag(document, {way, "codeDescriptionSupport"});
    result.diagnosticData |= flag(document, {way, "dataSupport"});
    result.unnecessaryTag |= shows_unnecessary(descend(document, {way, "tagSupport", "valueSet"}));
  }
  const Json* pull = optional_field(document, "diagnostic");
  result.pullDiagnostics = pull != nullptr && pull->is_object();
  result.relatedDocuments = flag(document, {"diagnostic", "relatedDocumentSupport"});
  result.codeActionLiterals = descend(document, {"codeAction", "codeActionLiteralSupport"}) != nullptr;
  result.isPreferred = flag(document, {"codeAction", "isPreferredSupport"});
}

// A client without workspace folders names one root, the newer way or the older.
std::vector<WorkspaceFolder> root_folder(const Json& params) {
  if (auto uri = optional_string(params, "rootUri")) return {{*uri, {}}};
  if (auto path = optional_string(params, "rootPath"); path && !path->empty())
    return {{workspace::file_uri(*path), {}}};
  return {};
}

// What is not known is off: to trace unasked would be worse.
TraceValue trace_value(std::string_view word) {
  if (word == "messages") return TraceValue::Messages;
  return word == "verbose" ? TraceValue::Verbose : TraceValue::Off;
}

}  // namespace

ClientCapabilities ClientCapabilities::parse(const Json& capabilities) {
  ClientCapabilities result;
  result.positionEncodings = strings_of(descend(capabilities, {"general", "positionEncodings"}));
  result.workDoneProgress = flag(capabilities, {"window", "workDoneProgress"});
  if (const Json* workspace = optional_field(capabilities, "workspace")) read_workspace(*workspace, result);
  if (const Json* document = optional_field(capabilities, "textDocument"))
    read_text_document(*document, result);
  result.pullDiagnostics = result.pullDiagnostics && result.refreshDiagnostics;
  result.all = capabilities;
  return result;
}

void from_json(const Json& json, WorkspaceFolder& folder) {
  folder.uri = required_string(json, "uri");
  folder.name = optional_string(json, "name").value_or("");
}

void from_json(const Json& json, InitializeParams& params) {
  if (!json.is_object()) throw InvalidParams("params must be an object");
  if (const Json* id = optional_field(json, "processId"); id != nullptr && id->is_number_integer()) {
    params.processId = required_integer(json, "processId");
  }
  if (const Json* client = optional_field(json, "clientInfo")) {
    params.clientName = optional_string(*client, "name").value_or("");
    params.clientVersion = optional_string(*client, "version").value_or("");
  }
  params.trace = trace_value(optional_string(json, "trace").value_or("off"));
  if (const Json* all = optional_field(json, "capabilities"))
    params.capabilities = ClientCapabilities::parse(*all);
  const Json* folders = optional_field(json, "workspaceFolders");
  if (folders != nullptr && !folders->is_array()) throw InvalidParams("'workspaceFolders' must be an array");
  params.workspaceFolders = folders != nullptr ? folders_of(*folders) : root_folder(json);
  if (const Json* options = optional_field(json, "initializationOptions"))
    params.initializationOptions = *options;
}

void from_json(const Json& json, SetTraceParams& params) {
  params.value = trace_value(required_string(json, "value"));
}

void from_json(const Json& json, DidChangeWorkspaceFoldersParams& params) {
  const Json& event = required(json, "event");
  params.added = folders_of(required_array(event, "added"));
  params.removed = folders_of(required_array(event, "removed"));
}

void from_json(const Json& json, DidChangeConfigurationParams& params) {
  if (const Json* settings = optional_field(json, "settings")) params.settings = *settings;
}

void from_json(const Json& json, DidChangeWatchedFilesParams& params) {
  for (const Json& change : required_array(json, "changes")) {
    FileEvent event{required_string(change, "uri"), FileEvent::Type::Changed};
    const std::int64_t type = required_integer(change, "type");
    if (type == 1) event.type = FileEvent::Type::Created;
    if (type == 3) event.type = FileEvent::Type::Deleted;
    params.changes.push_back(std::move(event));
  }
}

void from_json(const Json& json, ProgressCancelParams& params) { params.token = required(json, "token"); }

void from_json(const Json&, NoParams&) {}

}  // namespace lsp::protocol
