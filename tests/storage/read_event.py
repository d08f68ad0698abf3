"""Reads events from their stored bytes. Written from docs/event-format.md alone.

Usage: read_event.py FILE, whose lines are `name hex`. Prints one JSON object a line. What does not
fit ends the program with exit code 1, a newer version with 2.

Does not check the checksum: the standard library has no XXH3. Shares no code with the C++ reader,
so that the two agreeing says something about the page.
"""

import json
import struct
import sys

ENVELOPE = struct.Struct("<4sHHHHIQqQ")
EVENT_BYTES_MAX = 60_000
CAUSES = {1: "promote", 2: "rollback", 3: "restore", 4: "clear"}
SKIPPED_WHY = {1: "nothing_active", 2: "bad", 3: "deleted", 4: "active_now"}


class Damaged(Exception):
    pass


class Unsupported(Exception):
    pass


class Fields:
    """Takes fields off the front of a payload."""

    def __init__(self, payload):
        self.rest = payload

    def take(self, size):
        if size > len(self.rest):
            raise Damaged("a field ends behind the payload")
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def number(self, layout):
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))[0]

    def u8(self):
        return self.number("B")

    def u32(self):
        return self.number("I")

    def u64(self):
        return self.number("Q")

    def time(self):
        return self.number("q")

    def boolean(self):
        byte = self.u8()
        if byte > 1:
            raise Damaged("a bool is neither 0 nor 1")
        return byte == 1

    def enum(self, words):
        byte = self.u8()
        if byte not in words:
            raise Damaged("an enum has no such value")
        return words[byte]

    def text(self):
        return self.take(self.u32()).decode("utf-8")

    def digest(self):
        return self.take(32).hex()

    def optional(self, field):
        return field() if self.boolean() else None

    def list(self, item):
        return [item() for _ in range(self.u32())]

    def labels(self):
        pairs = self.list(lambda: (self.text(), self.text()))
        keys = [key.encode() for key, _ in pairs]
        if any(a >= b for a, b in zip(keys, keys[1:])):
            raise Damaged("the keys of labels do not ascend")
        return dict(pairs)

    def group(self):
        return {"first": self.u64(), "count": self.u32()}

    def artifact(self):
        if self.enum({1: "stored", 2: "external"}) == "stored":
            return {"digest": self.digest(), "files": self.u64(), "bytes": self.u64()}
        return {"location": self.text(), "bytes": self.u64()}

    def skipped(self):
        return {"deployment": self.optional(self.u64), "why": self.enum(SKIPPED_WHY)}


def header(f):
    return {
        "actor": f.text(),
        "reason": f.text(),
        "request_id": f.optional(f.text),
        "command_digest": f.optional(f.digest),
        "wall_time": f.optional(f.time),
        "group": f.optional(f.group),
        "imported": f.boolean(),
    }


def about_a_deployment(f):
    return {"id": f.u64(), "owner_key": f.text()}


def created(f):
    return {"id": f.u64(), "identifier": f.text(), "owner_key": f.text(),
            "source_ref": f.optional(f.text), "labels": f.labels()}


def ready(f):
    return about_a_deployment(f) | {"artifact": f.artifact()}


def failed(f):
    return about_a_deployment(f) | {"code": f.text(), "message": f.text()}


def activated(f):
    return {"owner_key": f.text(), "channel": f.text(), "cause": f.enum(CAUSES),
            "generation": f.u64(), "parent": f.u64(), "deployment": f.optional(f.u64),
            "previous": f.optional(f.u64), "skipped": f.list(f.skipped)}


def noted(f):
    return {"owner_key": f.text(), "deployment": f.optional(f.u64), "channel": f.optional(f.text),
            "generation": f.u64(), "active": f.optional(f.u64), "previous": f.optional(f.u64)}


def unfrozen(f):
    return {"owner_key": f.text(), "channel": f.optional(f.text)}


def frozen(f):
    return unfrozen(f) | {"rollback_too": f.boolean()}


KINDS = {
    1: ("created", created),
    2: ("ready", ready),
    3: ("failed", failed),
    4: ("marked_bad", about_a_deployment),
    5: ("unmarked_bad", about_a_deployment),
    6: ("artifact_deleted", about_a_deployment),
    7: ("activated", activated),
    8: ("noted", noted),
    9: ("pinned", about_a_deployment),
    10: ("unpinned", about_a_deployment),
    11: ("frozen", frozen),
    12: ("unfrozen", unfrozen),
}


def read_event(stored):
    if not ENVELOPE.size <= len(stored) <= EVENT_BYTES_MAX:
        raise Damaged("not as long as an event is")
    magic, form, kind, version, reserved, length, position, time, _ = ENVELOPE.unpack_from(stored)
    if magic != b"PRSE":
        raise Damaged("another magic")
    if form > 1 or kind > max(KINDS) or version > 1:
        raise Unsupported(f"format {form}, kind {kind}, kind version {version}")
    if kind not in KINDS or form != 1 or version != 1 or reserved != 0:
        raise Damaged("a field of the envelope has no such value")
    if length != len(stored) - ENVELOPE.size:
        raise Damaged("another payload length")
    word, payload = KINDS[kind]
    fields = Fields(stored[ENVELOPE.size:])
    event = {"kind": word, "position": position, "time": time, "header": header(fields),
             "payload": payload(fields)}
    if fields.rest:
        raise Damaged("bytes are left over")
    return event


def main(path):
    with open(path, encoding="ascii") as lines:
        for line in lines:
            name, stored = line.split()
            event = {"name": name} | read_event(bytes.fromhex(stored))
            print(json.dumps(event, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Damaged as error:
        sys.exit(f"damaged: {error}")
    except Unsupported as error:
        print(f"unsupported version: {error}", file=sys.stderr)
        sys.exit(2)
