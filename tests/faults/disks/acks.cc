// Memory that processes share.
#include "faults/disks/acks.h"

#include <sys/mman.h>

#include "check.h"

namespace purser::faults {

void* shared_memory(std::size_t size) {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  PURSER_CHECK(memory != MAP_FAILED, "no memory to share");
  return memory;
}

}  // namespace purser::faults
