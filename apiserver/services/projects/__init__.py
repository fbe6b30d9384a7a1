"""projects.*: the tree of projects and what is known about what they hold. Source: spec 2 §8."""

from apiserver.services.projects.deleting import delete, validate_delete
from apiserver.services.projects.editing import create, make_private, make_public, merge, move, update
from apiserver.services.projects.reading import get_all, get_all_ex, get_by_id
from apiserver.services.projects.values import (
    get_hyper_parameters,
    get_hyperparam_values,
    get_model_metadata_keys,
    get_model_metadata_values,
    get_model_tags,
    get_project_tags,
    get_task_parents,
    get_task_tags,
    get_unique_metric_variants,
    get_user_names,
)

__all__ = [
    "create", "delete", "get_all", "get_all_ex", "get_by_id", "get_hyper_parameters", "get_hyperparam_values", "get_model_metadata_keys",
    "get_model_metadata_values", "get_model_tags", "get_project_tags", "get_task_parents", "get_task_tags", "get_unique_metric_variants",
    "get_user_names", "make_private", "make_public", "merge", "move", "update", "validate_delete",
]  # fmt: skip
