#include "workspace/config/limits.h"

#include <doctest/doctest.h>

#include "workspace/platform/file_system.h"

using workspace::find_limit;
using workspace::Limit;
using workspace::Limits;
using workspace::limits_of;
using workspace::parse_limit;

TEST_CASE("what is not set is as it always was, and within the bounds") {
  CHECK(limits_of({}) == Limits{});
  CHECK(Limits{}.file_size == 67108864);
  CHECK(Limits{}.document.max_bytes == 16777216);
  const Limits some = limits_of({{Limit::Depth, 300}, {Limit::FileSize, 1024}});
  CHECK(some.document.max_depth == 300);
  CHECK(some.file_size == 1024);
  CHECK(some.documents == Limits{}.documents);
  const Limits all = limits_of({{Limit::FileSize, 1},
                                {Limit::DocumentSize, 2},
                                {Limit::Depth, 3},
                                {Limit::AliasedValues, 4},
                                {Limit::Documents, 5}});
  const Limits expected{
      .file_size = 1, .documents = 5, .document = {.max_depth = 3, .max_bytes = 2, .max_alias_expansion = 4}};
  CHECK(all == expected);
}

TEST_CASE("numbers and sizes between floor and ceiling are taken, and nothing else") {
  const workspace::LimitKind& size = *find_limit("fileSize");
  CHECK(parse_limit(size, "67108864") == 67108864);
  CHECK(parse_limit(size, "64MiB") == 67108864);
  CHECK(parse_limit(size, "1KiB") == 1024);
  CHECK(parse_limit(size, "1GiB") == 1073741824);
  for (const char* text : {"", "x", "-1", "1023", "1.5MiB", "64 MiB", "64MB", "2GiB", "4294967296",
                           "4194304KiBx", "18446744073709551617", "4194304GiB", "+5000", " 5000"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_limit(size, text));
  }
  const workspace::LimitKind& depth = *find_limit("depth");
  CHECK(parse_limit(depth, "16") == 16);
  CHECK(parse_limit(depth, "400") == 400);
  for (const char* text : {"15", "401", "100KiB", "1e2"}) CHECK_FALSE(parse_limit(depth, text));
  CHECK(expected_of(depth) == "a number from 16 to 400");
  CHECK(expected_of(size) == "a size from 1KiB to 1GiB, in bytes or as in 64MiB");
  CHECK(find_limit("filesize") == nullptr);
}

TEST_CASE("why a file was not read names the setting where that is why") {
  Limits limits;
  limits.file_size = 2000;
  const workspace::Error error{"/a: what the disk says"};
  const auto why = [&](workspace::FileType type, std::uint64_t size) {
    return workspace::why_unread("/a", {.type = type, .size = size, .modified_ns = 0}, limits, error);
  };
  CHECK(why(workspace::FileType::Regular, 2001) == "/a: is larger than 2000 bytes (limits.fileSize)");
  CHECK(why(workspace::FileType::Regular, 2000) == error.message);
  CHECK(why(workspace::FileType::Directory, 4096) == error.message);
}
