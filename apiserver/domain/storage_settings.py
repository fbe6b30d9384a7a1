"""How outside storage is reached: sections of settings as they are stored, configured and shown. Pure. Source: spec 5 §10.

A section (`aws`, `google`, `azure`) is an object of plain values with a list of buckets or containers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Section = dict[str, Any]
SECTIONS = ("aws", "google", "azure")

AWS_VARIABLES = {
    "key": "AWS_ACCESS_KEY_ID",
    "secret": "AWS_SECRET_ACCESS_KEY",
    "token": "AWS_SESSION_TOKEN",
    "region": "AWS_DEFAULT_REGION",
}
GOOGLE_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
"""What tools of the providers read from the environment."""

_AWS_TEXTS = ("key", "secret", "token", "region")
_BUCKET_TEXTS = ("host", "key", "secret", "token", "acl", "region")
_BUCKET_SWITCHES = {"multipart": True, "secure": True, "verify": True, "use_credentials_chain": False}


def problem(sections: Mapping[str, Section]) -> str:
    """What is wrong with the values of a section, in words; empty: nothing. Types have been checked."""
    text = sections.get("google", {}).get("credentials_json")
    if text is not None:
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return "google.credentials_json is no JSON"
    return ""


def missing(sections: Mapping[str, Section]) -> list[str]:
    """The paths of what a container cannot do without."""
    containers: Sequence[Section] = sections.get("azure", {}).get("containers") or ()
    return [
        f"azure.containers.{number}.{name}"
        for number, container in enumerate(containers)
        for name in ("account_name", "account_key")
        if container.get(name) is None
    ]


def shown(name: str, section: Section) -> Section:
    """A section as answers show it, complete."""
    return _SHOWN[name](section)


def _aws(section: Section) -> Section:
    return {
        **{name: section.get(name) for name in _AWS_TEXTS},
        "use_credentials_chain": bool(section.get("use_credentials_chain")),
        "buckets": [_aws_bucket(bucket) for bucket in section.get("buckets") or () if _usable(bucket)],
    }


def _usable(bucket: Section) -> bool:
    """QUIRK: spec 5 §10: a bucket that nobody could open is not shown."""
    return bool((bucket.get("key") and bucket.get("secret")) or bucket.get("use_credentials_chain"))


def _aws_bucket(bucket: Section) -> Section:
    switches = {name: default if bucket.get(name) is None else bool(bucket[name]) for name, default in _BUCKET_SWITCHES.items()}
    return {
        "bucket": _bare(bucket.get("bucket")),
        "subdir": _bare(bucket.get("subdir")),
        **{name: bucket.get(name) or "" for name in _BUCKET_TEXTS},
        **switches,
        "extra_args": bucket.get("extra_args"),
        "profile": bucket.get("profile") or "",
    }


def _google(section: Section) -> Section:
    return {
        "project": section.get("project"),
        "credentials_json": section.get("credentials_json"),
        "buckets": [_google_bucket(bucket) for bucket in section.get("buckets") or ()],
    }


def _google_bucket(bucket: Section) -> Section:
    names = ("project", "credentials_json", "pool_connections", "pool_maxsize")
    return {"bucket": bucket.get("bucket"), "subdir": _bare(bucket.get("subdir")), **{name: bucket.get(name) for name in names}}


def _azure(section: Section) -> Section:
    names = ("account_name", "account_key", "container_name")
    return {
        "containers": [
            {**{name: container.get(name) for name in names}, "use_default_credential": bool(container.get("use_default_credential"))}
            for container in section.get("containers") or ()
        ]
    }


def _bare(text: Any) -> str:
    """Without quotes around it and slashes at its end, as people paste it."""
    return str(text or "").strip("\"'").rstrip("/")


_SHOWN = {"aws": _aws, "google": _google, "azure": _azure}


def configured(name: str, settings: Mapping[str, Any], environment: Mapping[str, str]) -> Section:
    """A section as the operator configured it, in the form in which sections are stored.

    settings: of the provider, in the SDK's own form, whose list of buckets is called `credentials`. environment: what AWS tools read.
    Google's `credentials_json` is left as it is: a text, or the name of a file.
    """
    if name == "azure":
        return {"containers": _objects(settings.get("containers"))}
    section: Section = {"buckets": _objects(settings.get("credentials"))}
    if name == "google":
        return {**section, "project": settings.get("project") or None, "credentials_json": settings.get("credentials_json") or None}
    texts = {key: settings.get(key) or environment.get(variable) or "" for key, variable in AWS_VARIABLES.items()}
    return {**section, **texts, "use_credentials_chain": bool(settings.get("use_credentials_chain"))}


def _objects(value: Any) -> list[Section]:
    return [dict(item) for item in value if isinstance(item, Mapping)] if isinstance(value, Sequence) and not isinstance(value, str) else []
