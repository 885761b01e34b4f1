"""JSON that is harmless on a terminal, and the same to every reader of JSON."""

from __future__ import annotations

import json
import re
from typing import Any

#: What moves a cursor or turns the order of writing: DEL, C1 and bidi controls, invisible marks.
#: The other controls JSON escapes by itself.
_HIDDEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


def dumps(value: Any, indent: int | None = None) -> str:
    """*value* as JSON, Chinese as it is, with what cannot be seen as `\\uXXXX`."""
    told = json.dumps(value, ensure_ascii=False, indent=indent)
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", told)
