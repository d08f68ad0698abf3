#!/usr/bin/env python3
"""Seeds mistakes into what checks and makes proofs, one at a time, and wants the tests of it to fail.

  proofs.py SOURCE CXX [NAME...]     all, or those whose name holds one of NAME

Builds storage/audit and its two test programs as they are, then again for each mistake, in a
folder that goes again. Exit code 0: the tests pass without a mistake and find each of them. A text
that is not there exactly once is an error, so that the list goes along with the code.
"""
import concurrent.futures
import os
import subprocess
import sys
import tempfile

MERKLE, EVIDENCE = "storage/audit/merkle.cc", "storage/audit/evidence.cc"
NOTE, KEY = "storage/audit/note.cc", "storage/audit/note_key.cc"
BASE64, CHECKPOINT = "storage/audit/base64.cc", "storage/audit/checkpoint.cc"

# A name, the file, and the text before and after; with a number where the same stands there more
# than once: which of them.
MISTAKES = [
    ("leaf prefix of a node", MERKLE, 'std::string_view("\\0", 1)', 'std::string_view("\\1", 1)'),
    ("leaf without prefix", MERKLE, 'hasher.update(std::string_view("\\0", 1));', ""),
    ("node prefix of a leaf", MERKLE, "bytes{'\\1'}", "bytes{'\\0'}"),
    ("sides of a node swapped", MERKLE,
     "std::memcpy(bytes.data() + 1, left", "std::memcpy(bytes.data() + 1, right"),
    ("peaks put together the wrong way", MERKLE,
     "merkle_node(*peak, root)", "merkle_node(root, *peak)"),
    ("tree split in the middle", MERKLE, "std::bit_floor(end - begin - 1)", "(end - begin) / 2"),
    ("root of the empty tree", MERKLE, "return sha256({});", "return Digest();"),
    ("proof told from the root down", MERKLE,
     "auto range = ranges.rbegin(); range != ranges.rend()",
     "auto range = ranges.begin(); range != ranges.end()"),
    ("wrong half followed", MERKLE, "const bool left = index < middle;",
     "const bool left = index <= middle;"),
    ("wrong half of a consistency proof", MERKLE, "const bool left = older <= middle;",
     "const bool left = older < middle;"),
    ("older root told again", MERKLE, "if (tree.begin != 0) siblings", "siblings"),
    ("inclusion: index beyond the end", MERKLE, "if (index >= size)", "if (index > size)"),
    ("inclusion: size 0 not refused", MERKLE, "if (index >= size)", "if (size > 0 && index >= size)"),
    ("inclusion: extra hash accepted", MERKLE,
     'if (last == 0) return refuted(kProof, "it has too many hashes");', "if (last == 0) break;", 1),
    ("inclusion: missing hash accepted", MERKLE,
     'if (last != 0) return refuted(kProof, "it has too few hashes");', "", 1),
    ("inclusion: sides swapped", MERKLE,
     "hash = merkle_node(sibling, hash);", "hash = merkle_node(hash, sibling);", 1),
    ("inclusion: sides swapped on the left", MERKLE,
     "hash = merkle_node(hash, sibling);", "hash = merkle_node(sibling, hash);", 1),
    ("inclusion: right edge forgotten", MERKLE, "node % 2 == 1 || node == last", "node % 2 == 1", 1),
    ("inclusion: root not compared", MERKLE, "if (hash != root)", "if (false)"),
    ("consistency: older is larger", MERKLE, "if (older > newer)", "if (false)"),
    ("consistency: hashes for equal sizes", MERKLE, "if (!proof.empty())", "if (false)"),
    ("consistency: root of size 0 not compared", MERKLE,
     "if (older == 0 && older_root != empty_root())", "if (false)"),
    ("consistency: equal sizes, roots not compared", MERKLE,
     "if (older == newer && older_root != newer_root)", "if (false)"),
    ("consistency: older root taken for granted", MERKLE,
     "begins_with_root ? older_root : proof.front()", "older_root"),
    ("consistency: extra hash accepted", MERKLE,
     'if (last == 0) return refuted(kProof, "it has too many hashes");', "if (last == 0) break;", 2),
    ("consistency: missing hash accepted", MERKLE,
     'if (last != 0) return refuted(kProof, "it has too few hashes");', "", 2),
    ("consistency: sides swapped", MERKLE,
     "newer_hash = merkle_node(sibling, newer_hash);",
     "newer_hash = merkle_node(newer_hash, sibling);"),
    ("consistency: right edge forgotten", MERKLE,
     "node % 2 == 1 || node == last", "node % 2 == 1", 2),
    ("consistency: older root not compared", MERKLE, "if (older_hash != older_root)", "if (false)"),
    ("consistency: newer root not compared", MERKLE, "if (newer_hash != newer_root)", "if (false)"),
    ("signature not checked", EVIDENCE, "PURSER_TRY(check_signed(tree.note, key));", ""),
    ("origin not compared", EVIDENCE, "if (tree.checkpoint.origin == key.name) return {};",
     "return {};"),
    ("event taken for its hash", EVIDENCE, "check_inclusion(merkle_leaf(event),",
     "check_inclusion(Digest(),"),
    ("older checkpoint of another size", EVIDENCE,
     "if (older.checkpoint.size != proof.older)", "if (false)"),
    ("older checkpoint not checked", EVIDENCE, "PURSER_TRY(check_tree(older, key));", ""),
    ("key known by its name alone", NOTE,
     "signature.name == key.name && signature.key_id == key.id()", "signature.name == key.name"),
    ("key known by its id alone", NOTE,
     "signature.name == key.name && signature.key_id == key.id()", "signature.key_id == key.id()"),
    ("note without a known signature", NOTE, "if (!time) {", "if (false) {"),
    ("time of a witness not signed", NOTE, '"cosignature/v1\\ntime {}\\n{}", made.time_s',
     '"cosignature/v1\\ntime {}\\n{}", 0'),
    ("signatures from the first empty line on", NOTE, 'bytes.rfind("\\n\\n")', 'bytes.find("\\n\\n")'),
    ("id without the type of the key", KEY, 'name + "\\n" + static_cast<char>(type)', 'name + "\\n"'),
    ("id of a key not compared", KEY, "if (key.id() != parts.id) return", "if (false) return"),
    ("loose base64", BASE64, "if (to_base64(bytes) != text)", "if (false)"),
    ("size with leading zeros", "storage/audit/lines.h",
     "if (text.front() == '0' && text.size() > 1)", "if (false)"),
    ("empty extension line", CHECKPOINT, "if (take_line(rest).empty())",
     "if (take_line(rest).empty() && false)"),
]

SOURCES = [f"storage/{name}.cc" for name in (
    "audit/base64", "audit/checkpoint", "audit/ed25519", "audit/evidence", "audit/merkle",
    "audit/note", "audit/note_key", "check", "error", "sha256", "types", "utf8")]
TESTS = ["tests/storage/merkle_test.cc", "tests/storage/note_test.cc"]
LIBRARIES = ["-lgmock", "-lgtest", "-lgtest_main", "-lcrypto", "-lfmt", "-lpthread"]


SECONDS_MAX = 20  # the tests take less than one


class Build:
    def __init__(self, root, compiler, folder):
        self.root, self.compiler, self.folder = root, compiler, folder

    def object_of(self, source):
        return os.path.join(self.folder, source.replace("/", "_") + ".o")

    def compile(self, source, target, first=()):
        """`first` are folders whose headers come before those of the tree."""
        folders = [*first] + [os.path.join(self.root, one) for one in
                              ("storage", "storage/include", "tests")]
        command = [self.compiler, "-std=c++20", "-O0", "-c", source, "-o", target]
        subprocess.run(command + ["-I" + one for one in folders], check=True)

    def passes(self, objects, program):
        subprocess.run([self.compiler, *objects, "-o", program, *LIBRARIES], check=True)
        try:
            finished = subprocess.run([program, "--gtest_brief=1"], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL, timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            return False
        return finished.returncode == 0

    def whole(self, pool):
        sources = SOURCES + TESTS
        list(pool.map(lambda one: self.compile(os.path.join(self.root, one), self.object_of(one)),
                      sources))
        objects = [self.object_of(one) for one in sources]
        return self.passes(objects, os.path.join(self.folder, "whole"))

    def mistake(self, name, source, before, after, which=None):
        """Whether the tests find it."""
        folder = os.path.join(self.folder, name.replace(" ", "_").replace(":", ""))
        with open(os.path.join(self.root, source), encoding="utf-8") as file:
            parts = file.read().split(before)
        if len(parts) != 2 and which is None:
            raise ValueError(f"{name}: its text is there {len(parts) - 1} times")
        if which is not None and len(parts) <= which:
            raise ValueError(f"{name}: its text is there {len(parts) - 1} times only")
        at = which or 1
        text = before.join(parts[:at]) + after + before.join(parts[at:])
        changed = os.path.join(folder, os.path.relpath(source, "storage"))
        os.makedirs(os.path.dirname(changed))
        with open(changed, "w", encoding="utf-8") as file:
            file.write(text)
        objects = []
        for one in SOURCES + TESTS:
            is_header = source.endswith(".h")
            if one != source and not (is_header and one.startswith("storage/audit/")):
                objects.append(self.object_of(one))
                continue
            objects.append(os.path.join(folder, one.replace("/", "_") + ".o"))
            self.compile(changed if one == source else os.path.join(self.root, one), objects[-1],
                         [folder])
        return not self.passes(objects, os.path.join(folder, "changed"))


def main(root, compiler, *names):
    chosen = [one for one in MISTAKES if not names or any(name in one[0] for name in names)]
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        build = Build(root, compiler, folder)
        if not build.whole(pool):
            return "the tests fail without a mistake"
        found = list(pool.map(lambda one: build.mistake(*one), chosen))
    missed = [one[0] for one, is_found in zip(chosen, found) if not is_found]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} mistakes found")
    return "\n".join("not found: " + name for name in missed) or 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
