"""events.*: what runs report. One module for each group of actions. Source: spec 4; docs/events.md."""

from apiserver.services.events.adding import add, add_batch
from apiserver.services.events.deleting import clear_task_log, delete_for_model, delete_for_task
from apiserver.services.events.iterations import debug_images_v2_7, plots
from apiserver.services.events.logs import (
    clear_scroll,
    download_task_log,
    get_task_events,
    get_task_log,
    get_task_log_v1_7,
    get_task_log_v2_9,
)
from apiserver.services.events.names import (
    get_multi_task_metrics,
    get_scalar_metrics_and_variants,
    get_task_metrics,
    get_vector_metrics_and_variants,
)
from apiserver.services.events.newest import (
    debug_images,
    debug_images_v1_8,
    get_multi_task_plots,
    get_multi_task_plots_v1_8,
    get_task_plots,
    get_task_plots_v1_8,
)
from apiserver.services.events.samples import (
    get_debug_image_sample,
    get_plot_sample,
    next_debug_image_sample,
    next_plot_sample,
)
from apiserver.services.events.scalars import (
    get_scalar_metric_data,
    get_task_latest_scalar_values,
    get_task_single_value_metrics,
    multi_task_scalar_metrics_iter_histogram,
    scalar_metrics_iter_histogram,
    scalar_metrics_iter_raw,
    vector_metrics_iter_histogram,
)

__all__ = [
    "add",
    "add_batch",
    "clear_scroll",
    "clear_task_log",
    "debug_images",
    "debug_images_v1_8",
    "debug_images_v2_7",
    "delete_for_model",
    "delete_for_task",
    "download_task_log",
    "get_debug_image_sample",
    "get_multi_task_metrics",
    "get_multi_task_plots",
    "get_multi_task_plots_v1_8",
    "get_plot_sample",
    "get_scalar_metric_data",
    "get_scalar_metrics_and_variants",
    "get_task_events",
    "get_task_latest_scalar_values",
    "get_task_log",
    "get_task_log_v1_7",
    "get_task_log_v2_9",
    "get_task_metrics",
    "get_task_plots",
    "get_task_plots_v1_8",
    "get_task_single_value_metrics",
    "get_vector_metrics_and_variants",
    "multi_task_scalar_metrics_iter_histogram",
    "next_debug_image_sample",
    "next_plot_sample",
    "plots",
    "scalar_metrics_iter_histogram",
    "scalar_metrics_iter_raw",
    "vector_metrics_iter_histogram",
]
