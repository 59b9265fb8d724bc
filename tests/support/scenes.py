"""Which scenes of tests/e2e are played under Wine too; for each of the others why not.

A file, or file::function, or file::function[case]: the longest name that fits a test counts. tests/windows holds that
no file of tests/e2e is forgotten here, and that no name here is without a test.
"""

PLAYED = None
ONE_USER = "Wine has one user"
UNIX = "the test speaks to a unix socket by itself"
PACE = "needs another pace than the --speed 50 of all scenes under Wine"
SAME = "no process but livedebug: the same code as on Linux"
SHELL = "plays a shell script, which Windows cannot start"
LATER = "not yet tried under Wine"

WINDOWS = {
    "test_access": ONE_USER,
    "test_attach": LATER,
    "test_boots": PLAYED,
    "test_boots::test_ten_hours_away": PACE,
    "test_breakin": PLAYED,
    "test_bugcheck": PLAYED,
    "test_chaos": "the target's truth is followed at a pace of its own",
    "test_cmd": LATER,
    "test_crowd": UNIX,
    "test_deaths": PLAYED,
    "test_demo": "make demo is played on Linux",
    "test_evening": LATER,
    "test_evidence": LATER,
    "test_faults": LATER,
    "test_flood": LATER,
    "test_guard": LATER,
    "test_hits": PLAYED,
    "test_hits::test_every_hit_is_on_record[true_pace]": PACE,
    "test_hung_kd": PLAYED,
    "test_kill9": LATER,
    "test_look": LATER,
    "test_operators": LATER,
    "test_ownership": PLAYED,
    "test_parse": SAME,
    "test_partial": PLAYED,
    "test_password": LATER,
    "test_poolhittag": LATER,
    "test_power": LATER,
    "test_protocol": UNIX,
    "test_release": PLAYED,
    "test_reload": LATER,
    "test_sigterm": PLAYED,
    "test_symbols": SHELL,
    "test_twenty": "twenty of everything: too much for Wine's one server process",
}


def names(nodeid):
    """A test's names in the table, the longest first."""
    name = nodeid.rsplit("/", 1)[-1].replace(".py::", "::")
    return [name, name.split("[")[0], name.split("::")[0]]


def reason(nodeid):
    """Why this test is not played under Wine; None: it is."""
    if "tests/windows/" in nodeid:
        return PLAYED
    return next((WINDOWS[name] for name in names(nodeid) if name in WINDOWS), "in no list")


def is_for(nodeid, platform):
    """Is this test to be run there?"""
    return reason(nodeid) is PLAYED if platform == "wine" else "tests/windows/" not in nodeid
