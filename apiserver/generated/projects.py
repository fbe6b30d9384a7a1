# Generated from schema/services/projects.conf by `trackyard generate`. Do not edit.
"""Requests of `projects.*`, checked and converted."""

from __future__ import annotations

from typing import Any, Self

from attrs import define

from apiserver.calls.coerce import (
    Request,
    boolean,
    defaulted,
    filled,
    given,
    inside,
    integer,
    mapping,
    one_of,
    optional,
    required,
    sized,
    string,
    strings,
)


def _all(value: Any, where: str) -> dict[str, Any]:
    """Fits where all of include are there and none of exclude."""
    data, at = inside(value, where)
    return given(
        {
            "exclude": optional(data, "exclude", at, strings),
            "include": optional(data, "include", at, strings),
        }
    )


_ONE_OF_AND_OR = one_of("and", "or")


def _children_tags_filter(value: Any, where: str) -> dict[str, Any]:
    """The same as children_tags, with include and exclude lists."""
    data, at = inside(value, where)
    return given(
        {
            "all": optional(data, "all", at, _all),
            "any": optional(data, "any", at, _all),
            "op": defaulted(data, "op", at, _ONE_OF_AND_OR, "and"),
        }
    )


_ONE_OF_PIPELINE_REPORT_DATASET = one_of("pipeline", "report", "dataset")
_ONE_OF_ACTIVE_ARCHIVED = one_of("active", "archived")


def _filter(value: Any, where: str) -> dict[str, Any]:
    """Only tags of objects that also fit this."""
    data, at = inside(value, where)
    return given(
        {
            "system_tags": optional(data, "system_tags", at, strings),
            "tags": optional(data, "tags", at, strings),
        }
    )


_ONE_OF_ACTIVE_ARCHIVED_HIDDEN = one_of("active", "archived", "hidden")
_ONE_OF_TASK_MODEL = one_of("task", "model")
_SIZED_STRINGS_LEAST_1 = sized(strings, least=1)


@define(kw_only=True, eq=False, repr=False)
class DeleteRequest(Request):
    """Delete a project with the projects below."""

    delete_contents: bool = False
    """Also delete the tasks and models inside; otherwise they stay without project."""
    delete_external_artifacts: bool = True
    """Also have the files on outside storage deleted in the background."""
    force: bool = False
    """Do it even if the project is not empty."""
    project: str
    """The project it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            delete_contents=optional(data, "delete_contents", at, boolean, False),
            delete_external_artifacts=optional(data, "delete_external_artifacts", at, boolean, True),
            force=optional(data, "force", at, boolean, False),
            project=required(data, "project", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetAllExRequest(Request):
    """Query projects, with statistics about what they hold."""

    active_users: list[str] | None = None
    """Only projects in which these users own something (ids)."""
    allow_public: bool | None = None
    """Also count in or return public objects of the built-in company."""
    check_own_contents: bool = False
    """Also count tasks and models that sit directly in each project, and drop projects hidden only for being empty."""
    children_tags: list[str] | None = None
    """With children_type: only children with these tags count."""
    children_tags_filter: dict[str, Any] | None = None
    """The same as children_tags, with include and exclude lists."""
    children_type: str | None = None
    """Only projects that hold children of this kind somewhere below."""
    include_dataset_stats: bool = False
    """Also return size and number of files of datasets."""
    include_stats: bool = False
    """Also return numbers of tasks by status, and run times."""
    include_stats_filter: dict[str, Any] | None = None
    """Only tasks that fit this count in the statistics, in the form of tasks.get_all."""
    non_public: bool = False
    """Leave public projects out."""
    search_hidden: bool = False
    """Also return hidden projects."""
    shallow_search: bool = False
    """Only the projects directly at the top or under the named parent."""
    stats_for_state: str | None = None
    """Accepted for old clients; only active tasks are counted."""
    stats_with_children: bool = True
    """Also count what is in projects below."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            active_users=optional(data, "active_users", at, strings),
            allow_public=optional(data, "allow_public", at, boolean),
            check_own_contents=optional(data, "check_own_contents", at, boolean, False),
            children_tags=optional(data, "children_tags", at, strings),
            children_tags_filter=optional(data, "children_tags_filter", at, _children_tags_filter),
            children_type=optional(data, "children_type", at, _ONE_OF_PIPELINE_REPORT_DATASET),
            include_dataset_stats=optional(data, "include_dataset_stats", at, boolean, False),
            include_stats=optional(data, "include_stats", at, boolean, False),
            include_stats_filter=optional(data, "include_stats_filter", at, mapping),
            non_public=optional(data, "non_public", at, boolean, False),
            search_hidden=optional(data, "search_hidden", at, boolean, False),
            shallow_search=optional(data, "shallow_search", at, boolean, False),
            stats_for_state=optional(data, "stats_for_state", at, _ONE_OF_ACTIVE_ARCHIVED),
            stats_with_children=optional(data, "stats_with_children", at, boolean, True),
        )


@define(kw_only=True, eq=False, repr=False)
class GetByIdRequest(Request):
    """One project by its id."""

    project: str
    """The project it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(project=required(data, "project", at, string))


@define(kw_only=True, eq=False, repr=False)
class GetHyperParametersRequest(Request):
    """Names of the parameters that occur in a project."""

    include_subprojects: bool = True
    """Also look into the projects below."""
    page: int = 0
    """Number of the page, from 0."""
    page_size: int = 500
    """Entries on a page."""
    project: str | None = None
    """The project it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            include_subprojects=optional(data, "include_subprojects", at, boolean, True),
            page=optional(data, "page", at, integer, 0),
            page_size=optional(data, "page_size", at, integer, 500),
            project=optional(data, "project", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetHyperparamValuesRequest(Request):
    """Values that a parameter has in some projects."""

    allow_public: bool = True
    """Also count in or return public objects of the built-in company."""
    include_subprojects: bool = True
    """Also look into the projects below."""
    name: str
    """Name of the parameter."""
    page: int = 0
    """Number of the page, from 0."""
    page_size: int = 500
    """Entries on a page."""
    pattern: str | None = None
    """Regular expression for the value, upper and lower case alike."""
    projects: list[str] | None = None
    """Only these projects (ids); all if absent."""
    section: str
    """Group of parameters, such as Args."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            allow_public=optional(data, "allow_public", at, boolean, True),
            include_subprojects=optional(data, "include_subprojects", at, boolean, True),
            name=required(data, "name", at, string),
            page=optional(data, "page", at, integer, 0),
            page_size=optional(data, "page_size", at, integer, 500),
            pattern=optional(data, "pattern", at, string),
            projects=optional(data, "projects", at, strings),
            section=required(data, "section", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetModelMetadataKeysRequest(Request):
    """Metadata keys that occur in models of a project."""

    include_subprojects: bool = True
    """Also look into the projects below."""
    page: int = 0
    """Number of the page, from 0."""
    page_size: int = 500
    """Entries on a page."""
    project: str | None = None
    """The project it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            include_subprojects=optional(data, "include_subprojects", at, boolean, True),
            page=optional(data, "page", at, integer, 0),
            page_size=optional(data, "page_size", at, integer, 500),
            project=optional(data, "project", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetModelMetadataValuesRequest(Request):
    """Values that a metadata key has in models of some projects."""

    allow_public: bool = True
    """Also count in or return public objects of the built-in company."""
    include_subprojects: bool = True
    """Also look into the projects below."""
    key: str
    """Name of the metadata."""
    page: int = 0
    """Number of the page, from 0."""
    page_size: int = 500
    """Entries on a page."""
    projects: list[str] | None = None
    """Only these projects (ids); all if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            allow_public=optional(data, "allow_public", at, boolean, True),
            include_subprojects=optional(data, "include_subprojects", at, boolean, True),
            key=required(data, "key", at, string),
            page=optional(data, "page", at, integer, 0),
            page_size=optional(data, "page_size", at, integer, 500),
            projects=optional(data, "projects", at, strings),
        )


@define(kw_only=True, eq=False, repr=False)
class GetModelTagsRequest(Request):
    """Tags on models in some projects."""

    filter: dict[str, Any] | None = None
    """Only tags of objects that also fit this."""
    include_system: bool = False
    """Also return the system tags."""
    projects: list[str] | None = None
    """Only these projects (ids); all if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            filter=optional(data, "filter", at, _filter),
            include_system=optional(data, "include_system", at, boolean, False),
            projects=optional(data, "projects", at, strings),
        )


@define(kw_only=True, eq=False, repr=False)
class GetProjectTagsRequest(Request):
    """Tags on projects."""

    filter: dict[str, Any] | None = None
    """Only tags of objects that also fit this."""
    include_system: bool = False
    """Also return the system tags."""
    projects: list[str] | None = None
    """Only these projects (ids); all if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            filter=optional(data, "filter", at, _filter),
            include_system=optional(data, "include_system", at, boolean, False),
            projects=optional(data, "projects", at, strings),
        )


@define(kw_only=True, eq=False, repr=False)
class GetTaskParentsRequest(Request):
    """Tasks that are parents of tasks in some projects."""

    include_subprojects: bool = True
    """Also look into the projects below."""
    projects: list[str] | None = None
    """Only these projects (ids); all if absent."""
    task_name: str | None = None
    """Regular expression for the name of the parent."""
    tasks_state: str | None = None
    """Only parents of active or of archived tasks; both if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            include_subprojects=optional(data, "include_subprojects", at, boolean, True),
            projects=optional(data, "projects", at, strings),
            task_name=optional(data, "task_name", at, string),
            tasks_state=optional(data, "tasks_state", at, _ONE_OF_ACTIVE_ARCHIVED_HIDDEN),
        )


@define(kw_only=True, eq=False, repr=False)
class GetTaskTagsRequest(Request):
    """Tags on tasks in some projects."""

    filter: dict[str, Any] | None = None
    """Only tags of objects that also fit this."""
    include_system: bool = False
    """Also return the system tags."""
    projects: list[str] | None = None
    """Only these projects (ids); all if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            filter=optional(data, "filter", at, _filter),
            include_system=optional(data, "include_system", at, boolean, False),
            projects=optional(data, "projects", at, strings),
        )


@define(kw_only=True, eq=False, repr=False)
class GetUniqueMetricVariantsRequest(Request):
    """Metrics and variants that occur in a project."""

    ids: list[str] | None = None
    """Only metrics of these tasks, or models (ids)."""
    include_subprojects: bool = True
    """Also look into the projects below."""
    model_metrics: bool = False
    """Look at the metrics of models rather than tasks."""
    project: str | None = None
    """The project it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            ids=optional(data, "ids", at, strings),
            include_subprojects=optional(data, "include_subprojects", at, boolean, True),
            model_metrics=optional(data, "model_metrics", at, boolean, False),
            project=optional(data, "project", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class GetUserNamesRequest(Request):
    """Users that own tasks or models in some projects."""

    entity: str = "task"
    """Whose owners to list."""
    include_subprojects: bool = True
    """Also look into the projects below."""
    projects: list[str] | None = None
    """Only these projects (ids); all if absent."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            entity=defaulted(data, "entity", at, _ONE_OF_TASK_MODEL, "task"),
            include_subprojects=optional(data, "include_subprojects", at, boolean, True),
            projects=optional(data, "projects", at, strings),
        )


@define(kw_only=True, eq=False, repr=False)
class MakePrivateRequest(Request):
    """Take projects back from public to the company of the caller."""

    ids: list[str]
    """The projects it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1))


@define(kw_only=True, eq=False, repr=False)
class MakePublicRequest(Request):
    """Make projects public to all companies."""

    ids: list[str]
    """The projects it is about (ids)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(ids=filled(data, "ids", at, _SIZED_STRINGS_LEAST_1))


@define(kw_only=True, eq=False, repr=False)
class MergeRequest(Request):
    """Move the contents of a project into another and delete it."""

    destination_project: str | None = None
    """Project that takes everything in (id)."""
    project: str
    """The project it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            destination_project=optional(data, "destination_project", at, string),
            project=required(data, "project", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class MoveRequest(Request):
    """Move a project with everything below to another place in the tree."""

    new_location: str | None = None
    """Full name of the project to put it under; empty for the top."""
    project: str
    """The project to move (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(
            new_location=optional(data, "new_location", at, string),
            project=required(data, "project", at, string),
        )


@define(kw_only=True, eq=False, repr=False)
class UpdateRequest(Request):
    """Change name, description, tags or default destination of a project."""

    project: str
    """The project it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(project=required(data, "project", at, string))


@define(kw_only=True, eq=False, repr=False)
class ValidateDeleteRequest(Request):
    """Count what deleting a project would hit."""

    project: str
    """The project it is about (id)."""

    @classmethod
    def parse(cls, data: dict[str, Any], at: str = "") -> Self:
        return cls(project=required(data, "project", at, string))
