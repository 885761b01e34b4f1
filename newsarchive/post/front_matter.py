"""The front matter of a post: read by PyYAML, written by a template.

PyYAML cannot emit the seeds' layout (a trailing blank, the list's indent), and `safe_dump` leaves
`1e3` unquoted, which other readers take for a number.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.post import extra_keys

#: The keys of the format, in their order.
KEYS = (
    "title",
    "categories",
    "headimg",
    "author",
    "comments",
    "date",
    "thumbnail",
)

#: Strings only: `comments` and `date` stay as they are written. libyaml's, where PyYAML has it.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_DEEPEST = 100
_LARGEST = 300_000
#: Characters. PyYAML takes seconds for a million, and no name has more.
_PLAIN_MAX = 1_000
#: Characters of all categories together: an alias for a long one is short.
_CATEGORIES_MAX = 50_000
#: What `comments` and `date`, which are written as they were read, may be made of.
_AS_WRITTEN = {
    "comments": re.compile(r"""(["']?)[a-zA-Z~]*\1"""),
    "date": re.compile(r"""(["']?)[\w ,:.+/()~-]*\1"""),
}

#: Never in front matter: C0 and C1 controls, NEL, line and paragraph separators, BOM, surrogates
#: (docs/format.md), and the two noncharacters that no YAML reader takes.
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_LINE_BREAKS = re.compile(r"[\t\n\v\f\r]+")

#: Plain scalars that a YAML 1.1 reader (PyYAML knows its own) or a YAML 1.2 reader (core schema,
#: section 10.3.2) takes for something else than a string.
_NOT_A_STRING = re.compile(
    r"y|n|yes|no|on|off|true|false|null|~|="
    r"|[-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)(e[-+]?[0-9]+)?"
    r"|[-+][0-9_]+"
    r"|[-+]?0[obx][0-9a-f_]+"
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|[-+]?\.(inf|nan)"
    r"|\d{4}-\d{1,2}-\d{1,2}([Tt\s].*)?",
    re.IGNORECASE | re.ASCII,
)


def one_line(text: str) -> str:
    """*text* without what must not be in front matter; line breaks and tabs become a blank."""
    return _FORBIDDEN.sub("", _LINE_BREAKS.sub(" ", text))


@lru_cache(maxsize=4096)
def plain_or_quoted(text: str) -> str:
    """*text* as it is where every YAML reader gives that string back, else in quotes."""
    if extra_keys.MARKUP.search(text):
        return quoted(text)
    short = 0 < len(text) <= _PLAIN_MAX
    if short and not _NOT_A_STRING.fullmatch(text) and _reads_as_itself(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _reads_as_itself(text: str) -> bool:
    """Whether PyYAML takes a plain *text* for that string, as an item and as a value.

    Nodes are looked at, not what they stand for: `!!bool x` and 2021-13-45 cannot be constructed.
    """
    try:
        roots = [yaml.compose(f"{lead} {text}\n", Loader=yaml.SafeLoader) for lead in ("-", "a:")]
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        return False
    if not (isinstance(roots[0], yaml.SequenceNode) and isinstance(roots[1], yaml.MappingNode)):
        return False
    nodes = (roots[0].value[0], roots[1].value[0][1])
    return all((node.tag, node.value) == ("tag:yaml.org,2002:str", text) for node in nodes)


def quoted(text: str) -> str:
    """*text* in single quotes, as the seeds have it; in double quotes where it holds a `'`.

    There a `<` that would begin a tag can be, and is, written so that only YAML reads it.
    """
    if "'" not in text and not extra_keys.MARKUP.search(text):
        return f"'{text}'"
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + extra_keys.MARKUP.sub(r"\\x3C", text) + '"'


def render(article: Article) -> str:
    """The lines between the two `---`, unknown keys in their places."""
    lines = {
        "title": f"title: {quoted(article.title)}\n",
        "categories": "categories: \n"
        + "".join(f" - {plain_or_quoted(name)}\n" for name in article.categories),
        "headimg": f"headimg: {quoted(article.headimg)}\n",
        "author": f"author: {plain_or_quoted(article.author)}\n",
        "comments": f"comments: {article.comments}\n",
        "date": f"date: {article.date}\n",
        "thumbnail": f"thumbnail: {quoted(article.thumbnail)}\n",
    }
    return "".join(
        lines.get(key, "") + "".join(text for after, text in article.extra_keys if after == key)
        for key in ("", *KEYS)
    )


def read(text: str) -> Article:
    """An Article, its body still empty, of the lines between the two `---`.

    Raises BadInput(BAD_FRONT_MATTER, NO_TITLE, TOO_LARGE).
    """
    text = text.removeprefix("\ufeff")  # libyaml does not count it in its marks
    if len(text) > _LARGEST:  # YAML takes seconds and a gigabyte for a few megabytes
        raise BadInput(Reason.TOO_LARGE, f"front matter of more than {_LARGEST} characters")
    try:
        _check_depth(text)
        root = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        raise BadInput(Reason.BAD_FRONT_MATTER, _first_line(error)) from error
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise BadInput(Reason.BAD_FRONT_MATTER, "not a list of keys")

    article = Article(title="", body="")
    known: dict[str, yaml.Node] = {}
    last_known = ""
    lines = text.splitlines(keepends=True)
    starts = [key.start_mark.line for key, _ in root.value] + [len(lines)]
    in_known = True
    seen = set()
    for (key, value), start, end in zip(root.value, starts, starts[1:]):
        if not isinstance(key, yaml.ScalarNode) or key.value in seen or start == end:
            raise BadInput(
                Reason.BAD_FRONT_MATTER, f"a strange or repeated key in line {start + 1}"
            )
        seen.add(key.value)
        if key.value in KEYS:
            in_known = True
            last_known = key.value
            known[key.value] = value
        else:
            begin = _with_comments(lines, start) if in_known else start
            in_known = False
            kept = "".join(lines[begin:end])
            extra_keys.check(key, value, kept)
            article.extra_keys.append((last_known, kept))

    article.title = _text(known, "title")
    if not article.title.strip():
        raise BadInput(Reason.NO_TITLE)
    article.categories = _texts(known, "categories")
    if not extra_keys.OF_OBJECTS.isdisjoint(article.categories):
        raise BadInput(Reason.BAD_FRONT_MATTER, "a category that site builders die of")
    article.headimg = _text(known, "headimg")
    article.author = _text(known, "author")
    article.thumbnail = _text(known, "thumbnail")
    article.comments = _as_written(text, known, "comments") or "false"
    article.date = _as_written(text, known, "date")
    return article


def _check_depth(text: str) -> None:
    """`compose` recurses in C: some 10,000 brackets would end the process."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_LOADER):
        aliases += isinstance(event, yaml.AliasEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if max(depth, aliases) > _DEEPEST:
            raise BadInput(Reason.BAD_FRONT_MATTER, f"more than {_DEEPEST} levels or aliases")


def _with_comments(lines: list[str], start: int) -> int:
    """The line where the comments begin that stand before line *start*."""
    while start and lines[start - 1].startswith("#"):
        start -= 1
    return start


def _text(known: dict[str, yaml.Node], key: str) -> str:
    node = known.get(key)
    if node is None:
        return ""
    if not isinstance(node, yaml.ScalarNode):
        raise BadInput(Reason.BAD_FRONT_MATTER, f"{key!r} holds no text")
    return one_line(node.value)


def _texts(known: dict[str, yaml.Node], key: str) -> list[str]:
    node = known.get(key)
    if isinstance(node, yaml.SequenceNode):
        texts = [_text({key: item}, key) for item in node.value]
        if sum(map(len, texts)) > _CATEGORIES_MAX:
            raise BadInput(Reason.BAD_FRONT_MATTER, f"more than {_CATEGORIES_MAX} in {key!r}")
        return texts
    text = _text(known, key)  # a single category may stand without a list
    return [text] if text else []


def _as_written(text: str, known: dict[str, yaml.Node], key: str) -> str:
    node = known.get(key)
    if node is None:
        return ""
    raw = one_line(text[node.start_mark.index : node.end_mark.index]).strip()
    if not _AS_WRITTEN[key].fullmatch(raw):
        raise BadInput(Reason.BAD_FRONT_MATTER, f"{key!r} is no plain word or date")
    return raw


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
