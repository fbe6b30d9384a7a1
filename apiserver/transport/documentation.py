"""`/openapi.json` and `/docs`: the API described from the schema, without anything from elsewhere."""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path
from typing import Any

import falcon
import orjson

_FILE = Path(__file__).parents[1] / "generated" / "openapi.json"


@cache
def specification() -> bytes:
    """The generated OpenAPI document."""
    return _FILE.read_bytes()


class Specification:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = falcon.MEDIA_JSON
        resp.data = specification()


class Page:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        resp.data = page()


_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2733;background:#fff}
h2{margin-top:2.5rem;border-bottom:1px solid #d8dee6}summary{cursor:pointer;padding:.25rem 0}summary code{font-weight:600}
table{border-collapse:collapse;margin:.25rem 0 1rem 1rem}td,th{padding:.15rem .75rem .15rem 0;vertical-align:top;text-align:left}
nav a{margin-right:.75rem}.none{color:#6b7785}
@media(prefers-color-scheme:dark){body{color:#dde3ea;background:#12181f}a{color:#7db4ff}h2{border-color:#33404d}}
"""


@cache
def page() -> bytes:
    """One readable page: services, actions, fields."""
    document = orjson.loads(specification())
    services: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        name = path.rsplit("/", 1)[-1]
        services.setdefault(name.partition(".")[0], []).append(_action(path, next(iter(operations.values())), document))
    links = "".join(f'<a href="#{name}">{name}</a>' for name in services)
    parts = "".join(f'<h2 id="{name}">{name}</h2>{"".join(actions)}' for name, actions in services.items())
    title = html.escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>'
        f'<p>{html.escape(document["info"].get("description", ""))} As data: <a href="openapi.json">openapi.json</a></p>'
        f"<nav>{links}</nav>{parts}"
    ).encode()


def _action(path: str, operation: dict[str, Any], document: dict[str, Any]) -> str:
    content: dict[str, dict[str, Any]] = operation.get("requestBody", {}).get("content", {})
    schema = _resolved(next((kind.get("schema", {}) for kind in content.values()), {}), document)
    needed = set(schema.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{html.escape(name)}</code>{'*' if name in needed else ''}<td>{html.escape(_kind(part))}"
        f"<td>{html.escape(part.get('description', ''))}"
        for name, part in schema.get("properties", {}).items()
    )
    words = operation.get("summary") or operation.get("description", "")
    fields = f"<table>{rows}</table>" if rows else '<p class="none">No fields.</p>'
    return f"<details><summary><code>{html.escape(path)}</code> {html.escape(words)}</summary>{fields}</details>"


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    found: Any = schema
    while isinstance(found, dict) and "$ref" in found:
        reference, found = found["$ref"], document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
    return found if isinstance(found, dict) else {}


def _kind(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "")
    return " or ".join(kind) if isinstance(kind, list) else str(kind or schema.get("$ref", "").rsplit("/", 1)[-1])
