#include "index/bitmap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace likeness::index {
namespace {

using Words = std::array<uint64_t, Bitmap::kWords>;

std::vector<uint32_t> Members(const Bitmap& set) {
  std::vector<uint32_t> out;
  set.ForEach([&](uint32_t place) { out.push_back(place); });
  return out;
}

// Sets of every form: few, arrays, words, and both beside each other.
std::set<uint32_t> Make(int kind, std::mt19937& random) {
  std::set<uint32_t> out;
  const size_t count[] = {0, 1, 50, 4096, 4097, 9000, 60000}, span[] = {1, 70000, 300000, 200000, 300000, 70000, 65536};
  while (out.size() < count[kind]) out.insert(static_cast<uint32_t>(random() % span[kind] + (kind == 5 ? 131072 : 0)));
  return out;
}

TEST(Bitmap, AnswersAsASetDoes) {
  std::mt19937 random(3);
  for (int kind = 0; kind < 7; ++kind)
    for (bool ascending : {true, false}) {
      const std::set<uint32_t> expected = Make(kind, random);
      std::vector<uint32_t> order(expected.begin(), expected.end());
      if (!ascending) std::ranges::shuffle(order, random);
      Bitmap set;
      for (uint32_t place : order) set.Add(place);
      for (uint32_t place : order) set.Add(place);
      ASSERT_EQ(set.size(), expected.size()) << kind;
      EXPECT_TRUE(std::ranges::equal(Members(set), expected)) << kind;
      for (int i = 0; i < 1000; ++i) {
        const auto place = static_cast<uint32_t>(random() % 320000);
        ASSERT_EQ(set.Contains(place), expected.contains(place)) << kind << ' ' << place;
      }
      for (uint32_t chunk = 0; chunk < 6; ++chunk) {
        Words words;
        for (uint64_t& word : words) word = random() | uint64_t{random()} << 32;
        Words both = words, without = words, either = words;
        const size_t left = set.Intersect(chunk, both.data()), rest = set.Subtract(chunk, without.data());
        set.Unite(chunk, either.data());
        size_t in_chunk = 0, left_expected = 0, rest_expected = 0;
        for (uint32_t low = 0; low < Bitmap::kChunkSize; ++low) {
          auto bit = [&](const Words& from) { return (from[low / 64] >> (low % 64) & 1) != 0; };
          const bool in = expected.contains(chunk << 16 | low), was = bit(words);
          in_chunk += in;
          left_expected += in && was;
          rest_expected += !in && was;
          ASSERT_EQ(bit(both), in && was) << kind << ' ' << chunk << ' ' << low;
          ASSERT_EQ(bit(without), !in && was) << kind << ' ' << chunk << ' ' << low;
          ASSERT_EQ(bit(either), in || was) << kind << ' ' << chunk << ' ' << low;
        }
        EXPECT_EQ(left, left_expected);
        EXPECT_EQ(rest, rest_expected);
        EXPECT_GE(set.SizeIn(chunk), in_chunk);
        if (expected.size() > Bitmap::kArrayMax) {
          EXPECT_EQ(set.SizeIn(chunk), in_chunk);
        }
      }
    }
}

TEST(Bitmap, ReadsWhatItWroteAndNothingElse) {
  std::mt19937 random(4);
  for (int kind = 0; kind < 7; ++kind) {
    Bitmap set;
    for (uint32_t place : Make(kind, random)) set.Add(place);
    ByteWriter out;
    set.Write(out);
    const Bytes bytes = out.Take();
    Bitmap again;
    ByteReader in(bytes);
    ASSERT_TRUE(again.Read(in, 320000)) << kind;
    EXPECT_EQ(in.remaining(), 0u);
    EXPECT_EQ(Members(again), Members(set));
    const std::vector<uint32_t> members = Members(set);
    ByteReader short_in(bytes);
    if (!members.empty()) {
      EXPECT_FALSE(again.Read(short_in, members.back())) << "a place behind the end";
    }
    for (int i = 0; i < 300; ++i) {
      Bytes damaged = bytes;
      if (i % 3 == 0)
        damaged.resize(random() % bytes.size());
      else
        damaged[i % 3 == 1 ? random() % std::min<size_t>(16, bytes.size()) : random() % bytes.size()] ^=
            static_cast<uint8_t>(1u << random() % 8);
      ByteReader from(damaged);
      if (!again.Read(from, 320000)) continue;
      const std::vector<uint32_t> read = Members(again);
      EXPECT_EQ(read.size(), again.size());
      EXPECT_TRUE(std::ranges::is_sorted(read));
      EXPECT_TRUE(read.empty() || read.back() < 320000);
    }
  }
}

}  // namespace
}  // namespace likeness::index
