"""The one tree of exceptions, and the reasons why an input did not become a post.

Every exception names the exit code that a run ends with when nobody handles it (the table is in
the README). `Reason` is the closed list of causes that are counted and reported per article.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, IntEnum


class ExitCode(IntEnum):
    """What a command tells its caller; the same for every command."""

    DONE = 0
    SOME_FAILED = 1
    USAGE = 2
    STORAGE = 3
    BLOCKED = 4
    LOCKED = 75  # EX_TEMPFAIL of sysexits.h: try again later
    INTERRUPTED = 130  # as shells count SIGINT


class Reason(Enum):
    """Why an input did not become a post.

    A *skip* is nobody's fault: the input is not an article. A *failure* should have been an
    article; it makes the run end with exit code 1. What may *pass* is tried again by later
    runs, up to LINK_ATTEMPTS_MAX times; a refusal is not counted among these. A page that a list
    names and that is not there may be there tomorrow: lists are quicker than pages.
    """

    # label, failure, passing, meaning
    NOT_FOUND = ("not_found", False, True, "the site says that the page does not exist")
    NOT_ARTICLE = (
        "not_article",
        False,
        False,
        "a page of another kind: video, live, search, index",
    )
    FOREIGN_URL = ("foreign_url", False, False, "a listed link that leads to no article of Sina")

    OUTDATED = ("outdated", False, False, "a version that came after later ones were archived")

    NO_BODY = ("no_body", True, False, "an article page whose body is empty")
    NO_TITLE = ("no_title", True, False, "an article without a title")
    NO_DATE = ("no_date", True, False, "an article without a time, and no list gave one")
    UNSTABLE_BODY = ("unstable_body", True, False, "a body that no number of cleanings settles")
    BAD_FRONT_MATTER = ("bad_front_matter", True, False, "front matter that cannot be read")
    BAD_ENCODING = ("bad_encoding", True, False, "a post that is not UTF-8")
    TOO_LARGE = ("too_large", True, False, "larger than any article is")
    UNKNOWN_FORMAT = ("unknown_format", True, False, "a file that is neither a post nor a page")
    UNREADABLE = ("unreadable", True, False, "a path that does not exist or cannot be read")

    TRUNCATED = ("truncated", True, True, "a page or post that ends in the middle")
    BAD_LISTING = ("bad_listing", True, True, "a list answer that is not the list API's")
    BLOCKED = ("blocked", True, True, "a verification page, or a refusal (403, 429 …)")
    ROBOTS = ("robots", True, True, "robots.txt forbids the page")
    HTTP_ERROR = ("http_error", True, True, "an error status")
    NETWORK = ("network", True, True, "no whole answer: DNS, connection, TLS, time-out, size")
    INTERNAL = ("internal", True, True, "a fault of newsarchive; the log has the traceback")

    def __init__(self, label: str, failure: bool, passing: bool, meaning: str) -> None:
        self.label = label
        self.failure = failure
        self.passing = passing
        self.meaning = meaning


class NewsarchiveError(Exception):
    """The root. Its text is one line that a user can read."""

    exit_code = ExitCode.SOME_FAILED


class BadArgument(NewsarchiveError):
    """A spider or command argument that makes no sense; raised before any request."""

    exit_code = ExitCode.USAGE


class BadQuery(BadArgument):
    """A query that makes no sense: *text*, of which *key* and *values* are for other languages."""

    def __init__(self, key: str, text: str, values: Mapping[str, str | int]) -> None:
        super().__init__(text)
        self.key = key
        self.values = values


class BadInput(NewsarchiveError):
    """One input that does not become a post. The run goes on."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.label}: {detail}" if detail else reason.label)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[BadInput], tuple[Reason, str]]:
        """So that it comes whole out of another process."""
        return type(self), (self.reason, self.detail)


class StorageError(NewsarchiveError):
    """The archive's folder or ledger cannot be read or written. The run ends."""

    exit_code = ExitCode.STORAGE


class Blocked(NewsarchiveError):
    """The site refuses us. The run ends; we never evade a block.

    `until`: when it may be asked again; None: it did not say.
    """

    exit_code = ExitCode.BLOCKED

    def __init__(self, text: str, until: datetime | None = None) -> None:
        super().__init__(text)
        self.until = until


class Unreachable(NewsarchiveError):
    """Nothing answers any more. The run ends early; what was not asked stays to do."""


class Stopped(NewsarchiveError):
    """The crawl ends: a request that waited for its turn is not made. No link is to blame."""


class Locked(NewsarchiveError):
    """Another run holds the archive's lock."""

    exit_code = ExitCode.LOCKED
