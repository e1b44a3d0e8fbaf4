// The one place that says who may do what. Every route and every byte path asks Authorize; what is not allowed here is
// refused. Today there is one owner and a server on loopback: a visitor of the page may do all that the page offers,
// and nothing that names files of this machine. Accounts will change this file and no other. Pure.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/ids.h"

namespace likeness::http {

// Who asks.
enum class Caller : uint8_t { kVisitor /* the network */, kOwner /* the socket, or in-process */ };

enum class Action : uint8_t {
  kProbe,     // is the process alive and ready
  kOperate,   // figures: metrics, statistics
  kList,      // the gallery: lists, layout, tags, events
  kSeeImage,  // one picture's facts; also whether it may show up among search hits and groups
  kSeeBytes,  // one picture's bytes, of any size
  kSearch,
  kAdd,
  kEdit,
  kDelete,
  kDecide,
  kModerate,  // hash lists: what they hold is not for everybody
  kLocal,     // anything with paths of this machine, repair and maintenance
};

// NotFound rather than PermissionDenied where the existence of the thing is nobody's business. `id` is 0 for actions
// that concern no single picture.
Status Authorize(Caller caller, Action action, ImageId id = {});

inline bool MaySee(Caller caller, ImageId id) {
  return Authorize(caller, Action::kSeeImage, id).has_value();
}

}  // namespace likeness::http
