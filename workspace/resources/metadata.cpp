#include "workspace/resources/metadata.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace workspace {

namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 4> kNetworkingVersions = {
    "", "networking.istio.io/v1", "networking.istio.io/v1alpha3", "networking.istio.io/v1beta1"};

// Reads the parts of a time stamp one after the other.
class StampReader {
 public:
  explicit StampReader(std::string_view text) : text_(text) {}

  // So many digits of a number that is at most `most`; -1: there are none.
  int digits(std::size_t count, int most) {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (at_ >= text_.size() || !is_digit(text_[at_])) return -1;
      number = number * 10 + (text_[at_++] - '0');
    }
    return number > most ? -1 : number;
  }
  bool take(std::string_view any_of) {
    if (at_ >= text_.size() || any_of.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  }
  // The digits of a fraction of a second, as microseconds; -1: there are none.
  std::int64_t fraction() {
    if (at_ >= text_.size() || !is_digit(text_[at_])) return -1;
    std::int64_t micros = 0;
    std::int64_t unit = 100'000;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_, unit /= 10) micros += unit * (text_[at_] - '0');
    return micros;
  }
  [[nodiscard]] char last() const { return text_[at_ - 1]; }
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view text_;
  std::size_t at_ = 0;
};

// Of the zone that ends a stamp: minutes east of Greenwich; none: it is none.
std::optional<int> zone_minutes(StampReader& stamp) {
  if (stamp.take("Zz")) return 0;
  if (!stamp.take("+-")) return std::nullopt;
  const int sign = stamp.last() == '-' ? -1 : 1;
  const int hours = stamp.digits(2, 23);
  if (hours < 0 || !stamp.take(":")) return std::nullopt;
  const int minutes = stamp.digits(2, 59);
  if (minutes < 0) return std::nullopt;
  return sign * (hours * 60 + minutes);
}

}  // namespace

Instant parse_instant(std::string_view text) {
  StampReader stamp(text);
  const int year = stamp.digits(4, 9999);
  if (year < 0 || !stamp.take("-")) return kNoInstant;
  const int month = stamp.digits(2, 12);
  if (month < 1 || !stamp.take("-")) return kNoInstant;
  const int day = stamp.digits(2, 31);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(std::max(day, 0)))};
  if (!date.ok() || !stamp.take("Tt")) return kNoInstant;
  const int hour = stamp.digits(2, 23);
  if (hour < 0 || !stamp.take(":")) return kNoInstant;
  const int minute = stamp.digits(2, 59);
  if (minute < 0 || !stamp.take(":")) return kNoInstant;
  const int second = stamp.digits(2, 60);  // a leap second
  if (second < 0) return kNoInstant;
  const std::int64_t micros = stamp.take(".") ? stamp.fraction() : 0;
  const auto zone = micros < 0 ? std::nullopt : zone_minutes(stamp);
  if (!zone || !stamp.at_end()) return kNoInstant;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return (((days * 24 + hour) * 60 + minute - *zone) * 60 + second) * 1'000'000 + micros;
}

NetworkingVersion networking_version(std::string_view api_version) {
  const auto at = std::find(kNetworkingVersions.begin(), kNetworkingVersions.end(), api_version);
  return static_cast<NetworkingVersion>(at == kNetworkingVersions.end() ? 0
                                                                        : at - kNetworkingVersions.begin());
}

std::string_view api_version_name(NetworkingVersion version) {
  return kNetworkingVersions[static_cast<std::size_t>(version)];
}

const CompactString* find_label(const Labels& labels, std::string_view key) {
  const auto at = std::lower_bound(labels.begin(), labels.end(), key,
                                   [](const auto& entry, std::string_view k) { return entry.first < k; });
  return at != labels.end() && at->first == key ? &at->second : nullptr;
}

bool is_subset(const Labels& selector, const Labels& labels) {
  return std::includes(labels.begin(), labels.end(), selector.begin(), selector.end());
}

RareMetadata::RareMetadata(Instant created, std::string_view ignore, std::string_view kiali_ignore) {
  if (created == kNoInstant && ignore.empty() && kiali_ignore.empty()) return;
  fields_ = Fields{created, std::string(ignore), std::string(kiali_ignore), {}, {}, {}};
}

const RareMetadata::Fields& RareMetadata::fields() const {
  static const Fields kNone;
  return fields_ ? *fields_ : kNone;
}

Labels decode_labels(const yaml::Value& mapping) {
  const auto entries = mapping.entries();
  Labels labels;
  labels.reserve(entries.size());
  for (const auto& [key, value] : entries) {
    if (value.is_scalar()) labels.emplace_back(key, value.text());
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

ExportTo decode_export_to(const yaml::Value& list) {
  ExportTo names;
  for (const yaml::Value& item : list.items()) {
    if (item.is_scalar()) names.emplace_back(item.text());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Metadata decode_metadata(const yaml::Value& resource, Kind kind) {
  const yaml::Value metadata = resource["metadata"];
  Metadata decoded;
  decoded.kind = kind;
  decoded.networking_version = networking_version(resource["apiVersion"].text());
  if (const yaml::Value name = metadata["name"]; name.is_scalar()) {
    decoded.name = {name.text(), {name.range()}};
  } else {
    decoded.name.place = {resource["kind"].range()};
  }
  if (const yaml::Value ns = metadata["namespace"]; ns.is_scalar()) {
    decoded.ns = ns.text();
  }
  const yaml::Value annotations = metadata["annotations"];
  const yaml::Value kiali = annotations["kiali.io/ignore-validations"];
  const bool ignores_all = kiali.is_scalar() && kiali.text().find_first_not_of(' ') == std::string_view::npos;
  decoded.rare = RareMetadata(parse_instant(metadata["creationTimestamp"].text()),
                              annotations["istio-mtls/ignore"].text(),
                              ignores_all ? RareMetadata::kEveryKialiCode : kiali.text());
  return decoded;
}

}  // namespace workspace
