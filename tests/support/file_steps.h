// Death at any step of the file system, or a write that fails, for a program that links
// file_steps.cc and file_calls.cc.
//
// Every call that changes files is a step, whoever makes it: support/file_calls.h.
#pragma once

namespace purser {

/// From now on steps are counted. At number `step`, from 1, the process dies as by SIGKILL: in the
/// middle of a write, before any other call.
void die_at_file_step(long step);

/// From now on writes to packs are counted. Number `write`, from 1, writes half of it and fails, as
/// on a disk that goes bad.
void fail_at_pack_write(long write);

}  // namespace purser
