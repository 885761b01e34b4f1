"""Which keys beyond the format's a post may keep: those that whoever builds a site only shows.

They are kept as the lines they were read from, so that every other YAML reader, and Hexo's own way
of finding the front matter's end, must see in them what PyYAML saw.
"""

from __future__ import annotations

import re

import yaml

from newsarchive.exceptions import BadInput, Reason

#: What every JavaScript object has. Hexo looks categories and tags up in plain objects, and dies
#: of `constructor`.
OF_OBJECTS = frozenset(
    (
        "constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString "
        "valueOf __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ __proto__"
    ).split()
)
#: Keys by which a site builder takes another body than the one that was cleaned, runs it through
#: another engine, or writes it to another place; those that hide what Hexo's own posts can do; and
#: the one that brings in further keys.
_ACTING = OF_OBJECTS | frozenset(
    (
        "content _content more engine markup templateEngineOverride eleventyComputed cascade "
        "permalink __permalink "
        "_id _model _schema save remove update replace toObject setTags setCategories notPublished "
        "<<"
    ).split()
)
#: What is markup to whoever opens a post as the HTML file that its name says, and in an excerpt
#: that a theme prints as it is.
MARKUP = re.compile(r"<(?=[a-zA-Z/!?])")
#: An address that runs. Browsers leave tabs and line breaks out of it, wherever they stand.
_SCRIPT = re.compile(r"[\s\x00-\x20]*(?:javascript|vbscript|data):", re.IGNORECASE)
_LEFT_OUT = re.compile(r"[\t\n\r]")
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map"))
#: Characters that readers disagree about, also in comments.
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
#: For Hexo each such line ends the front matter; the rest would be rendered as a template.
_ENDING = re.compile(r"^(?:---|;;;|\.\.\.)", re.MULTILINE)
#: Characters and nodes of a value, each alias counted as what it stands for.
_SIZE_MAX = 200_000


def check(key: yaml.ScalarNode, value: yaml.Node, lines: str) -> None:
    """Raise BadInput(BAD_FRONT_MATTER) for an extra key that must not stay.

    *lines* are the ones that it is written as, its comments included.
    """
    name = key.value
    if name in _ACTING:
        raise _refused(name, "acts on what the site builder does")
    if _FORBIDDEN.search(lines) or _ENDING.search(lines):
        raise _refused(name, "could end the front matter")
    if MARKUP.search(lines):  # in a comment, too
        raise _refused(name, "holds markup")
    if _size(key, {}) + _size(value, {}) > _SIZE_MAX:
        raise _refused(name, f"larger than {_SIZE_MAX}, aliases resolved")


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """How large *node* is once its aliases are resolved.

    An anchor comes before its aliases, so that no alias makes the recursion deeper.
    """
    size = known.get(id(node))
    if size is not None:
        return size
    known[id(node)] = _SIZE_MAX + 1  # met again within itself: endless
    if node.tag not in _TAGS:
        raise BadInput(Reason.BAD_FRONT_MATTER, f"the tag {node.tag!r}"[:200])
    if isinstance(node, yaml.MappingNode):
        parts = [part for pair in node.value for part in pair]
        if any(part.value in ("<<", "__proto__") for part in parts[::2]):
            raise BadInput(Reason.BAD_FRONT_MATTER, "a merged key")
        if not all(isinstance(part, yaml.ScalarNode) for part in parts[::2]):
            raise BadInput(Reason.BAD_FRONT_MATTER, "a key that is no text")
        size = 1 + sum(_size(part, known) for part in parts)
    elif isinstance(node, yaml.SequenceNode):
        size = 1 + sum(_size(part, known) for part in node.value)
    else:
        if MARKUP.search(node.value) or _SCRIPT.match(_LEFT_OUT.sub("", node.value)):
            raise BadInput(Reason.BAD_FRONT_MATTER, "an extra key that holds markup or a script")
        if node.value in OF_OBJECTS:
            raise BadInput(Reason.BAD_FRONT_MATTER, "an extra key that site builders die of")
        size = 1 + len(node.value)
    known[id(node)] = size
    return size


def _refused(name: str, why: str) -> BadInput:
    return BadInput(Reason.BAD_FRONT_MATTER, f"the key {name[:40]!r} {why}")
