// A library that one verb needs. Linked, it would make every start of the program slower.
#pragma once

#include <dlfcn.h>

#include <string>

#include "purser/status.h"

namespace purser::tools {

/// Never unloaded.
class LoadedLibrary {
 public:
  /// `package` is Debian's. Errors: Io.
  static Result<LoadedLibrary> load(const std::string& name, const std::string& package) {
    void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle != nullptr) return LoadedLibrary(handle);
    return Io{"load", name, "it is not installed; Debian has it in the package " + package};
  }

  /// Whether it has such a function. Its type is not looked at.
  template <class Function>
  [[nodiscard]] bool find(const char* name, Function& function) const {
    function = reinterpret_cast<Function>(::dlsym(handle_, name));
    return function != nullptr;
  }

 private:
  explicit LoadedLibrary(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace purser::tools
