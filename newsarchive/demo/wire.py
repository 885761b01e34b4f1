"""How Sina's interfaces write their answers: PHP's json_encode, JSONP on request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qs


def asked_for(query: str) -> dict[str, str]:
    """The parameters of a query; the last one of a name counts."""
    return {name: values[-1] for name, values in parse_qs(query).items()}


def php_json(value: object) -> str:
    """`value` as json_encode writes it: ASCII, slashes escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def answer_of(envelope: object, asked: Mapping[str, str]) -> tuple[str, bytes]:
    """(content type, body) of an interface's answer; JSONP where a `callback` is named."""
    text = php_json(envelope)
    callback = asked.get("callback", "")
    if re.fullmatch(r"[\w.$]{1,80}", callback, re.ASCII):
        return "text/javascript", f"try{{{callback}({text});}}catch(e){{}};".encode("ascii")
    return "application/json", text.encode("ascii")


def number(text: str | None, otherwise: int) -> int:
    """A parameter's number; `otherwise` for what is none."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,10}", text) else otherwise
