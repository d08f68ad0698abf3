#include "reading.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "check.h"

namespace purser {
namespace {

thread_local std::vector<const void*> handles;  // once for each call

}  // namespace

Reading::Reading(const void* handle) : handle_(handle) { handles.push_back(handle); }

Reading::Reading(Reading&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Reading::~Reading() {
  if (handle_ == nullptr) return;
  const auto found = std::ranges::find(handles, handle_);
  PURSER_CHECK(found != handles.end(), "a call that reads ends on the thread that it began on");
  handles.erase(found);
}

bool Reading::by_this_thread(const void* handle) {
  return std::ranges::find(handles, handle) != handles.end();
}

}  // namespace purser
