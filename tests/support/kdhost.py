"""A small KD host on a tty: enough to check a target, written from the protocol's description
and not from kdproto.c, so that one mistake does not hide in both."""

import os
import select
import struct
import termios
import time
import tty

MANIPULATE, DEBUG_IO, ACK, RESEND, RESET, STATE = 2, 3, 4, 5, 6, 7
INITIAL, SYNC = 0x80800000, 0x800
EXCEPTION, LOAD = 0x3030, 0x3031
BREAKPOINT, STEP = 0x80000003, 0x80000004
OK, FAILED = 0, 0xC0000001


class Silence(Exception):
    """Nothing came within the time limit."""


def data_frame(kind, ident, payload, checksum=None):
    total = sum(payload) & 0xFFFFFFFF if checksum is None else checksum
    return b"0000" + struct.pack("<HHII", kind, len(payload), ident, total) + payload + b"\xaa"


def control_frame(kind, ident=0):
    return b"iiii" + struct.pack("<HHII", kind, 0, ident, 0)


class Packet:
    def __init__(self, kind, ident, payload=b""):
        self.kind, self.ident, self.payload = kind, ident, payload

    def u32(self, offset):
        return struct.unpack_from("<I", self.payload, offset)[0]

    def u64(self, offset):
        return struct.unpack_from("<Q", self.payload, offset)[0]

    def __repr__(self):
        return f"<{self.kind} {self.ident:08x} {len(self.payload)}>"


class Host:
    """Wire level: send() and packet(); session level: attach(), read(), go()..."""

    def __init__(self, path, limit=20.0):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.fd, termios.TCSANOW)  # keeps what came before we opened
        self.limit, self.buffer, self.garbage = limit, b"", b""
        self.prints = []
        self.next_id, self.bad = INITIAL, 0
        self.seen_id = None

    def close(self):
        os.close(self.fd)

    # the wire

    def send(self, data):
        os.write(self.fd, data)

    def control(self, kind, ident=0):
        self.send(control_frame(kind, ident))

    def ack(self, packet):
        self.control(ACK, packet.ident & ~SYNC)

    def _cut(self):
        """One packet off the buffer, or None."""
        while len(self.buffer) >= 16:
            lead, (kind, count, ident, total) = self.buffer[:4], struct.unpack(
                "<HHII", self.buffer[4:16])
            if lead == b"iiii" and kind in (ACK, RESEND, RESET) and count == 0:
                self.buffer = self.buffer[16:]
                return Packet(kind, ident)
            good = lead == b"0000" and kind <= 11 and count <= 4000
            if good and ident & ~(SYNC | 1) == INITIAL:
                if len(self.buffer) < 17 + count:
                    return None
                payload = self.buffer[16:16 + count]
                if self.buffer[16 + count] == 0xAA and sum(payload) == total:
                    self.buffer = self.buffer[17 + count:]
                    return Packet(kind, ident, payload)
                self.bad += 1
            self.garbage += self.buffer[:1]
            self.buffer = self.buffer[1:]
        return None

    def packet(self, limit=None):
        """The next packet of any kind; Silence if none comes."""
        end = time.monotonic() + (self.limit if limit is None else limit)
        while True:
            found = self._cut()
            if found and found.kind == RESET:
                self.next_id, self.seen_id = INITIAL, None
            if found:
                return found
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise Silence(f"pending {self.buffer[:40]!r}")
            self.buffer += os.read(self.fd, 4096)

    def expect(self, *kinds):
        """The next packet of one of the kinds; others are passed over."""
        while True:
            p = self.packet()
            if p.kind in kinds:
                return p

    # the session

    def state(self):
        """The next state change, acknowledged; a print on the way is kept."""
        while True:
            p = self.expect(STATE, DEBUG_IO)
            self.ack(p)
            is_again = p.ident == self.seen_id  # with SYNC it never is: that starts anew
            self.seen_id = p.ident & ~SYNC
            if p.kind == STATE and not is_again:
                return p
            if p.kind == DEBUG_IO and not is_again:
                self.prints.append(p.payload[16:16 + p.u32(8)])

    def reset(self):
        self.control(RESET)
        self.next_id, self.seen_id = INITIAL, None

    def break_in(self):
        self.send(b"b")
        return self.state()

    def attach(self):
        """Break in and reset at once, as a new host may do; the state change of the stop."""
        self.send(b"b")
        self.reset()
        return self.state()

    def request(self, api, union=b"", data=b"", has_reply=True):
        payload = struct.pack("<IHHII", api, 0, 0, 0, 0) + union.ljust(40, b"\0") + data
        frame = data_frame(MANIPULATE, self.next_id, payload)
        self.send(frame)
        while True:
            p = self.expect(ACK, RESEND)
            if p.kind == RESEND:
                self.send(frame)
            elif p.ident == self.next_id:
                break
        self.next_id ^= 1
        while has_reply:
            p = self.expect(MANIPULATE, STATE)
            self.ack(p)
            if p.kind == MANIPULATE and p.ident & ~SYNC != self.seen_id:
                self.seen_id = p.ident & ~SYNC
                assert p.u32(0) == api
                return p
        return None

    def read(self, address, count):
        p = self.request(0x3130, struct.pack("<QII", address, count, 0))
        actual = p.u32(0x1C)
        assert len(p.payload) == 56 + actual
        return p.u32(8), p.payload[56:]

    def write(self, address, data):
        p = self.request(0x3131, struct.pack("<QII", address, len(data), 0), data)
        return p.u32(8), p.u32(0x1C)

    def context(self):
        p = self.request(0x3132)
        assert p.u32(8) == OK and len(p.payload) == 56 + 1232
        return p.payload[56:]

    def set_bp(self, address):
        p = self.request(0x3134, struct.pack("<QI", address, 0))
        return p.u32(8), p.u32(0x18)

    def clear_bp(self, handle):
        return self.request(0x3135, struct.pack("<I", handle)).u32(8)

    def go(self):
        """Continue2, without a step."""
        self.request(0x313C, struct.pack("<IIQQ", 0x10002, 0, 0x400, 1), has_reply=False)

    def step(self):
        self.request(0x313C, struct.pack("<IIQQ", 0x10002, 1, 0x400, 1), has_reply=False)
        return self.state()
