// Loop devices and mounts, by system calls.
#include "faults/disks/mounted.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/btrfs.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "unique_fd.h"

namespace purser::faults {
namespace {

constexpr int kTriesMax = 100;  // others take loop devices, too

// Open, and gone when the last user closes it.
UniqueFd loop_over(const std::string& image, std::string& name) {
  const UniqueFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  const UniqueFd file(::open(image.c_str(), O_RDWR | O_CLOEXEC));
  if (!control.valid() || !file.valid()) return {};
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return {};
    name = fmt::format("/dev/loop{}", number);
    UniqueFd device(::open(name.c_str(), O_RDWR | O_CLOEXEC));
    loop_config config{};
    config.fd = static_cast<__u32>(file.get());
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    if (device.valid() && ::ioctl(device.get(), LOOP_CONFIGURE, &config) == 0) return device;
    if (errno != EBUSY && errno != ENOENT) return {};
  }
  return {};
}

// It remembers where it last saw a file system, and refuses an older state of it elsewhere.
void let_btrfs_forget() {
  const UniqueFd control(::open("/dev/btrfs-control", O_RDWR | O_CLOEXEC));
  btrfs_ioctl_vol_args all{};
  if (control.valid()) (void)::ioctl(control.get(), BTRFS_IOC_FORGET_DEV, &all);
}

}  // namespace

Mounted::Mounted(const std::string& image, const std::string& type, const std::string& mountpoint)
    : mountpoint_(mountpoint) {
  std::string name;
  const UniqueFd device = loop_over(image, name);
  if (!device.valid()) {
    why_not_ = fmt::format("loop device: {}", std::generic_category().message(errno));
    return;
  }
  if (type == "btrfs") let_btrfs_forget();
  if (::mount(name.c_str(), mountpoint_.c_str(), type.c_str(), 0, nullptr) == 0) return;
  why_not_ = fmt::format("mount {}: {}", type, std::generic_category().message(errno));
}

Mounted::~Mounted() {
  if (why_not_.empty()) ::umount2(mountpoint_.c_str(), 0);
}

bool mount_apart(const std::string& directory) {
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("purser-disks", directory.c_str(), "tmpfs", 0, "size=4g,mode=0700") == 0;
}

void umount_apart(const std::string& directory) { ::umount2(directory.c_str(), MNT_DETACH); }

}  // namespace purser::faults
