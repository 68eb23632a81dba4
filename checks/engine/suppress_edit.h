// Edits of the comments that silence findings (workspace/suppression.h): one that writes a code, ones that
// take out what silences nothing.
//
// An edit is made only where the YAML reads as before, character by character of every value, and nothing
// but the comment differs: each is tried on the document and read again. Pure functions of a file's present
// text and the facts read from it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "workspace/sources/file_facts.h"
#include "workspace/yaml/edit.h"

namespace checks {

// Silences `code` for what starts at `at`: adds it to the comment that covers the place, or writes a comment
// on the line above, else behind the line, else behind the line above. None where no comment can stand (JSON
// files, broken documents) or none would cover the place.
std::optional<workspace::yaml::TextEdit> suppress(std::string_view path, std::string_view text,
                                                  const workspace::FileFacts& facts, std::uint32_t at,
                                                  std::string_view code);

// Takes out the comment at `comment`, with its line if it has one of its own.
std::optional<workspace::yaml::TextEdit> remove_comment(std::string_view text,
                                                        const workspace::FileFacts& facts,
                                                        workspace::ByteRange comment);
// Takes out one of its codes, which must not be its only one.
std::optional<workspace::yaml::TextEdit> remove_code(std::string_view text, const workspace::FileFacts& facts,
                                                     workspace::ByteRange comment, std::string_view code);

// Where the codes of the comment stand, in the order of SuppressionComment::codes.
std::vector<workspace::ByteRange> code_ranges(std::string_view text, workspace::ByteRange comment);

}  // namespace checks
