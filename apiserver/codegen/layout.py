"""How printed code looks: headers, docstrings, and calls broken over lines the way the formatter would."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Iterable

WIDTH = 140
COMMAND = "trackyard generate"


def header(source: str) -> str:
    """The first line of every generated file."""
    return f"# Generated from {source} by `{COMMAND}`. Do not edit."


def camel(name: str) -> str:
    """`get_by_id` → `GetById`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def attribute(wire_name: str) -> str:
    """The Python name of a field: `_any_` → `any_`, `from` → `from_`, `a-b` → `a_b`."""
    name = re.sub(r"\W", "_", wire_name).lstrip("_") or "field"
    if name[0].isdigit():
        name = f"n{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def literal(value: object) -> str:
    """A value as the formatter writes it: strings in double quotes where that saves escapes."""
    if isinstance(value, str):
        text = repr(value)
        return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in text else text
    if isinstance(value, (list, tuple)):
        inner = ", ".join(literal(v) for v in value)
        if isinstance(value, tuple):
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        return f"[{inner}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    return repr(value)


def bracketed(start: str, parts: Iterable[str], end: str, indent: int = 0) -> list[str]:
    """`start(parts)end` on one line if it fits, else one part a line, each with a comma.

    start ends and end begins with the bracket. Parts may themselves hold line breaks; then they are indented further.
    """
    parts = list(parts)
    pad = " " * indent
    one = f"{pad}{start}{', '.join(parts)}{end}"
    if len(one) <= WIDTH and "\n" not in one:
        return [one]
    lines = [f"{pad}{start}"]
    lines += [textwrap.indent(f"{part},", pad + "    ") for part in parts]
    return [*lines, f"{pad}{end}"]


def docstring(text: str, indent: int = 0) -> list[str]:
    """A docstring of one sentence or paragraph."""
    pad = " " * indent
    text = " ".join(text.replace("\\", "\\\\").replace('"""', "'''").split())
    if text.endswith('"'):
        text += "."
    one = f'{pad}"""{text}"""'
    if len(one) <= WIDTH:
        return [one]
    lines = textwrap.wrap(text, WIDTH - indent - 3, break_long_words=False, break_on_hyphens=False)
    return [f'{pad}"""{lines[0]}', *(pad + line for line in lines[1:]), f'{pad}"""']


def summary(text: str) -> str:
    """The first sentence of a description."""
    first = re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]
    return first
