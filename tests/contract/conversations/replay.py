"""Plays calls that are written down as data against a server in this process, and tells where the answers are not the expected ones.

Recorded conversations and contract cases are both lists of steps. The members of a step:

- call, version: what is called; send: the JSON body, or lines: JSON lines (`{each: {column: [...]}, ...}` stands for one line a row), or
  raw: text of content type kind; headers: more of them; method: POST, or another
- as: `user` (default), `basic`, `none`, one of `apiserver/testing/people.py`, a kept name that holds a token, or a key pair
- keep: {name: path}: `$name` in later steps, and in what they expect, stands for the value
- expect: {code, subcode, data}, each compared if it is there; part: as data, but an object may have more members than are named;
  without an `expect` the call has to succeed. ignore: paths that may differ; unordered: paths of lists; exact: paths to compare to the
  last digit
- note: for people

`$RUN` is a word of the run's own, `$T+60` / `$Tms-5` are times around an hour of the run's own. In answers what cannot repeat is written
`<id>`, `<time>`, `<ms>`, `<token>`. In what is expected `<any>`, `<text>`, `<number>` and `<absent>` (of a member) stand for what they say.
"""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field

from apiserver.testing.client import NEWEST, Client, check_shape
from apiserver.testing.people import PEOPLE, token_of

Step = dict[str, Any]
_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
_ID = re.compile(r"\b[0-9a-f]{32}\b")
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
_HOUR = re.compile(r"\$T(ms)?([+-]\d+)?")
_NEAR_S = 2e5
_KINDS: Mapping[str, Any] = {"<any>": object, "<text>": str, "<number>": (int, float)}
_FREE = object()


@define
class Conversation:
    """One conversation under way.

    documented: answers must have their documented shape; kept: values that later steps name; hour: epoch seconds.
    """

    client: Client
    documented: bool = False
    kept: dict[str, Any] = field(factory=lambda: {"RUN": "r" + uuid.uuid4().hex[:8]})
    hour: int = field(factory=lambda: 1420070400 + 3600 * (uuid.uuid4().int % 77000))

    def play(self, step: Step) -> list[str]:
        """Make the call; where its answer differs from the expected one."""
        answer = self._call(step)
        meta = answer.get("meta") or {}
        for name, path in step.get("keep", {}).items():
            self.kept[name] = _at(answer, path.split("."))
        got = self._plain({"code": meta.get("result_code"), "subcode": meta.get("result_subcode"), "data": answer.get("data")}, "", step)
        found: list[str] = []
        for name, want in step.get("expect", {"code": 200}).items():
            if name == "part":
                found += _differences(self._wanted(want), got["data"], "data", step, partly=True)
            elif name != "msg":
                found += _differences(self._wanted(want), got[name], name, step)
        if self.documented and meta.get("result_code") == 200 and "endpoint" in meta:  # NOTE: a file for download has no envelope
            found += _shape_problems(step, answer.get("data"))
        return [f"{line}   [{meta.get('result_msg', '')[:160]}]" for line in found]

    def _call(self, step: Step) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", **self._filled(step.get("headers", {}))}
        if authorization := self._authorization(step.get("as", "user")):
            headers["Authorization"] = authorization
        if "lines" in step:
            body = "\n".join(json.dumps(item) for given in step["lines"] for item in self._rows(given))
            headers["Content-Type"] = "application/json-lines"
        elif "raw" in step:
            body = self._filled(step["raw"])
            headers["Content-Type"] = step.get("kind", "application/json")
        else:
            body = json.dumps(self._filled(step.get("send", {})))
        answer = self.client.send(
            f"/v{step.get('version', NEWEST)}/{step['call']}", str(body).encode(), headers, method=step.get("method", "POST")
        )
        if isinstance(answer.body, dict) and "meta" in answer.body:
            return answer.body
        data: dict[str, Any] = {"type": answer.headers.get("Content-Type"), "disposition": answer.headers.get("Content-Disposition")}
        try:
            data["lines"] = [json.loads(line) for line in answer.text.decode().splitlines()]
        except ValueError:
            data["text"] = answer.text.decode("utf-8", "replace")
        return {"meta": {"result_code": answer.status, "result_subcode": None}, "data": data}

    def _authorization(self, who: Any) -> str | None:
        if isinstance(who, list):
            return _basic(*self._filled(who))
        match who:
            case "none":
                return None
            case "basic":
                return _basic(self.client.key, self.client.secret)
            case "user":
                self.kept.setdefault("TOKEN", self.client.login(self.client.key, self.client.secret))
                return f"Bearer {self.kept['TOKEN']}"
        if who in PEOPLE and who not in self.kept:
            return f"Bearer {token_of(self.client, who)}"
        return f"Bearer {self.kept.get(who)}"

    def _filled(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if isinstance(value, dict):
            return {self._filled(name): self._filled(item) for name, item in value.items()}
        if not isinstance(value, str):
            return value
        if hour := _HOUR.fullmatch(value):
            return self.hour * (1000 if hour[1] else 1) + int(hour[2] or 0)
        value = value.replace("$TODAY", time.strftime("%Y-%m-%d", time.gmtime()))
        if value.startswith("$") and value[1:] in self.kept:
            return self.kept[value[1:]]
        return re.sub(r"\$(\w+)", lambda m: str(self.kept.get(m[1], m[0])), value)

    def _wanted(self, value: Any) -> Any:
        """What is expected, with the kept values that `_plain` leaves alone: short texts and all that is no text."""
        if isinstance(value, list):
            return [self._wanted(item) for item in value]
        if isinstance(value, dict):
            return {name: self._wanted(item) for name, item in value.items()}
        kept = self.kept.get(value[1:]) if isinstance(value, str) and value.startswith("$") else None
        return value if kept is None or _is_masked(kept) else kept

    def _rows(self, given: Any) -> Iterator[Any]:
        item = self._filled(given)
        columns = item.pop("each", None) if isinstance(item, dict) else None
        if columns is None:
            yield item
            return
        for row in zip(*columns.values(), strict=True):
            yield {**item, **dict(zip(columns, row, strict=True))}

    def _plain(self, value: Any, path: str, step: Step) -> Any:
        """The value with what cannot repeat replaced."""
        if isinstance(value, list):
            return [self._plain(item, _joined(path, i), step) for i, item in enumerate(value)]
        if isinstance(value, dict):
            return {self._plain(name, path, step): self._plain(item, _joined(path, name), step) for name, item in value.items()}
        exact = _below(path, step.get("exact", ()))
        if isinstance(value, str):
            for name, kept in sorted(self.kept.items(), key=lambda item: -len(str(item[1]))):
                if _is_masked(kept):
                    value = value.replace(kept, f"${name}")
            if exact:
                return value
            return "<time>" if _DATE.fullmatch(value) else _ID.sub("<id>", _TOKEN.sub("<token>", value))
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return value
        for unit, factor in (("", 1), ("ms", 1000)):
            if abs(value - self.hour * factor) < _NEAR_S * factor:
                return f"$T{unit}{value - self.hour * factor:+}"
        return "<ms>" if 1.4e12 < value < 4e12 and not exact else value


def _shape_problems(step: Step, data: Any) -> list[str]:
    major, _, minor = step.get("version", NEWEST).partition(".")
    try:
        check_shape(step["call"], (int(major), int(minor)), data)
    except AssertionError as error:
        return [str(error)]
    return []


def _is_masked(kept: Any) -> bool:
    """A kept value that answers show by its name; a shorter text might stand anywhere by chance."""
    return isinstance(kept, str) and len(kept) >= 6


def _basic(key: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def _at(value: Any, path: Sequence[str]) -> Any:
    for part in path:
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return value


def _joined(path: str, name: Any) -> str:
    return f"{path}.{name}" if path else str(name)


def _pattern(path: str) -> str:
    return re.escape(path).replace(r"\*", r"[^.]+")


def _below(path: str, patterns: Sequence[str]) -> bool:
    return any(re.match(_pattern(pattern) + r"(\.|$)", path) for pattern in patterns)


def _is(path: str, patterns: Sequence[str]) -> bool:
    return any(re.fullmatch(_pattern(pattern), path) for pattern in patterns)


def _differences(want: Any, got: Any, path: str, step: Step, *, partly: bool = False) -> list[str]:
    if _is(path, step.get("ignore", ())):
        return []
    if isinstance(want, dict) and isinstance(got, dict):
        return _member_differences(want, got, path, step, partly=partly)
    if isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            return [f"{path}: {len(got)} items, wanted {len(want)}: {_short(got)}"]
        if _is(path, step.get("unordered", ())):
            got = _in_order_of(want, got, path, step, partly=partly)
        return [
            line for i, (w, g) in enumerate(zip(want, got, strict=True)) for line in _differences(w, g, f"{path}.{i}", step, partly=partly)
        ]
    return [] if _same(want, got, exact=_below(path, step.get("exact", ()))) else [f"{path}: {_short(got)}, wanted {_short(want)}"]


def _member_differences(want: dict[str, Any], got: dict[str, Any], path: str, step: Step, *, partly: bool) -> list[str]:
    found = []
    for name in [*want, *(name for name in got if name not in want and not partly)]:
        below = f"{path}.{name}"
        if name in want and name in got:
            found += _differences(want[name], got[name], below, step, partly=partly)
        elif want.get(name) != "<absent>" and not _is(below, step.get("ignore", ())):
            found.append(f"{below}: " + (f"missing, wanted {_short(want[name])}" if name in want else f"not wanted: {_short(got[name])}"))
    return found


def _in_order_of(want: list[Any], got: list[Any], path: str, step: Step, *, partly: bool) -> list[Any]:
    """The items, each in the place of a wanted one that it fits; what fits none fills the places that stay free."""
    left, placed = list(got), []
    for i, item in enumerate(want):
        fits = (n for n, found in enumerate(left) if not _differences(item, found, f"{path}.{i}", step, partly=partly))
        at = next(fits, None)
        placed.append(_FREE if at is None else left.pop(at))
    return [left.pop(0) if item is _FREE else item for item in placed]


def _same(want: Any, got: Any, *, exact: bool) -> bool:
    if isinstance(want, str) and want in _KINDS:
        return isinstance(got, _KINDS[want]) and not (want == "<number>" and isinstance(got, bool))
    if isinstance(want, bool) or isinstance(got, bool) or not isinstance(want, (int, float)) or not isinstance(got, (int, float)):
        return type(want) is type(got) and bool(want == got)
    if isinstance(want, float) and not exact:
        return abs(want - got) <= 1e-6 * max(1.0, abs(want))
    return want == got


def _short(value: Any) -> str:
    return json.dumps(value)[:200]
