"""Our report, `wc -l` and a Perl collapse over the same log, in turns: the least of each."""
import os
import pathlib
import subprocess
import time

PERL = pathlib.Path(__file__).parent / "collapse.pl"


def make_log(build, path, machine, unique, megabytes):
    with open(path, "wb") as out:
        subprocess.run([build / "bench/report-log", machine, str(megabytes), str(unique)], stdout=out, check=True)


def run(words):
    """(seconds of processor time, seconds, peak memory in MiB, output)"""
    begun = time.monotonic()
    child = subprocess.Popen(words, stdout=subprocess.PIPE)
    out = child.stdout.read()
    child.stdout.close()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return used.ru_utime + used.ru_stime, time.monotonic() - begun, used.ru_maxrss / 1024, out


def report(build, log, threads):
    return [build / "livedebug", "report", "--format", "folded", "--threads", str(threads), log]


def in_turns(count, *programs):
    """The outputs, and for each program the least of processor time, of time, and the most memory."""
    rounds = [[run(words) for words in programs] for _ in range(count)]
    best = [tuple(pick(values) for pick, values in zip((min, min, max), zip(*(r[i][:3] for r in rounds))))
            for i in range(len(programs))]
    return [r[3] for r in rounds[0]], best
