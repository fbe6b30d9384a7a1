"""The settings for outside storage of a company, one document each, over what the operator configured. Source: spec 5 §10."""

from __future__ import annotations

import json
import logging
import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from apiserver.calls.call import Call
from apiserver.domain import storage_settings
from apiserver.domain.storage_settings import GOOGLE_VARIABLE, SECTIONS, Section
from apiserver.query import scope
from apiserver.stores.collections import STORAGE_SETTINGS
from apiserver.stores.errors import DuplicateKey
from apiserver.stores.filters import Set, Unset

log = logging.getLogger(__name__)

_CONFIGURED = {
    "aws": "services.storage_credentials.aws.s3",
    "google": "services.storage_credentials.google.storage",
    "azure": "services.storage_credentials.azure.storage",
}
_MOST_BYTES = 1_000_000
"""No file with credentials is larger."""


def store(call: Call, sections: Mapping[str, Section]) -> None:
    """Replace these sections of the company's settings; the others stay."""
    changes = [Set("last_update", call.now), *(Set(name, section) for name, section in sections.items())]
    if call.documents.update(STORAGE_SETTINGS, scope.own(call.company), *changes).matched:
        return
    document = {"id": uuid.uuid4().hex, "company": call.company, "last_update": call.now, **sections}
    try:
        call.documents.insert(STORAGE_SETTINGS, document)
    except DuplicateKey:  # somebody else was first
        call.documents.update(STORAGE_SETTINGS, scope.own(call.company), *changes)


def forget(call: Call, names: Iterable[str]) -> int:
    """Go back to what is configured for these sections; 0 if the company never stored anything."""
    changes = [Set("last_update", call.now), *(Unset(name) for name in dict.fromkeys(names))]
    return call.documents.update(STORAGE_SETTINGS, scope.own(call.company), *changes).matched


def effective(call: Call) -> dict[str, Any]:
    """All sections as they hold for the company: the stored ones, the configured ones for the rest."""
    stored = call.documents.find(STORAGE_SETTINGS, scope.own(call.company)) or {}
    sections = {name: stored[name] if isinstance(stored.get(name), dict) else _configured(call, name) for name in SECTIONS}
    found = {name: storage_settings.shown(name, section) for name, section in sections.items()}
    return {**found, "last_update": stored.get("last_update")}


def _configured(call: Call, name: str) -> Section:
    settings = call.settings.get(_CONFIGURED[name]) or {}
    section = storage_settings.configured(name, settings if isinstance(settings, Mapping) else {}, os.environ)
    if name == "google":
        section["credentials_json"] = _google_credentials(section["credentials_json"] or os.environ.get(GOOGLE_VARIABLE))
    return section


def _google_credentials(given: Any) -> str | None:
    """The JSON text that an operator configured as it is, or by the name of a file.

    NOTE: only for what is configured. A text that came by a call is never taken for the name of a file of this machine.
    """
    if isinstance(given, Mapping):
        return json.dumps(given)
    if not isinstance(given, str) or given.lstrip().startswith("{"):
        return given if isinstance(given, str) else None
    try:
        with Path(given).expanduser().open("rb") as file:
            return json.dumps(json.loads(file.read(_MOST_BYTES)))
    except (OSError, ValueError, RecursionError) as error:
        log.warning("the credentials of Google Cloud Storage in %s cannot be read: %s", given, error)
        return None
