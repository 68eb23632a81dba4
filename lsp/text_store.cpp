#include "lsp/text_store.h"

#include <algorithm>
#include <utility>

#include "workspace/files/discovery.h"
#include "workspace/sources/file_facts.h"

namespace lsp {
namespace {

constexpr std::size_t kCachedBytes = std::size_t{8} << 20;

std::uint32_t offset_of(const Text& text, protocol::Position position, workspace::ColumnUnit unit) {
  return text.lines.offset(text.bytes, {position.line, position.character}, unit);
}

}  // namespace

std::string changed_text(const Text& text, const protocol::TextDocumentContentChangeEvent& change,
                         workspace::ColumnUnit unit) {
  if (!change.range) return change.text;
  const std::uint32_t a = offset_of(text, change.range->start, unit);
  const std::uint32_t b = offset_of(text, change.range->end, unit);
  const auto [begin, end] = std::minmax(a, b);
  std::string changed;
  changed.reserve(text.bytes.size() - (end - begin) + change.text.size());
  changed.append(text.bytes, 0, begin).append(change.text).append(text.bytes, end);
  return changed;
}

OpenDocument& TextStore::open(protocol::TextDocumentItem item, std::string path) {
  OpenDocument& document = open_[path];
  document.uri = std::move(item.uri);
  document.path = std::move(path);
  document.language = std::move(item.languageId);
  document.version = item.version;
  document.text = std::make_shared<const Text>(std::move(item.text));
  document.is_chart_template = workspace::is_chart_template(files_, document.path);
  document.is_second_name = false;
  document.out_of_sync = false;
  return document;
}

OpenDocument TextStore::take(const std::string& path) { return std::move(open_.extract(path).mapped()); }

void TextStore::change(OpenDocument& document, std::int64_t version,
                       std::span<const protocol::TextDocumentContentChangeEvent> changes,
                       workspace::ColumnUnit unit) {
  for (const auto& change : changes) {
    if (!change.range) document.out_of_sync = false;
    if (document.out_of_sync) continue;  // its place is one of another text
    document.text = std::make_shared<const Text>(changed_text(*document.text, change, unit));
  }
  document.version = version;
}

OpenDocument* TextStore::find(const std::string& path) {
  const auto found = open_.find(path);
  return found == open_.end() ? nullptr : &found->second;
}

const OpenDocument* TextStore::find(const std::string& path) const {
  const auto found = open_.find(path);
  return found == open_.end() ? nullptr : &found->second;
}

SharedText TextStore::disk_text(const std::string& path, std::uint32_t size, std::uint64_t hash) {
  if (const auto found = cached_.find(path); found != cached_.end() && found->second->hash == hash) {
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->text;
  }
  auto read = files_.read(path, size);
  if (!read || workspace::hash_bytes(*read) != hash) return nullptr;
  SharedText text = std::make_shared<const Text>(std::move(*read));
  remember({path, hash, text});
  return text;
}

void TextStore::forget_disk_text(const std::string& path) {
  const auto old = cached_.find(path);
  if (old == cached_.end()) return;
  cached_bytes_ -= old->second->text->bytes.size();
  recent_.erase(old->second);
  cached_.erase(old);
}

void TextStore::remember(Cached entry) {
  forget_disk_text(entry.path);
  cached_bytes_ += entry.text->bytes.size();
  recent_.push_front(std::move(entry));
  cached_[recent_.front().path] = recent_.begin();
  while (cached_bytes_ > kCachedBytes && recent_.size() > 1) {
    cached_bytes_ -= recent_.back().text->bytes.size();
    cached_.erase(recent_.back().path);
    recent_.pop_back();
  }
}

}  // namespace lsp
