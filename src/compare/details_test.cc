#include "compare/details.h"

#include <gtest/gtest.h>

#include "compare/local_match.h"
#include "compare/parallax.h"
#include "compare/test_features.h"

namespace likeness::compare {
namespace {

using feature::LocalFeatures;
using image::Affine;
using image::Size;

constexpr Size kPage{800, 1000};
constexpr Affine kSame{};

// The features of `page`, but below `y` other ones.
LocalFeatures OtherBelow(const LocalFeatures& page, float y, uint64_t seed) {
  LocalFeatures other = page;
  LocalFeatures strangers = RandomPoints(int(page.keypoints.size()), kPage, seed);
  for (size_t i = 0; i < page.keypoints.size(); ++i) {
    if (page.keypoints[i].y <= y) continue;
    other.descriptors[i] = strangers.descriptors[i];
    other.keypoints[i].x = strangers.keypoints[i].x;
    other.keypoints[i].y = y + (float(kPage.height) - y) * strangers.keypoints[i].y / float(kPage.height);
  }
  return other;
}

TEST(DetailsTest, CopiesDisputeNothing) {
  LocalFeatures page = RandomPoints(200, kPage, 1);
  struct Row {
    const char* name;
    Affine transform;
    Size size;
    double jitter;
    int flips, outliers;
  };
  for (const Row& row : {Row{"the same", kSame, kPage, 0, 0, 0}, Row{"compressed", kSame, kPage, 1, 60, 0},
                         Row{"half the size", Similarity(0.5, 0, 0, 0), {400, 500}, 0.5, 40, 0},
                         Row{"turned", Similarity(1, 90, 1000, 0), {1000, 800}, 1, 40, 0},
                         Row{"cropped", Similarity(1, 0, -200, -300), {500, 500}, 1, 40, 0}}) {
    LocalFeatures query = Moved(page, row.transform, row.size, row.jitter, row.flips, row.outliers, 2);
    Details details = CompareDetails(query, row.size, page, kPage, row.transform);
    EXPECT_GT(details.query.points, 30) << row.name;
    EXPECT_GT(details.partnered_share(), 0.9) << row.name;
    EXPECT_LT(details.disputed_share(), 0.03) << row.name;
    EXPECT_GT(std::min(details.query.log10_barest, details.match.log10_barest), -3) << row.name;
  }
}

TEST(DetailsTest, TwoLettersOfOneHeadAreDisputedBelowIt) {
  LocalFeatures first = RandomPoints(250, kPage, 3), second = OtherBelow(first, 250, 4);
  Details details = CompareDetails(second, kPage, first, kPage, kSame);
  EXPECT_NEAR(details.partnered_share(), 0.25, 0.1);
  EXPECT_GT(details.disputed_share(), 0.6);
  ASSERT_FALSE(details.disputed.empty());
  for (const image::Point& point : details.disputed) EXPECT_GT(point.y, 240);
}

// What is missing all over comes from compression or a blur and speaks against no place.
TEST(DetailsTest, PoorButEvenAgreementIsNoDispute) {
  LocalFeatures page = RandomPoints(250, kPage, 5), query = page;
  std::mt19937_64 random(6);
  for (auto& descriptor : query.descriptors) {
    if (random() % 10 < 6) descriptor = RandomDescriptor(random);
  }
  Details details = CompareDetails(query, kPage, page, kPage, kSame);
  EXPECT_NEAR(details.partnered_share(), 0.4, 0.1);
  EXPECT_LT(details.disputed_share(), 0.1);
}

TEST(DetailsTest, ALineOfTextIsAProvenEdit) {
  LocalFeatures page = RandomPoints(250, kPage, 7), query = page;
  LocalFeatures text = RandomPoints(30, {300, 40}, 8);
  for (size_t i = 0; i < text.keypoints.size(); ++i) {
    text.keypoints[i].x += 250;
    text.keypoints[i].y += 800;
    query.keypoints.insert(query.keypoints.begin(), text.keypoints[i]);
    query.descriptors.insert(query.descriptors.begin(), text.descriptors[i]);
  }
  Details details = CompareDetails(query, kPage, page, kPage, kSame);
  EXPECT_LT(details.query.log10_barest, -5.2);
  EXPECT_LT(details.disputed_share(), 0.1) << "the side that nothing was added to";
}

TEST(DetailsTest, OnePointMoreIsNoEdit) {
  LocalFeatures page = RandomPoints(120, kPage, 12), query = page;
  query.keypoints.front() = {30, 30, 8, 10, 2};
  query.descriptors.front() = RandomPoints(1, kPage, 13).descriptors.front();
  EXPECT_GT(CompareDetails(query, kPage, page, kPage, kSame).query.log10_barest, -5.2);
}

TEST(DetailsTest, NothingToCompare) {
  LocalFeatures page = RandomPoints(50, kPage, 9);
  EXPECT_EQ(CompareDetails({}, kPage, page, kPage, kSame).query.points, 0);
  EXPECT_EQ(CompareDetails(page, kPage, {}, kPage, kSame).partnered_share(), 0);
  EXPECT_EQ(CompareDetails(page, kPage, page, kPage, {0, 0, 0, 0, 0, 0}).query.points, 0);
  EXPECT_EQ(CompareDetails(page, kPage, page, kPage, Similarity(1, 0, 5000, 0)).query.points, 0);
}

// Points of a thing leave their place for another; a clone would leave them there too.
TEST(MovedThingTest, IsFoundAndTold) {
  LocalFeatures first = RandomPoints(250, kPage, 10), moved = first, cloned = first;
  int thing = 0;
  for (size_t i = 0; i < first.keypoints.size(); ++i) {
    const feature::Keypoint& point = first.keypoints[i];
    if (point.x > 250 || point.y > 300) continue;
    ++thing;
    moved.keypoints[i].x += 450;
    moved.keypoints[i].y += 500;
    cloned.keypoints.push_back(moved.keypoints[i]);
    cloned.descriptors.push_back(first.descriptors[i]);
  }
  ASSERT_GT(thing, 8);
  LocalMatch match = MatchLocal(moved, kPage, first, kPage);
  EXPECT_GE(match.moved_points, 5);
  EXPECT_LE(match.moved_points, thing);
  EXPECT_NEAR(match.moved * std::sqrt(kPage.width * kPage.height / 5e5), std::hypot(450, 500), 20);
  EXPECT_EQ(MatchLocal(cloned, kPage, first, kPage).moved_points, 0);
  EXPECT_EQ(MatchLocal(first, kPage, first, kPage).moved_points, 0);
}

TEST(MovedThingTest, PerspectiveIsNoThing) {
  std::vector<PointPair> agreeing, unexplained;
  auto bend = [](image::Point p) {
    double w = 1 + 2e-4 * p.x;
    return image::Point{p.x / w, p.y / w};
  };
  for (int y = 50; y < 1000; y += 50) {
    for (int x = 50; x < 800; x += 50) {
      image::Point from{double(x), double(y)}, to = bend(from);
      bool far = std::hypot(from.x - to.x, from.y - to.y) > 20;
      (far ? unexplained : agreeing).push_back({from, to});
    }
  }
  ASSERT_GT(unexplained.size(), 20u);
  EXPECT_EQ(FindMovedThing(agreeing, unexplained, kSame, 1).points, 0);
}

}  // namespace
}  // namespace likeness::compare
