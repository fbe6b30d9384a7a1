# Generated from schema/services/pipelines.conf by `trackyard generate`. Do not edit.
"""Requests of `pipelines.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import Request, boolean, filled, given, inside, list_of, optional, required, sized, string, strings

_SIZED_STRINGS_LEAST_1 = sized(strings, least=1)


def _args(value: Any, where: str) -> dict[str, Any]:
    data, at = inside(value, where)
    return given(
        {
            "name": required(data, "name", at, string),
            "value": required(data, "value", at, string),
        }
    )


_LIST_OF_ARGS = list_of(_args)


@define(kw_only=True, eq=False, repr=False)
class DeleteRunsRequest(Request):
    """Delete runs of a pipeline; at least one has to stay."""

    ids: list[str]
    """Runs to delete: their controller tasks (ids)."""
    project: str
    """Project of the pipeline (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            project=required(data, "project", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class StartPipelineRequest(Request):
    """Copy a pipeline run with new arguments and put it on a queue."""

    args: list[dict[str, Any]] | None = None
    """Values for the arguments of the pipeline; each one overwrites the argument of that name."""
    queue: str
    """Queue to put the run on (id); not queued if absent."""
    task: str
    """Pipeline to run again: its controller task (id)."""
    verify_watched_queue: bool = False
    """Also say whether a worker watches the queue."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            args=optional(data, "args", at, _LIST_OF_ARGS),
            queue=required(data, "queue", at, string),
            task=required(data, "task", at, string),
            verify_watched_queue=optional(data, "verify_watched_queue", at, boolean, False),
        )
