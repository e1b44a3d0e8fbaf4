#include "engine/query_record.h"

#include <fmt/format.h>

#include "feature/local.h"
#include "feature/record.h"

namespace likeness::engine {
namespace {

constexpr uint32_t kMagic = 0x5251'4B4C;  // "LKQR"
constexpr uint16_t kVersion = 1;

}  // namespace

compare::QueryFeatures MakeQuery(const sandbox::Analysis& analysis) {
  return {analysis.features, analysis.phash_variants, analysis.local_mirrored};
}

Bytes SerializeQuery(const compare::QueryFeatures& query) {
  ByteWriter out;
  out.Put(kMagic);
  out.Put(kVersion);
  out.Put<uint16_t>(0);
  Bytes features = feature::SerializeFeatures(query.features);
  out.Put(static_cast<uint32_t>(features.size()));
  out.PutBytes(features);
  for (const feature::Hash256& hash : query.phash_variants)
    for (uint64_t word : hash.words) out.Put(word);
  return out.Take();
}

Result<compare::QueryFeatures> DeserializeQuery(ByteView bytes) {
  ByteReader in(bytes);
  if (in.Get<uint32_t>() != kMagic) return Fail(ErrorCode::kCorruption, "a stored query record has a foreign magic");
  uint16_t version = in.Get<uint16_t>();
  if (version != kVersion)
    return Fail(ErrorCode::kUnsupported, fmt::format("query record version {} is not {}", version, kVersion));
  in.Skip(2);
  ByteView features = in.GetBytes(in.Get<uint32_t>());
  compare::QueryFeatures query;
  for (feature::Hash256& hash : query.phash_variants)
    for (uint64_t& word : hash.words) word = in.Get<uint64_t>();
  if (!in.Done()) return Fail(ErrorCode::kCorruption, "a stored query record has a wrong length");
  LK_ASSIGN(query.features, feature::DeserializeFeatures(features));
  query.local_mirrored = feature::MirrorLocal(
      query.features.local, {static_cast<int>(query.features.width), static_cast<int>(query.features.height)});
  return query;
}

}  // namespace likeness::engine
