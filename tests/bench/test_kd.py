"""The stand-in for kd against the stand-in for the target: one scene a test."""

import itertools
import json
import os
import re
import signal
import subprocess
import threading
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(ROOT, os.environ.get("BUILD", "build"), "bench")
SPEED = "50"
PATIENCE = 20
PROMPT = r"(?:\d+: )?kd> $"
BOX = "You are seeing this message because you pressed either"


class Reader:
    """A child whose output is read as it comes and asked for by pattern."""

    def __init__(self, argv, env=None, cwd=None):
        self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      env=env, cwd=cwd)
        self.text, self.at, self.ended = "", 0, False
        self.news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while data := os.read(self.child.stdout.fileno(), 65536):
            with self.news:
                self.text += data.decode("latin-1")
                self.news.notify_all()
        with self.news:
            self.ended = True
            self.news.notify_all()

    def expect(self, pattern, patience=PATIENCE):
        """Wait for the pattern behind what was expected before; returns what was skipped and it."""
        end = time.monotonic() + patience
        with self.news:
            while not (found := re.compile(pattern).search(self.text, self.at)):
                left = end - time.monotonic()
                if left <= 0 or self.ended:
                    raise AssertionError(f"no {pattern!r} in {self.text[self.at:]!r}")
                self.news.wait(left)
            start, self.at = self.at, found.end()
            return self.text[start:self.at]

    def silent(self, seconds=0.3):
        """Nothing comes for a while (the only way to see that nothing happens)."""
        with self.news:
            self.news.wait(seconds)
            return self.text[self.at:] == ""

    def type(self, line):
        self.child.stdin.write(line.encode() + b"\n")
        self.child.stdin.flush()

    def run(self, line):
        """A command at the prompt; its output."""
        self.type(line)
        return re.sub(r"(\d+: )?kd> $", "", self.expect(PROMPT))

    def interrupt(self):
        self.child.send_signal(signal.SIGINT)

    def end(self):
        self.child.kill()
        return self.child.wait()


class Target(Reader):
    def __init__(self, folder, *args, speed=SPEED):
        self.truth = os.path.join(folder, "truth")
        self.link = os.path.join(folder, "tty")
        super().__init__([f"{BENCH}/target", "--link", self.link, "--speed", speed, "--seed", "7",
                          "--truth", self.truth, *args])
        self.expect(r"ready .*\n")

    def events(self, name):
        with open(self.truth, encoding="utf-8") as lines:
            return [e for e in map(json.loads, lines) if e["event"] == name]

    def tell(self, line):
        self.type(line)
        return self.expect(r"(ok|error)[^\n]*\n")

    def state(self):
        return json.loads(self.tell("state").split("ok ", 1)[1])

    def wait(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition(self.state()):
            assert time.monotonic() < end, self.state()

    def wait_event(self, name, count=1):
        self.wait(lambda _: len(self.events(name)) >= count)


class Bench:
    def __init__(self, folder):
        self.folder = str(folder)
        self.children = []

    def target(self, *args, **kw):
        self.tgt = Target(self.folder, *args, **kw)
        self.children.append(self.tgt)
        return self.tgt

    def quiet(self, *args, **kw):
        """A target that booted without a debugger."""
        target = self.target(*args, **kw)
        target.wait_event("running")
        return target

    def kd(self, *args, **env):
        whole = {k: v for k, v in os.environ.items() if not k.startswith(("_NT_", "BENCH_KD"))}
        whole.update(BENCH_COM1=os.path.join(self.folder, "tty"), BENCH_SPEED=SPEED,
                     BENCH_PIPE_DIR=self.folder, _NT_DEBUG_PORT="COM1",
                     _NT_SYMBOL_PATH="SRV*c:\\websymbols*http://symbols")
        whole.update(env)
        kd = Reader([f"{BENCH}/kd", *args], env=whole, cwd=self.folder)
        self.children.append(kd)
        return kd

    def halted(self, *args, **env):
        """A kd at its first prompt."""
        kd = self.kd(*args, **env)
        kd.expect(r"Waiting to reconnect\.\.\.\n")
        kd.interrupt()
        kd.expect(PROMPT)
        return kd

    def path(self, name):
        return os.path.join(self.folder, name)


@pytest.fixture
def bench(tmp_path):
    scene = Bench(tmp_path)
    yield scene
    for child in scene.children:
        child.end()


def stacks(text):
    """The functions of each kb in a text, leaf first."""
    found = []
    for line in text.splitlines():
        if "RetAddr" in line:
            found.append([])
        elif found and (row := re.search(r"([a-z]+![A-Za-z]+)(\+0x[0-9a-f]+)?$", line)):
            if re.match(r"([0-9a-f]{2} )?[0-9a-f]{8}[ `]", line):
                found[-1].append(row.group(1))
    return found


# --- connecting and breaking in ---


def test_a_quiet_target_is_silence_until_a_break(bench):
    target = bench.quiet()
    kd = bench.kd()
    text = kd.expect(r"Waiting to reconnect\.\.\.\n")
    assert text == ("\nMicrosoft (R) Windows Debugger Version 10.0.19041.685 AMD64\n"
                    "Copyright (c) Microsoft Corporation. All rights reserved.\n\n"
                    "Opened \\\\.\\COM1\nWaiting to reconnect...\n")
    assert kd.silent()
    assert not target.events("breakin_byte")
    kd.interrupt()
    text = kd.expect(PROMPT)
    assert re.match(r"Connected to Windows 7 7601 x64 target at \(.*\), ptr64 TRUE\n"
                    r"Kernel Debugger connection established\.\n"
                    r"Symbol search path is: SRV\*c:\\websymbols\*http://symbols\n"
                    r"Executable search path is: \n"
                    r"Windows 7 Kernel Version 7601 MP \(2 procs\) Free x64\n"
                    r"Built by: .*\nMachine Name:\nKernel base = 0xfffff800`01000000 "
                    r"PsLoadedModuleList = 0xfffff800`01200100\n", text)
    assert BOX in text
    assert text.endswith("nt!DbgBreakPointWithStatus:\n"
                         "fffff800`01005000 cc              int     3\n0: kd> ")
    assert target.state()["why"] == "break-in"
    assert len(target.events("breakin_byte")) == 1


@pytest.mark.parametrize("how", [{"KDQUIET": "1"}, "-myob"])
def test_no_box_where_it_is_off(bench, how):
    bench.quiet()
    kd = bench.kd(*([how] if isinstance(how, str) else []), **({} if isinstance(how, str) else how))
    kd.expect("reconnect")
    kd.interrupt()
    assert BOX not in kd.expect(PROMPT)


def test_bonc_breaks_in_by_itself(bench):
    bench.quiet()
    bench.kd("-bonc").expect(PROMPT)


def test_a_break_waits_for_a_target_that_is_off(bench):
    target = bench.target("--fault", "powercut:60s@boot1")
    target.wait(lambda s: s["mode"] == "off")
    kd = bench.kd()
    kd.expect("reconnect")
    kd.interrupt()
    kd.expect("established")
    kd.expect(PROMPT)
    assert target.state()["boots"] == 2


def test_a_boot_gives_no_prompt(bench):
    target = bench.target("--fault", "powercut:20s@boot1")
    kd = bench.kd()
    kd.expect("Kernel Debugger connection established")
    kd.expect("System Uptime: not available\n")
    assert kd.silent()
    target.wait(lambda s: s["running"])


def test_a_break_at_the_prompt_stops_again_after_g(bench):
    target = bench.quiet()
    kd = bench.halted(BENCH_SPEED="5000")  # a fast reader is no break just before g
    kd.interrupt()
    assert "here\n" in kd.run(".echo here")
    assert BOX in kd.run("g")
    assert len(target.events("breakin_byte")) == 2


def test_a_break_just_before_g_is_swallowed(bench):
    target = bench.quiet()
    kd = bench.halted(BENCH_SPEED="0.01")
    kd.interrupt()
    kd.run(".echo here")
    kd.type("g")
    target.wait(lambda s: s["running"])
    assert kd.silent()


def test_ctrl_f_is_read_while_running_only_on_request(bench):
    bench.quiet()
    kd = bench.halted()
    kd.type("g")
    kd.type("\x06")
    assert kd.silent()
    kd.end()
    kd = bench.halted(BENCH_KD_CTRLF="1")
    kd.type("g")
    bench.tgt.wait(lambda s: s["running"])
    kd.type("\x06")
    kd.expect(PROMPT)


def test_early_bytes_are_no_packets(bench):
    target = bench.target("--fault", "garbage@boot2")
    kd = bench.kd()
    target.tell("fault powercut")
    kd.expect("established")
    target.wait(lambda s: s["running"])


# --- commands ---


def test_lines_typed_while_running_wait_for_the_next_stop(bench):
    bench.quiet()
    kd = bench.halted(_NT_DEBUG_LOG_FILE_OPEN=bench.path("log"))
    for line in ("g", ".echo one", "bl", ".echo two"):
        kd.type(line)
    assert kd.silent()
    kd.interrupt()
    text = kd.expect(r"two\n\d: kd> ")
    assert text.endswith("0: kd> one\n0: kd> \n0: kd> two\n0: kd> ")
    with open(bench.path("log"), encoding="utf-8") as log:
        assert log.read().endswith("0: kd> .echo one\none\n0: kd> bl\n\n0: kd> .echo two\ntwo\n0: kd> ")


def test_bp_errors(bench):
    bench.quiet()
    kd = bench.halted()
    assert kd.run("bp nt!Foo") == "Couldn't resolve error at 'nt!Foo'\n"
    assert kd.run("bp mod!sym") == ("Bp expression 'mod!sym' could not be resolved, "
                                    "adding deferred bp\n")
    assert kd.run('bp5 nt!NtReadFile "kb;g"') == ""
    assert kd.run("bp nt!NtReadFile 3") == "breakpoint 5 redefined\n"
    assert kd.run("bd 5") == ""
    assert kd.run("bl").splitlines() == [
        "     0 e Disable Clear  u                         0001 (0001) (mod!sym)",
        "     5 d Enable Clear  fffff800`01006100     0003 (0003) nt!NtReadFile", ""]
    assert kd.run("xyz") == "    ^ Syntax error in 'xyz'\n"
    assert kd.run("bc *") == ""
    assert kd.run("bl") == "\n"
    for offset in range(32):
        assert kd.run(f"bp nt!NtWriteFile+{offset * 16:x}") == ""
    assert "Too many" in kd.run("bp nt!NtReadFile")


def test_a_slow_command_is_interrupted(bench):
    bench.quiet()
    kd = bench.halted(BENCH_KD_FAULT="slowcmd:60s@cmd2")
    kd.run(".echo one")
    kd.type(".reload /f nt")
    assert kd.silent()
    kd.interrupt()
    assert "^ User interrupted operation error in '.reload /f nt'" in kd.expect(PROMPT)
    assert kd.run(".echo alive") == "alive\n"


def test_small_commands(bench):
    bench.quiet()
    kd = bench.halted("-y", "c:\\sym")
    assert kd.run(".echo a;.echo b") == "a\nb\n"
    assert kd.run(".sympath").startswith("Symbol search path is: c:\\sym;SRV*")
    assert kd.run("ed nt!PoolHitTag ' kdD'; dd nt!PoolHitTag l1") == "fffff800`01200000  206b6444\n"
    assert kd.run("dd 1000") == "00000000`00001000  ????????\n"
    assert "Connected to Windows 7" in kd.run(".reload")
    assert "leakydrv" in kd.run("lm")
    assert "rip=fffff80001005000" in kd.run("r")
    assert "Kernel Version 7601" in kd.run("vertarget")
    assert "(not debuggee) time" in kd.run(".echotime")
    assert kd.run("!nothing") == "No export nothing found\n"
    assert bench.tgt.state()["poolhittag"] == "0x206b6444"


def test_c_runs_at_the_first_prompt_and_qd_lets_go(bench):
    target = bench.quiet()
    kd = bench.kd("-bonc", "-c", ".time;qd")
    kd.expect("Debug session time")
    kd.expect("quit:\n")
    assert kd.child.wait(PATIENCE) == 0
    target.wait(lambda s: s["running"])


# --- breakpoints and stacks ---


def hits(bench, command, count, **env):
    target = bench.quiet("--rate", "2")
    kd = bench.halted(**env)
    assert kd.run(f'bp nt!MmAllocateSpecialPool "{command}"') == ""
    kd.type("g")
    target.tell(f"hits {count}")
    target.wait(lambda s: s["hits"] == count and s["running"])
    kd.interrupt()
    return kd.expect(BOX)


@pytest.mark.parametrize("style", ["new", "old", "x86"])
def test_stacks_are_what_the_target_did(bench, style):
    text = hits(bench, ";kb;g", 15, BENCH_KD_STYLE=style)
    assert text.count("Breakpoint 0 hit\n") == 15
    assert PROMPT.strip("$") not in text
    assert stacks(text) == [e["stack"] for e in bench.tgt.events("hit")]
    header = {"new": " # RetAddr               : Args", "old": "\nRetAddr           : Args",
              "x86": "\nChildEBP RetAddr  Args to Child"}[style]
    assert text.count(header) == 15


def test_kb_takes_a_hexadecimal_count_and_what_follows_g_is_not_run(bench):
    text = hits(bench, "kb 3;.echo counted;g;.echo never", 4, BENCH_KD_QUIET_HIT="1")
    assert [len(s) for s in stacks(text)] == [3, 3, 3, 3]
    assert text.count("counted\n") == 4
    assert "never" not in text and "Breakpoint" not in text


@pytest.mark.parametrize("command, said", [("kb", ""), ("kb;xyz;g", "^ Syntax error in 'xyz'\n")])
def test_a_string_that_does_not_resume_stays(bench, command, said):
    target = bench.quiet("--hits", "100", "--rate", "5")
    kd = bench.halted()
    kd.run(f'bp nt!MmAllocateSpecialPool "{command}"')
    kd.type("g")
    text = kd.expect(PROMPT)
    assert said in text
    assert re.search(r"\nnt!MmAllocateSpecialPool:\nfffff800`01003000 .*\n0: kd> $", text)
    assert target.state()["why"] == "hit"


def test_variants_of_k(bench):
    bench.quiet()
    kd = bench.halted()
    idle = ["nt!DbgBreakPointWithStatus", "nt!KdCheckForDebugBreak", "nt!KeUpdateRunTime",
            "hal!HalpClockInterrupt", "nt!KiSecondaryClockInterrupt", "nt!KiIdleLoop"]
    for command in ("k", "kb", "kn", "kv", "kvn", "kb 20"):
        assert stacks(kd.run(command)) == [idle], command
    assert kd.run("kc 2") == (" # Call Site\n00 nt!DbgBreakPointWithStatus\n"
                              "01 nt!KdCheckForDebugBreak+0x2c\n")


def test_pass_counts_and_one_shots(bench):
    target = bench.quiet("--rate", "5")
    kd = bench.halted()
    kd.run("bp /1 nt!MmAllocateSpecialPool 3")
    kd.type("g")
    target.tell("hits 10")
    kd.expect("Breakpoint 0 hit\n")
    kd.expect(PROMPT)
    assert target.state()["hits"] == 3
    assert kd.run("bl") == "\n"
    kd.type("g")
    target.wait(lambda s: s["passes"] >= 7)


def test_pool_hit_tag_is_a_stop_without_a_breakpoint(bench):
    target = bench.quiet("--rate", "5")
    kd = bench.halted()
    kd.run("ed nt!PoolHitTag ' kdD'")
    kd.type("g")
    target.tell("hits 3")
    text = kd.expect(PROMPT)
    assert text.startswith("Break instruction exception - code 80000003 (first chance)\n"
                           "nt!ExAllocatePoolWithTag+0x881:\n")
    assert BOX not in text
    assert stacks(kd.run("kb")) == [target.events("hit")[0]["stack"]]


# --- the log ---


@pytest.mark.parametrize("variable, kept", [("OPEN", False), ("APPEND", True)])
def test_log_variables(bench, variable, kept):
    bench.quiet()
    with open(bench.path("log"), "w", encoding="utf-8") as log:
        log.write("evidence\n")
    kd = bench.halted(**{f"_NT_DEBUG_LOG_FILE_{variable}": bench.path("log")})
    kd.run("bl")
    with open(bench.path("log"), encoding="utf-8") as log:
        text = log.read()
    assert text.startswith("evidence\n") == kept
    assert text.endswith("0: kd> bl\n\n0: kd> ")
    assert text.replace("bl\n", "") == ("evidence\n" if kept else "") + kd.text


# --- the port ---


def test_port_busy_and_absent(bench):
    bench.quiet()
    bench.kd().expect("reconnect")
    second = bench.kd()
    second.expect(r"Failed to open \\\\.\\COM1\n"
                  "Kernel debugger failed initialization, Win32 error 0n5\n")
    assert second.child.wait(PATIENCE) == 5
    third = bench.kd("-k", "com:port=\\\\.\\com7,baud=115200")
    third.expect(r"Failed to open \\\\.\\com7\n.*0n2\n")
    assert third.child.wait(PATIENCE) == 2


def test_a_bad_switch(bench):
    kd = bench.kd("-hmm")
    kd.expect("kd: Invalid switch 'hmm'\n")
    assert kd.child.wait(PATIENCE) != 0


# --- the target goes away ---


def test_an_orderly_reboot(bench):
    target = bench.quiet()
    kd = bench.halted()
    kd.run("bp nt!MmAllocateSpecialPool")
    kd.type("g")
    target.wait(lambda s: s["running"])
    target.tell("fault reboot")
    kd.expect(r"Shutdown occurred at \(.*\)\.\.\.unloading all symbol tables\.\n"
              r"Waiting to reconnect\.\.\.\nConnected to .*\nKernel Debugger connection established")
    target.wait(lambda s: s["running"] and s["boots"] == 2)
    kd.interrupt()
    kd.expect(PROMPT)
    assert kd.run("bl") == "\n"


def test_a_power_cut_under_a_halted_session(bench):
    target = bench.quiet()
    kd = bench.halted()
    kd.run("bp nt!MmAllocateSpecialPool")
    target.tell("fault powercut 10s")
    kd.type("kb")
    text = kd.expect("Kernel Debugger connection established")
    assert "Shutdown" not in text
    target.wait(lambda s: s["running"] and s["boots"] == 2)
    assert PROMPT not in kd.text[kd.at:]
    kd.interrupt()
    kd.expect(PROMPT)
    assert kd.run("bl") == "\n"


def test_dot_reboot(bench):
    target = bench.quiet()
    kd = bench.halted()
    kd.type(".reboot")
    kd.expect(r"Shutdown occurred(.|\n)*Waiting to reconnect(.|\n)*established")
    target.wait(lambda s: s["running"] and s["boots"] == 2)


def test_a_bugcheck_waits(bench):
    target = bench.quiet()
    kd = bench.halted()
    kd.type("g")
    target.wait(lambda s: s["running"])
    target.tell("fault bugcheck")
    text = kd.expect(PROMPT)
    assert "\n*** Fatal System Error: 0x000000d1\n" in text
    assert ("Break instruction exception - code 80000003 (first chance)\n\n"
            "A fatal system error has occurred.\nDebugger entered on first try") in text
    assert BOX not in text
    kd.type("g")
    kd.expect("established")
    assert target.state()["boots"] == 2


def test_prints_come_through_verbatim(bench):
    target = bench.quiet()
    kd = bench.halted()
    kd.type("g")
    target.wait(lambda s: s["running"])
    target.tell("fault flood 60")
    target.wait(lambda s: len(target.events("print")) == 60 and s["mode"] == "running")
    target.tell("fault int3")
    text = kd.expect(r"netfoo!Assert\+0x12:\n.*\n0: kd> $")
    said = "".join(e["text"] for e in target.events("print")).encode("latin-1").decode("latin-1")
    assert text.startswith(said)


def test_a_mute_target_and_retries(bench):
    target = bench.quiet()
    kd = bench.halted()
    target.tell("fault mute 900s")
    kd.type("r")
    kd.expect(r"\.\.\. Retry sending the same data packet for 64 times\.\n"
              r"The transport connection between host kernel debugger and target Windows seems "
              r"lost\.\nplease try resync with target, recycle the host debugger, or reboot the "
              r"target Windows\.\n")
    kd.expect(r"for 128 times\.\n", 40)
    kd.expect(PROMPT, 60)
    assert kd.run(".echo alive") == "alive\n"


@pytest.mark.parametrize("fault", ["corrupt:3", "lose:3"])
def test_a_bad_line_loses_nothing(bench, fault):
    target = bench.quiet("--rate", "2", *itertools.chain(
        *(("--fault", f"{fault}@hit{n}") for n in (2, 4, 6))))
    kd = bench.halted()
    kd.run('bp nt!MmAllocateSpecialPool "kb;g"')
    kd.type("g")
    target.tell("hits 8")
    target.wait(lambda s: s["hits"] == 8 and s["running"])
    kd.interrupt()
    assert stacks(kd.expect(BOX)) == [e["stack"] for e in target.events("hit")]


# --- kd goes away ---


def test_a_frozen_target_is_recovered_by_a_new_kd(bench):
    target = bench.quiet("--hits", "50", "--rate", "5")
    kd = bench.halted()
    kd.run("bp nt!MmAllocateSpecialPool")
    kd.run("bp nt!NtReadFile")
    kd.run("g")
    kd.end()
    assert not target.state()["running"] and target.state()["breakpoints"]
    kd = bench.kd()
    kd.expect("established")
    text = kd.expect(PROMPT)
    assert "Break instruction exception" in text and BOX not in text
    assert kd.run("bl") == "\n"
    assert target.state()["breakpoints"] == []
    kd.type("g")
    target.wait(lambda s: s["running"] and s["passes"] > 0)


def test_a_killed_kd_leaves_breakpoints_and_the_next_one_clears_them(bench):
    target = bench.quiet()
    kd = bench.halted()
    kd.run("bp nt!MmAllocateSpecialPool")
    kd.type("g")
    target.wait(lambda s: s["running"])
    kd.end()
    assert len(target.state()["breakpoints"]) == 1
    kd = bench.halted()
    assert target.state()["breakpoints"] == []


@pytest.mark.parametrize("line, running", [("q", False), ("qd", True)])
def test_quitting(bench, line, running):
    target = bench.quiet()
    kd = bench.halted()
    kd.type(line)
    kd.expect("quit:\n")
    assert kd.child.wait(PATIENCE) == 0
    target.wait(lambda s: s["running"] == running)


def test_ctrl_b_quits_abruptly(bench):
    target = bench.quiet()
    kd = bench.halted()
    kd.run("bp nt!MmAllocateSpecialPool")
    kd.type("g")
    target.wait(lambda s: s["running"])
    kd.type("\x02")
    assert kd.child.wait(PATIENCE) == 0
    assert target.state()["running"] and target.state()["breakpoints"]


def test_sigterm_and_end_of_input(bench):
    bench.quiet()
    kd = bench.kd()
    kd.expect("reconnect")
    kd.child.stdin.close()
    kd.interrupt()
    kd.expect(PROMPT)
    kd.child.terminate()
    assert kd.child.wait(PATIENCE) == -signal.SIGTERM


# --- server and clients ---


def test_a_client_sees_and_drives_the_session(bench):
    target = bench.quiet()
    kd = bench.kd("-server", "npipe:pipe=livedebug", "-noshell", USER="eve")
    kd.expect(r"Server started\.  Client can connect with any of these command lines\n"
              r"0: <debugger> -remote npipe:Pipe=livedebug,Server=\S+\n")
    client = bench.kd("-remote", "npipe:server=X,pipe=livedebug", "-bonc", USER="bob")
    client.expect(r"Microsoft \(R\) Windows Debugger(.|\n)*Waiting to reconnect")
    kd.expect(r"\\bob \(npipe .*\) connected at .*\n")
    for each in (kd, client):
        each.expect(PROMPT)
    client.type(".echo hello")
    kd.expect(r"\[\S+\\bob \(npipe .*\)\] \.echo hello\nhello\n$")
    client.expect(r"hello\n0: kd> $")
    assert kd.silent()  # no fresh prompt for the server
    assert "bob" in kd.run(".clients") and "Pipe=livedebug" in kd.run(".servers")
    client.type("g")
    target.wait(lambda s: s["running"])
    client.interrupt()
    for each in (kd, client):
        each.expect(BOX)
        each.expect(PROMPT)
    client.type("q")
    kd.expect(r"\] q\n")
    assert kd.run(".echo alive") == "alive\n"
    client.end()
    assert kd.run(".echo alive") == "alive\n"
    client = bench.kd("-remote", "npipe:server=X,pipe=livedebug")
    client.expect("connected at .*\n")
    client.type("qq")
    assert kd.child.wait(PATIENCE) == 0 and client.child.wait(PATIENCE) == 0


def test_a_pipe_name_in_use(bench):
    bench.quiet()
    bench.kd("-server", "npipe:pipe=one").expect("reconnect")
    second = bench.kd("-server", "npipe:pipe=one")
    second.expect("Unable to start server")
    assert second.child.wait(PATIENCE) != 0
    nobody = bench.kd("-remote", "npipe:server=.,pipe=two")
    nobody.expect("Unable to connect")
    assert nobody.child.wait(PATIENCE) != 0


def test_a_password_is_asked_of_clients(bench):
    bench.quiet()
    server = bench.kd("-server", "npipe:pipe=one,password=Sesame,hidden")
    server.expect(r"reconnect.*\n")
    for wrong in ("", ",password=sesame"):
        client = bench.kd("-remote", f"npipe:server=.,pipe=one{wrong}")
        client.expect("Error 0x80004005")
        client.child.wait(PATIENCE)
    assert server.silent()
    client = bench.kd("-remote", "npipe:server=.,pipe=one,password=Sesame", USER="bob")
    client.expect("connected at")
    server.expect(r"bob \(npipe .*\) connected at")
    client.end()


def deaf_client(bench):
    """A client that says hello and never reads."""
    import socket
    client = socket.socket(socket.AF_UNIX)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(bench.path("one.pipe"))
    client.sendall(b"\x01hello X\\deaf\n")
    return client


@pytest.mark.parametrize("blocks", [{}, {"BENCH_KD_BLOCKING_CLIENTS": "1"},
                                    {"BENCH_KD_FAULT": "block-client@prompt1"}])
def test_a_client_that_never_reads(bench, blocks):
    bench.quiet()
    kd = bench.halted("-server", "npipe:pipe=one", **blocks)
    client = deaf_client(bench)
    kd.expect("deaf.* connected at .*\n")
    for _ in range(250):
        kd.type(".echo " + "x" * 200)
    kd.type(".echo the end")
    if blocks:
        with pytest.raises(AssertionError):
            kd.expect("the end\n", 3)
    else:
        kd.expect("the end\n")
    client.close()


# --- faults ---


def test_hang_holds_the_port_and_is_deaf(bench):
    bench.quiet()
    kd = bench.halted(BENCH_KD_FAULT="hang@cmd2")
    kd.run(".echo one")
    kd.type(".echo two")
    kd.interrupt()
    assert kd.silent()
    assert "two" not in kd.text
    bench.kd().expect("0n5")


@pytest.mark.parametrize("fault, code", [("crash@hit2", 5), ("exit:9@hit2", 9)])
def test_sudden_ends_and_once(bench, fault, code):
    target = bench.quiet("--rate", "5")
    env = {"BENCH_KD_FAULT": fault, "BENCH_KD_FAULT_ONCE": bench.path("once")}
    for run in range(2):
        kd = bench.halted(**env) if run == 0 else bench.kd(**env)
        if run == 1:
            kd.expect(PROMPT)  # the frozen target comes by itself
        kd.run('bp nt!MmAllocateSpecialPool "kb;g"')
        kd.type("g")
        target.tell("hits 3")
        if run == 0:
            assert kd.child.wait(PATIENCE) == code
            target.tell("hits 0")
    target.wait(lambda s: s["hits"] == 5 and s["running"])


def test_noread(bench):
    bench.quiet()
    kd = bench.halted(BENCH_KD_FAULT="noread@cmd1")
    kd.run(".echo one")
    kd.type(".echo two")
    assert kd.silent()


def test_swallow(bench):
    target = bench.quiet()
    kd = bench.kd(BENCH_KD_FAULT="swallow@break1")
    kd.expect(r"reconnect\.\.\.\n")
    kd.interrupt()
    assert kd.silent()
    assert not target.events("breakin_byte")
    kd.interrupt()
    kd.expect(PROMPT)


def test_noprompt(bench):
    bench.quiet()
    kd = bench.halted(BENCH_KD_FAULT="noprompt@prompt2")
    kd.type(".echo one")
    kd.expect("one\n$")
    assert kd.silent()
    assert kd.run(".echo two") == "two\n"


def test_nobanner(bench):
    bench.quiet()
    kd = bench.kd(BENCH_KD_FAULT="nobanner@start")
    kd.expect("Opened")
    assert "Microsoft" not in kd.text


def test_spew(bench):
    bench.quiet()
    kd = bench.halted(BENCH_KD_FAULT="spew@cmd1")
    kd.type("bl")
    while len(kd.text) < 1000000:
        kd.expect("spew spew")
        kd.at = len(kd.text)
    kd.end()


def test_faults_at_connect_and_boot(bench):
    target = bench.target()
    first = bench.kd("-bonc", BENCH_KD_FAULT="exit:3@connect")
    assert first.child.wait(PATIENCE) == 3
    second = bench.kd(BENCH_KD_FAULT="exit:4@boot1")
    second.expect("reconnect")
    target.tell("fault powercut 5s")
    assert second.child.wait(PATIENCE) == 4


def test_a_bad_fault_is_said(bench):
    assert bench.kd(BENCH_KD_FAULT="hang@never").child.wait(PATIENCE) == 1
