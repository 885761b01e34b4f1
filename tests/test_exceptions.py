"""The one tree of exceptions, its exit codes, and the reasons."""

from __future__ import annotations

import inspect
import re

import pytest

from newsarchive import exceptions
from newsarchive.exceptions import BadInput, ExitCode, NewsarchiveError, Reason

CODES = {
    "NewsarchiveError": 1,
    "BadArgument": 2,
    "BadQuery": 2,
    "BadInput": 1,
    "StorageError": 3,
    "Blocked": 4,
    "Unreachable": 1,
    "Stopped": 1,
    "Locked": 75,
}


def test_the_exit_codes() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "DONE": 0,
        "SOME_FAILED": 1,
        "USAGE": 2,
        "STORAGE": 3,
        "BLOCKED": 4,
        "LOCKED": 75,
        "INTERRUPTED": 130,
    }


def test_every_exception_is_in_the_tree_and_has_its_code() -> None:
    tree = {
        name: int(found.exit_code)
        for name, found in inspect.getmembers(exceptions, inspect.isclass)
        if issubclass(found, NewsarchiveError)
    }
    assert tree == CODES


def test_nothing_else_is_an_exception() -> None:
    for _, found in inspect.getmembers(exceptions, inspect.isclass):
        if issubclass(found, Exception):
            assert issubclass(found, NewsarchiveError)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason(reason: Reason) -> None:
    assert re.fullmatch(r"[a-z_]{1,20}", reason.label)  # the ledger's column is 20 wide
    assert reason.label == reason.name.lower()
    assert reason.meaning


def test_labels_are_unique() -> None:
    assert len({reason.label for reason in Reason}) == len(Reason)
    assert len({reason.meaning for reason in Reason}) == len(Reason)


def test_no_reason_is_an_alias() -> None:
    """Two members of equal values would silently be one."""
    assert list(Reason.__members__.values()) == list(Reason)


def test_skips_failures_and_passing_failures() -> None:
    kinds = {(reason.failure, reason.passing): [] for reason in Reason}  # type: ignore[var-annotated]
    for reason in Reason:
        kinds[reason.failure, reason.passing].append(reason.label)
    assert kinds == {
        (False, False): ["not_article", "foreign_url", "outdated"],
        (False, True): ["not_found"],
        (True, False): [
            "no_body",
            "no_title",
            "no_date",
            "unstable_body",
            "bad_front_matter",
            "bad_encoding",
            "too_large",
            "unknown_format",
            "unreadable",
        ],
        (True, True): [
            "truncated",
            "bad_listing",
            "blocked",
            "robots",
            "http_error",
            "network",
            "internal",
        ],
    }


def test_a_bad_input_says_why() -> None:
    error = BadInput(Reason.TRUNCATED, "at byte 7")
    assert (error.reason, error.detail) == (Reason.TRUNCATED, "at byte 7")
    assert str(error) == "truncated: at byte 7"
    assert str(BadInput(Reason.NO_BODY)) == "no_body"
