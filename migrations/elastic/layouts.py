"""Indices that an earlier release made, in place: templates, mappings and settings brought to those of today. No document is touched.

Fields that are missing are added. A field that is mapped as something else stays, since Elasticsearch cannot change it; copying the index
into another cluster (`run`) does. Source: spec 4 §4.2.2, §4.11.1; spec 6 §3.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from apiserver.stores.elastic.client import Elastic
from apiserver.stores.elastic.layout import COMMON, LEGACY, OF_TYPE, STATISTICS, Layout

from .source import placed_index

_QUIET = {"ignore_unavailable": "true", "allow_no_indices": "true", "expand_wildcards": "open"}


@frozen
class OldIndex:
    """An index that is not as one made today.

    missing: fields without a mapping, with theirs; other: {field: (mapped as, today as)}. grows: unknown fields of events still get
    mappings of their own. replicas: how many it has, when today has another number. too_old: made by a release that the next major of
    Elasticsearch cannot open; it has to be copied.
    """

    name: str
    missing: Mapping[str, Any] = field(factory=dict)
    other: Mapping[str, tuple[str, str]] = field(factory=dict)
    grows: bool = False
    replicas: int | None = None
    too_old: bool = False

    @property
    def is_old(self) -> bool:
        return bool(self.missing or self.other or self.grows or self.replicas is not None or self.too_old)


@frozen
class Found:
    """What is not as today in a cluster. templates: those that are missing; legacy: those of former releases that are still there."""

    templates: Sequence[str]
    legacy: Sequence[str]
    indices: Sequence[OldIndex]

    @property
    def to_do(self) -> bool:
        """Whether `upgrade` would change anything."""
        return bool(self.templates or self.legacy) or any(one.missing or one.grows or one.replicas is not None for one in self.indices)


def look(elastic: Elastic, layout: Layout) -> Found:
    """Asks only. Raises: Unavailable, Refused for a version that will not do."""
    major = int(elastic.check_version().split(".")[0])
    indices = []
    about = elastic.ask("GET", f"/{layout.all()}", parameters=_QUIET) or {}
    for name in sorted(about):
        placed = placed_index(name.removeprefix(layout.prefix))
        if placed is not None:
            one = _index(name, placed[0] == "events", placed[1], about[name], layout, major)
            if one.is_old:
                indices.append(one)
    wanted = [f"{layout.prefix}{name}" for name in (*(f"events_{kind}" for kind in OF_TYPE), *STATISTICS)]
    templates = [name for name in wanted if elastic.ask("GET", f"/_index_template/{name}", missing=True) is None]
    legacy = [] if layout.prefix else [name for name in LEGACY if elastic.ask("GET", f"/_template/{name}", missing=True)]
    return Found(templates, legacy, indices)


def upgrade(elastic: Elastic, layout: Layout) -> Found:
    """Do what can be done in place; what there was to do. Safe to repeat, and while servers work."""
    found = look(elastic, layout)
    layout.put_event_templates(elastic)
    layout.put_statistics_templates(elastic)
    for one in found.indices:
        if one.missing or one.grows:
            dynamic = {"dynamic": "false"} if one.grows else {}
            elastic.ask("PUT", f"/{one.name}/_mapping", {**dynamic, "properties": dict(one.missing)})
        if one.replicas is not None:
            elastic.ask("PUT", f"/{one.name}/_settings", {"index.number_of_replicas": layout.settings.get("number_of_replicas", 0)})
    return found


def _index(name: str, is_events: bool, kind: str, about: Mapping[str, Any], layout: Layout, major: int) -> OldIndex:
    wanted = {**COMMON, **OF_TYPE[kind]} if is_events else STATISTICS[kind]
    mappings = about.get("mappings") or {}
    there = mappings.get("properties") or {}
    other = {
        one: (_kind(there[one]), _kind(mapping)) for one, mapping in wanted.items() if one in there and _kind(there[one]) != _kind(mapping)
    }
    settings = about["settings"]["index"]
    # NOTE: 7060299 is 7.6.2; before 7 it begins with 6 or 5.
    made_by = int(str(settings.get("version", {}).get("created", f"{major}000000"))[0])
    replicas = int(settings.get("number_of_replicas", 0))
    return OldIndex(
        name,
        {one: mapping for one, mapping in wanted.items() if one not in there},
        other,
        is_events and str(mappings.get("dynamic", "true")).lower() == "true",
        None if replicas == int(layout.settings.get("number_of_replicas", 0)) else replicas,
        made_by < major,
    )


def _kind(mapping: Mapping[str, Any]) -> str:
    return str(mapping.get("type", "object"))
