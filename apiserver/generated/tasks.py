# Generated from schema/services/tasks.conf by `trackyard generate`. Do not edit.
"""Requests of `tasks.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import (
    Request,
    anything,
    boolean,
    defaulted,
    filled,
    given,
    inside,
    integer,
    list_of,
    map_of,
    mapping,
    one_of,
    optional,
    required,
    sized,
    string,
    strings,
)

_LIST_OF_ANYTHING = list_of(anything)
_LIST_OF_LIST_OF_ANYTHING = list_of(_LIST_OF_ANYTHING)
_ONE_OF_INPUT_OUTPUT = one_of("input", "output")


def _type_data(value: Any, where: str) -> dict[str, Any]:
    """Details for showing the object."""
    data, at = inside(value, where)
    return given(
        {
            "content_type": optional(data, "content_type", at, string),
            "data_hash": optional(data, "data_hash", at, string),
            "preview": optional(data, "preview", at, string),
        }
    )


def _artifacts(value: Any, where: str) -> dict[str, Any]:
    """A file or object that a run takes in or puts out."""
    data, at = inside(value, where)
    return given(
        {
            "content_size": optional(data, "content_size", at, integer),
            "display_data": optional(data, "display_data", at, _LIST_OF_LIST_OF_ANYTHING),
            "hash": optional(data, "hash", at, string),
            "key": required(data, "key", at, string),
            "mode": defaulted(data, "mode", at, _ONE_OF_INPUT_OUTPUT, "output"),
            "timestamp": optional(data, "timestamp", at, integer),
            "type": required(data, "type", at, string),
            "type_data": optional(data, "type_data", at, _type_data),
            "uri": optional(data, "uri", at, string),
        }
    )


_LIST_OF_ARTIFACTS = list_of(_artifacts)
_SIZED_LIST_OF_ARTIFACTS_LEAST_1 = sized(_LIST_OF_ARTIFACTS, least=1)
_SIZED_STRINGS_LEAST_1 = sized(strings, least=1)


def _new_task_configuration(value: Any, where: str) -> dict[str, Any]:
    """A named piece of configuration, as text."""
    data, at = inside(value, where)
    return given(
        {
            "description": optional(data, "description", at, string),
            "name": optional(data, "name", at, string),
            "type": optional(data, "type", at, string),
            "value": optional(data, "value", at, string),
        }
    )


_MAP_OF_NEW_TASK_CONFIGURATION = map_of(_new_task_configuration)
_MAP_OF_STRING = map_of(string)


def _new_task_hyperparams(value: Any, where: str) -> dict[str, Any]:
    """A parameter with its value."""
    data, at = inside(value, where)
    return given(
        {
            "description": optional(data, "description", at, string),
            "name": optional(data, "name", at, string),
            "section": optional(data, "section", at, string),
            "type": optional(data, "type", at, string),
            "value": optional(data, "value", at, string),
        }
    )


_MAP_OF_NEW_TASK_HYPERPARAMS = map_of(_new_task_hyperparams)
_MAP_OF_MAP_OF_NEW_TASK_HYPERPARAMS = map_of(_MAP_OF_NEW_TASK_HYPERPARAMS)


def _new_task_input_models(value: Any, where: str) -> dict[str, Any]:
    """A model of a task, by name."""
    data, at = inside(value, where)
    return given(
        {
            "model": required(data, "model", at, string),
            "name": required(data, "name", at, string),
        }
    )


_LIST_OF_NEW_TASK_INPUT_MODELS = list_of(_new_task_input_models)
_ONE_OF_APPLICATION = one_of(
    "application",
    "controller",
    "custom",
    "data_processing",
    "inference",
    "monitor",
    "optimizer",
    "qc",
    "report",
    "service",
    "testing",
    "training",
)


def _artifacts_2(value: Any, where: str) -> dict[str, Any]:
    """Which artifact of a task."""
    data, at = inside(value, where)
    return given(
        {
            "key": required(data, "key", at, string),
            "mode": defaulted(data, "mode", at, _ONE_OF_INPUT_OUTPUT, "output"),
        }
    )


_LIST_OF_ARTIFACTS_2 = list_of(_artifacts_2)
_SIZED_LIST_OF_ARTIFACTS_2_LEAST_1 = sized(_LIST_OF_ARTIFACTS_2, least=1)
_SIZED_STRING_LEAST_1 = sized(string, least=1)


def _hyperparams(value: Any, where: str) -> dict[str, Any]:
    """Which parameter, by section and name."""
    data, at = inside(value, where)
    return given(
        {
            "name": optional(data, "name", at, string),
            "section": required(data, "section", at, _SIZED_STRING_LEAST_1),
        }
    )


_LIST_OF_HYPERPARAMS = list_of(_hyperparams)
_SIZED_LIST_OF_HYPERPARAMS_LEAST_1 = sized(_LIST_OF_HYPERPARAMS, least=1)


def _models(value: Any, where: str) -> dict[str, Any]:
    data, at = inside(value, where)
    return given(
        {
            "name": required(data, "name", at, string),
            "type": required(data, "type", at, _ONE_OF_INPUT_OUTPUT),
        }
    )


_LIST_OF_MODELS = list_of(_models)
_SIZED_LIST_OF_MODELS_LEAST_1 = sized(_LIST_OF_MODELS, least=1)


def _configuration(value: Any, where: str) -> dict[str, Any]:
    """A named piece of configuration, as text."""
    data, at = inside(value, where)
    return given(
        {
            "description": optional(data, "description", at, string),
            "name": required(data, "name", at, _SIZED_STRING_LEAST_1),
            "type": optional(data, "type", at, string),
            "value": required(data, "value", at, string),
        }
    )


_LIST_OF_CONFIGURATION = list_of(_configuration)
_SIZED_LIST_OF_CONFIGURATION_LEAST_1 = sized(_LIST_OF_CONFIGURATION, least=1)


def _hyperparams_2(value: Any, where: str) -> dict[str, Any]:
    """A parameter with its value."""
    data, at = inside(value, where)
    return given(
        {
            "description": optional(data, "description", at, string),
            "name": required(data, "name", at, _SIZED_STRING_LEAST_1),
            "section": required(data, "section", at, _SIZED_STRING_LEAST_1),
            "type": optional(data, "type", at, string),
            "value": required(data, "value", at, string),
        }
    )


_LIST_OF_HYPERPARAMS_2 = list_of(_hyperparams_2)
_SIZED_LIST_OF_HYPERPARAMS_2_LEAST_1 = sized(_LIST_OF_HYPERPARAMS_2, least=1)
_ONE_OF_NONE_SECTION_ALL = one_of("none", "section", "all")


@define(kw_only=True, eq=False, repr=False)
class AddOrUpdateArtifactsRequest(Request):
    """Store artifacts of a task."""

    artifacts: list[dict[str, Any]]
    """Artifacts to store; one with the same key and mode is replaced."""
    force: bool = False
    """Do it even where the status does not allow it."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            artifacts=filled(data, "artifacts", at, _SIZED_LIST_OF_ARTIFACTS_LEAST_1),
            force=optional(data, "force", at, boolean, False),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class AddOrUpdateModelRequest(Request):
    """Attach a model to a task as input or output."""

    iteration: int | None = None
    """Iteration to store as the last one of the task."""
    model: str
    """Id of the model."""
    name: str
    """Name of the model within the task."""
    task: str
    """The task it is about (id)."""
    type: str
    """Whether the run reads or makes the model."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            iteration=optional(data, "iteration", at, integer),
            model=required(data, "model", at, string),
            name=required(data, "name", at, string),
            task=required(data, "task", at, string),
            type=required(data, "type", at, _ONE_OF_INPUT_OUTPUT),
        )


@define(kw_only=True, eq=False, repr=False)
class ArchiveRequest(Request):
    """Archive tasks; an old form of archive_many."""

    include_pipeline_steps: bool = False
    """Also do it to the steps of a pipeline that is among them."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    tasks: list[str]
    """The tasks it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            include_pipeline_steps=optional(data, "include_pipeline_steps", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            tasks=filled(data, "tasks", at, _SIZED_STRINGS_LEAST_1),
        )


@define(kw_only=True, eq=False, repr=False)
class ArchiveManyRequest(Request):
    """Archive several tasks."""

    ids: list[str]
    """The objects it is about (ids)."""
    include_pipeline_steps: bool = False
    """Also do it to the steps of a pipeline that is among them."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            include_pipeline_steps=optional(data, "include_pipeline_steps", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
        )


@define(kw_only=True, eq=False, repr=False)
class CloneRequest(Request):
    """Copy a task into a new one that can run again."""

    execution_overrides: dict[str, Any] | None = None
    """Parts of execution that differ in the copy; what is absent is copied."""
    new_project_name: str | None = None
    """Put the copy in the project of this name, made if it does not exist."""
    new_task_comment: str | None = None
    """Comment of the copy."""
    new_task_configuration: dict[str, Any] | None = None
    """Configuration of the copy in place of the original."""
    new_task_container: dict[str, Any] | None = None
    """Container settings of the copy in place of the original."""
    new_task_hyperparams: dict[str, Any] | None = None
    """Parameters of the copy in place of the original."""
    new_task_input_models: list[dict[str, Any]] | None = None
    """Input models of the copy in place of the original."""
    new_task_name: str | None = None
    """Name of the copy; the name of the original if absent."""
    new_task_parent: str | None = None
    """Parent of the copy (id); the original itself if absent and it has none."""
    new_task_project: str | None = None
    """Project of the copy (id)."""
    new_task_system_tags: list[str] | None = None
    """System tags of the copy."""
    new_task_tags: list[str] | None = None
    """Tags of the copy."""
    task: str
    """The task it is about (id)."""
    validate_references: bool = False
    """Check that parent, project and models exist."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            execution_overrides=optional(data, "execution_overrides", at, mapping),
            new_project_name=optional(data, "new_project_name", at, string),
            new_task_comment=optional(data, "new_task_comment", at, string),
            new_task_configuration=optional(data, "new_task_configuration", at, _MAP_OF_NEW_TASK_CONFIGURATION),
            new_task_container=optional(data, "new_task_container", at, _MAP_OF_STRING),
            new_task_hyperparams=optional(data, "new_task_hyperparams", at, _MAP_OF_MAP_OF_NEW_TASK_HYPERPARAMS),
            new_task_input_models=optional(data, "new_task_input_models", at, _LIST_OF_NEW_TASK_INPUT_MODELS),
            new_task_name=optional(data, "new_task_name", at, string),
            new_task_parent=optional(data, "new_task_parent", at, string),
            new_task_project=optional(data, "new_task_project", at, string),
            new_task_system_tags=optional(data, "new_task_system_tags", at, strings),
            new_task_tags=optional(data, "new_task_tags", at, strings),
            task=required(data, "task", at, string),
            validate_references=optional(data, "validate_references", at, boolean, False),
        )


@define(kw_only=True, eq=False, repr=False)
class CloseRequest(Request):
    """Say that a task is finished with."""

    force: bool = False
    """Do it even where the status does not allow it."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class CompletedRequest(Request):
    """Say that the run of a task ended well."""

    force: bool = False
    """Do it even where the status does not allow it."""
    publish: bool = False
    """Publish the task right after."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            publish=optional(data, "publish", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class CreateRequest(Request):
    """Make a task."""

    name: str
    """Name of the task."""
    type: str
    """What the task does, such as training."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            name=required(data, "name", at, string),
            type=required(data, "type", at, _ONE_OF_APPLICATION),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteRequest(Request):
    """Delete a task with its events and output models."""

    delete_external_artifacts: bool = True
    """Also have the files on outside storage deleted in the background."""
    delete_output_models: bool = True
    """Also delete the models that the task made and nobody else uses."""
    force: bool = False
    """Do it even where the task is published or in use."""
    include_pipeline_steps: bool = False
    """Also do it to the steps of a pipeline that is among them."""
    move_to_trash: bool = False
    """Keep a copy of the deleted tasks in a side collection."""
    return_file_urls: bool = False
    """Also return the addresses of files that are now orphaned."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            delete_external_artifacts=optional(data, "delete_external_artifacts", at, boolean, True),
            delete_output_models=optional(data, "delete_output_models", at, boolean, True),
            force=optional(data, "force", at, boolean, False),
            include_pipeline_steps=optional(data, "include_pipeline_steps", at, boolean, False),
            move_to_trash=optional(data, "move_to_trash", at, boolean, False),
            return_file_urls=optional(data, "return_file_urls", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteArtifactsRequest(Request):
    """Take artifacts off a task."""

    artifacts: list[dict[str, Any]]
    """Which artifacts to take off the task."""
    force: bool = False
    """Do it even where the status does not allow it."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            artifacts=filled(data, "artifacts", at, _SIZED_LIST_OF_ARTIFACTS_2_LEAST_1),
            force=optional(data, "force", at, boolean, False),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteConfigurationRequest(Request):
    """Delete pieces of configuration of a task."""

    configuration: list[str]
    """Names of the pieces to delete."""
    force: bool = False
    """Do it even where the status does not allow it."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            configuration=filled(data, "configuration", at, _SIZED_STRINGS_LEAST_1),
            force=optional(data, "force", at, boolean, False),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteHyperParamsRequest(Request):
    """Delete parameters of a task."""

    force: bool = False
    """Do it even where the status does not allow it."""
    hyperparams: list[dict[str, Any]]
    """Parameters to delete; one without name deletes its whole section."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            hyperparams=filled(data, "hyperparams", at, _SIZED_LIST_OF_HYPERPARAMS_LEAST_1),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteManyRequest(Request):
    """Delete several tasks with their events and output models."""

    delete_external_artifacts: bool = True
    """Also have the files on outside storage deleted in the background."""
    delete_output_models: bool = True
    """Also delete the models that the task made and nobody else uses."""
    force: bool = False
    """Do it even where the task is published or in use."""
    ids: list[str]
    """The objects it is about (ids)."""
    include_pipeline_steps: bool = False
    """Also do it to the steps of a pipeline that is among them."""
    move_to_trash: bool = False
    """Keep a copy of the deleted tasks in a side collection."""
    return_file_urls: bool = False
    """Also return the addresses of files that are now orphaned."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            delete_external_artifacts=optional(data, "delete_external_artifacts", at, boolean, True),
            delete_output_models=optional(data, "delete_output_models", at, boolean, True),
            force=optional(data, "force", at, boolean, False),
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            include_pipeline_steps=optional(data, "include_pipeline_steps", at, boolean, False),
            move_to_trash=optional(data, "move_to_trash", at, boolean, False),
            return_file_urls=optional(data, "return_file_urls", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
        )


@define(kw_only=True, eq=False, repr=False)
class DeleteModelsRequest(Request):
    """Take models off a task; the models themselves stay."""

    models: list[dict[str, Any]]
    """Which models to take off the task."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            models=filled(data, "models", at, _SIZED_LIST_OF_MODELS_LEAST_1),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DequeueRequest(Request):
    """Take a task off its queue."""

    force: bool = False
    """Do it even where the status does not allow it."""
    new_status: str | None = None
    """Status of the task afterwards; the one before queueing if absent."""
    remove_from_all_queues: bool = False
    """Take it off every queue rather than only the one it is stored to be on."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            new_status=optional(data, "new_status", at, string),
            remove_from_all_queues=optional(data, "remove_from_all_queues", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class DequeueManyRequest(Request):
    """Take several tasks off their queues."""

    ids: list[str]
    """The objects it is about (ids)."""
    new_status: str | None = None
    """Status of the task afterwards; the one before queueing if absent."""
    remove_from_all_queues: bool = False
    """Take it off every queue rather than only the one it is stored to be on."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            new_status=optional(data, "new_status", at, string),
            remove_from_all_queues=optional(data, "remove_from_all_queues", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
        )


@define(kw_only=True, eq=False, repr=False)
class EditRequest(Request):
    """Change any part of a task that is not published."""

    force: bool = False
    """Do it even where the status does not allow it."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class EditConfigurationRequest(Request):
    """Set pieces of configuration of a task."""

    configuration: list[dict[str, Any]]
    """Pieces of configuration to set."""
    force: bool = False
    """Do it even where the status does not allow it."""
    replace_configuration: bool = False
    """Drop every piece that is not in this request."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            configuration=filled(data, "configuration", at, _SIZED_LIST_OF_CONFIGURATION_LEAST_1),
            force=optional(data, "force", at, boolean, False),
            replace_configuration=optional(data, "replace_configuration", at, boolean, False),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class EditHyperParamsRequest(Request):
    """Set parameters of a task."""

    force: bool = False
    """Do it even where the status does not allow it."""
    hyperparams: list[dict[str, Any]]
    """Parameters to set."""
    replace_hyperparams: str = "none"
    """What to drop first: nothing, the sections in this request, or everything."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            hyperparams=filled(data, "hyperparams", at, _SIZED_LIST_OF_HYPERPARAMS_2_LEAST_1),
            replace_hyperparams=defaulted(data, "replace_hyperparams", at, _ONE_OF_NONE_SECTION_ALL, "none"),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class EditRuntimeRequest(Request):
    """Set or take away runtime properties, whatever the status."""

    add_or_update: dict[str, Any] | None = None
    """Runtime properties to set, by name; others stay as they are."""
    force: bool = False
    """Do it even where the status does not allow it."""
    remove: list[str] | None = None
    """Names of the runtime properties to take away."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            add_or_update=optional(data, "add_or_update", at, mapping),
            force=optional(data, "force", at, boolean, False),
            remove=optional(data, "remove", at, strings),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class EnqueueRequest(Request):
    """Put a task on a queue."""

    force: bool = False
    """Do it even where the status does not allow it."""
    queue: str | None = None
    """Queue to put it on (id); the default queue if absent."""
    queue_name: str | None = None
    """Queue to put it on, by name; made if it does not exist."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""
    update_execution_queue: bool = True
    """Also store the queue in the task."""
    verify_watched_queue: bool = False
    """Also say whether a worker watches the queue."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            queue=optional(data, "queue", at, string),
            queue_name=optional(data, "queue_name", at, string),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
            update_execution_queue=optional(data, "update_execution_queue", at, boolean, True),
            verify_watched_queue=optional(data, "verify_watched_queue", at, boolean, False),
        )


@define(kw_only=True, eq=False, repr=False)
class EnqueueManyRequest(Request):
    """Put several tasks on a queue."""

    ids: list[str]
    """The objects it is about (ids)."""
    queue: str | None = None
    """Queue to put it on (id); the default queue if absent."""
    queue_name: str | None = None
    """Queue to put it on, by name; made if it does not exist."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    validate_tasks: bool = False
    """Refuse tasks that could not run, such as ones without script."""
    verify_watched_queue: bool = False
    """Also say whether a worker watches the queue."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            queue=optional(data, "queue", at, string),
            queue_name=optional(data, "queue_name", at, string),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            validate_tasks=optional(data, "validate_tasks", at, boolean, False),
            verify_watched_queue=optional(data, "verify_watched_queue", at, boolean, False),
        )


@define(kw_only=True, eq=False, repr=False)
class FailedRequest(Request):
    """Say that the run of a task failed."""

    force: bool = False
    """Do it even where the status does not allow it."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetAllExRequest(Request):
    """Query tasks; linked objects are written out."""

    allow_public: bool = True
    """Also count in or return public objects of the built-in company."""
    search_hidden: bool = False
    """Also return hidden tasks."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            allow_public=optional(data, "allow_public", at, boolean, True),
            search_hidden=optional(data, "search_hidden", at, boolean, False),
        )


@define(kw_only=True, eq=False, repr=False)
class GetByIdRequest(Request):
    """One task by its id."""

    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(task=required(data, "task", at, string))


@define(kw_only=True, eq=False, repr=False)
class GetConfigurationNamesRequest(Request):
    """Names of the pieces of configuration of tasks."""

    skip_empty: bool = True
    """Leave out tasks without configuration."""
    tasks: list[str]
    """The tasks it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            skip_empty=optional(data, "skip_empty", at, boolean, True),
            tasks=filled(data, "tasks", at, _SIZED_STRINGS_LEAST_1),
        )


@define(kw_only=True, eq=False, repr=False)
class GetConfigurationsRequest(Request):
    """Pieces of configuration of tasks."""

    names: list[str] | None = None
    """Only pieces with these names; all if absent."""
    tasks: list[str]
    """The tasks it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            names=optional(data, "names", at, strings),
            tasks=filled(data, "tasks", at, _SIZED_STRINGS_LEAST_1),
        )


@define(kw_only=True, eq=False, repr=False)
class GetHyperParamsRequest(Request):
    """Parameters of tasks."""

    tasks: list[str]
    """The tasks it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(tasks=filled(data, "tasks", at, _SIZED_STRINGS_LEAST_1))


@define(kw_only=True, eq=False, repr=False)
class GetTypesRequest(Request):
    """Task types that occur in some projects."""

    projects: list[str] | None = None
    """Only these projects (ids); all if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(projects=optional(data, "projects", at, strings))


@define(kw_only=True, eq=False, repr=False)
class MakePrivateRequest(Request):
    """Take tasks back from public to the company of the caller."""

    ids: list[str]
    """The tasks it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1))


@define(kw_only=True, eq=False, repr=False)
class MakePublicRequest(Request):
    """Make tasks public to all companies."""

    ids: list[str]
    """The tasks it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1))


@define(kw_only=True, eq=False, repr=False)
class MoveRequest(Request):
    """Move tasks to another project."""

    ids: list[str]
    """The tasks it is about (ids)."""
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
class PingRequest(Request):
    """Say that a task is alive, so that the watchdog leaves it."""

    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(task=required(data, "task", at, string))


@define(kw_only=True, eq=False, repr=False)
class PublishRequest(Request):
    """Publish a task; from then on its contents are fixed."""

    force: bool = False
    """Do it even where the status does not allow it."""
    publish_model: bool = True
    """Also publish the models that the task made."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            publish_model=optional(data, "publish_model", at, boolean, True),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class PublishManyRequest(Request):
    """Publish several tasks."""

    force: bool = False
    """Do it even where the status does not allow it."""
    ids: list[str]
    """The objects it is about (ids)."""
    publish_model: bool = True
    """Also publish the models that the task made."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            publish_model=optional(data, "publish_model", at, boolean, True),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
        )


@define(kw_only=True, eq=False, repr=False)
class ResetRequest(Request):
    """Make a task as if it never ran: delete results, keep the definition."""

    clear_all: bool = False
    """Also forget script, configuration, parameters, tags and everything else the run did not produce."""
    delete_external_artifacts: bool = True
    """Also have the files on outside storage deleted in the background."""
    delete_output_models: bool = True
    """Also delete the models that the task made and nobody else uses."""
    force: bool = False
    """Do it even where the status does not allow it."""
    return_file_urls: bool = False
    """Also return the addresses of files that are now orphaned."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            clear_all=optional(data, "clear_all", at, boolean, False),
            delete_external_artifacts=optional(data, "delete_external_artifacts", at, boolean, True),
            delete_output_models=optional(data, "delete_output_models", at, boolean, True),
            force=optional(data, "force", at, boolean, False),
            return_file_urls=optional(data, "return_file_urls", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class ResetManyRequest(Request):
    """Reset several tasks."""

    clear_all: bool = False
    """Also forget script, configuration, parameters, tags and everything else the run did not produce."""
    delete_external_artifacts: bool = True
    """Also have the files on outside storage deleted in the background."""
    delete_output_models: bool = True
    """Also delete the models that the task made and nobody else uses."""
    force: bool = False
    """Do it even where the status does not allow it."""
    ids: list[str]
    """The objects it is about (ids)."""
    return_file_urls: bool = False
    """Also return the addresses of files that are now orphaned."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            clear_all=optional(data, "clear_all", at, boolean, False),
            delete_external_artifacts=optional(data, "delete_external_artifacts", at, boolean, True),
            delete_output_models=optional(data, "delete_output_models", at, boolean, True),
            force=optional(data, "force", at, boolean, False),
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            return_file_urls=optional(data, "return_file_urls", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
        )


@define(kw_only=True, eq=False, repr=False)
class SetRequirementsRequest(Request):
    """Set the packages that the script of a task needs."""

    requirements: dict[str, Any]
    """Packages that the script needs, by package tool."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            requirements=required(data, "requirements", at, mapping),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class StartedRequest(Request):
    """Say that the run of a task began."""

    force: bool = False
    """Do it even where the status does not allow it."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class StopRequest(Request):
    """Ask a running task to stop, or stop it at once if nothing runs it."""

    force: bool = False
    """Do it even where the status does not allow it."""
    include_pipeline_steps: bool = False
    """Also do it to the steps of a pipeline that is among them."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            include_pipeline_steps=optional(data, "include_pipeline_steps", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class StopManyRequest(Request):
    """Ask several tasks to stop."""

    force: bool = False
    """Do it even where the status does not allow it."""
    ids: list[str]
    """The objects it is about (ids)."""
    include_pipeline_steps: bool = False
    """Also do it to the steps of a pipeline that is among them."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            include_pipeline_steps=optional(data, "include_pipeline_steps", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
        )


@define(kw_only=True, eq=False, repr=False)
class StoppedRequest(Request):
    """Say that the run of a task was stopped."""

    force: bool = False
    """Do it even where the status does not allow it."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class UnarchiveManyRequest(Request):
    """Bring several archived tasks back."""

    ids: list[str]
    """The objects it is about (ids)."""
    include_pipeline_steps: bool = False
    """Also do it to the steps of a pipeline that is among them."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            include_pipeline_steps=optional(data, "include_pipeline_steps", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
        )


@define(kw_only=True, eq=False, repr=False)
class UpdateRequest(Request):
    """Change the fields of a task that may change at any time."""

    force: bool = False
    """Do it even where the status does not allow it."""
    status_message: str = ""
    """Text to store with the change of status."""
    status_reason: str = ""
    """Reason to store with the change of status."""
    task: str
    """The task it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            force=optional(data, "force", at, boolean, False),
            status_message=optional(data, "status_message", at, string, ""),
            status_reason=optional(data, "status_reason", at, string, ""),
            task=required(data, "task", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class UpdateTagsRequest(Request):
    """Put tags on several tasks and take others off."""

    add_tags: list[str] | None = None
    """Tags to put on every named task; those already there are not doubled."""
    ids: list[str]
    """The tasks it is about (ids)."""
    remove_tags: list[str] | None = None
    """Tags to take off every named task."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            add_tags=optional(data, "add_tags", at, strings),
            ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1),
            remove_tags=optional(data, "remove_tags", at, strings),
        )


@define(kw_only=True, eq=False, repr=False)
class ValidateRequest(Request):
    """Check a task as create would, without making it."""

    name: str
    """Name of the task."""
    type: str
    """What the task does, such as training."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            name=required(data, "name", at, string),
            type=required(data, "type", at, _ONE_OF_APPLICATION),
        )
