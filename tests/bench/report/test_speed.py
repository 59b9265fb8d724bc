"""
How fast `report` is beside `wc -l` and a Perl collapse of the usual kind, and its bounds: `make bench-report`,
1 GiB; `make bench ONLY=speed`, 64 MiB. One thread is compared by processor time, which other work on the computer
changes little; two threads by time, for which both processors must be free.
"""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
import measure  # noqa: E402

MEGABYTES = int(os.environ.get("MEGABYTES") or 64)
FULL = MEGABYTES >= 1024  # below, what does not grow with the log takes its part


@pytest.mark.bench
@pytest.mark.timeout(600)
@pytest.mark.parametrize("machine, unique", [("x86", 400), ("x64", 5000)])
def test_one_and_two_threads_beside_perl_and_wc(build, tmp, machine, unique):
    log = tmp / "log"
    measure.make_log(build, log, machine, unique, MEGABYTES)
    (wanted,), ((perl, _, _),) = measure.in_turns(1, ["perl", measure.PERL, log])
    (_, one, two), (lines, ours, both) = measure.in_turns(
        5, ["wc", "-l", log], measure.report(build, log, 1), measure.report(build, log, 2))
    log.unlink()
    print(f"\n{machine} {MEGABYTES} MiB, {unique} unique stacks, seconds of processor time: wc -l {lines[0]:.3f}, "
          f"report {ours[0]:.3f}, Perl {perl:.2f}: {perl / ours[0]:.1f} times Perl, {ours[0] / lines[0]:.1f} times "
          f"the time of wc\n{machine} two threads: {both[1]:.3f} s instead of {ours[1]:.3f} s, "
          f"{ours[1] / both[1]:.2f} times; peak memory {ours[2]:.0f} and {both[2]:.0f} MiB")
    assert one == two == wanted
    assert perl / ours[0] >= (20 if FULL else 8)
    assert ours[0] / lines[0] <= (8 if FULL else 12)
    assert max(ours[2], both[2]) < 200
    assert not FULL or ours[1] / both[1] >= 1.5
