#!/usr/bin/env python3
"""Seeds mistakes into the product, one at a time, and wants a program of tests/faults to find each.

  faults.py SOURCE FOLDER [NAME...]     all, or those whose name holds one of NAME

Copies the sources to FOLDER, which may be there from an earlier time, and builds and runs there
each program that is needed: first as it is, which must find nothing, then with each mistake in
turn, which must make it fail. Takes minutes for each. Exit code 0: all of that. A text that is not
there exactly once is an error, so that the list goes along with the code.
"""
import os
import subprocess
import sys

PACKS, ROWS, COMMIT = "storage/pack_sweep.cc", "storage/rocks_store.cc", "ledger/committer.cc"
CRASH = ("crash", "--count", "400")
LONG_CRASH = ("crash", "--count", "2000")  # where two threads must meet

# A name; a program of tests/faults with its arguments; and for each text to change the file, the
# text before and after, and, where the same stands there more than once, which of them.
MISTAKES = [
    ("acknowledged before it is in the log", CRASH, [
        (ROWS, "options.sync = true;", "options.disableWAL = true;", 1)]),
    ("projection outside the batch", CRASH, [
        (ROWS, "rocksdb::WriteBatch batch(0, 0, kProtectionBytesPerKey, 0);",
         "rocksdb::WriteBatch batch(0, 0, kProtectionBytesPerKey, 0);\n"
         "  rocksdb::WriteBatch late(0, 0, kProtectionBytesPerKey, 0);"),
        (ROWS, "status = batch.Put(family, key, *value);",
         "const bool is_late = space == Space::state && (key[0] == 'P' || key[0] == 'D');\n"
         "      status = (is_late ? late : batch).Put(family, key, *value);"),
        (ROWS, "status = impl_->db->Write(options, &batch);",
         "status = impl_->db->Write(options, &batch);\n"
         "  if (status.ok()) status = impl_->db->Write(options, &late);")]),
    ("group in two writes", CRASH, [
        (ROWS, "rocksdb::WriteBatch batch(0, 0, kProtectionBytesPerKey, 0);",
         "rocksdb::WriteBatch batch(0, 0, kProtectionBytesPerKey, 0);\n"
         "  std::size_t events = 0;"),
        (ROWS, "    rocksdb::ColumnFamilyHandle* family = impl_->family(space);\n    if (value) {",
         "    rocksdb::ColumnFamilyHandle* family = impl_->family(space);\n"
         "    if (space == Space::log && ++events == 2) {\n"
         "      rocksdb::WriteOptions first;\n"
         "      first.sync = true;\n"
         "      status = impl_->db->Write(first, &batch);\n"
         "      batch.Clear();\n"
         "    }\n"
         "    if (value) {")]),
    ("sweep without mark", CRASH, [
        ("ledger/collection.cc", "sweep.keep(chunk.digest, chunk.length);", "(void)chunk;")]),
    ("sweep of what is held", LONG_CRASH, [
        ("storage/chunk_holds.h", "return departed_.contains(chunk) ||",
         "return departed_.size() > SIZE_MAX / 2 &&")]),
    ("pack unlinked before its chunks have moved", CRASH, [
        (PACKS, "  PURSER_TRY(move(std::move(live)));\n",
         "  for (auto* pack : group) PURSER_TRY(unlink(pack->first, 0));\n"
         "  PURSER_TRY(move(std::move(live)));\n")]),
    ("check outside the commit", LONG_CRASH, [
        ("ledger/steps.cc",
         "    step_.decide = [&c](const View& view) {\n"
         "      return decide_promote(view, c.owner, c.id, c.options);\n",
         "    {\n"
         "      PURSER_ASSIGN(const Moment early, ledger_.now());\n"
         "      PURSER_TRY(decide_promote(early.view(), c.owner, c.id, c.options));\n"
         "    }\n"
         "    PromoteOptions loose = c.options;\n"
         "    loose.expect.reset();\n"
         "    loose.allow_bad = true;\n"
         "    step_.decide = [&c, loose](const View& view) {\n"
         "      return decide_promote(view, c.owner, c.id, loose);\n")]),
    ("request id not looked for", CRASH, [
        ("ledger/replay.cc", "if (known.first == nullptr) return false;", "return false;")]),
    ("edits of drafts are not logged", CRASH, [
        (ROWS, "  rocksdb::Status status;\n  for (const auto& [space, key, value, was_put_once]",
         "  rocksdb::Status status;\n  bool has_events = false;\n"
         "  for (const auto& [space, key, value, was_put_once]"),
        (ROWS, "    rocksdb::ColumnFamilyHandle* family = impl_->family(space);\n    if (value) {",
         "    rocksdb::ColumnFamilyHandle* family = impl_->family(space);\n"
         "    has_events = has_events || space == Space::log;\n"
         "    if (value) {"),
        (ROWS, "options.sync = true;",
         "options.sync = has_events;\n  options.disableWAL = !has_events;", 1)]),
    ("rebuild announced before its rows are there", LONG_CRASH, [
        ("projections/build.cc", "  PURSER_TRY(load->finish());\n", ""),
        ("projections/build.cc", "  PURSER_TRY(store.write(announcements));\n  return targets;",
         "  PURSER_TRY(store.write(announcements));\n  PURSER_TRY(load->finish());\n"
         "  return targets;")]),
]

SECONDS_MAX = 3600
SETTINGS = ["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O1",
            "-DCMAKE_UNITY_BUILD=ON", "-DPURSER_BUILD_TOOLS=OFF", "-DPURSER_BUILD_BENCH=OFF",
            "-DPURSER_TEST_PACKAGING=OFF"]


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def copy_sources(source, target):
    """What differs only, so that a second build is short."""
    names = subprocess.run(["git", "-C", source, "ls-files", "-z", "--cached", "--others",
                            "--exclude-standard"], check=True, capture_output=True).stdout
    for name in filter(None, names.decode().split("\0")):
        original, copy = os.path.join(source, name), os.path.join(target, name)
        with open(original, "rb") as file:
            content = file.read()
        if os.path.exists(copy):
            with open(copy, "rb") as file:
                if file.read() == content:
                    continue
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        with open(copy, "wb") as file:
            file.write(content)
        os.chmod(copy, os.stat(original).st_mode)


def changed(text, before, after, which=None):
    parts = text.split(before)
    if (which is None and len(parts) != 2) or (which is not None and len(parts) <= which):
        raise ValueError(f"this text is there {len(parts) - 1} times: {before}")
    at = which or 1
    return before.join(parts[:at]) + after + before.join(parts[at:])


class Build:
    def __init__(self, source, folder):
        self.sources = os.path.join(folder, "source")
        self.build = os.path.join(folder, "build")
        copy_sources(source, self.sources)
        subprocess.run(["cmake", "-S", self.sources, "-B", self.build, *SETTINGS], check=True,
                       stdout=subprocess.DEVNULL)

    def fails(self, program, *arguments):
        """Whether the program finds something; None: it came to no end."""
        subprocess.run(["cmake", "--build", self.build, "--target", f"faults_{program}"],
                       check=True, stdout=subprocess.DEVNULL)
        path = os.path.join(self.build, "tests/faults", program, f"faults_{program}")
        try:
            finished = subprocess.run([path, *arguments, "--dir", self.build], timeout=SECONDS_MAX,
                                      capture_output=True, text=True)
        except subprocess.TimeoutExpired:
            return None
        for line in finished.stdout.splitlines()[-2:] if finished.returncode else []:
            print("   ", line[:300], flush=True)
        return finished.returncode != 0

    def mistake(self, program, changes):
        originals = {}
        try:
            for name, *change in changes:
                path = os.path.join(self.sources, name)
                text = read(path)
                originals.setdefault(path, text)
                write(path, changed(text, *change))
            return self.fails(*program)
        finally:
            for path, text in originals.items():
                write(path, text)


def main(source, folder, *names):
    chosen = [one for one in MISTAKES if not names or any(name in one[0] for name in names)]
    build = Build(source, folder)
    programs = {}
    for _, program, _ in chosen:
        programs.setdefault(program[0], program)
    for program in programs.values():
        fails = build.fails(*program)
        if fails is not False:
            return f"faults_{program[0]} {'fails' if fails else 'takes too long'} without a mistake"
    missed = []
    for name, program, changes in chosen:
        found = build.mistake(program, changes)
        print(f"{'found' if found else 'NOT FOUND'}: {name}", flush=True)
        if not found:
            missed.append(name)
    print(f"{len(chosen) - len(missed)} of {len(chosen)} mistakes found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
