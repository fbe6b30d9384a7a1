# Generated from schema/services/models.conf by `trackyard generate`. Do not edit.
"""Requests of `models.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import (
    Request,
    an_integer,
    any_of,
    boolean,
    filled,
    given,
    inside,
    integer,
    list_of,
    map_of,
    mapping,
    optional,
    required,
    sized,
    string,
    strings,
)


def _metadata(value: Any, where: str) -> dict[str, Any]:
    """A named value that people attached."""
    data, at = inside(value, where)
    return given(
        {
            "key": required(data, "key", at, string),
            "type": required(data, "type", at, string),
            "value": required(data, "value", at, string),
        }
    )


_LIST_OF_METADATA = list_of(_metadata)
_SIZED_LIST_OF_METADATA_LEAST_1 = sized(_LIST_OF_METADATA, least=1)
_SIZED_STRINGS_LEAST_1 = sized(strings, least=1)
_ANY_OF_STRING_AN_INTEGER = any_of(string, an_integer)
_MAP_OF_ANY_OF_STRING_AN_INTEGER = map_of(_ANY_OF_STRING_AN_INTEGER)
_MAP_OF_METADATA = map_of(_metadata)


@define(kw_only=True, eq=False, repr=False)
class AddOrUpdateMetadataRequest(Request):
    """Set metadata of a model by key."""

    metadata: list[dict[str, Any]]
    """Values to set."""
    model: str
    """The model it is about (id)."""
    replace_metadata: bool = False
    """Drop all metadata that is not in this request."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            metadata=filled(data, "metadata", at, _SIZED_LIST_OF_METADATA_LEAST_1),
            model=required(data, "model", at, string),
            replace_metadata=optional(data, "replace_metadata", at, boolean, False),
        )


@define(kw_only=True, eq=False, repr=False)
class ArchiveManyRequest(Request):
    """Archive several models."""

    ids: list[str]
    """The objects it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1))


@define(kw_only=True, eq=False, repr=False)
class CreateRequest(Request):
    """Make a model for weights that are stored somewhere."""

    comment: str | None = None
    """Free text about the model."""
    design: dict[str, Any] | None = None
    """Structure of the network, in the form that its framework writes."""
    framework: str | None = None
    """Machine learning framework the model belongs to."""
    labels: dict[str, Any] | None = None
    """Names of the classes with their numbers."""
    metadata: dict[str, Any] | None = None
    """Named values to attach, by key."""
    name: str
    """Name of the model."""
    parent: str | None = None
    """Model it was derived from (id)."""
    project: str | None = None
    """Project it is in (id)."""
    public: bool = False
    """Make it public to all companies."""
    ready: bool = True
    """Whether the model is published."""
    system_tags: list[str] | None = None
    """Tags that programs put on the model, such as archived."""
    tags: list[str] | None = None
    """Tags that people put on the model."""
    task: str | None = None
    """Task that makes the model (id)."""
    uri: str
    """Where the weights are stored."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            comment=optional(data, "comment", at, string),
            design=optional(data, "design", at, mapping),
            framework=optional(data, "framework", at, string),
            labels=optional(data, "labels", at, _MAP_OF_ANY_OF_STRING_AN_INTEGER),
            metadata=optional(data, "metadata", at, _MAP_OF_METADATA),
            name=required(data, "name", at, string),
            parent=optional(data, "parent", at, string),
            project=optional(data, "project", at, string),
            public=optional(data, "public", at, boolean, False),
            ready=optional(data, "ready", at, boolean, True),
            system_tags=optional(data, "system_tags", at, strings),
            tags=optional(data, "tags", at, strings),
            task=optional(data, "task", at, string),
            uri=required(data, "uri", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteRequest(Request):
    """Delete a model."""

    delete_external_artifacts: bool = True
    """Also have the files on outside storage deleted in the background."""
    force: bool = False
    """Do it even where the model is published or in use."""
    model: str
    """The model it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            delete_external_artifacts=optional(data, "delete_external_artifacts", at, boolean, True),
            force=optional(data, "force", at, boolean, False),
            model=required(data, "model", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteManyRequest(Request):
    """Delete several models."""

    delete_external_artifacts: bool = True
    """Also have the files on outside storage deleted in the background."""
    force: bool = False
    """Do it even where the model is published or in use."""
    ids: list[str]
    """The objects it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            delete_external_artifacts=optional(data, "delete_external_artifacts", at, boolean, True),
            force=optional(data, "force", at, boolean, False),
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteMetadataRequest(Request):
    """Delete metadata of a model by key."""

    keys: list[str]
    """Keys of the metadata to delete."""
    model: str
    """The model it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            keys=filled(data, "keys", at, _SIZED_STRINGS_LEAST_1),
            model=required(data, "model", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class EditRequest(Request):
    """Change a model that is not published."""

    iteration: int | None = None
    """Iteration to store as the last one of the task."""
    model: str
    """The model it is about (id)."""
    task: str | None = None
    """Task that makes the model (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iteration=optional(data, "iteration", at, integer),
            model=required(data, "model", at, string),
            task=optional(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetAllExRequest(Request):
    """Query models; linked objects are written out and statistics can be had."""

    allow_public: bool = True
    """Also count in or return public objects of the built-in company."""
    include_stats: bool = False
    """Also return statistics of each model."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            allow_public=optional(data, "allow_public", at, boolean, True),
            include_stats=optional(data, "include_stats", at, boolean, False),
        )


@define(kw_only=True, eq=False, repr=False)
class GetByIdRequest(Request):
    """One model by its id."""

    model: str
    """The model it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(model=required(data, "model", at, string))


@define(kw_only=True, eq=False, repr=False)
class GetByTaskIdRequest(Request):
    """The model that a task made."""

    task: str
    """Task that made the model (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(task=required(data, "task", at, string))


@define(kw_only=True, eq=False, repr=False)
class GetFrameworksRequest(Request):
    """Frameworks of the models in some projects."""

    projects: list[str] | None = None
    """Only these projects (ids); all if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(projects=optional(data, "projects", at, strings))


@define(kw_only=True, eq=False, repr=False)
class MakePrivateRequest(Request):
    """Take models back from public to the company of the caller."""

    ids: list[str]
    """The models it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1))


@define(kw_only=True, eq=False, repr=False)
class MakePublicRequest(Request):
    """Make models public to all companies."""

    ids: list[str]
    """The models it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1))


@define(kw_only=True, eq=False, repr=False)
class MoveRequest(Request):
    """Move models to another project."""

    ids: list[str]
    """The models it is about (ids)."""
    project: str | None = None
    """Project to move to (id); absent with a project name or for the top."""
    project_name: str | None = None
    """Move to the project of this name, made if it does not exist."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            project=optional(data, "project", at, string),
            project_name=optional(data, "project_name", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class PublishManyRequest(Request):
    """Publish several models."""

    force_publish_task: bool = False
    """Publish the task even where its status does not allow it."""
    ids: list[str]
    """The objects it is about (ids)."""
    publish_task: bool = True
    """Also publish the task that made the model."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force_publish_task=optional(data, "force_publish_task", at, boolean, False),
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            publish_task=optional(data, "publish_task", at, boolean, True),
        )


@define(kw_only=True, eq=False, repr=False)
class SetReadyRequest(Request):
    """Publish a model; from then on its contents are fixed."""

    force_publish_task: bool = False
    """Publish the task even where its status does not allow it."""
    model: str
    """The model it is about (id)."""
    publish_task: bool = True
    """Also publish the task that made the model."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force_publish_task=optional(data, "force_publish_task", at, boolean, False),
            model=required(data, "model", at, string),
            publish_task=optional(data, "publish_task", at, boolean, True),
        )


@define(kw_only=True, eq=False, repr=False)
class UnarchiveManyRequest(Request):
    """Bring several archived models back."""

    ids: list[str]
    """The objects it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1))


@define(kw_only=True, eq=False, repr=False)
class UpdateRequest(Request):
    """Change the fields of a model that may change at any time."""

    iteration: int | None = None
    """Iteration to store as the last one of the task."""
    model: str
    """The model it is about (id)."""
    task: str | None = None
    """Task that makes the model (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iteration=optional(data, "iteration", at, integer),
            model=required(data, "model", at, string),
            task=optional(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class UpdateForTaskRequest(Request):
    """Make or change the output model of a running task."""

    iteration: int | None = None
    """Iteration to store as the last one of the task."""
    override_model_id: str | None = None
    """Model to attach in place of changing the one of the task (id)."""
    task: str
    """Task that makes the model (id)."""
    uri: str | None = None
    """Where the weights are stored."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iteration=optional(data, "iteration", at, integer),
            override_model_id=optional(data, "override_model_id", at, string),
            task=required(data, "task", at, string),
            uri=optional(data, "uri", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class UpdateTagsRequest(Request):
    """Put tags on several models and take others off."""

    add_tags: list[str] | None = None
    """Tags to put on every named model; those already there are not doubled."""
    ids: list[str]
    """The models it is about (ids)."""
    remove_tags: list[str] | None = None
    """Tags to take off every named model."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            add_tags=optional(data, "add_tags", at, strings),
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            remove_tags=optional(data, "remove_tags", at, strings),
        )
