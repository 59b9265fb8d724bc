"""How fast `report` is beside `wc -l` and a Perl collapse of the usual kind: make bench ONLY=speed."""
import os
import pathlib
import resource
import subprocess

import pytest

PERL = pathlib.Path(__file__).parent / "collapse.pl"
MEGABYTES = int(os.environ.get("MEGABYTES") or 64)


def measure(*words):
    """(seconds of processor time, output)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, out


@pytest.mark.bench
@pytest.mark.timeout(240)
@pytest.mark.parametrize("machine, unique", [("x86", 400), ("x64", 5000)])
def test_faster_than_perl_and_the_same(build, tmp, machine, unique):
    log = tmp / "log"
    with open(log, "wb") as out:
        subprocess.run([build / "bench/report-log", machine, str(MEGABYTES), str(unique)], stdout=out, check=True)
    lines, _ = measure("wc", "-l", log)
    perl, wanted = measure("perl", PERL, log)
    ours, got = min(measure(build / "livedebug", "report", "--format", "folded", log) for _ in range(3))
    print(f"\n{machine} {MEGABYTES} MiB: wc -l {lines:.3f} s, report {ours:.3f} s, Perl {perl:.3f} s: "
          f"{perl / ours:.1f} times Perl, {ours / max(lines, 0.001):.1f} times the time of wc")
    assert got == wanted
    assert perl / ours > 3
