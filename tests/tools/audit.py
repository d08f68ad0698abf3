#!/usr/bin/env python3
"""A checker of checkpoints and proofs that shares no code with Purser: written from RFC 6962 and
the texts of C2SP (signed-note, tlog-checkpoint, tlog-proof, tlog-tiles, tlog-witness,
tlog-cosignature), with Ed25519 from python3-cryptography. Exit code 0: it holds.

  audit.py checkpoint VKEY FILE
  audit.py event VKEY FILE EVENT_FILE
  audit.py consistency VKEY FILE OLDER_FILE
  audit.py tiles VKEY DIR       a folder as tlog-tiles lays it out
  audit.py make DIR             a log of its own: DIR/{vkey,entry,checkpoint,proof,growth,older}
  audit.py cosign VKEY FILE     a witness: its verifier key, then its line, for an add-checkpoint
"""
import base64
import hashlib
import os
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519


def sha(data):
    return hashlib.sha256(data).digest()


def root(leaves):
    """MTH of RFC 6962, section 2.1, over leaf hashes."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha(b"\1" + root(leaves[:k]) + root(leaves[k:]))


def path(m, leaves):
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if m < k:
        return path(m, leaves[:k]) + [root(leaves[k:])]
    return path(m - k, leaves[k:]) + [root(leaves[:k])]


def subproof(m, leaves, whole):
    """SUBPROOF of section 2.1.2."""
    n = len(leaves)
    if m == n:
        return [] if whole else [root(leaves)]
    k = 1
    while 2 * k < n:
        k *= 2
    if m <= k:
        return subproof(m, leaves[:k], whole) + [root(leaves[k:])]
    return subproof(m - k, leaves[k:], False) + [root(leaves[:k])]


def root_of_path(leaf, index, size, proof):
    """Recursive, unlike the verifiers in use: the last hash belongs to the top split."""
    if size == 1:
        assert not proof, "too many hashes"
        return leaf
    assert proof, "too few hashes"
    k = 1
    while 2 * k < size:
        k *= 2
    if index < k:
        return sha(b"\1" + root_of_path(leaf, index, k, proof[:-1]) + proof[-1])
    return sha(b"\1" + proof[-1] + root_of_path(leaf, index - k, size - k, proof[:-1]))


def roots_of_growth(m, n, proof, whole, old_root):
    """The old and the new root that a consistency proof stands for."""
    if m == n:
        if whole:
            assert not proof, "too many hashes"
            return old_root, old_root
        assert len(proof) == 1, "wrong number of hashes"
        return proof[0], proof[0]
    assert proof, "too few hashes"
    k = 1
    while 2 * k < n:
        k *= 2
    last = proof[-1]
    if m <= k:
        old, new = roots_of_growth(m, k, proof[:-1], whole, old_root)
        return old, sha(b"\1" + new + last)
    old, new = roots_of_growth(m - k, n - k, proof[:-1], False, old_root)
    return sha(b"\1" + last + old), sha(b"\1" + last + new)


def key_id(name, kind, public):
    return sha(name.encode() + b"\n" + bytes([kind]) + public)[:4]


def parse_vkey(text):
    name, ident, data = text.strip().split("+", 2)
    data = base64.b64decode(data, validate=True)
    assert data[0] == 1 and len(data) == 33, "not an Ed25519 key"
    assert bytes.fromhex(ident) == key_id(name, 1, data[1:]), "id"
    return name, data[1:]


def check_note(note, vkey):
    """Origin, size and root of a checkpoint signed by vkey."""
    name, public = parse_vkey(vkey)
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    good = 0
    for line in signatures.strip("\n").split("\n"):
        dash, signer, data = line.split(" ")
        data = base64.b64decode(data, validate=True)
        assert dash == "\u2014"
        if signer == name and data[:4] == key_id(name, 1, public):
            ed25519.Ed25519PublicKey.from_public_bytes(public).verify(data[4:], text.encode())
            good += 1
    assert good, "not signed"
    origin, size, digest = text.split("\n")[:3]
    assert origin == name, "origin"
    return int(size), base64.b64decode(digest, validate=True)


def take_hashes(lines):
    hashes = []
    while lines[0]:
        hashes.append(base64.b64decode(lines.pop(0), validate=True))
    lines.pop(0)
    return hashes


def read(name):
    with open(name, encoding="utf-8", newline="") as file:
        return file.read()


def check_event(vkey, name, entry):
    lines = read(name).split("\n")
    assert lines.pop(0) == "c2sp.org/tlog-proof@v1"
    index = int(lines.pop(0).removeprefix("index "))
    proof = take_hashes(lines)
    size, digest = check_note("\n".join(lines), vkey)
    with open(entry, "rb") as file:
        leaf = sha(b"\0" + file.read())
    assert index < size
    assert root_of_path(leaf, index, size, proof) == digest, "another root"


def check_growth(vkey, name, older):
    lines = read(name).split("\n")
    old = int(lines.pop(0).removeprefix("old "))
    proof = take_hashes(lines)
    size, digest = check_note("\n".join(lines), vkey)
    old_size, old_root = check_note(read(older), vkey)
    assert old == old_size
    assert (old_root, digest) == roots_of_growth(old, size, proof, True, old_root), "roots"


def elements(index):
    """Zero-padded path elements of three digits, all but the last behind an x."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups)


def tile_files(folder, kind, count):
    """The tiles of one level of a tree that has `count` hashes there, or its bundles."""
    for index in range((count + 255) // 256):
        width = min(256, count - 256 * index)
        name = f"tile/{kind}/{elements(index)}" + (f".p/{width}" if width < 256 else "")
        with open(os.path.join(folder, name), "rb") as file:
            yield width, file.read()


def level_hashes(folder, level, count):
    hashes = []
    for width, data in tile_files(folder, level, count):
        assert len(data) == 32 * width, "length of a tile"
        hashes += [data[at:at + 32] for at in range(0, len(data), 32)]
    return hashes


def bundled_entries(folder, count):
    entries = []
    for width, data in tile_files(folder, "entries", count):
        before = len(entries)
        while data:
            size = int.from_bytes(data[:2], "big")
            assert len(data) >= 2 + size, "length of an entry"
            entries.append(data[2:2 + size])
            data = data[2 + size:]
        assert len(entries) - before == width, "entries of a bundle"
    return entries


def check_tiles(vkey, folder):
    size, digest = check_note(read(os.path.join(folder, "checkpoint")), vkey)
    hashes = level_hashes(folder, 0, size)
    assert root(hashes) == digest, "root of the leaves"
    assert [sha(b"\0" + one) for one in bundled_entries(folder, size)] == hashes, "entries"
    level = 0
    while len(hashes) >= 256:
        below, level = hashes, level + 1
        hashes = level_hashes(folder, level, len(below) // 256)
        assert hashes == [root(below[256 * i:256 * i + 256]) for i in range(len(hashes))], level
    assert not os.path.exists(os.path.join(folder, "tile", str(level + 1))), "a level too many"


def lines_of(hashes):
    return "".join(base64.b64encode(one).decode() + "\n" for one in hashes)


def public_bytes(private):
    raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    return private.public_key().public_bytes(*raw)


def make(folder):
    private = ed25519.Ed25519PrivateKey.generate()
    public = public_bytes(private)
    name = "purser/" + os.urandom(16).hex() + "/3"
    ident = key_id(name, 1, public)
    entries = [os.urandom(i) for i in range(70)]
    leaves = [sha(b"\0" + entry) for entry in entries]

    def checkpoint(size):
        digest = base64.b64encode(root(leaves[:size])).decode()
        text = f"{name}\n{size}\n{digest}\n"
        line = base64.b64encode(ident + private.sign(text.encode())).decode()
        return f"{text}\n\u2014 {name} {line}\n"

    def write(what, data):
        with open(os.path.join(folder, what), "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())

    write("vkey", f"{name}+{ident.hex()}+{base64.b64encode(bytes([1]) + public).decode()}")
    write("entry", entries[41])
    write("checkpoint", checkpoint(70))
    write("older", checkpoint(37))
    write("proof", "c2sp.org/tlog-proof@v1\nindex 41\n" + lines_of(path(41, leaves)) + "\n" +
          checkpoint(70))
    write("growth", "old 37\n" + lines_of(subproof(37, leaves, True)) + "\n" + checkpoint(70))


def cosign(vkey, name):
    """What a witness does with the body of add-checkpoint that it sees for the first time."""
    lines = read(name).split("\n")
    assert lines.pop(0) == "old 0"
    assert not take_hashes(lines)
    note = "\n".join(lines)
    check_note(note, vkey)
    text = note.rpartition("\n\n")[0] + "\n"
    private = ed25519.Ed25519PrivateKey.generate()
    public = public_bytes(private)
    ident = key_id("witness.example/w1", 4, public)
    time = 1679315147
    signature = private.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
    line = base64.b64encode(ident + time.to_bytes(8, "big") + signature).decode()
    data = base64.b64encode(bytes([4]) + public).decode()
    print(f"witness.example/w1+{ident.hex()}+{data}")
    print(f"\u2014 witness.example/w1 {line}")


def main(arguments):
    verb, *rest = arguments
    if verb == "checkpoint":
        check_note(read(rest[1]), rest[0])
    else:
        verbs = {"event": check_event, "consistency": check_growth, "tiles": check_tiles}
        {**verbs, "make": make, "cosign": cosign}[verb](*rest)


if __name__ == "__main__":
    main(sys.argv[1:])
