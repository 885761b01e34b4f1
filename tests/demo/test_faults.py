"""Which request meets which fault; what they do is seen in `tests/faults_network/`."""

from __future__ import annotations

from collections import Counter

import pytest

from newsarchive.demo.faults import FAULTS, Plan, fault_of


def met(plan: Plan, *paths: str) -> list[str]:
    """The names of the faults that requests for these paths meet, '' for none."""
    names = {fault: name for name, fault in FAULTS.items()}
    counts: Counter[str] = Counter()
    faults = [fault_of(plan, path, counts) for path in paths]
    return [names[fault] if fault else "" for fault in faults]


def test_one_fault_is_met_always() -> None:
    assert met({"doc-x": "hang"}, "/a/doc-x.shtml", "/b/", "/doc-x") == ["hang", "", "hang"]


def test_of_several_each_is_met_once() -> None:
    plan = {"x": ["hang_up", "", "drip"]}
    assert met(plan, *["/x"] * 5) == ["hang_up", "", "drip", "", ""]


def test_each_part_of_a_path_has_its_own_count() -> None:
    plan = {"x": ["hang"], "y": ["drip"]}
    assert met(plan, "/y", "/x", "/y", "/x") == ["drip", "hang", "", ""]


def test_a_fault_that_does_not_exist() -> None:
    with pytest.raises(KeyError):
        met({"x": "earthquake"}, "/x")
