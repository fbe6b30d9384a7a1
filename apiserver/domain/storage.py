"""Where a URL points to: which kind of storage, and which path in it (spec 6 §2.2, §2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

_CLOUDS = (("s3://", "s3"), ("azure://", "azure"), ("gs://", "gs"))


def storage_type(url: str, fileserver_prefixes: Iterable[str]) -> str | None:
    """`s3`, `azure`, `gs` or `fileserver` by the first prefix that fits; None for everything else."""
    for prefix, kind in _CLOUDS:
        if url.startswith(prefix):
            return kind
    return "fileserver" if any(prefix and url.startswith(prefix) for prefix in fileserver_prefixes) else None


def fileserver_path(url: str, prefixes: Sequence[str]) -> str | None:
    """The file server's path of a URL, still percent-encoded, without slashes at its ends; None when no prefix fits or nothing is left.

    prefixes: `scheme://host[:port][/path]` or `/path`, tried in order; a bare scheme (`http://`) fits every host.
    """
    parts = urlsplit(url)
    for prefix in prefixes:
        wanted = urlsplit(prefix)
        if wanted.scheme and (wanted.scheme != parts.scheme or (wanted.netloc and wanted.netloc != parts.netloc)):
            continue
        base = wanted.path.rstrip("/")
        if base and not parts.path.startswith(base + "/"):
            continue
        return parts.path[len(base) :].strip("/") or None
    return None
