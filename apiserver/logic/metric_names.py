"""The names behind the hashed keys of `last_metrics`, over many tasks or models at once. Source: spec 2 §8.12."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from apiserver.stores.collections import Collection
from apiserver.stores.documents import DocumentStore
from apiserver.stores.filters import Exists, Filter

Pair = tuple[str, str]


def unique(documents: DocumentStore, collection: Collection, where: Filter) -> list[dict[str, str]]:
    """[{metric, metric_hash, variant, variant_hash}] of what the documents report, by metric and variant.

    PERF: the store gives the hashes in use and the `metric/variant` texts; no document is read unless these do not tell.
    """
    pairs = {(pair[0], pair[1]) for pair in documents.map_keys(collection, "last_metrics", where, depth=2)}
    if not pairs:
        return []
    names = _resolved(pairs, documents.distinct(collection, "unique_metrics", where))
    for pair in pairs - names.keys():
        if found := _read(documents, collection, where, pair):
            names[pair] = found
    by_name = {name: pair for pair, name in names.items()}
    return [
        {"metric": metric, "metric_hash": by_name[metric, variant][0], "variant": variant, "variant_hash": by_name[metric, variant][1]}
        for metric, variant in sorted(by_name)
    ]


def _resolved(pairs: set[Pair], texts: Iterable[str]) -> dict[Pair, Pair]:
    """{hashes: names}; a name may itself hold a slash, so every way to cut a text is tried."""
    found: dict[Pair, Pair] = {}
    for text in texts:
        for i, character in enumerate(text):
            if character == "/":
                names = text[:i], text[i + 1 :]
                hashes = _md5(names[0]), _md5(names[1])
                if hashes in pairs:
                    found[hashes] = names
    return found


def _read(documents: DocumentStore, collection: Collection, where: Filter, pair: Pair) -> Pair | None:
    path = f"last_metrics.{pair[0]}.{pair[1]}"
    document = documents.find(collection, where & Exists(f"{path}.metric"), fields=[path])
    if document is None:
        return None
    stored = document["last_metrics"][pair[0]][pair[1]]
    return str(stored.get("metric")), str(stored.get("variant"))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
