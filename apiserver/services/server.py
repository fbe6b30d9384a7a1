"""`server.*`: what this server is, and what it reports. Source: spec 1 §13, §18.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver import build_info
from apiserver.calls.call import Call
from apiserver.calls.endpoint import Binding
from apiserver.generated import errors
from apiserver.generated import server as shapes
from apiserver.logic import statistics
from apiserver.stores.collections import COMPANIES, SETTINGS
from apiserver.stores.filters import Eq, Set

_SECRET = "secure"


def info(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Version, build and commit."""
    return {"version": build_info.server_version(), "build": build_info.server_build(), "commit": build_info.server_commit()}


def info_v2_8(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """And the installation's id."""
    stored = call.documents.find(SETTINGS, Eq("id", statistics.SERVER_ID))
    return {**info(call, data), "uid": stored["value"] if stored else None}


def info_v2_12(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """And the API's version, but no id."""
    return {**info(call, data), "api_version": build_info.API_VERSION}


def config(call: Call, request: shapes.ConfigRequest) -> dict[str, Any]:
    """The configuration, or one section of it; never anything secret."""
    tree: Any = call.settings.shown()
    if request.path:
        parts = request.path.split(".")
        if _SECRET in parts:
            raise errors.ValidationError("this section is not shown", path=request.path)
        for part in parts:
            tree = tree.get(part) if isinstance(tree, Mapping) else None
        if not isinstance(tree, Mapping):
            raise errors.ValidationError("no such section", path=request.path)
    return {name: value for name, value in tree.items() if name != _SECRET}


def endpoints(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Every endpoint with its handlers, the newest first."""
    shown = {
        name: [_described(binding) for binding in reversed(endpoint.bindings)]
        for name, endpoint in call.endpoints.items()
        if endpoint.built
    }
    return {"endpoints": shown, "models": {}}


def _described(binding: Binding) -> dict[str, Any]:
    """NOTE: fields by name only; their types are in `/openapi.json`."""
    fields = [a.name for a in binding.request.__attrs_attrs__] if binding.request else None
    return {
        "min_version": binding.version,
        "required_fields": list(binding.required_fields) or None,
        "request_data_model": None if fields is None else {"type": "object", "properties": {name: {} for name in fields}},
        "response_data_model": None,
    }


def get_stats(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Counts of what the caller's company does, as the statistics report has them."""
    return statistics.report(call)


def report_stats_option(call: Call, request: shapes.ReportStatsOptionRequest) -> dict[str, Any]:
    """Whether the company lets statistics be reported; sets it, when `enabled` is given."""
    if not call.settings.get("apiserver.statistics.supported", True):
        return {"supported": False}
    if request.enabled is not None:
        option = {
            "enabled": request.enabled,
            "enabled_version": build_info.server_version(),
            "enabled_time": call.now,
            "enabled_user": call.user,
        }
        call.documents.update(COMPANIES, Eq("id", call.company), Set("defaults.stats_option", option))
    company = call.documents.find(COMPANIES, Eq("id", call.company)) or {}
    stored = dict(((company.get("defaults") or {}).get("stats_option")) or {})
    if stored.get("enabled_time"):
        # QUIRK: spec 1 §2.2: a typed answer of the reference; its times have no offset.
        stored["enabled_time"] = stored["enabled_time"].replace(tzinfo=None).isoformat()
    return {"supported": True, "enabled": False, **stored, "current_version": build_info.server_version()}
