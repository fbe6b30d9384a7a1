# Generated from schema/services/*.conf by `trackyard generate`. Do not edit.
"""Which function answers which endpoint and version. Not built endpoints have no handler."""

from __future__ import annotations

from apiserver.calls.endpoint import Binding, Endpoint
from apiserver.generated import auth as auth_shapes
from apiserver.generated import events as events_shapes
from apiserver.generated import login as login_shapes
from apiserver.generated import models as models_shapes
from apiserver.generated import organization as organization_shapes
from apiserver.generated import pipelines as pipelines_shapes
from apiserver.generated import projects as projects_shapes
from apiserver.generated import queues as queues_shapes
from apiserver.generated import reports as reports_shapes
from apiserver.generated import server as server_shapes
from apiserver.generated import serving as serving_shapes
from apiserver.generated import storage as storage_shapes
from apiserver.generated import tasks as tasks_shapes
from apiserver.generated import users as users_shapes
from apiserver.generated import workers as workers_shapes
from apiserver.services import (
    auth,
    debug,
    events,
    login,
    models,
    organization,
    pipelines,
    projects,
    queues,
    reports,
    server,
    serving,
    storage,
    tasks,
    users,
    workers,
)

ENDPOINTS: dict[str, Endpoint] = {
    "auth.create_credentials": Endpoint(
        "auth.create_credentials",
        (Binding((1, 0), auth.create_credentials, auth_shapes.CreateCredentialsRequest),),
        versions=((2, 1), (2, 17)),
    ),
    "auth.create_user": Endpoint(
        "auth.create_user",
        (Binding((1, 0), auth.create_user, auth_shapes.CreateUserRequest),),
        allow_roles=("system", "root"),
        internal=True,
        versions=((2, 1),),
    ),
    "auth.edit_credentials": Endpoint(
        "auth.edit_credentials",
        (Binding((1, 0), auth.edit_credentials, auth_shapes.EditCredentialsRequest),),
        versions=((2, 19),),
    ),
    "auth.edit_user": Endpoint(
        "auth.edit_user",
        (Binding((1, 0), auth.edit_user, auth_shapes.EditUserRequest),),
        allow_roles=("system", "root", "admin"),
        versions=((2, 1),),
    ),
    "auth.fixed_users_mode": Endpoint(
        "auth.fixed_users_mode",
        (Binding((1, 0), auth.fixed_users_mode),),
        authorize=False,
        allow_roles=("system", "root"),
        internal=True,
        versions=((2, 1),),
    ),
    "auth.get_credentials": Endpoint("auth.get_credentials", (Binding((1, 0), auth.get_credentials),), versions=((2, 1),)),
    "auth.get_token_for_user": Endpoint(
        "auth.get_token_for_user",
        (Binding((1, 0), auth.get_token_for_user, auth_shapes.GetTokenForUserRequest),),
        allow_roles=("system", "root"),
        internal=True,
        versions=((2, 1),),
    ),
    "auth.login": Endpoint("auth.login", (Binding((1, 0), auth.login, auth_shapes.LoginRequest),), versions=((2, 1),)),
    "auth.logout": Endpoint("auth.logout", (Binding((2, 2), auth.logout),), versions=((2, 2),)),
    "auth.revoke_credentials": Endpoint(
        "auth.revoke_credentials",
        (Binding((1, 0), auth.revoke_credentials, auth_shapes.RevokeCredentialsRequest),),
        versions=((2, 1),),
    ),
    "auth.validate_token": Endpoint(
        "auth.validate_token",
        (Binding((1, 0), auth.validate_token, auth_shapes.ValidateTokenRequest),),
        allow_roles=("system", "root"),
        internal=True,
        versions=((2, 1),),
    ),
    "debug.ping": Endpoint("debug.ping", (Binding((1, 0), debug.ping),), authorize=False, versions=((2, 9),)),
    "events.add": Endpoint("events.add", (Binding((1, 0), events.add),), versions=((2, 1), (2, 22))),
    "events.add_batch": Endpoint(
        "events.add_batch",
        (Binding((1, 0), events.add_batch, batch=True),),
        batch=True,
        versions=((2, 1), (2, 22)),
    ),
    "events.clear_scroll": Endpoint(
        "events.clear_scroll",
        (Binding((2, 18), events.clear_scroll, events_shapes.ClearScrollRequest),),
        versions=((2, 18),),
    ),
    "events.clear_task_log": Endpoint(
        "events.clear_task_log",
        (Binding((1, 0), events.clear_task_log, events_shapes.ClearTaskLogRequest),),
        versions=((2, 19), (2, 30)),
    ),
    "events.debug_images": Endpoint(
        "events.debug_images",
        (
            Binding((1, 0), events.debug_images, events_shapes.DebugImagesRequest),
            Binding((1, 8), events.debug_images_v1_8, events_shapes.DebugImagesV1_8Request),
            Binding((2, 7), events.debug_images_v2_7, events_shapes.DebugImagesV2_7Request),
        ),
        versions=((2, 1), (2, 7), (2, 14), (2, 22)),
    ),
    "events.delete_for_model": Endpoint(
        "events.delete_for_model",
        (Binding((1, 0), events.delete_for_model, events_shapes.DeleteForModelRequest),),
        versions=((2, 22),),
    ),
    "events.delete_for_task": Endpoint(
        "events.delete_for_task",
        (Binding((1, 0), events.delete_for_task, events_shapes.DeleteForTaskRequest),),
        versions=((2, 1),),
    ),
    "events.download_task_log": Endpoint(
        "events.download_task_log",
        (Binding((1, 0), events.download_task_log, events_shapes.DownloadTaskLogRequest),),
        versions=((2, 1),),
    ),
    "events.get_debug_image_sample": Endpoint(
        "events.get_debug_image_sample",
        (Binding((2, 12), events.get_debug_image_sample, events_shapes.GetDebugImageSampleRequest),),
        versions=((2, 12), (2, 20), (2, 22)),
    ),
    "events.get_multi_task_metrics": Endpoint(
        "events.get_multi_task_metrics",
        (Binding((1, 0), events.get_multi_task_metrics, events_shapes.GetMultiTaskMetricsRequest),),
        versions=((2, 28),),
    ),
    "events.get_multi_task_plots": Endpoint(
        "events.get_multi_task_plots",
        (
            Binding((1, 0), events.get_multi_task_plots, events_shapes.GetMultiTaskPlotsRequest),
            Binding((1, 8), events.get_multi_task_plots_v1_8, events_shapes.GetMultiTaskPlotsV1_8Request),
        ),
        versions=((2, 1), (2, 16), (2, 22), (2, 26), (2, 28)),
    ),
    "events.get_plot_sample": Endpoint(
        "events.get_plot_sample",
        (Binding((1, 0), events.get_plot_sample, events_shapes.GetPlotSampleRequest),),
        versions=((2, 20), (2, 22)),
    ),
    "events.get_scalar_metric_data": Endpoint(
        "events.get_scalar_metric_data",
        (Binding((1, 0), events.get_scalar_metric_data, events_shapes.GetScalarMetricDataRequest),),
        versions=((2, 1), (2, 16), (2, 22)),
    ),
    "events.get_scalar_metrics_and_variants": Endpoint(
        "events.get_scalar_metrics_and_variants",
        (Binding((1, 0), events.get_scalar_metrics_and_variants, events_shapes.GetScalarMetricsAndVariantsRequest),),
        versions=((2, 1), (2, 22)),
    ),
    "events.get_task_events": Endpoint(
        "events.get_task_events",
        (Binding((1, 0), events.get_task_events, events_shapes.GetTaskEventsRequest),),
        versions=((2, 1), (2, 22)),
    ),
    "events.get_task_latest_scalar_values": Endpoint(
        "events.get_task_latest_scalar_values",
        (Binding((1, 0), events.get_task_latest_scalar_values, events_shapes.GetTaskLatestScalarValuesRequest),),
        versions=((2, 1),),
    ),
    "events.get_task_log": Endpoint(
        "events.get_task_log",
        (
            Binding((1, 0), events.get_task_log, events_shapes.GetTaskLogRequest),
            Binding((1, 7), events.get_task_log_v1_7, events_shapes.GetTaskLogV1_7Request),
            Binding((2, 9), events.get_task_log_v2_9, events_shapes.GetTaskLogV2_9Request),
        ),
        versions=((1, 5), (1, 7), (2, 9), (2, 30)),
    ),
    "events.get_task_metrics": Endpoint(
        "events.get_task_metrics",
        (Binding((1, 0), events.get_task_metrics, events_shapes.GetTaskMetricsRequest),),
        versions=((2, 7), (2, 22)),
    ),
    "events.get_task_plots": Endpoint(
        "events.get_task_plots",
        (
            Binding((1, 0), events.get_task_plots, events_shapes.GetTaskPlotsRequest),
            Binding((1, 8), events.get_task_plots_v1_8, events_shapes.GetTaskPlotsV1_8Request),
        ),
        versions=((2, 1), (2, 14), (2, 16), (2, 22)),
    ),
    "events.get_task_single_value_metrics": Endpoint(
        "events.get_task_single_value_metrics",
        (Binding((1, 0), events.get_task_single_value_metrics, events_shapes.GetTaskSingleValueMetricsRequest),),
        versions=((2, 20), (2, 22), (2, 28)),
    ),
    "events.get_vector_metrics_and_variants": Endpoint(
        "events.get_vector_metrics_and_variants",
        (Binding((1, 0), events.get_vector_metrics_and_variants, events_shapes.GetVectorMetricsAndVariantsRequest),),
        versions=((2, 1), (2, 22)),
    ),
    "events.multi_task_scalar_metrics_iter_histogram": Endpoint(
        "events.multi_task_scalar_metrics_iter_histogram",
        (Binding((1, 0), events.multi_task_scalar_metrics_iter_histogram, events_shapes.MultiTaskScalarMetricsIterHistogramRequest),),
        versions=((2, 1), (2, 22), (2, 28)),
    ),
    "events.next_debug_image_sample": Endpoint(
        "events.next_debug_image_sample",
        (Binding((2, 12), events.next_debug_image_sample, events_shapes.NextDebugImageSampleRequest),),
        versions=((2, 12), (2, 22)),
    ),
    "events.next_plot_sample": Endpoint(
        "events.next_plot_sample",
        (Binding((1, 0), events.next_plot_sample, events_shapes.NextPlotSampleRequest),),
        versions=((2, 20), (2, 22)),
    ),
    "events.plots": Endpoint("events.plots", (Binding((1, 0), events.plots, events_shapes.PlotsRequest),), versions=((2, 20), (2, 22))),
    "events.scalar_metrics_iter_histogram": Endpoint(
        "events.scalar_metrics_iter_histogram",
        (Binding((1, 0), events.scalar_metrics_iter_histogram, events_shapes.ScalarMetricsIterHistogramRequest),),
        versions=((2, 1), (2, 14), (2, 22)),
    ),
    "events.scalar_metrics_iter_raw": Endpoint(
        "events.scalar_metrics_iter_raw",
        (Binding((2, 16), events.scalar_metrics_iter_raw, events_shapes.ScalarMetricsIterRawRequest),),
        versions=((2, 16), (2, 22)),
    ),
    "events.vector_metrics_iter_histogram": Endpoint(
        "events.vector_metrics_iter_histogram",
        (Binding((1, 0), events.vector_metrics_iter_histogram, events_shapes.VectorMetricsIterHistogramRequest),),
        versions=((2, 1), (2, 22)),
    ),
    "login.logout": Endpoint("login.logout", (Binding((2, 13), login.logout),), authorize=None, versions=((2, 13),)),
    "login.supported_modes": Endpoint(
        "login.supported_modes",
        (Binding((1, 0), login.supported_modes, login_shapes.SupportedModesRequest),),
        authorize=None,
        allow_roles=("system", "root", "admin"),
        versions=((2, 9),),
    ),
    "models.add_or_update_metadata": Endpoint(
        "models.add_or_update_metadata",
        (Binding((2, 13), models.add_or_update_metadata, models_shapes.AddOrUpdateMetadataRequest),),
        versions=((2, 13),),
    ),
    "models.archive_many": Endpoint(
        "models.archive_many",
        (Binding((1, 0), models.archive_many, models_shapes.ArchiveManyRequest),),
        versions=((2, 13),),
    ),
    "models.create": Endpoint("models.create", (Binding((1, 0), models.create, models_shapes.CreateRequest),), versions=((2, 1), (2, 13))),
    "models.delete": Endpoint("models.delete", (Binding((1, 0), models.delete, models_shapes.DeleteRequest),), versions=((2, 1), (2, 13))),
    "models.delete_many": Endpoint(
        "models.delete_many",
        (Binding((1, 0), models.delete_many, models_shapes.DeleteManyRequest),),
        versions=((2, 13),),
    ),
    "models.delete_metadata": Endpoint(
        "models.delete_metadata",
        (Binding((2, 13), models.delete_metadata, models_shapes.DeleteMetadataRequest),),
        versions=((2, 13),),
    ),
    "models.edit": Endpoint("models.edit", (Binding((1, 0), models.edit, models_shapes.EditRequest),), versions=((2, 1), (2, 13))),
    "models.get_all": Endpoint("models.get_all", (Binding((1, 0), models.get_all),), versions=((2, 1), (2, 15), (2, 26))),
    "models.get_all_ex": Endpoint(
        "models.get_all_ex",
        (Binding((1, 0), models.get_all_ex, models_shapes.GetAllExRequest),),
        internal=True,
        versions=((2, 1), (2, 13), (2, 15), (2, 20), (2, 23), (2, 27)),
    ),
    "models.get_by_id": Endpoint(
        "models.get_by_id",
        (Binding((1, 0), models.get_by_id, models_shapes.GetByIdRequest),),
        versions=((2, 1),),
    ),
    "models.get_by_id_ex": Endpoint(
        "models.get_by_id_ex",
        (Binding((1, 0), models.get_by_id_ex, required_fields=("id",)),),
        internal=True,
        versions=((2, 11),),
    ),
    "models.get_by_task_id": Endpoint(
        "models.get_by_task_id",
        (Binding((1, 0), models.get_by_task_id, models_shapes.GetByTaskIdRequest),),
        versions=((2, 1),),
    ),
    "models.get_frameworks": Endpoint(
        "models.get_frameworks",
        (Binding((1, 0), models.get_frameworks, models_shapes.GetFrameworksRequest),),
        versions=((2, 8),),
    ),
    "models.make_private": Endpoint(
        "models.make_private",
        (Binding((2, 9), models.make_private, models_shapes.MakePrivateRequest),),
        versions=((2, 9),),
    ),
    "models.make_public": Endpoint(
        "models.make_public",
        (Binding((2, 9), models.make_public, models_shapes.MakePublicRequest),),
        versions=((2, 9),),
    ),
    "models.move": Endpoint("models.move", (Binding((1, 0), models.move, models_shapes.MoveRequest),), versions=((2, 12),)),
    "models.publish_many": Endpoint(
        "models.publish_many",
        (Binding((1, 0), models.publish_many, models_shapes.PublishManyRequest),),
        versions=((2, 13),),
    ),
    "models.set_ready": Endpoint(
        "models.set_ready",
        (Binding((1, 0), models.set_ready, models_shapes.SetReadyRequest),),
        versions=((2, 1),),
    ),
    "models.unarchive_many": Endpoint(
        "models.unarchive_many",
        (Binding((1, 0), models.unarchive_many, models_shapes.UnarchiveManyRequest),),
        versions=((2, 13),),
    ),
    "models.update": Endpoint("models.update", (Binding((1, 0), models.update, models_shapes.UpdateRequest),), versions=((2, 1), (2, 13))),
    "models.update_for_task": Endpoint(
        "models.update_for_task",
        (Binding((1, 0), models.update_for_task, models_shapes.UpdateForTaskRequest),),
        versions=((2, 1),),
    ),
    "models.update_tags": Endpoint(
        "models.update_tags",
        (Binding((1, 0), models.update_tags, models_shapes.UpdateTagsRequest),),
        versions=((2, 27),),
    ),
    "organization.download_for_get_all": Endpoint(
        "organization.download_for_get_all",
        (Binding((1, 0), organization.download_for_get_all, organization_shapes.DownloadForGetAllRequest),),
        versions=((2, 26),),
    ),
    "organization.get_entities_count": Endpoint(
        "organization.get_entities_count",
        (Binding((1, 0), organization.get_entities_count, organization_shapes.GetEntitiesCountRequest),),
        versions=((2, 20), (2, 22), (2, 23), (2, 33), (2, 34)),
    ),
    "organization.get_project_usages": Endpoint(
        "organization.get_project_usages",
        (Binding((1, 0), organization.get_project_usages, organization_shapes.GetProjectUsagesRequest),),
        versions=((2, 34),),
    ),
    "organization.get_tags": Endpoint(
        "organization.get_tags",
        (Binding((1, 0), organization.get_tags, organization_shapes.GetTagsRequest),),
        versions=((2, 8),),
    ),
    "organization.get_user_companies": Endpoint(
        "organization.get_user_companies",
        (Binding((1, 0), organization.get_user_companies),),
        versions=((2, 12),),
    ),
    "organization.prepare_download_for_get_all": Endpoint(
        "organization.prepare_download_for_get_all",
        (Binding((1, 0), organization.prepare_download_for_get_all, organization_shapes.PrepareDownloadForGetAllRequest),),
        versions=((2, 26),),
    ),
    "pipelines.delete_runs": Endpoint(
        "pipelines.delete_runs",
        (Binding((1, 0), pipelines.delete_runs, pipelines_shapes.DeleteRunsRequest),),
        versions=((2, 26),),
    ),
    "pipelines.start_pipeline": Endpoint(
        "pipelines.start_pipeline",
        (Binding((1, 0), pipelines.start_pipeline, pipelines_shapes.StartPipelineRequest),),
        versions=((2, 17), (2, 28)),
    ),
    "projects.create": Endpoint("projects.create", (Binding((1, 0), projects.create, required_fields=("name",)),), versions=((2, 1),)),
    "projects.delete": Endpoint(
        "projects.delete",
        (Binding((1, 0), projects.delete, projects_shapes.DeleteRequest),),
        versions=((2, 1), (2, 13), (2, 26)),
    ),
    "projects.get_all": Endpoint("projects.get_all", (Binding((1, 0), projects.get_all),), versions=((2, 1), (2, 13), (2, 14), (2, 15))),
    "projects.get_all_ex": Endpoint(
        "projects.get_all_ex",
        (Binding((1, 0), projects.get_all_ex, projects_shapes.GetAllExRequest),),
        internal=True,
        versions=((2, 1), (2, 13), (2, 14), (2, 15), (2, 16), (2, 17), (2, 20), (2, 23), (2, 24), (2, 25), (2, 27)),
    ),
    "projects.get_by_id": Endpoint(
        "projects.get_by_id",
        (Binding((1, 0), projects.get_by_id, projects_shapes.GetByIdRequest),),
        versions=((2, 1),),
    ),
    "projects.get_hyper_parameters": Endpoint(
        "projects.get_hyper_parameters",
        (Binding((2, 9), projects.get_hyper_parameters, projects_shapes.GetHyperParametersRequest),),
        versions=((2, 9), (2, 13)),
    ),
    "projects.get_hyperparam_values": Endpoint(
        "projects.get_hyperparam_values",
        (Binding((2, 13), projects.get_hyperparam_values, projects_shapes.GetHyperparamValuesRequest),),
        versions=((2, 13), (2, 26), (2, 27)),
    ),
    "projects.get_model_metadata_keys": Endpoint(
        "projects.get_model_metadata_keys",
        (Binding((1, 0), projects.get_model_metadata_keys, projects_shapes.GetModelMetadataKeysRequest),),
        versions=((2, 17),),
    ),
    "projects.get_model_metadata_values": Endpoint(
        "projects.get_model_metadata_values",
        (Binding((1, 0), projects.get_model_metadata_values, projects_shapes.GetModelMetadataValuesRequest),),
        versions=((2, 17), (2, 26)),
    ),
    "projects.get_model_tags": Endpoint(
        "projects.get_model_tags",
        (Binding((2, 8), projects.get_model_tags, projects_shapes.GetModelTagsRequest),),
        versions=((2, 8),),
    ),
    "projects.get_project_tags": Endpoint(
        "projects.get_project_tags",
        (Binding((1, 0), projects.get_project_tags, projects_shapes.GetProjectTagsRequest),),
        versions=((2, 17),),
    ),
    "projects.get_task_parents": Endpoint(
        "projects.get_task_parents",
        (Binding((2, 12), projects.get_task_parents, projects_shapes.GetTaskParentsRequest),),
        versions=((2, 12), (2, 13), (2, 25)),
    ),
    "projects.get_task_tags": Endpoint(
        "projects.get_task_tags",
        (Binding((2, 8), projects.get_task_tags, projects_shapes.GetTaskTagsRequest),),
        versions=((2, 8),),
    ),
    "projects.get_unique_metric_variants": Endpoint(
        "projects.get_unique_metric_variants",
        (Binding((1, 0), projects.get_unique_metric_variants, projects_shapes.GetUniqueMetricVariantsRequest),),
        versions=((2, 1), (2, 13), (2, 25), (2, 28)),
    ),
    "projects.get_user_names": Endpoint(
        "projects.get_user_names",
        (Binding((1, 0), projects.get_user_names, projects_shapes.GetUserNamesRequest),),
        versions=((2, 26),),
    ),
    "projects.make_private": Endpoint(
        "projects.make_private",
        (Binding((2, 9), projects.make_private, projects_shapes.MakePrivateRequest),),
        versions=((2, 9),),
    ),
    "projects.make_public": Endpoint(
        "projects.make_public",
        (Binding((2, 9), projects.make_public, projects_shapes.MakePublicRequest),),
        versions=((2, 9),),
    ),
    "projects.merge": Endpoint("projects.merge", (Binding((1, 0), projects.merge, projects_shapes.MergeRequest),), versions=((2, 13),)),
    "projects.move": Endpoint("projects.move", (Binding((1, 0), projects.move, projects_shapes.MoveRequest),), versions=((2, 13),)),
    "projects.update": Endpoint("projects.update", (Binding((1, 0), projects.update, projects_shapes.UpdateRequest),), versions=((2, 1),)),
    "projects.validate_delete": Endpoint(
        "projects.validate_delete",
        (Binding((1, 0), projects.validate_delete, projects_shapes.ValidateDeleteRequest),),
        versions=((2, 14), (2, 26)),
    ),
    "queues.add_or_update_metadata": Endpoint(
        "queues.add_or_update_metadata",
        (Binding((2, 13), queues.add_or_update_metadata, queues_shapes.AddOrUpdateMetadataRequest),),
        versions=((2, 13),),
    ),
    "queues.add_task": Endpoint(
        "queues.add_task",
        (Binding((2, 4), queues.add_task, queues_shapes.AddTaskRequest),),
        versions=((2, 4), (2, 31)),
    ),
    "queues.clear_queue": Endpoint(
        "queues.clear_queue",
        (Binding((1, 0), queues.clear_queue, queues_shapes.ClearQueueRequest),),
        versions=((2, 31),),
    ),
    "queues.create": Endpoint(
        "queues.create",
        (Binding((2, 4), queues.create, queues_shapes.CreateRequest),),
        versions=((2, 4), (2, 13), (2, 31)),
    ),
    "queues.delete": Endpoint("queues.delete", (Binding((2, 4), queues.delete, queues_shapes.DeleteRequest),), versions=((2, 4),)),
    "queues.delete_metadata": Endpoint(
        "queues.delete_metadata",
        (Binding((2, 13), queues.delete_metadata, queues_shapes.DeleteMetadataRequest),),
        versions=((2, 13),),
    ),
    "queues.get_all": Endpoint(
        "queues.get_all",
        (Binding((2, 4), queues.get_all, queues_shapes.GetAllRequest),),
        versions=((2, 4), (2, 15), (2, 20), (2, 21)),
    ),
    "queues.get_all_ex": Endpoint(
        "queues.get_all_ex",
        (Binding((2, 4), queues.get_all_ex, queues_shapes.GetAllExRequest),),
        internal=True,
        versions=((2, 4), (2, 15), (2, 20), (2, 21), (2, 27)),
    ),
    "queues.get_by_id": Endpoint(
        "queues.get_by_id",
        (Binding((2, 4), queues.get_by_id, queues_shapes.GetByIdRequest),),
        versions=((2, 4), (2, 20)),
    ),
    "queues.get_default": Endpoint("queues.get_default", (Binding((2, 4), queues.get_default),), versions=((2, 4),)),
    "queues.get_next_task": Endpoint(
        "queues.get_next_task",
        (Binding((1, 0), queues.get_next_task, queues_shapes.GetNextTaskRequest),),
        versions=((2, 4), (2, 14), (2, 21)),
    ),
    "queues.get_num_entries": Endpoint(
        "queues.get_num_entries",
        (Binding((2, 15), queues.get_num_entries, queues_shapes.GetNumEntriesRequest),),
        versions=((2, 15),),
    ),
    "queues.get_queue_metrics": Endpoint(
        "queues.get_queue_metrics",
        (Binding((2, 4), queues.get_queue_metrics, queues_shapes.GetQueueMetricsRequest),),
        versions=((2, 4), (2, 20)),
    ),
    "queues.move_task_backward": Endpoint(
        "queues.move_task_backward",
        (Binding((2, 4), queues.move_task_backward, queues_shapes.MoveTaskBackwardRequest),),
        versions=((2, 4),),
    ),
    "queues.move_task_forward": Endpoint(
        "queues.move_task_forward",
        (Binding((2, 4), queues.move_task_forward, queues_shapes.MoveTaskForwardRequest),),
        versions=((2, 4),),
    ),
    "queues.move_task_to_back": Endpoint(
        "queues.move_task_to_back",
        (Binding((2, 4), queues.move_task_to_back, queues_shapes.MoveTaskToBackRequest),),
        versions=((2, 4),),
    ),
    "queues.move_task_to_front": Endpoint(
        "queues.move_task_to_front",
        (Binding((2, 4), queues.move_task_to_front, queues_shapes.MoveTaskToFrontRequest),),
        versions=((2, 4),),
    ),
    "queues.peek_task": Endpoint(
        "queues.peek_task",
        (Binding((2, 15), queues.peek_task, queues_shapes.PeekTaskRequest),),
        versions=((2, 15),),
    ),
    "queues.remove_task": Endpoint(
        "queues.remove_task",
        (Binding((2, 4), queues.remove_task, queues_shapes.RemoveTaskRequest),),
        versions=((2, 4), (2, 31)),
    ),
    "queues.update": Endpoint(
        "queues.update",
        (Binding((2, 4), queues.update, queues_shapes.UpdateRequest),),
        versions=((2, 4), (2, 13), (2, 31)),
    ),
    "reports.archive": Endpoint("reports.archive", (Binding((1, 0), reports.archive, reports_shapes.ArchiveRequest),), versions=((2, 23),)),
    "reports.create": Endpoint(
        "reports.create",
        (Binding((1, 0), reports.create, reports_shapes.CreateRequest),),
        versions=((2, 23), (2, 24)),
    ),
    "reports.delete": Endpoint("reports.delete", (Binding((1, 0), reports.delete, reports_shapes.DeleteRequest),), versions=((2, 23),)),
    "reports.get_all_ex": Endpoint(
        "reports.get_all_ex",
        (Binding((1, 0), reports.get_all_ex, reports_shapes.GetAllExRequest),),
        versions=((2, 23), (2, 26), (2, 27)),
    ),
    "reports.get_tags": Endpoint("reports.get_tags", (Binding((1, 0), reports.get_tags),), versions=((2, 23),)),
    "reports.get_task_data": Endpoint(
        "reports.get_task_data",
        (Binding((1, 0), reports.get_task_data, reports_shapes.GetTaskDataRequest),),
        versions=((2, 23), (2, 25), (2, 26)),
    ),
    "reports.move": Endpoint("reports.move", (Binding((1, 0), reports.move, reports_shapes.MoveRequest),), versions=((2, 23),)),
    "reports.publish": Endpoint("reports.publish", (Binding((1, 0), reports.publish, reports_shapes.PublishRequest),), versions=((2, 23),)),
    "reports.unarchive": Endpoint(
        "reports.unarchive",
        (Binding((1, 0), reports.unarchive, reports_shapes.UnarchiveRequest),),
        versions=((2, 23),),
    ),
    "reports.update": Endpoint(
        "reports.update",
        (Binding((1, 0), reports.update, reports_shapes.UpdateRequest),),
        versions=((2, 23), (2, 24)),
    ),
    "server.config": Endpoint(
        "server.config",
        (Binding((1, 0), server.config, server_shapes.ConfigRequest),),
        allow_roles=("root", "system"),
        internal=True,
        versions=((2, 1),),
    ),
    "server.endpoints": Endpoint(
        "server.endpoints",
        (Binding((1, 0), server.endpoints),),
        allow_roles=("root", "system"),
        internal=True,
        versions=((2, 1),),
    ),
    "server.get_stats": Endpoint(
        "server.get_stats",
        (Binding((1, 0), server.get_stats),),
        allow_roles=("root", "system"),
        internal=True,
        versions=((2, 1),),
    ),
    "server.info": Endpoint(
        "server.info",
        (Binding((1, 0), server.info), Binding((2, 8), server.info_v2_8), Binding((2, 12), server.info_v2_12)),
        internal=True,
        versions=((2, 1), (2, 8), (2, 12)),
    ),
    "server.report_stats_option": Endpoint(
        "server.report_stats_option",
        (Binding((1, 0), server.report_stats_option, server_shapes.ReportStatsOptionRequest),),
        internal=True,
        versions=((2, 4),),
    ),
    "serving.container_status_report": Endpoint(
        "serving.container_status_report",
        (Binding((1, 0), serving.container_status_report, serving_shapes.ContainerStatusReportRequest),),
        versions=((2, 31),),
    ),
    "serving.get_endpoint_details": Endpoint(
        "serving.get_endpoint_details",
        (Binding((1, 0), serving.get_endpoint_details, serving_shapes.GetEndpointDetailsRequest),),
        versions=((2, 31),),
    ),
    "serving.get_endpoint_metrics_history": Endpoint(
        "serving.get_endpoint_metrics_history",
        (Binding((1, 0), serving.get_endpoint_metrics_history, serving_shapes.GetEndpointMetricsHistoryRequest),),
        versions=((2, 31),),
    ),
    "serving.get_endpoints": Endpoint("serving.get_endpoints", (Binding((1, 0), serving.get_endpoints),), versions=((2, 31),)),
    "serving.get_loading_instances": Endpoint(
        "serving.get_loading_instances",
        (Binding((1, 0), serving.get_loading_instances),),
        versions=((2, 31),),
    ),
    "serving.register_container": Endpoint(
        "serving.register_container",
        (Binding((1, 0), serving.register_container, serving_shapes.RegisterContainerRequest),),
        versions=((2, 31),),
    ),
    "serving.unregister_container": Endpoint(
        "serving.unregister_container",
        (Binding((1, 0), serving.unregister_container, serving_shapes.UnregisterContainerRequest),),
        versions=((2, 31),),
    ),
    "storage.get_settings": Endpoint("storage.get_settings", (Binding((1, 0), storage.get_settings),), internal=True, versions=((2, 22),)),
    "storage.reset_settings": Endpoint(
        "storage.reset_settings",
        (Binding((1, 0), storage.reset_settings, storage_shapes.ResetSettingsRequest),),
        internal=True,
        versions=((2, 31),),
    ),
    "storage.set_settings": Endpoint(
        "storage.set_settings",
        (Binding((1, 0), storage.set_settings, storage_shapes.SetSettingsRequest),),
        internal=True,
        versions=((2, 31),),
    ),
    "tasks.add_or_update_artifacts": Endpoint(
        "tasks.add_or_update_artifacts",
        (Binding((2, 10), tasks.add_or_update_artifacts, tasks_shapes.AddOrUpdateArtifactsRequest),),
        versions=((2, 10),),
    ),
    "tasks.add_or_update_model": Endpoint(
        "tasks.add_or_update_model",
        (Binding((2, 13), tasks.add_or_update_model, tasks_shapes.AddOrUpdateModelRequest),),
        versions=((2, 13),),
    ),
    "tasks.archive": Endpoint("tasks.archive", (Binding((1, 0), tasks.archive, tasks_shapes.ArchiveRequest),), versions=((2, 12), (2, 30))),
    "tasks.archive_many": Endpoint(
        "tasks.archive_many",
        (Binding((1, 0), tasks.archive_many, tasks_shapes.ArchiveManyRequest),),
        versions=((2, 13), (2, 30)),
    ),
    "tasks.clone": Endpoint("tasks.clone", (Binding((1, 0), tasks.clone, tasks_shapes.CloneRequest),), versions=((2, 5), (2, 12), (2, 13))),
    "tasks.close": Endpoint("tasks.close", (Binding((1, 0), tasks.close, tasks_shapes.CloseRequest),), versions=((2, 1),)),
    "tasks.completed": Endpoint(
        "tasks.completed",
        (Binding((2, 2), tasks.completed, tasks_shapes.CompletedRequest),),
        versions=((2, 2), (2, 20)),
    ),
    "tasks.create": Endpoint("tasks.create", (Binding((1, 0), tasks.create, tasks_shapes.CreateRequest),), versions=((2, 1), (2, 13))),
    "tasks.delete": Endpoint(
        "tasks.delete",
        (Binding((1, 0), tasks.delete, tasks_shapes.DeleteRequest),),
        versions=((2, 1), (2, 13), (2, 21), (2, 30)),
    ),
    "tasks.delete_artifacts": Endpoint(
        "tasks.delete_artifacts",
        (Binding((2, 10), tasks.delete_artifacts, tasks_shapes.DeleteArtifactsRequest),),
        versions=((2, 10),),
    ),
    "tasks.delete_configuration": Endpoint(
        "tasks.delete_configuration",
        (Binding((1, 0), tasks.delete_configuration, tasks_shapes.DeleteConfigurationRequest),),
        versions=((2, 9),),
    ),
    "tasks.delete_hyper_params": Endpoint(
        "tasks.delete_hyper_params",
        (Binding((1, 0), tasks.delete_hyper_params, tasks_shapes.DeleteHyperParamsRequest),),
        versions=((2, 9),),
    ),
    "tasks.delete_many": Endpoint(
        "tasks.delete_many",
        (Binding((1, 0), tasks.delete_many, tasks_shapes.DeleteManyRequest),),
        versions=((2, 13), (2, 21), (2, 30)),
    ),
    "tasks.delete_models": Endpoint(
        "tasks.delete_models",
        (Binding((2, 13), tasks.delete_models, tasks_shapes.DeleteModelsRequest),),
        versions=((2, 13),),
    ),
    "tasks.dequeue": Endpoint(
        "tasks.dequeue",
        (Binding((1, 0), tasks.dequeue, tasks_shapes.DequeueRequest),),
        versions=((1, 5), (2, 25), (2, 26)),
    ),
    "tasks.dequeue_many": Endpoint(
        "tasks.dequeue_many",
        (Binding((1, 0), tasks.dequeue_many, tasks_shapes.DequeueManyRequest),),
        versions=((2, 13), (2, 25), (2, 26)),
    ),
    "tasks.edit": Endpoint("tasks.edit", (Binding((1, 0), tasks.edit, tasks_shapes.EditRequest),), versions=((2, 1), (2, 13))),
    "tasks.edit_configuration": Endpoint(
        "tasks.edit_configuration",
        (Binding((1, 0), tasks.edit_configuration, tasks_shapes.EditConfigurationRequest),),
        versions=((2, 9),),
    ),
    "tasks.edit_hyper_params": Endpoint(
        "tasks.edit_hyper_params",
        (Binding((1, 0), tasks.edit_hyper_params, tasks_shapes.EditHyperParamsRequest),),
        versions=((2, 9),),
    ),
    "tasks.edit_runtime": Endpoint(
        "tasks.edit_runtime",
        (Binding((1, 0), tasks.edit_runtime, tasks_shapes.EditRuntimeRequest),),
        versions=((2, 34),),
    ),
    "tasks.enqueue": Endpoint(
        "tasks.enqueue",
        (Binding((1, 0), tasks.enqueue, tasks_shapes.EnqueueRequest),),
        versions=((1, 5), (2, 19), (2, 22), (2, 31)),
    ),
    "tasks.enqueue_many": Endpoint(
        "tasks.enqueue_many",
        (Binding((1, 0), tasks.enqueue_many, tasks_shapes.EnqueueManyRequest),),
        versions=((2, 13), (2, 19), (2, 22)),
    ),
    "tasks.failed": Endpoint("tasks.failed", (Binding((1, 0), tasks.failed, tasks_shapes.FailedRequest),), versions=((2, 1),)),
    "tasks.get_all": Endpoint("tasks.get_all", (Binding((1, 0), tasks.get_all),), versions=((2, 1), (2, 14), (2, 15), (2, 26))),
    "tasks.get_all_ex": Endpoint(
        "tasks.get_all_ex",
        (Binding((1, 0), tasks.get_all_ex, tasks_shapes.GetAllExRequest),),
        internal=True,
        versions=((2, 1), (2, 13), (2, 14), (2, 15), (2, 23), (2, 27)),
    ),
    "tasks.get_by_id": Endpoint("tasks.get_by_id", (Binding((1, 0), tasks.get_by_id, tasks_shapes.GetByIdRequest),), versions=((2, 1),)),
    "tasks.get_by_id_ex": Endpoint(
        "tasks.get_by_id_ex",
        (Binding((1, 0), tasks.get_by_id_ex, required_fields=("id",)),),
        internal=True,
        versions=((2, 11),),
    ),
    "tasks.get_configuration_names": Endpoint(
        "tasks.get_configuration_names",
        (Binding((1, 0), tasks.get_configuration_names, tasks_shapes.GetConfigurationNamesRequest),),
        versions=((2, 9),),
    ),
    "tasks.get_configurations": Endpoint(
        "tasks.get_configurations",
        (Binding((1, 0), tasks.get_configurations, tasks_shapes.GetConfigurationsRequest),),
        versions=((2, 9),),
    ),
    "tasks.get_hyper_params": Endpoint(
        "tasks.get_hyper_params",
        (Binding((1, 0), tasks.get_hyper_params, tasks_shapes.GetHyperParamsRequest),),
        versions=((2, 9),),
    ),
    "tasks.get_types": Endpoint("tasks.get_types", (Binding((1, 0), tasks.get_types, tasks_shapes.GetTypesRequest),), versions=((2, 8),)),
    "tasks.make_private": Endpoint(
        "tasks.make_private",
        (Binding((2, 9), tasks.make_private, tasks_shapes.MakePrivateRequest),),
        versions=((2, 9),),
    ),
    "tasks.make_public": Endpoint(
        "tasks.make_public",
        (Binding((2, 9), tasks.make_public, tasks_shapes.MakePublicRequest),),
        versions=((2, 9),),
    ),
    "tasks.move": Endpoint("tasks.move", (Binding((1, 0), tasks.move, tasks_shapes.MoveRequest),), versions=((2, 12),)),
    "tasks.ping": Endpoint("tasks.ping", (Binding((1, 0), tasks.ping, tasks_shapes.PingRequest),), versions=((2, 1),)),
    "tasks.publish": Endpoint("tasks.publish", (Binding((1, 0), tasks.publish, tasks_shapes.PublishRequest),), versions=((2, 1),)),
    "tasks.publish_many": Endpoint(
        "tasks.publish_many",
        (Binding((1, 0), tasks.publish_many, tasks_shapes.PublishManyRequest),),
        versions=((2, 13),),
    ),
    "tasks.reset": Endpoint("tasks.reset", (Binding((1, 0), tasks.reset, tasks_shapes.ResetRequest),), versions=((2, 1), (2, 13), (2, 21))),
    "tasks.reset_many": Endpoint(
        "tasks.reset_many",
        (Binding((1, 0), tasks.reset_many, tasks_shapes.ResetManyRequest),),
        versions=((2, 13), (2, 21)),
    ),
    "tasks.set_requirements": Endpoint(
        "tasks.set_requirements",
        (Binding((1, 0), tasks.set_requirements, tasks_shapes.SetRequirementsRequest),),
        versions=((2, 1),),
    ),
    "tasks.started": Endpoint("tasks.started", (Binding((1, 0), tasks.started, tasks_shapes.StartedRequest),), versions=((2, 1),)),
    "tasks.stop": Endpoint("tasks.stop", (Binding((1, 0), tasks.stop, tasks_shapes.StopRequest),), versions=((2, 1), (2, 30))),
    "tasks.stop_many": Endpoint(
        "tasks.stop_many",
        (Binding((1, 0), tasks.stop_many, tasks_shapes.StopManyRequest),),
        versions=((2, 13), (2, 30)),
    ),
    "tasks.stopped": Endpoint("tasks.stopped", (Binding((1, 0), tasks.stopped, tasks_shapes.StoppedRequest),), versions=((2, 1),)),
    "tasks.unarchive_many": Endpoint(
        "tasks.unarchive_many",
        (Binding((1, 0), tasks.unarchive_many, tasks_shapes.UnarchiveManyRequest),),
        versions=((2, 13), (2, 30)),
    ),
    "tasks.update": Endpoint("tasks.update", (Binding((1, 0), tasks.update, tasks_shapes.UpdateRequest),), versions=((2, 1),)),
    "tasks.update_batch": Endpoint(
        "tasks.update_batch",
        (Binding((1, 0), tasks.update_batch, batch=True),),
        batch=True,
        versions=((2, 1),),
    ),
    "tasks.update_tags": Endpoint(
        "tasks.update_tags",
        (Binding((1, 0), tasks.update_tags, tasks_shapes.UpdateTagsRequest),),
        versions=((2, 27),),
    ),
    "tasks.validate": Endpoint(
        "tasks.validate",
        (Binding((1, 0), tasks.validate, tasks_shapes.ValidateRequest),),
        versions=((2, 1), (2, 13)),
    ),
    "users.create": Endpoint(
        "users.create",
        (Binding((1, 0), users.create, users_shapes.CreateRequest),),
        allow_roles=("system", "root"),
        internal=True,
        versions=((2, 1),),
    ),
    "users.delete": Endpoint(
        "users.delete",
        (Binding((1, 0), users.delete, users_shapes.DeleteRequest),),
        allow_roles=("system", "root"),
        internal=True,
        versions=((2, 1),),
    ),
    "users.get_all": Endpoint("users.get_all", (Binding((1, 0), users.get_all),), internal=True, versions=((2, 1),)),
    "users.get_all_ex": Endpoint(
        "users.get_all_ex",
        (Binding((1, 0), users.get_all_ex), Binding((2, 8), users.get_all_ex_v2_8)),
        internal=True,
        versions=((2, 1), (2, 8)),
    ),
    "users.get_by_id": Endpoint("users.get_by_id", (Binding((1, 0), users.get_by_id, users_shapes.GetByIdRequest),), versions=((2, 1),)),
    "users.get_current_user": Endpoint(
        "users.get_current_user",
        (Binding((1, 0), users.get_current_user),),
        versions=((2, 1), (2, 20), (2, 26), (2, 31)),
    ),
    "users.get_preferences": Endpoint("users.get_preferences", (Binding((1, 0), users.get_preferences),), versions=((2, 1),)),
    "users.set_preferences": Endpoint(
        "users.set_preferences",
        (Binding((1, 0), users.set_preferences, users_shapes.SetPreferencesRequest),),
        versions=((2, 1), (2, 33)),
    ),
    "users.update": Endpoint("users.update", (Binding((1, 0), users.update, users_shapes.UpdateRequest),), versions=((2, 1),)),
    "workers.get_activity_report": Endpoint(
        "workers.get_activity_report",
        (Binding((2, 4), workers.get_activity_report, workers_shapes.GetActivityReportRequest),),
        versions=((2, 4),),
    ),
    "workers.get_all": Endpoint(
        "workers.get_all",
        (Binding((2, 4), workers.get_all, workers_shapes.GetAllRequest),),
        versions=((2, 4), (2, 20), (2, 22), (2, 30)),
    ),
    "workers.get_count": Endpoint(
        "workers.get_count",
        (Binding((1, 0), workers.get_count, workers_shapes.GetCountRequest),),
        versions=((2, 26), (2, 30)),
    ),
    "workers.get_metric_keys": Endpoint(
        "workers.get_metric_keys",
        (Binding((2, 4), workers.get_metric_keys, workers_shapes.GetMetricKeysRequest),),
        versions=((2, 4),),
    ),
    "workers.get_stats": Endpoint(
        "workers.get_stats",
        (Binding((2, 4), workers.get_stats, workers_shapes.GetStatsRequest),),
        versions=((2, 4), (2, 32)),
    ),
    "workers.register": Endpoint(
        "workers.register",
        (Binding((2, 4), workers.register, workers_shapes.RegisterRequest),),
        versions=((2, 4), (2, 22), (2, 34)),
    ),
    "workers.status_report": Endpoint(
        "workers.status_report",
        (Binding((2, 4), workers.status_report, workers_shapes.StatusReportRequest),),
        versions=((2, 4), (2, 22)),
    ),
    "workers.unregister": Endpoint(
        "workers.unregister",
        (Binding((2, 4), workers.unregister, workers_shapes.UnregisterRequest),),
        versions=((2, 4),),
    ),
}
