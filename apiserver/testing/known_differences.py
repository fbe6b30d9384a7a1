"""Where an answer rightly differs from its documented shape, with the reason. Short on purpose; a stale entry is no error."""

from __future__ import annotations

from collections.abc import Mapping

import jsonschema

KNOWN: Mapping[tuple[str, str], str] = {
    ("projects.get_all_ex", "projects.*.stats.active.total_runtime"): "spec 2 §8.6: a float as soon as any task ran",
    ("projects.get_all_ex", "projects.*.stats.active.last_task_run"): "spec 2 §8.6: documented as a number, answered as a date",
    ("events.delete_for_task", "deleted"): "spec 4 §4.9: documented as a boolean, answered as a number",
    ("events.delete_for_model", "deleted"): "spec 4 §4.9: the same",
    ("events.get_vector_metrics_and_variants", "metrics"): "spec 4 §4.5.6: documented as a list, answered as a map",
    ("tasks.update_batch", "updated"): "spec 3 §7: documented as 0 or 1, answered as the number of tasks",
    ("tasks.get_by_id", "task.execution.artifacts.*.display_data.*.*"): "spec 3 §2: documented as texts, kept as they were sent",
    ("tasks.get_configuration_names", "configurations"): "spec 3 §8: documented as an object, answered as a list of them",
    ("users.get_current_user", "settings.max_download_items"): "spec 1 §12: documented as text, answered as a number",
}
"""{(endpoint, path in the answer; list indexes as `*`): reason}"""


def by_rule(name: str, problem: jsonschema.ValidationError) -> bool:
    """What the documentation leaves out everywhere: null for "nothing", the `_ex` calls' references as objects (spec 2 §3.2, §3.3),
    that a projection may leave out a part that the whole object has to have (spec 2 §3.1), and the type of tasks that are reports
    (spec 5 §9)."""
    if problem.validator == "required":
        return name.endswith((".get_all", "_ex"))
    if problem.validator == "enum" and problem.path and problem.path[-1] == "type":
        return bool(problem.instance == "report")
    if problem.validator != "type":
        return False
    value = problem.instance
    if value == [] and problem.path and problem.path[-1] == "metadata":  # QUIRK: spec 2 §4: what clients below 2.17 read
        return True
    reference = isinstance(value, dict) and problem.validator_value == "string" and (not value or "id" in value)
    return value is None or (reference and (name.endswith("_ex") or name == "reports.get_task_data"))
