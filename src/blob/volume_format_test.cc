#include "blob/volume_format.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "blob/test_support.h"

namespace likeness::blob {
namespace {

namespace fs = std::filesystem;

RecordHeader Example() {
  RecordHeader header;
  header.kind = 1;
  header.id = 42;
  header.payload_bytes = 5;
  header.written_at_ms = 1700000000000;
  header.sha256 = ComputeSha256(AsBytes("hello"));
  header.offset = 32;
  header.volume = 3;
  header.payload_crc = Crc32c(AsBytes("hello"));
  header.salt = 0x01020304;
  header.label = "{}";
  return header;
}

// The worked example of docs/formats/volume.md.
TEST(VolumeFormat, WorkedExample) {
  EXPECT_EQ(ToHex(EncodeFileHeader({.volume = 3, .salt = 0x01020304, .created_at_ms = 1700000000000})),
            "4c4b564f4c554d0a0100000003000000040302010068e5cf8b01000005cd0d42");
  EXPECT_EQ(ToHex(EncodeRecordHeader(Example())),
            "4c4b729e0100620001000000020000002a0000000000000005000000000000000068e5cf8b0100002cf24dba5fb0a30e26e8"
            "3b2ac5b9e29e1b161e5c1fa7425e73043362938b98242000000000000000030000004cbb719a0403020118ce8c197b7d");
}

TEST(VolumeFormat, HeadersComeBack) {
  auto file = DecodeFileHeader(EncodeFileHeader({.volume = 7, .salt = 9, .created_at_ms = -1})).value();
  EXPECT_EQ(file.volume, 7u);
  EXPECT_EQ(file.salt, 9u);
  EXPECT_EQ(file.created_at_ms, -1);
  RecordHeader example = Example();
  auto header = DecodeRecordHeader(EncodeRecordHeader(example), 3, 32, 0x01020304).value();
  EXPECT_EQ(header.header_bytes, 98);
  EXPECT_EQ(header.record_bytes(), 104u);
  EXPECT_EQ(header.id, example.id);
  EXPECT_EQ(header.kind, example.kind);
  EXPECT_EQ(header.payload_bytes, example.payload_bytes);
  EXPECT_EQ(header.written_at_ms, example.written_at_ms);
  EXPECT_EQ(header.sha256, example.sha256);
  EXPECT_EQ(header.payload_crc, example.payload_crc);
  EXPECT_EQ(header.label, example.label);
}

TEST(VolumeFormat, HeadersBelongToTheirPlace) {
  Bytes raw = EncodeRecordHeader(Example());
  EXPECT_TRUE(DecodeRecordHeader(raw, 3, 32, std::nullopt));
  EXPECT_FALSE(DecodeRecordHeader(raw, 4, 32, std::nullopt));
  EXPECT_FALSE(DecodeRecordHeader(raw, 3, 40, std::nullopt));
  EXPECT_FALSE(DecodeRecordHeader(raw, 3, 32, 5));
  for (size_t bit = 0; bit < raw.size() * 8; ++bit) {
    Bytes flipped = raw;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_FALSE(DecodeRecordHeader(flipped, 3, 32, std::nullopt)) << bit;
  }
  for (size_t size = 0; size < raw.size(); ++size)
    EXPECT_FALSE(DecodeRecordHeader(ByteView(raw).first(size), 3, 32, std::nullopt)) << size;
}

// A record of a later version is told of and stepped over.
TEST(VolumeFormat, NewerRecordsAreSteppedOver) {
  TemporaryFolder folder;
  Bytes file = EncodeFileHeader({.volume = 1, .salt = 5});
  RecordHeader header = Example();
  header.volume = 1;
  header.salt = 5;
  header.version = 2;
  Bytes raw = EncodeRecordHeader(header);
  file.insert(file.end(), raw.begin(), raw.end());
  file.insert(file.end(), {'h', 'e', 'l', 'l', 'o'});
  file.resize(AlignUp(file.size()));
  Spill(VolumePath(folder.path(), 1), file);
  auto store = OpenStore(folder.path());
  Location location = Add(*store, 2, 10);
  ScanResult scan = ScanAll(*store);
  ASSERT_EQ(scan.records.size(), 2u);
  EXPECT_FALSE(scan.records[0].payload_ok);
  EXPECT_EQ(scan.damage.size(), 1u);
  EXPECT_EQ(store->Read({1, 32, 5}, 42).error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(store->Read(location, 2));
}

// Written by version 1 once and for all: it must open for ever. Two volumes: the first one sealed, with records of ids
// 1 to 3, a tombstone for 2; the second one with id 4.
TEST(VolumeFormat, ReleasedFileOpens) {
  fs::path source = fs::path(LIKENESS_SOURCE_DIR) / "tests" / "format_data";
  TemporaryFolder folder;
  for (uint32_t number : {1u, 2u})
    fs::copy_file(source / ("volume-v1-" + std::to_string(number) + ".lkv"), VolumePath(folder.path(), number));
  auto store = OpenStore(folder.path(), 4ull << 30, true);
  ASSERT_TRUE(store);
  ScanResult scan = ScanAll(*store);
  EXPECT_TRUE(scan.damage.empty());
  ASSERT_EQ(scan.records.size(), 5u);
  const uint64_t ids[] = {1, 2, 3, 2, 4};
  const size_t sizes[] = {0, 100, 333, 0, 8};
  for (size_t i = 0; i < 5; ++i) {
    const ScannedRecord& record = scan.records[i];
    EXPECT_EQ(record.info.id, ids[i]);
    EXPECT_EQ(record.tombstone.has_value(), i == 3);
    if (record.tombstone) continue;
    EXPECT_EQ(record.info.label, "{\"name\":\"cat.jpg\"}");
    EXPECT_EQ(store->Read(record.location, ids[i]).value(), Payload(ids[i], sizes[i]));
  }
  EXPECT_TRUE(Covers(scan.records[3], scan.records[1]));
}

}  // namespace
}  // namespace likeness::blob
