"""The target stand-in against a host of its own, point by point of kd-wire."""

import os
import pathlib
import signal
import struct
import subprocess

import pytest

from support import kdhost
from support.kdhost import (ACK, BREAKPOINT, DEBUG_IO, EXCEPTION, FAILED, INITIAL, LOAD,
                            MANIPULATE, OK, RESEND, RESET, STATE, STEP, SYNC, Host, Silence)
from support.target import Target

NT = 0xFFFFF80001000000
SPECIAL_POOL, BREAK = NT + 0x3000, NT + 0x5000
POOL_HIT_TAG = NT + 0x200000
END_OF_NT = NT + 0x800000
DDK = 0x206B6444


@pytest.fixture
def start(build, tmp):
    """start("--hits", 3) -> target, host; both are ended after the test."""
    open_ones = []

    def begin(*args, **kwargs):
        t = Target(build, tmp, *args, **kwargs)
        open_ones.append(t)
        h = Host(t.link)
        open_ones.append(h)
        return t, h

    yield begin
    for one in reversed(open_ones):
        one.close() if isinstance(one, Host) else one.__exit__()


@pytest.fixture
def running(start):
    """As start, but a host has seen the boot and let it run."""

    def begin(*args, **kwargs):
        t, h = start(*args, **kwargs)
        assert h.state().u32(0) == LOAD
        h.go()
        t.wait("running")
        return t, h

    return begin


@pytest.fixture
def halted(running):
    """As running, but broken in; `arm` sets the breakpoint."""

    def begin(*args, arm=False, **kwargs):
        t, h = running(*args, **kwargs)
        h.break_in()
        if arm:
            assert h.set_bp(SPECIAL_POOL)[0] == OK
        return t, h

    return begin


# --- the program ----------------------------------------------------------------------------


def run_target(build, *args):
    return subprocess.run([build / "bench" / "target", *args], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=10)


def test_help(build):
    done = run_target(build, "--help")
    assert done.returncode == 0 and "--fault NAME[:ARG]@WHEN" in done.stdout


@pytest.mark.parametrize("args", [
    [], ["--link"], ["--link", "x", "y"], ["--nothing"], ["--link", "x", "--baud", "fast"],
    ["--link", "x", "--baud", "0"], ["--link", "x", "--speed", "0"],
    ["--link", "x", "--rate", "-1"], ["--link", "x", "--hits", ""],
    ["--link", "x", "--fault", "earthquake@1s"], ["--link", "x", "--fault", "reboot@soon"],
    ["--link", "x", "--fault", "mute:never@1s"], ["--link", "x", "--fault", "deaf:1@1s"],
    ["--link", "x", "--fault", "reboot@hit0"]])
def test_bad_arguments(build, args):
    done = run_target(build, *args)
    assert done.returncode == 2 and done.stderr and not done.stdout


def test_link_that_cannot_be_made(build):
    assert run_target(build, "--link", "/nowhere/COM1").returncode == 1


def test_link_is_a_tty_and_goes_at_the_end(start):
    t, _ = start()
    assert os.path.realpath(t.link).startswith("/dev/pts/")
    t.stop()
    assert not os.path.lexists(t.link) and t.process.returncode == 0


def test_commands(running):
    t, _ = running()
    assert t.command("hits 7") == "hits 7"
    assert t.command("rate 2.5") == "rate 2.5"
    assert t.state()["running"]
    for bad in ("hits x", "fault", "fault nothing", "wait 5", "dance"):
        with pytest.raises(AssertionError, match="error"):
            t.command(bad)
    assert t.command("quit") == "quit"
    assert t.stop()["event"] == "end" and t.process.returncode == 0


def test_end_of_stdin_changes_nothing(running):
    t, h = running()
    t.process.stdin.close()
    h.break_in()
    assert h.read(NT, 4) == (OK, bytes(4))
    t.process.send_signal(signal.SIGINT)
    assert t.process.wait(10) == 0


def test_idle_costs_nothing(running):
    t, _ = running()

    def ticks():
        fields = pathlib.Path(f"/proc/{t.process.pid}/stat").read_text().split()
        return int(fields[13]) + int(fields[14])

    before = ticks()
    t.command("wait 50s")
    assert ticks() - before <= 1


# --- boot and hand-shake --------------------------------------------------------------------


def test_boot_without_a_host_tries_five_times_and_goes_on(start):
    t, h = start()
    frames = [h.packet() for _ in range(5)]
    t.wait("gave_up", what="load")
    t.wait("running")
    assert {(f.kind, f.ident, f.u32(0)) for f in frames} == {(STATE, INITIAL | SYNC, LOAD)}
    with pytest.raises(Silence):
        h.packet(0.3)


def test_first_packet(start):
    _, h = start()
    p = h.packet()
    assert (p.kind, p.ident, p.u32(0), p.u64(0x28)) == (STATE, INITIAL | SYNC, LOAD, NT)
    assert p.payload[240:] == b"\\SystemRoot\\system32\\ntoskrnl.exe\0"
    assert p.u32(0x20) == len(p.payload) - 240


def test_ack_with_sync_bit_is_ignored(start):
    _, h = start()
    p = h.packet()
    for _ in range(7):  # each leader reloads the retries
        h.control(ACK, p.ident)
        p = h.packet()
        assert p.ident == INITIAL | SYNC
    h.ack(p)
    assert h.request(0x3146).ident == INITIAL | 1


def test_load_symbols_blocks_until_continue(start):
    t, h = start()
    h.state()
    t.let_pass(20000)
    assert t.state()["mode"] == "halted" and t.state()["why"] == "load"
    h.go()
    t.wait("running", was="load")


def test_reset_when_halted_brings_the_stop_again(start):
    t, h = start()
    first = h.state()
    idents = set()
    for _ in range(3):
        h.reset()
        reset = h.expect(RESET)
        idents.add(reset.ident)
        again = h.state()
        assert again.ident == INITIAL and again.payload == first.payload
    assert len(idents) == 3 and 0 not in idents
    h.go()
    t.wait("running")


def test_load_symbols_left_alone_after_a_reset_runs_out(start):
    t, h = start()
    h.state()
    h.reset()
    assert sum(h.expect(STATE).ident == INITIAL for _ in range(20)) == 20
    t.wait("gave_up", what="load")
    t.wait("running")


def test_running_target_ignores_reset(running):
    t, h = running()
    h.reset()
    with pytest.raises(Silence):
        h.packet(0.3)
    assert t.state()["running"]


def test_break_in_and_reset_at_once(running):
    t, h = running()
    p = h.attach()
    assert (p.u32(0), p.u32(0x20), p.u64(0x18), p.u64(0x30)) == (EXCEPTION, BREAKPOINT, BREAK,
                                                                 BREAK)
    assert p.u32(0xB8) == 1 and len(p.payload) == 244
    t.wait("breakin_byte", result="accepted")
    t.wait("halted", why="break-in")
    assert struct.unpack_from("<Q", h.context(), 0x80)[0] == 1  # rcx: DBG_STATUS_CONTROL_C
    assert h.read(NT, 4) == (OK, bytes(4))
    h.go()
    t.wait("running", was="break-in")


def test_any_b_halts(running):
    t, h = running()
    h.send(b"login: bob\r")
    t.wait("halted", why="break-in")


def test_seventeenth_byte_in_a_tick_is_lost(running):
    t, h = running(speed=1)
    h.send(b"x" * 18 + b"b")
    t.let_pass(400)
    assert t.count("breakin_byte") == 0
    h.send(b"b")
    t.wait("breakin_byte", result="accepted")


def test_break_in_while_halted_comes_at_the_next_run(halted):
    t, h = halted()
    h.send(b"b")
    t.wait("breakin_byte", result="pending")
    h.go()
    assert h.state().u64(0x18) == BREAK


# --- requests -------------------------------------------------------------------------------


def test_memory(halted):
    _, h = halted()
    assert h.read(NT, 16) == (OK, bytes(16))
    assert h.read(SPECIAL_POOL, 5) == (OK, bytes.fromhex("48895c2410"))
    assert h.write(NT + 0xFFE, b"\1\2\3\4") == (OK, 4)
    assert h.read(NT + 0xFFD, 6) == (OK, b"\0\1\2\3\4\0")
    assert h.read(0x1000, 8) == (FAILED, b"")
    status, data = h.read(NT, 5000)
    assert status == OK and len(data) == 3944


def test_failing_read_brings_what_there_is(halted):
    _, h = halted()
    assert h.read(END_OF_NT - 3, 8) == (FAILED, bytes(3))
    assert h.write(END_OF_NT - 1, b"\1\2") == (FAILED, 1)


def test_context(halted):
    _, h = halted()
    context = bytearray(h.context())
    assert struct.unpack_from("<Q", context, 0xF8)[0] == BREAK
    struct.pack_into("<Q", context, 0xF8, BREAK + 1)
    assert h.request(0x3133, data=bytes(context)).u32(8) == OK
    assert h.context() == bytes(context)


def test_control_space(halted):
    _, h = halted()
    for base, size in ((0, 8), (1, 8), (2, 0xD8), (3, 8)):
        p = h.request(0x3137, struct.pack("<QI", base, size))
        assert (p.u32(8), p.u32(0x1C), len(p.payload)) == (OK, size, 56 + size)
    assert h.request(0x3137, struct.pack("<QI", 9, 8)).u32(8) == FAILED


def test_version(halted):
    _, h = halted()
    p = h.request(0x3146)
    major, build, protocol, flags, machine = struct.unpack_from("<5H", p.payload, 0x10)
    assert (major, build, protocol, flags & 4, machine) == (15, 7601, 6, 4, 0x8664)
    assert p.u64(0x20) == NT


@pytest.mark.parametrize("api", [0x3139, 0x313D, 0x3150, 0x3156, 0x315C, 0x315F, 0x9999])
def test_unknown_request(halted, api):
    _, h = halted()
    assert h.request(api).u32(8) == FAILED


def test_clear_internal_breakpoints_has_no_reply(halted):
    _, h = halted()
    h.request(0x315A, has_reply=False)
    assert h.read(NT, 1) == (OK, b"\0")


def test_reboot_request(halted):
    t, h = halted()
    h.request(0x313B, has_reply=False)
    t.wait("reboot", cause="host")
    assert h.expect(STATE).ident == INITIAL | SYNC
    t.wait("boot", n=2)


def test_repeated_request_is_acked_and_dropped(halted):
    _, h = halted()
    h.read(NT, 1)
    payload = struct.pack("<IHHII", 0x3146, 0, 0, 0, 0) + bytes(40)
    h.send(kdhost.data_frame(MANIPULATE, h.next_id ^ 1, payload))
    assert h.packet().ident == h.next_id ^ 1
    h.request(0x3146)


def test_bad_checksum_is_answered_with_resend(halted):
    _, h = halted()
    payload = struct.pack("<IHHII", 0x3146, 0, 0, 0, 0) + bytes(40)
    h.send(kdhost.data_frame(MANIPULATE, h.next_id, payload, checksum=1))
    assert h.packet().kind == RESEND
    h.request(0x3146)


def test_data_instead_of_the_ack(halted):
    """The ACK of a reply was lost: the target asks for the new request once more."""
    _, h = halted()
    payload = struct.pack("<IHHII", 0x3146, 0, 0, 0, 0) + bytes(40)
    h.send(kdhost.data_frame(MANIPULATE, h.next_id, payload))
    first = h.expect(MANIPULATE)
    h.next_id ^= 1
    h.send(kdhost.data_frame(MANIPULATE, h.next_id, payload))
    assert h.expect(RESEND, ACK).kind == RESEND
    h.seen_id = first.ident
    assert h.request(0x3146).ident == first.ident ^ 1


def test_reply_is_sent_for_ever(halted):
    _, h = halted()
    payload = struct.pack("<IHHII", 0x3146, 0, 0, 0, 0) + bytes(40)
    h.send(kdhost.data_frame(MANIPULATE, h.next_id, payload))
    replies = [h.expect(MANIPULATE) for _ in range(23)]
    assert len({r.ident for r in replies}) == 1


def test_text_and_false_leaders_before_a_request(halted):
    _, h = halted()
    h.send(b"0000 iiii 00000000")
    assert h.read(NT, 1) == (OK, b"\0")


# --- breakpoints and hits -------------------------------------------------------------------


def test_thirty_two_breakpoints(halted):
    t, h = halted()
    addresses = [SPECIAL_POOL + 16 * i for i in range(32)]
    assert [h.set_bp(a) for a in addresses] == [(OK, i + 1) for i in range(32)]
    assert h.set_bp(NT) == (FAILED, 0)
    assert h.read(SPECIAL_POOL, 1) == (OK, b"\xcc")
    assert t.state()["breakpoints"] == [hex(a) for a in addresses]
    assert h.clear_bp(7) == OK and h.clear_bp(7) == FAILED
    assert h.clear_bp(0) == FAILED and h.clear_bp(33) == FAILED
    assert h.set_bp(SPECIAL_POOL)[0] == FAILED, "there is one"
    assert h.set_bp(0x1000)[0] == FAILED
    assert h.set_bp(NT) == (OK, 7)


def test_breakpoints_in_the_instruction_stream_go(halted):
    t, h = halted("--hits", 1, "--rate", 10)
    for offset in (0, 15, 16):
        h.set_bp(SPECIAL_POOL + offset)
    h.go()
    p = h.state()
    assert p.payload[0xD8:0xE8] == h.read(SPECIAL_POOL, 16)[1]
    assert p.payload[0xD8] == 0x48 and struct.unpack_from("<H", p.payload, 0xD4)[0] == 16
    assert t.state()["breakpoints"] == [hex(SPECIAL_POOL + 16)]
    assert h.clear_bp(1) == FAILED and h.clear_bp(3) == OK
    assert t.count("bp_clear", by="stop") == 2


def stack_of(h):
    """As kd does it: each word at rsp that lies in a known image."""
    rsp = struct.unpack_from("<Q", h.context(), 0x98)[0]
    status, data = h.read(rsp, 512)
    assert status == OK
    return [w for w, in struct.iter_unpack("<Q", data) if w >> 40 == 0xFFFFF8]


def test_hits(halted):
    t, h = halted("--hits", 20, "--rate", 20, arm=True)
    h.go()
    depths = []
    for n in range(1, 21):
        p = h.state()
        hit = t.wait("hit", n=n)
        assert (p.u32(0x20), p.u64(0x18)) == (BREAKPOINT, SPECIAL_POOL)
        words = stack_of(h)
        assert len(words) == len(hit["stack"]) - 1
        depths.append(len(hit["stack"]))
        assert hit["stack"][0] == "nt!MmAllocateSpecialPool"
        s = h.step()
        assert (s.u32(0x20), s.u64(0x18)) == (STEP, SPECIAL_POOL + 5)
        h.set_bp(SPECIAL_POOL)
        h.go()
    t.wait("running")
    end = t.stop()
    assert end["hits"] == 20 and end["running"] and end["breakpoints"] == [hex(SPECIAL_POOL)]
    assert 6 <= min(depths) and max(depths) <= 11
    leaky = [e for e in t.log if e["event"] == "hit" and any("leakydrv!" in f for f in e["stack"])]
    assert 14 <= len(leaky) <= 18


def test_equal_seeds_give_equal_stacks(build, tmp):
    def stacks(seed):
        with Target(build, tmp, "--hits", 5, "--rate", 50, "--seed", seed) as t:
            h = Host(t.link)
            h.state()
            h.set_bp(SPECIAL_POOL)
            h.go()
            for _ in range(5):
                h.state()
                h.step()
                h.set_bp(SPECIAL_POOL)
                h.go()
            h.close()
            t.stop()
            return [e["index"] for e in t.log if e["event"] == "hit"]

    assert stacks(3) == stacks(3) != stacks(40)


def test_calls_without_a_breakpoint_pass(running):
    t, _ = running("--hits", 3, "--rate", 100)
    t.wait("pass", n=5)
    assert t.state()["hits"] == 0


def test_going_without_a_step_hits_again(halted):
    t, h = halted("--hits", 1, "--rate", 50, arm=True)
    h.go()
    h.state()
    h.set_bp(SPECIAL_POOL)
    h.go()
    assert h.state().u64(0x18) == SPECIAL_POOL
    t.wait("halted", why="rehit")


def test_pool_hit_tag(halted):
    t, h = halted("--hits", 2, "--rate", 50)
    assert h.read(POOL_HIT_TAG, 4) == (OK, bytes.fromhex("0fffffff"))
    h.write(POOL_HIT_TAG, struct.pack("<I", DDK))
    h.go()
    p = h.state()
    hit = t.wait("hit")
    assert p.u64(0x18) == NT + 0x3400 + 0x881
    assert hit["stack"][0] == "nt!ExAllocatePoolWithTag" != hit["stack"][1]
    assert len(stack_of(h)) == len(hit["stack"]) - 1
    assert t.state()["poolhittag"] == hex(DDK)


def test_exception_is_sent_for_ever(running):
    _, h = running()
    h.send(b"b")
    stops = [h.packet() for _ in range(23)]
    assert len({(p.ident, p.payload) for p in stops}) == 1


# --- prints ---------------------------------------------------------------------------------


def test_print(running):
    t, h = running()
    t.command("print DRV: hello")
    p = h.packet()
    assert (p.kind, p.u32(0), p.u32(8)) == (DEBUG_IO, 0x3230, 11)
    assert p.payload[16:] == b"DRV: hello\n"
    h.ack(p)
    t.command("print again")
    assert h.packet().ident == p.ident ^ 1


def test_print_gives_up_after_twenty(running):
    t, h = running()
    t.command("print nobody there")
    assert len({h.packet().ident for _ in range(20)}) == 1
    t.wait("gave_up", what="print")
    t.command("print not even tried")
    assert not t.wait("print", text="not even tried\n")["sent"]
    p = h.break_in()
    t.wait("connected")
    assert p.u32(0) == EXCEPTION


# --- faults ---------------------------------------------------------------------------------


def test_reboot(running):
    t, h = running()
    t.command("fault reboot")
    p = h.state()
    assert (p.u32(0), p.payload[0x40], p.u64(0x28)) == (LOAD, 1, 2**64 - 1)
    went = t.wait("reboot", cause="orderly")
    h.go()
    boot = h.state()
    assert (boot.ident, boot.u32(0), boot.payload[0x40]) == (INITIAL | SYNC, LOAD, 0)
    assert t.wait("boot", n=2)["t"] - went["t"] >= 5000


def test_reboot_forgets_breakpoints_and_waits_for_the_machine_to_run(halted):
    t, h = halted(arm=True)
    h.write(NT, b"x")
    t.command("fault reboot 2m")
    assert t.state()["mode"] == "halted"
    h.go()
    h.state()
    h.go()
    t.wait("reboot", cause="orderly")
    assert t.state()["mode"] == "off"
    h.state()
    h.next_id = INITIAL
    assert t.state()["breakpoints"] == [] and t.wait("boot", n=2)["t"] > 120000
    assert h.read(NT, 1) == (OK, b"\0")


def test_reboot_without_a_host_just_happens(start):
    t, h = start("--fault", "reboot@3s")
    t.wait("boot", n=2)
    assert t.count("gave_up", what="load") >= 1
    assert h.packet().payload[0x40] == 0


@pytest.mark.parametrize("mode", ["running", "halted"])
def test_power_cut(halted, mode):
    t, h = halted(arm=True)
    if mode == "running":
        h.go()
        t.wait("running")
    t.command("fault powercut 2s")
    cut = t.wait("powercut")
    p = h.packet()
    assert (p.kind, p.ident, p.u32(0)) == (STATE, INITIAL | SYNC, LOAD)
    assert t.wait("boot", n=2)["t"] - cut["t"] == 2000
    assert t.state()["breakpoints"] == []


def test_bugcheck(running):
    t, h = running()
    t.command("fault bugcheck")
    p = h.state()
    assert b"\n*** Fatal System Error: 0x000000d1\n" in h.prints[0]
    assert (p.u32(0), p.u32(0x20), p.u64(0x18)) == (EXCEPTION, BREAKPOINT, BREAK)
    assert struct.unpack_from("<Q", h.context(), 0x80)[0] == 3  # DBG_STATUS_BUGCHECK_FIRST
    h.go()
    t.wait("reboot", cause="bugcheck")
    assert h.state().ident == INITIAL | SYNC


def test_flood(running):
    t, h = running()
    t.command("fault flood 40")
    texts = []
    for _ in range(40):
        p = h.expect(DEBUG_IO)
        h.ack(p)
        texts.append(p.payload[16:])
    assert b"0: kd> " in texts and b"Kernel Debugger connection established.\n" in texts
    assert t.count("print") == 40
    h.break_in()


def test_swallow(running):
    t, h = running()
    t.command("fault swallow")
    h.send(b"b")
    t.wait("breakin_byte", result="swallowed")
    h.send(b"b")
    t.wait("breakin_byte", result="accepted")
    assert h.state().u32(0) == EXCEPTION


def test_deaf(running):
    t, h = running()
    t.command("fault deaf")
    for _ in range(3):
        h.send(b"b")
        t.wait("breakin_byte", result="ignored")
    assert t.state()["running"]
    t.command("fault hear")
    h.break_in()


def test_corrupt_and_lost_frames_come_again(running):
    t, h = running()
    h.send(b"b")
    h.state()
    t.command("fault lose 2")
    h.send(kdhost.data_frame(MANIPULATE, h.next_id,
                             struct.pack("<IHHII", 0x3146, 0, 0, 0, 0) + bytes(40)))
    assert h.packet().kind == MANIPULATE, "neither its ACK nor its first copy"
    t.command("fault corrupt 1")
    again = h.packet()
    assert again.kind == MANIPULATE and t.count("fault") == 2
    assert h.bad + len(h.garbage) > 0 or h.packet().ident == again.ident


def test_mute(halted):
    t, h = halted()
    t.command("fault mute 60s")
    h.send(b"b")
    h.send(kdhost.control_frame(RESET))
    with pytest.raises(Silence):
        h.packet(0.5)
    t.let_pass(60000)
    h.reset()
    assert h.expect(RESET) and h.state().u32(0) == EXCEPTION


def test_garbage_before_the_first_frame(start):
    _, h = start("--fault", "garbage@boot1")
    assert h.packet().u32(0) == LOAD
    assert h.garbage.count(b"0000") > 2 and b"\r\n" in h.garbage


def test_int3(running):
    t, h = running()
    t.command("fault int3")
    p = h.state()
    assert (p.u32(0x20), p.u64(0x18)) == (BREAKPOINT, 0xFFFFF88003242A12)
    t.wait("halted", why="int3", pc="netfoo!Assert+0x12")
    h.go()
    t.wait("running", was="int3")


def test_slow(halted):
    t, h = halted()
    before = t.state()["t"]
    h.read(NT, 3944)
    fast = t.state()["t"] - before
    t.command("fault slow 10")
    before = t.state()["t"]
    h.read(NT, 3944)
    assert t.state()["t"] - before > 3 * fast


def test_faults_at_events(start):
    t, h = start("--hits", 9, "--rate", 20, "--fault", "swallow@100ms", "--fault",
                 "powercut@hit2", "--fault", "powercut@bp4", "--fault", "int3@stop5",
                 "--fault", "deaf@boot3")
    h.state()
    t.wait("fault", name="swallow")
    h.set_bp(SPECIAL_POOL)
    h.go()
    h.state()
    h.step()
    h.set_bp(SPECIAL_POOL)
    h.go()
    assert h.state().u64(0x18) == SPECIAL_POOL, "the host has seen hit 2 before the cut"
    t.wait("fault", name="powercut")
    t.wait("boot", n=2)
    h.state()
    h.next_id = INITIAL
    h.set_bp(SPECIAL_POOL)
    assert h.set_bp(SPECIAL_POOL + 1)[0] == OK, "the fourth"
    t.wait("boot", n=3)
    t.wait("fault", name="deaf")


def test_pacing(halted):
    """A whole page at 19200: no faster than the wire, and not much slower."""
    t, h = halted("--baud", 19200, speed=5)
    before = t.state()["t"]
    h.read(NT, 3944)
    took = t.state()["t"] - before
    wire = (3944 + 178) * 10 * 1000 / 19200
    assert wire - 30 <= took <= 2 * wire
