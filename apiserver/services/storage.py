"""Handlers of `storage.*`: how a company's outside storage is reached. Source: spec 5 §10."""

from __future__ import annotations

from typing import Any

from apiserver.calls.call import Call
from apiserver.domain.storage_settings import SECTIONS, missing, problem
from apiserver.generated import errors
from apiserver.generated import storage as shapes
from apiserver.logic import storage_settings


def set_settings(call: Call, request: shapes.SetSettingsRequest) -> dict[str, Any]:
    """Replace the given sections as a whole; an empty one hides what is configured."""
    sections = {name: section for name in SECTIONS if (section := getattr(request, name)) is not None}
    if not sections:
        raise errors.ValidationError("at least one of the sections is required", sections=SECTIONS)
    if wrong := problem(sections):
        raise errors.ValidationError(wrong)
    if absent := missing(sections):
        raise errors.DataValidationError("field is required", fields=absent)
    storage_settings.store(call, sections)
    return {"updated": 1}


def reset_settings(call: Call, request: shapes.ResetSettingsRequest) -> dict[str, Any]:
    """Forget the named sections; what is configured holds again."""
    return {"updated": storage_settings.forget(call, request.keys or ())}


def get_settings(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """All sections, secrets included."""
    return {"settings": storage_settings.effective(call)}
