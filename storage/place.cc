#include "place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>

#include <boost/filesystem/path.hpp>
#include <cerrno>

namespace purser {

Result<Place> open_place(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const boost::filesystem::path parsed(path);
  Place place{parsed.parent_path().string(), parsed.filename().string(), {}};
  if (place.parent.empty()) place.parent = ".";
  // These have no name of their own that a rename could give away.
  if (place.name.empty() || place.name == "." || place.name == ".." || place.name == "/") {
    return InvalidArgument{"directory '" + path + "'", "expected one named by its own name"};
  }
  place.directory = UniqueFd(::open(place.parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (place.directory.valid()) return place;
  if (errno == ENOENT) return NotFound{std::nullopt, "directory '" + place.parent + "'"};
  return io_error("open", place.parent);
}

Result<std::string> temporary_name() {
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random) {
    return io_error("getrandom", "the system");
  }
  return fmt::format(".purser-{:016x}", random);
}

}  // namespace purser
