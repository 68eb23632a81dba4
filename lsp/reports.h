// What each document has to say at present, by an id of its diagnostics: so that a client that pulls can be
// told "unchanged" without computing them again.
//
// Engine thread. Remembers only what is not empty.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lsp/json_rpc.h"

namespace lsp {

class Reports {
 public:
  // Equal diagnostics have equal ids, in every session.
  static std::string id_of(const Json& diagnostics);

  bool set(const std::string& path, const Json& diagnostics);  // true: it is another report than before
  [[nodiscard]] const std::map<std::string, std::string>& ids() const { return ids_; }  // by path
  [[nodiscard]] std::vector<std::string> paths() const;

 private:
  std::map<std::string, std::string> ids_;
};

}  // namespace lsp
