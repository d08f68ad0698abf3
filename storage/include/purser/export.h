// Marks what a shared libpurser.so offers; everything else in it is hidden. In a static library the
// mark says nothing, so that a library which Purser is linked into does not offer it too.
#pragma once

#if defined(PURSER_BUILDING_SHARED)
#define PURSER_EXPORT [[gnu::visibility("default")]]
#else
#define PURSER_EXPORT
#endif
