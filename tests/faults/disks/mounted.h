// An image with a file system in it, behind a loop device, mounted; all of it ends with this object
// or, at the latest, with the last process that shares its mount namespace.
#pragma once

#include <string>

namespace purser::faults {

class Mounted {
 public:
  /// `image` is a file with a file system of type `type`; `mountpoint` a directory.
  Mounted(const std::string& image, const std::string& type, const std::string& mountpoint);
  ~Mounted();
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;

  /// Why it is not mounted; empty: it is.
  [[nodiscard]] const std::string& why_not() const { return why_not_; }

 private:
  std::string mountpoint_;
  std::string why_not_;
};

/// From now on this process and its children have mounts of their own, which go with them, and
/// `directory` is one, in memory. False where that is not allowed.
bool mount_apart(const std::string& directory);
/// Ends what `mount_apart` has mounted there.
void umount_apart(const std::string& directory);

}  // namespace purser::faults
