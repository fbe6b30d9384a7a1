"""Plays recorded conversations with the reference server against a server in this process, and tells where the answers differ.

A conversation is `{about, steps: [...]}`; the members of a step:

- call, version: what is called; send: the JSON body, or lines: JSON lines (`{each: {column: [...]}, ...}` stands for one line a row), or
  raw: text of content type kind; headers: more of them
- as: `user` (default), `basic`, `none`, a kept name that holds a token, or a key pair
- keep: {name: path}: `$name` in later steps stands for the value
- expect: {code, subcode, data}; ignore: paths that may differ; unordered: paths of lists; exact: paths to compare to the last digit

`$RUN` is a word of the run's own, `$T+60` / `$Tms-5` are times around an hour of the run's own. In answers what cannot repeat is written
`<id>`, `<time>`, `<ms>`, `<token>`.
"""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import define, field

from apiserver.testing.client import Client

Step = dict[str, Any]
_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
_ID = re.compile(r"\b[0-9a-f]{32}\b")
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
_HOUR = re.compile(r"\$T(ms)?([+-]\d+)?")
_NEAR_S = 2e5


@define
class Conversation:
    """One conversation under way. kept: values that later steps name; hour: epoch seconds."""

    client: Client
    kept: dict[str, Any] = field(factory=lambda: {"RUN": "r" + uuid.uuid4().hex[:8]})
    hour: int = field(factory=lambda: 1420070400 + 3600 * (uuid.uuid4().int % 77000))

    def play(self, step: Step) -> list[str]:
        """Make the call; where its answer differs from the recorded one."""
        answer = self._call(step)
        meta = answer.get("meta") or {}
        for name, path in step.get("keep", {}).items():
            self.kept[name] = _at(answer, path.split("."))
        got = self._plain({"code": meta.get("result_code"), "subcode": meta.get("result_subcode"), "data": answer.get("data")}, "", step)
        found: list[str] = []
        for name, want in step["expect"].items():
            if name != "msg":
                found += _differences(want, got[name], name, step)
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
        answer = self.client.send(f"/v{step.get('version', '2.34')}/{step['call']}", str(body).encode(), headers)
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
                if isinstance(kept, str) and len(kept) >= 6:
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


def _differences(want: Any, got: Any, path: str, step: Step) -> list[str]:
    ignored = step.get("ignore", ())
    if _is(path, ignored):
        return []
    if isinstance(want, dict) and isinstance(got, dict):
        found = []
        for name in [*want, *(name for name in got if name not in want)]:
            below = f"{path}.{name}"
            if name in want and name in got:
                found += _differences(want[name], got[name], below, step)
            elif not _is(below, ignored):
                found.append(
                    f"{below}: " + (f"missing, wanted {_short(want[name])}" if name in want else f"not wanted: {_short(got[name])}")
                )
        return found
    if isinstance(want, list) and isinstance(got, list):
        if _is(path, step.get("unordered", ())):
            want, got = (sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) for items in (want, got))
        if len(want) != len(got):
            return [f"{path}: {len(got)} items, wanted {len(want)}: {_short(got)}"]
        return [line for i, (w, g) in enumerate(zip(want, got, strict=True)) for line in _differences(w, g, f"{path}.{i}", step)]
    return [] if _same(want, got, exact=_below(path, step.get("exact", ()))) else [f"{path}: {_short(got)}, wanted {_short(want)}"]


def _same(want: Any, got: Any, *, exact: bool) -> bool:
    if isinstance(want, bool) or isinstance(got, bool) or not isinstance(want, (int, float)) or not isinstance(got, (int, float)):
        return type(want) is type(got) and bool(want == got)
    if isinstance(want, float) and not exact:
        return abs(want - got) <= 1e-6 * max(1.0, abs(want))
    return want == got


def _short(value: Any) -> str:
    return json.dumps(value)[:200]
