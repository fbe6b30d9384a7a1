# Generated from schema/errors.conf by `trackyard generate`. Do not edit.
"""One exception for each error code of the wire; raise them as `errors.InvalidTaskId(id=...)`."""

from __future__ import annotations

from apiserver.calls.errors import ApiError


class MovedPermanentlyNotSupported(ApiError):
    """301/1 not_supported"""

    code = 301
    subcode = 1
    text = "Not supported at this version of the API"


class BadRequest(ApiError):
    """400/0 bad_request"""

    code = 400
    subcode = 0
    text = "Bad request"


class BadRequestNotSupported(ApiError):
    """400/1 not_supported"""

    code = 400
    subcode = 1
    text = "This endpoint is not supported"


class RequestPathHasInvalidVersion(ApiError):
    """400/2 request_path_has_invalid_version"""

    code = 400
    subcode = 2
    text = "Invalid version in the path of the request"


class InvalidHeaders(ApiError):
    """400/5 invalid_headers"""

    code = 400
    subcode = 5
    text = "Invalid headers"


class ImpersonationError(ApiError):
    """400/6 impersonation_error"""

    code = 400
    subcode = 6
    text = "Cannot act as another user"


class InvalidId(ApiError):
    """400/10 invalid_id"""

    code = 400
    subcode = 10
    text = "Invalid object id"


class MissingRequiredFields(ApiError):
    """400/11 missing_required_fields"""

    code = 400
    subcode = 11
    text = "Missing required fields"


class ValidationError(ApiError):
    """400/12 validation_error"""

    code = 400
    subcode = 12
    text = "Validation error"


class FieldsNotAllowedForRole(ApiError):
    """400/13 fields_not_allowed_for_role"""

    code = 400
    subcode = 13
    text = "Fields not allowed for the role of the caller"


class InvalidFields(ApiError):
    """400/14 invalid fields"""

    code = 400
    subcode = 14
    text = "Fields not defined for this object"


class FieldsConflict(ApiError):
    """400/15 fields_conflict"""

    code = 400
    subcode = 15
    text = "Conflicting fields"


class FieldsValueError(ApiError):
    """400/16 fields_value_error"""

    code = 400
    subcode = 16
    text = "Invalid value for fields"


class BatchContainsNoItems(ApiError):
    """400/17 batch_contains_no_items"""

    code = 400
    subcode = 17
    text = "Batch contains no items"


class BatchValidationError(ApiError):
    """400/18 batch_validation_error"""

    code = 400
    subcode = 18
    text = "Batch validation error"


class InvalidLuceneSyntax(ApiError):
    """400/19 invalid_lucene_syntax"""

    code = 400
    subcode = 19
    text = "Malformed search text"


class FieldsTypeError(ApiError):
    """400/20 fields_type_error"""

    code = 400
    subcode = 20
    text = "Invalid type for fields"


class InvalidRegexError(ApiError):
    """400/21 invalid_regex_error"""

    code = 400
    subcode = 21
    text = "Malformed regular expression"


class InvalidEmailAddress(ApiError):
    """400/22 invalid_email_address"""

    code = 400
    subcode = 22
    text = "Malformed e-mail address"


class InvalidDomainName(ApiError):
    """400/23 invalid_domain_name"""

    code = 400
    subcode = 23
    text = "Malformed domain name"


class NotPublicObject(ApiError):
    """400/24 not_public_object"""

    code = 400
    subcode = 24
    text = "Object is not public"


class InvalidAccessKey(ApiError):
    """400/75 invalid_access_key"""

    code = 400
    subcode = 75
    text = "Access key not found for this user"


class TaskError(ApiError):
    """400/100 task_error"""

    code = 400
    subcode = 100
    text = "General task error"


class InvalidTaskId(ApiError):
    """400/101 invalid_task_id"""

    code = 400
    subcode = 101
    text = "Invalid task id"


class TaskValidationError(ApiError):
    """400/102 task_validation_error"""

    code = 400
    subcode = 102
    text = "Task validation error"


class InvalidTaskStatus(ApiError):
    """400/110 invalid_task_status"""

    code = 400
    subcode = 110
    text = "Invalid task status"


class TaskNotStarted(ApiError):
    """400/111 task_not_started"""

    code = 400
    subcode = 111
    text = "Task has not started"


class TaskInProgress(ApiError):
    """400/112 task_in_progress"""

    code = 400
    subcode = 112
    text = "Task is running"


class TaskPublished(ApiError):
    """400/113 task_published"""

    code = 400
    subcode = 113
    text = "Task is published"


class TaskStatusUnknown(ApiError):
    """400/114 task_status_unknown"""

    code = 400
    subcode = 114
    text = "Task status is unknown"


class InvalidTaskExecutionProgress(ApiError):
    """400/120 invalid_task_execution_progress"""

    code = 400
    subcode = 120
    text = "Invalid progress of the run"


class FailedChangingTaskStatus(ApiError):
    """400/121 failed_changing_task_status"""

    code = 400
    subcode = 121
    text = "Failed changing task status; it was changed by another call meanwhile"


class MissingTaskFields(ApiError):
    """400/122 missing_task_fields"""

    code = 400
    subcode = 122
    text = "Task lacks fields that this needs"


class TaskCannotBeDeleted(ApiError):
    """400/123 task_cannot_be_deleted"""

    code = 400
    subcode = 123
    text = "Task cannot be deleted"


class TaskHasJobsRunning(ApiError):
    """400/125 task_has_jobs_running"""

    code = 400
    subcode = 125
    text = "Task has jobs that are running"


class InvalidTaskType(ApiError):
    """400/126 invalid_task_type"""

    code = 400
    subcode = 126
    text = "Invalid task type"


class InvalidTaskInput(ApiError):
    """400/127 invalid_task_input"""

    code = 400
    subcode = 127
    text = "Invalid task input"


class InvalidTaskOutput(ApiError):
    """400/128 invalid_task_output"""

    code = 400
    subcode = 128
    text = "Invalid task output"


class TaskPublishInProgress(ApiError):
    """400/129 task_publish_in_progress"""

    code = 400
    subcode = 129
    text = "Task is being published"


class TaskNotFound(ApiError):
    """400/130 task_not_found"""

    code = 400
    subcode = 130
    text = "Task not found"


class EventsNotAdded(ApiError):
    """400/131 events_not_added"""

    code = 400
    subcode = 131
    text = "No events were added"


class OperationSupportedOnReportsOnly(ApiError):
    """400/150 operation_supported_on_reports_only"""

    code = 400
    subcode = 150
    text = "This works on reports only"


class CannotRemoveAllRuns(ApiError):
    """400/160 cannot_remove_all_runs"""

    code = 400
    subcode = 160
    text = "At least one run of the pipeline has to stay"


class ModelError(ApiError):
    """400/200 model_error"""

    code = 400
    subcode = 200
    text = "General model error"


class InvalidModelId(ApiError):
    """400/201 invalid_model_id"""

    code = 400
    subcode = 201
    text = "Invalid model id"


class ModelNotReady(ApiError):
    """400/202 model_not_ready"""

    code = 400
    subcode = 202
    text = "Model is not ready"


class ModelIsReady(ApiError):
    """400/203 model_is_ready"""

    code = 400
    subcode = 203
    text = "Model is ready"


class InvalidModelUri(ApiError):
    """400/204 invalid_model_uri"""

    code = 400
    subcode = 204
    text = "Invalid model address"


class ModelInUse(ApiError):
    """400/205 model_in_use"""

    code = 400
    subcode = 205
    text = "Model is used by tasks"


class ModelCreatingTaskExists(ApiError):
    """400/206 model_creating_task_exists"""

    code = 400
    subcode = 206
    text = "Task that created this model exists"


class InvalidUser(ApiError):
    """400/300 invalid_user"""

    code = 400
    subcode = 300
    text = "Invalid user"


class InvalidUserId(ApiError):
    """400/301 invalid_user_id"""

    code = 400
    subcode = 301
    text = "Invalid user id"


class UserIdExists(ApiError):
    """400/302 user_id_exists"""

    code = 400
    subcode = 302
    text = "User id is taken"


class InvalidPreferencesUpdate(ApiError):
    """400/305 invalid_preferences_update"""

    code = 400
    subcode = 305
    text = "Cannot set these preferences"


class InvalidProjectId(ApiError):
    """400/401 invalid_project_id"""

    code = 400
    subcode = 401
    text = "Invalid project id"


class ProjectHasTasks(ApiError):
    """400/402 project_has_tasks"""

    code = 400
    subcode = 402
    text = "Project has tasks"


class ProjectNotFound(ApiError):
    """400/403 project_not_found"""

    code = 400
    subcode = 403
    text = "Project not found"


class ProjectHasModels(ApiError):
    """400/405 project_has_models"""

    code = 400
    subcode = 405
    text = "Project has models"


class ProjectHasDatasets(ApiError):
    """400/406 project_has_datasets"""

    code = 400
    subcode = 406
    text = "Project has datasets that are not empty"


class InvalidProjectName(ApiError):
    """400/407 invalid_project_name"""

    code = 400
    subcode = 407
    text = "Invalid project name"


class CannotUpdateProjectLocation(ApiError):
    """400/408 cannot_update_project_location"""

    code = 400
    subcode = 408
    text = "A new name cannot move a project; use move"


class ProjectPathExceedsMax(ApiError):
    """400/409 project_path_exceeds_max"""

    code = 400
    subcode = 409
    text = "Project would lie too deep"


class ProjectSourceAndDestinationAreTheSame(ApiError):
    """400/410 project_source_and_destination_are_the_same"""

    code = 400
    subcode = 410
    text = "Source and destination are the same project"


class ProjectCannotBeMovedUnderItself(ApiError):
    """400/411 project_cannot_be_moved_under_itself"""

    code = 400
    subcode = 411
    text = "A project cannot be moved below itself"


class ProjectCannotBeMergedIntoItsChild(ApiError):
    """400/412 project_cannot_be_merged_into_its_child"""

    code = 400
    subcode = 412
    text = "A project cannot be merged into one below it"


class ProjectHasPipelines(ApiError):
    """400/413 project_has_pipelines"""

    code = 400
    subcode = 413
    text = "Project has pipelines that are not archived"


class PublicProjectExists(ApiError):
    """400/414 public_project_exists"""

    code = 400
    subcode = 414
    text = "A public project of this name exists"


class InvalidQueueId(ApiError):
    """400/701 invalid_queue_id"""

    code = 400
    subcode = 701
    text = "Invalid queue id"


class QueueNotEmpty(ApiError):
    """400/702 queue_not_empty"""

    code = 400
    subcode = 702
    text = "Queue is not empty"


class InvalidQueueOrTaskNotQueued(ApiError):
    """400/703 invalid_queue_or_task_not_queued"""

    code = 400
    subcode = 703
    text = "Invalid queue id, or the task is not in the queue"


class RemovedDuringReposition(ApiError):
    """400/704 removed_during_reposition"""

    code = 400
    subcode = 704
    text = "Task was taken off the queue while it was being moved"


class FailedAddingDuringReposition(ApiError):
    """400/705 failed_adding_during_reposition"""

    code = 400
    subcode = 705
    text = "Failed adding the task to the queue again after moving it"


class TaskAlreadyQueued(ApiError):
    """400/706 task_already_queued"""

    code = 400
    subcode = 706
    text = "Failed adding task to queue since task is already queued"


class NoDefaultQueue(ApiError):
    """400/707 no_default_queue"""

    code = 400
    subcode = 707
    text = "No default queue is defined"


class MultipleDefaultQueues(ApiError):
    """400/708 multiple_default_queues"""

    code = 400
    subcode = 708
    text = "More than one default queue is defined"


class DataValidationError(ApiError):
    """400/800 data_validation_error"""

    code = 400
    subcode = 800
    text = "Data validation error"


class ExpectedUniqueData(ApiError):
    """400/801 expected_unique_data"""

    code = 400
    subcode = 801
    text = "Value combination already exists"


class InvalidWorkerId(ApiError):
    """400/1001 invalid_worker_id"""

    code = 400
    subcode = 1001
    text = "Invalid worker id"


class WorkerRegistrationFailed(ApiError):
    """400/1002 worker_registration_failed"""

    code = 400
    subcode = 1002
    text = "Worker registration failed"


class WorkerRegistered(ApiError):
    """400/1003 worker_registered"""

    code = 400
    subcode = 1003
    text = "Worker is already registered"


class WorkerNotRegistered(ApiError):
    """400/1004 worker_not_registered"""

    code = 400
    subcode = 1004
    text = "Worker is not registered"


class WorkerStatsNotFound(ApiError):
    """400/1005 worker_stats_not_found"""

    code = 400
    subcode = 1005
    text = "No statistics for this worker"


class InvalidContainerId(ApiError):
    """400/1050 invalid_container_id"""

    code = 400
    subcode = 1050
    text = "Invalid container id"


class ContainerNotRegistered(ApiError):
    """400/1051 container_not_registered"""

    code = 400
    subcode = 1051
    text = "Container is not registered"


class NoContainersForUrl(ApiError):
    """400/1052 no_containers_for_url"""

    code = 400
    subcode = 1052
    text = "No containers for this address"


class InvalidScrollId(ApiError):
    """400/1104 invalid_scroll_id"""

    code = 400
    subcode = 1104
    text = "Invalid scroll id"


class NotAuthorized(ApiError):
    """401/1 not_authorized"""

    code = 401
    subcode = 1
    text = "Unauthorized"


class EntityNotAllowed(ApiError):
    """401/2 entity_not_allowed"""

    code = 401
    subcode = 2
    text = "Unauthorized (entity not allowed)"


class BadAuthType(ApiError):
    """401/10 bad_auth_type"""

    code = 401
    subcode = 10
    text = "Unauthorized (unknown kind of credentials)"


class NoCredentials(ApiError):
    """401/20 no_credentials"""

    code = 401
    subcode = 20
    text = "Unauthorized (missing credentials)"


class BadCredentials(ApiError):
    """401/21 bad_credentials"""

    code = 401
    subcode = 21
    text = "Unauthorized (malformed credentials)"


class InvalidCredentials(ApiError):
    """401/22 invalid_credentials"""

    code = 401
    subcode = 22
    text = "Unauthorized (invalid credentials)"


class InvalidToken(ApiError):
    """401/30 invalid_token"""

    code = 401
    subcode = 30
    text = "Unauthorized (invalid token)"


class BlockedToken(ApiError):
    """401/31 blocked_token"""

    code = 401
    subcode = 31
    text = "Unauthorized (blocked token)"


class InvalidFixedUser(ApiError):
    """401/40 invalid_fixed_user"""

    code = 401
    subcode = 40
    text = "Unauthorized (invalid fixed user)"


class RoutingError(ApiError):
    """403/10 routing_error"""

    code = 403
    subcode = 10
    text = "Forbidden (routing error)"


class BlockedInternalEndpoint(ApiError):
    """403/12 blocked_internal_endpoint"""

    code = 403
    subcode = 12
    text = "Forbidden (endpoint for internal use)"


class RoleNotAllowed(ApiError):
    """403/20 role_not_allowed"""

    code = 403
    subcode = 20
    text = "Forbidden (not allowed for role)"


class NoWritePermission(ApiError):
    """403/21 no_write_permission"""

    code = 403
    subcode = 21
    text = "Forbidden (modification not allowed)"


class EndpointNotFound(ApiError):
    """404/0 endpoint_not_found"""

    code = 404
    subcode = 0
    text = "No such endpoint"


class GoneNotSupported(ApiError):
    """410/1 not_supported"""

    code = 410
    subcode = 1
    text = "This endpoint does not exist any more"


class GeneralError(ApiError):
    """500/0 general_error"""

    code = 500
    subcode = 0
    text = "General server error"


class InternalError(ApiError):
    """500/1 internal_error"""

    code = 500
    subcode = 1
    text = "Internal server error"


class ConfigError(ApiError):
    """500/2 config_error"""

    code = 500
    subcode = 2
    text = "Configuration error"


class BuildInfoError(ApiError):
    """500/3 build_info_error"""

    code = 500
    subcode = 3
    text = "Build information error"


class LowDiskSpace(ApiError):
    """500/4 low_disk_space"""

    code = 500
    subcode = 4
    text = "Low disk space; the event store is read-only"


class TransactionError(ApiError):
    """500/10 transaction_error"""

    code = 500
    subcode = 10
    text = "Transaction error"


class DataError(ApiError):
    """500/100 data_error"""

    code = 500
    subcode = 100
    text = "General data error"


class InconsistentData(ApiError):
    """500/101 inconsistent_data"""

    code = 500
    subcode = 101
    text = "Inconsistent data"


class DatabaseUnavailable(ApiError):
    """500/102 database_unavailable"""

    code = 500
    subcode = 102
    text = "Database is not available"


class UpdateFailed(ApiError):
    """500/110 update_failed"""

    code = 500
    subcode = 110
    text = "Update failed"


class MissingIndex(ApiError):
    """500/201 missing_index"""

    code = 500
    subcode = 201
    text = "Missing index"


class NotImplemented(ApiError):
    """500/9999 not_implemented"""

    code = 500
    subcode = 9999
    text = "Not implemented"


BY_CODE: dict[tuple[int, int], type[ApiError]] = {
    (301, 1): MovedPermanentlyNotSupported,
    (400, 0): BadRequest,
    (400, 1): BadRequestNotSupported,
    (400, 2): RequestPathHasInvalidVersion,
    (400, 5): InvalidHeaders,
    (400, 6): ImpersonationError,
    (400, 10): InvalidId,
    (400, 11): MissingRequiredFields,
    (400, 12): ValidationError,
    (400, 13): FieldsNotAllowedForRole,
    (400, 14): InvalidFields,
    (400, 15): FieldsConflict,
    (400, 16): FieldsValueError,
    (400, 17): BatchContainsNoItems,
    (400, 18): BatchValidationError,
    (400, 19): InvalidLuceneSyntax,
    (400, 20): FieldsTypeError,
    (400, 21): InvalidRegexError,
    (400, 22): InvalidEmailAddress,
    (400, 23): InvalidDomainName,
    (400, 24): NotPublicObject,
    (400, 75): InvalidAccessKey,
    (400, 100): TaskError,
    (400, 101): InvalidTaskId,
    (400, 102): TaskValidationError,
    (400, 110): InvalidTaskStatus,
    (400, 111): TaskNotStarted,
    (400, 112): TaskInProgress,
    (400, 113): TaskPublished,
    (400, 114): TaskStatusUnknown,
    (400, 120): InvalidTaskExecutionProgress,
    (400, 121): FailedChangingTaskStatus,
    (400, 122): MissingTaskFields,
    (400, 123): TaskCannotBeDeleted,
    (400, 125): TaskHasJobsRunning,
    (400, 126): InvalidTaskType,
    (400, 127): InvalidTaskInput,
    (400, 128): InvalidTaskOutput,
    (400, 129): TaskPublishInProgress,
    (400, 130): TaskNotFound,
    (400, 131): EventsNotAdded,
    (400, 150): OperationSupportedOnReportsOnly,
    (400, 160): CannotRemoveAllRuns,
    (400, 200): ModelError,
    (400, 201): InvalidModelId,
    (400, 202): ModelNotReady,
    (400, 203): ModelIsReady,
    (400, 204): InvalidModelUri,
    (400, 205): ModelInUse,
    (400, 206): ModelCreatingTaskExists,
    (400, 300): InvalidUser,
    (400, 301): InvalidUserId,
    (400, 302): UserIdExists,
    (400, 305): InvalidPreferencesUpdate,
    (400, 401): InvalidProjectId,
    (400, 402): ProjectHasTasks,
    (400, 403): ProjectNotFound,
    (400, 405): ProjectHasModels,
    (400, 406): ProjectHasDatasets,
    (400, 407): InvalidProjectName,
    (400, 408): CannotUpdateProjectLocation,
    (400, 409): ProjectPathExceedsMax,
    (400, 410): ProjectSourceAndDestinationAreTheSame,
    (400, 411): ProjectCannotBeMovedUnderItself,
    (400, 412): ProjectCannotBeMergedIntoItsChild,
    (400, 413): ProjectHasPipelines,
    (400, 414): PublicProjectExists,
    (400, 701): InvalidQueueId,
    (400, 702): QueueNotEmpty,
    (400, 703): InvalidQueueOrTaskNotQueued,
    (400, 704): RemovedDuringReposition,
    (400, 705): FailedAddingDuringReposition,
    (400, 706): TaskAlreadyQueued,
    (400, 707): NoDefaultQueue,
    (400, 708): MultipleDefaultQueues,
    (400, 800): DataValidationError,
    (400, 801): ExpectedUniqueData,
    (400, 1001): InvalidWorkerId,
    (400, 1002): WorkerRegistrationFailed,
    (400, 1003): WorkerRegistered,
    (400, 1004): WorkerNotRegistered,
    (400, 1005): WorkerStatsNotFound,
    (400, 1050): InvalidContainerId,
    (400, 1051): ContainerNotRegistered,
    (400, 1052): NoContainersForUrl,
    (400, 1104): InvalidScrollId,
    (401, 1): NotAuthorized,
    (401, 2): EntityNotAllowed,
    (401, 10): BadAuthType,
    (401, 20): NoCredentials,
    (401, 21): BadCredentials,
    (401, 22): InvalidCredentials,
    (401, 30): InvalidToken,
    (401, 31): BlockedToken,
    (401, 40): InvalidFixedUser,
    (403, 10): RoutingError,
    (403, 12): BlockedInternalEndpoint,
    (403, 20): RoleNotAllowed,
    (403, 21): NoWritePermission,
    (404, 0): EndpointNotFound,
    (410, 1): GoneNotSupported,
    (500, 0): GeneralError,
    (500, 1): InternalError,
    (500, 2): ConfigError,
    (500, 3): BuildInfoError,
    (500, 4): LowDiskSpace,
    (500, 10): TransactionError,
    (500, 100): DataError,
    (500, 101): InconsistentData,
    (500, 102): DatabaseUnavailable,
    (500, 110): UpdateFailed,
    (500, 201): MissingIndex,
    (500, 9999): NotImplemented,
}
