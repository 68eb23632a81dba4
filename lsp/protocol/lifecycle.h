// `initialize`, workspace folders, configuration and watched files (LSP 3.17).
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lsp/protocol/basic.h"

namespace lsp::protocol {

// What of the client's capabilities makes a difference to us, flattened. Whatever is malformed counts as
// absent.
struct ClientCapabilities {
  std::vector<std::string> positionEncodings;
  bool workDoneProgress = false;
  bool configuration = false;  // workspace/configuration
  bool workspaceFolders = false;
  bool didChangeConfigurationRegistration = false;
  bool watchedFilesRegistration = false;
  bool relatedInformation = false;
  bool codeDescription = false;
  bool diagnosticData = false;
  bool unnecessaryTag = false;   // shows DiagnosticTag.Unnecessary
  bool pullDiagnostics = false;  // asks for diagnostics, and again when told that others have changed
  bool refreshDiagnostics = false;
  bool relatedDocuments = false;  // in the answer to textDocument/diagnostic
  bool codeActionLiterals = false;
  bool isPreferred = false;
  bool documentChanges = false;
  bool createFiles = false;
  bool changeAnnotations = false;
  std::string clientName;  // clientInfo.name: for what clients do not say of themselves
  Json all;                // as sent, for features that look at their own part

  static ClientCapabilities parse(const Json& capabilities);
};

struct WorkspaceFolder {
  std::string uri;
  std::string name;
  friend bool operator==(const WorkspaceFolder&, const WorkspaceFolder&) = default;
};

enum class TraceValue { Off, Messages, Verbose };

struct InitializeParams {
  std::optional<std::int64_t> processId;
  std::string clientName;
  std::string clientVersion;
  ClientCapabilities capabilities;
  std::vector<WorkspaceFolder> workspaceFolders;  // from workspaceFolders, rootUri or rootPath, in this order
  Json initializationOptions;
  TraceValue trace = TraceValue::Off;
};

struct SetTraceParams {
  TraceValue value = TraceValue::Off;
};

struct DidChangeWorkspaceFoldersParams {
  std::vector<WorkspaceFolder> added;
  std::vector<WorkspaceFolder> removed;
};

struct DidChangeConfigurationParams {
  Json settings;
};

struct FileEvent {
  enum class Type { Created = 1, Changed = 2, Deleted = 3 };
  std::string uri;
  Type type = Type::Changed;
};

struct DidChangeWatchedFilesParams {
  std::vector<FileEvent> changes;
};

struct ProgressCancelParams {
  Json token;
};

struct NoParams {};

void from_json(const Json& json, WorkspaceFolder& folder);
void from_json(const Json& json, InitializeParams& params);
void from_json(const Json& json, SetTraceParams& params);
void from_json(const Json& json, DidChangeWorkspaceFoldersParams& params);
void from_json(const Json& json, DidChangeConfigurationParams& params);
void from_json(const Json& json, DidChangeWatchedFilesParams& params);
void from_json(const Json& json, ProgressCancelParams& params);
void from_json(const Json& json, NoParams& params);

}  // namespace lsp::protocol
