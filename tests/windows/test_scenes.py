"""The list of the scenes that are played under Wine is whole, and names only what there is."""

import ast

from support.scenes import WINDOWS


def functions(path):
    return [n.name for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]


def test_list_is_whole_and_true(root):
    files = {path.stem: functions(path) for path in (root / "tests" / "e2e").glob("test_*.py")}
    assert files.keys() == {name.split("::")[0] for name in WINDOWS}
    for name in WINDOWS:
        stem, *function = name.split("[")[0].split("::")
        assert all(f in files[stem] for f in function), name


def test_every_reason_says_something():
    assert all(why is None or len(why) > 5 for why in WINDOWS.values())
