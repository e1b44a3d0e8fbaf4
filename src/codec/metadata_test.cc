#include "codec/metadata.h"

#include <gtest/gtest.h>

#include "codec/metadata_text.h"

namespace likeness::codec {
namespace {

void Put16(Bytes& out, unsigned value) {
  out.push_back(uint8_t(value)), out.push_back(uint8_t(value >> 8));
}
void Put32(Bytes& out, uint32_t value) {
  Put16(out, value & 0xFFFF), Put16(out, value >> 16);
}

// A little-endian EXIF block built piece by piece.
class ExifBuilder {
 public:
  ExifBuilder() {
    out_ = {'I', 'I', 42, 0};
    Put32(out_, 8);
  }
  // Starts a directory of `count` tags here.
  void Directory(unsigned count) { Put16(out_, count); }
  void Tag(unsigned tag, unsigned type, uint32_t count, uint32_t value) {
    Put16(out_, tag), Put16(out_, type), Put32(out_, count), Put32(out_, value);
  }
  void End(uint32_t next = 0) { Put32(out_, next); }
  void Raw(std::string_view text) { out_.insert(out_.end(), text.begin(), text.end()); }
  void Raw32(uint32_t value) { Put32(out_, value); }
  uint32_t size() const { return uint32_t(out_.size()); }
  const Bytes& bytes() const { return out_; }

 private:
  Bytes out_;
};

TEST(Exif, ReadsWhatACameraWrites) {
  ExifBuilder exif;
  exif.Directory(4);
  const uint32_t main_data = 8 + 2 + 4 * 12 + 4;
  exif.Tag(0x010F, 2, 6, main_data);
  exif.Tag(0x0112, 3, 1, 6);
  exif.Tag(0x8769, 4, 1, main_data + 6);
  const uint32_t gps = main_data + 6 + 2 + 5 * 12 + 4 + 20 + 8 + 8 + 7;
  exif.Tag(0x8825, 4, 1, gps);
  exif.End();
  exif.Raw(std::string_view("Canon\0", 6));
  exif.Directory(5);
  const uint32_t data = exif.size() + 5 * 12 + 4;
  exif.Tag(0x829A, 5, 1, data);
  exif.Tag(0x829D, 5, 1, data + 8);
  exif.Tag(0x8827, 3, 1, 400);
  exif.Tag(0x9003, 2, 20, data + 16);
  exif.Tag(0x9011, 2, 7, data + 36);
  exif.End();
  exif.Raw32(1), exif.Raw32(250), exif.Raw32(28), exif.Raw32(10);
  exif.Raw(std::string_view("2023:05:17 14:03:22\0", 20));
  exif.Raw(std::string_view("+02:00\0", 7));
  ASSERT_EQ(exif.size(), gps);
  exif.Directory(4);
  const uint32_t places = exif.size() + 4 * 12 + 4;
  exif.Tag(1, 2, 2, 'S');
  exif.Tag(2, 5, 3, places);
  exif.Tag(3, 2, 2, 'E');
  exif.Tag(4, 5, 3, places + 24);
  exif.End();
  for (uint32_t part : {33, 30, 36}) exif.Raw32(part), exif.Raw32(1);
  for (uint32_t part : {151, 12, 0}) exif.Raw32(part), exif.Raw32(1);

  Metadata metadata;
  uint8_t orientation = 0;
  ASSERT_TRUE(MergeExif(exif.bytes(), {}, metadata, &orientation));
  EXPECT_EQ(orientation, 6);
  EXPECT_EQ(metadata.camera_make, "Canon");
  EXPECT_EQ(metadata.taken_at, "2023-05-17T14:03:22+02:00");
  EXPECT_DOUBLE_EQ(metadata.exposure_seconds.value(), 1 / 250.0);
  EXPECT_DOUBLE_EQ(metadata.f_number.value(), 2.8);
  EXPECT_EQ(metadata.iso, 400u);
  EXPECT_NEAR(metadata.latitude.value(), -33.51, 1e-9);
  EXPECT_NEAR(metadata.longitude.value(), 151.2, 1e-9);
}

TEST(Exif, LoopsWildOffsetsAndZeroDenominatorsAreHarmless) {
  ExifBuilder exif;
  exif.Directory(6);
  exif.Tag(0x8769, 4, 1, 8);           // the directory itself
  exif.Tag(0x8825, 4, 1, 0xFFFFFFF0);  // outside
  exif.Tag(0x010F, 2, 0xFFFFFFFF, 0xFFFFFFFF);
  exif.Tag(0x0110, 9, 0x40000000, 12);
  exif.Tag(0x829A, 5, 1, 8);
  exif.Tag(0x0112, 3, 1, 8);
  exif.End(8);
  Metadata metadata;
  uint8_t orientation = 0;
  EXPECT_TRUE(MergeExif(exif.bytes(), {}, metadata, &orientation));
  EXPECT_EQ(orientation, 8);
  EXPECT_TRUE(metadata.camera_make.empty());
  EXPECT_FALSE(metadata.latitude);
}

TEST(Exif, EveryCutOfABlockIsHarmless) {
  ExifBuilder exif;
  exif.Directory(2);
  exif.Tag(0x010F, 2, 6, 38);
  exif.Tag(0x8769, 4, 1, 20);
  exif.End();
  exif.Raw("Canon");
  for (size_t size = 0; size <= exif.bytes().size(); ++size) {
    Metadata metadata;
    uint8_t orientation = 0;
    EXPECT_EQ(MergeExif(ByteView(exif.bytes()).first(size), {}, metadata, &orientation), size >= 8) << size;
  }
}

TEST(Exif, DatesAreCheckedPartByPart) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"2023:05:17 14:03:22", "2023-05-17T14:03:22"},
      {"2024:02:29 00:00:00", "2024-02-29T00:00:00"},
      {"2023:02:29 00:00:00", ""},
      {"0000:00:00 00:00:00", ""},
      {"2023:13:01 00:00:00", ""},
      {"2023:01:01 24:00:00", ""},
      {"    :  :     :  :  ", ""},
      {"2023-05-17 14:03:22", "2023-05-17T14:03:22"},
      {"", ""},
      {"99999:01:01 00:00:00", ""},
  };
  for (const auto& [text, want] : rows) EXPECT_EQ(ExifDateTime(text, ""), want) << text;
  EXPECT_EQ(ExifDateTime("2023:05:17 14:03:22", "-03:30"), "2023-05-17T14:03:22-03:30");
  EXPECT_EQ(ExifDateTime("2023:05:17 14:03:22", "<b>"), "2023-05-17T14:03:22");
}

TEST(Iptc, ReadsLatin1AndUtf8AndBoundsKeywords) {
  const auto data_set = [](Bytes& out, uint8_t record, uint8_t number, std::string_view value) {
    out.insert(out.end(), {0x1C, record, number, uint8_t(value.size() >> 8), uint8_t(value.size())});
    out.insert(out.end(), value.begin(), value.end());
  };
  Bytes latin;
  data_set(latin, 2, 5, "Caf\xE9");
  data_set(latin, 2, 25, "sea");
  data_set(latin, 2, 25, "sea");
  data_set(latin, 2, 55, "20230517");
  data_set(latin, 2, 60, "140322+0200");
  Metadata metadata;
  ASSERT_TRUE(MergeIptc(latin, {}, metadata));
  EXPECT_EQ(metadata.title, "Café");
  EXPECT_EQ(metadata.keywords, std::vector<std::string>{"sea"});
  EXPECT_EQ(metadata.taken_at, "2023-05-17T14:03:22+02:00");

  Bytes many;
  data_set(many, 1, 90, "\x1B%G");
  data_set(many, 2, 80, "Zo\xC3\xAB");
  for (int i = 0; i < 5000; ++i) data_set(many, 2, 25, std::to_string(i));
  Metadata other;
  ASSERT_TRUE(MergeIptc(many, {}, other));
  EXPECT_EQ(other.creator, "Zoë");
  EXPECT_EQ(other.keywords.size(), Limits().tags_max);
  EXPECT_FALSE(MergeIptc(AsBytes("no data sets"), {}, other));
}

constexpr std::string_view kPacket = R"(<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
  xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
  xmp:Rating="4" photoshop:DateCreated="2021-07-04T09:08:07.5+01:00" exif:GPSLatitude="48,12.5N"
  exif:GPSLongitude="16,22,12W" exif:FNumber="28/10">
 <dc:title><rdf:Alt><rdf:li xml:lang="de">Hafen</rdf:li><rdf:li xml:lang="x-default">Harbour &amp; sea</rdf:li></rdf:Alt></dc:title>
 <dc:description><rdf:Alt><rdf:li xml:lang="x-default">Two
lines</rdf:li></rdf:Alt></dc:description>
 <dc:subject><rdf:Bag><rdf:li>boat</rdf:li><rdf:li>sea</rdf:li><rdf:li>boat</rdf:li></rdf:Bag></dc:subject>
 <dc:creator><rdf:Seq><rdf:li>A. Person</rdf:li></rdf:Seq></dc:creator>
 <exif:ISOSpeedRatings><rdf:Seq><rdf:li>200</rdf:li></rdf:Seq></exif:ISOSpeedRatings>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>)";

TEST(Xmp, ReadsTheUsualProperties) {
  Metadata metadata;
  metadata.title = "from IPTC";
  metadata.keywords = {"old"};
  metadata.f_number = 4.0;
  ASSERT_TRUE(MergeXmp(AsBytes(kPacket), {}, metadata));
  EXPECT_EQ(metadata.title, "Harbour & sea");
  EXPECT_EQ(metadata.description, "Two\nlines");
  EXPECT_EQ(metadata.keywords, (std::vector<std::string>{"boat", "sea"}));
  EXPECT_EQ(metadata.creator, "A. Person");
  EXPECT_EQ(metadata.rating, 4);
  EXPECT_EQ(metadata.taken_at, "2021-07-04T09:08:07+01:00");
  EXPECT_EQ(metadata.iso, 200u);
  EXPECT_EQ(metadata.f_number, 4.0);  // what the camera wrote stays
  EXPECT_NEAR(metadata.latitude.value(), 48 + 12.5 / 60, 1e-9);
  EXPECT_NEAR(metadata.longitude.value(), -(16 + 22 / 60.0 + 12 / 3600.0), 1e-9);
}

TEST(Xmp, RefusedPacketsChangeNothing) {
  std::string deep = "<a>";
  for (int i = 0; i < 100; ++i) deep = "<a>" + deep + "</a>";
  const std::string rows[] = {
      "",
      "not xml",
      "<x:xmpmeta>",
      std::string(kPacket.substr(0, kPacket.size() / 2)),
      "<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>",
      "<!DOCTYPE x SYSTEM \"http://127.0.0.1:9/x\"><x/>",
      deep,
      std::string(300 << 10, ' ') + std::string(kPacket),
  };
  for (const std::string& packet : rows) {
    Metadata metadata;
    metadata.title = "kept";
    EXPECT_FALSE(MergeXmp(AsBytes(packet), {}, metadata)) << packet.substr(0, 60);
    EXPECT_EQ(metadata.title, "kept");
  }
}

TEST(Xmp, PaddingAfterThePacketIsAllowed) {
  Metadata metadata;
  std::string padded(kPacket);
  padded.append(3, '\0');
  EXPECT_TRUE(MergeXmp(AsBytes(padded), {}, metadata));
}

TEST(MetadataText, NumbersAreFiniteOrAbsent) {
  EXPECT_EQ(ParseNumber("28/10"), 2.8);
  EXPECT_EQ(ParseNumber(" 5 "), 5.0);
  for (const char* text : {"", "1/0", "0/0", "nan", "inf", "1e999", "5x", "/", "1/"}) {
    EXPECT_FALSE(ParseNumber(text)) << text;
  }
}

TEST(MetadataText, WideTextAndHostileText) {
  const uint8_t wide[] = {'h', 0, 0xE9, 0, 0x3D, 0xD8, 0x00, 0xDE, 0, 0, 'x', 0};
  EXPECT_EQ(ForeignUtf16(wide, 100), "hé😀");
  EXPECT_EQ(ForeignText(AsBytes(std::string_view("a\0b", 3)), 100), "a");
  EXPECT_EQ(ForeignText(AsBytes("a\r\nb\x07"), 100), "ab");
}

}  // namespace
}  // namespace likeness::codec
