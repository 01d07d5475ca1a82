"""The names of Celery's options. Written by a command: do not edit.

Made from Celery 5.7.0 by `python docs/celery_names.py`.
"""

from __future__ import annotations

# The methods of a task.
TASK_METHODS = frozenset(
    """
    AsyncResult add_around add_to_chord add_trail after_return annotate apply apply_async
    before_start bind chunks delay map on_bound on_failure on_replace on_retry on_success
    pop_request push_request replace retry run s send_event shadow_name si signature
    signature_from_request starmap start_strategy subtask subtask_from_request update_state
    """.split()
)

# What a task decorator takes, and the attributes of a task that it may replace.
TASK_OPTIONS = frozenset(
    """
    MaxRetriesExceededError OperationalError Request Strategy abstract acks_late acks_on_failure
    acks_on_failure_or_timeout acks_on_timeout app autoretry_for backend base bind compression
    default_retry_delay delivery_mode dont_autoretry_for exchange expires filter from_config
    ignore_result immediate lazy mandatory max_retries name override_max_retries priority
    pydantic pydantic_context pydantic_dump_kwargs pydantic_strict queue rate_limit
    reject_on_worker_lost request request_stack resultrepr_maxsize retry_backoff
    retry_backoff_max retry_jitter retry_kwargs retry_on_worker_lost routing_key send_events
    serializer shared soft_time_limit store_errors_even_if_ignored throws time_limit
    track_started trail typing
    """.split()
)

# The options of a task that its automatic retries read.
AUTORETRY_OPTIONS = frozenset(
    """
    autoretry_for dont_autoretry_for override_max_retries retry_backoff retry_backoff_max
    retry_jitter retry_kwargs
    """.split()
)

# What `apply_async` and `send_task` take, message properties included.
EXECUTION_OPTIONS = frozenset(
    """
    add_to_parent app_id application_headers args argsrepr callbacks chain chord cluster_id
    compression confirm_timeout connection content_encoding content_type correlation_id
    countdown create_sent_event declare delivery_mode errbacks eta event_dispatcher exchange
    exchange_type expiration expires group_id group_index headers ignore_result immediate kwargs
    kwargsrepr link link_error logfile loglevel mandatory message_id now origin parent_id
    priority producer publisher queue replaced_task_nesting reply_to result_cls retries retry
    retry_policy root_id route_name router routing_key serializer shadow soft_time_limit
    stamped_headers task_id task_type throw time_limit timeout timestamp timezone type user_id
    """.split()
)

# Those of them that the documentation of `apply_async` names.
DOCUMENTED_EXECUTION_OPTIONS = frozenset(
    """
    add_to_parent args compression connection countdown delivery_mode eta exchange expires
    headers ignore_result kwargs link link_error mandatory priority producer publisher queue
    retry retry_policy routing_key serializer shadow soft_time_limit task_id time_limit
    """.split()
)

# What `self.retry` takes besides those.
RETRY_OPTIONS = frozenset(
    """
    args countdown eta exc kwargs max_retries throw
    """.split()
)

# What making and changing a signature takes besides those.
SIGNATURE_OPTIONS = frozenset(
    """
    app args immutable kwargs options subtask_type task type
    """.split()
)

# What sending a chain, group or chord takes besides those.
CANVAS_OPTIONS = frozenset(
    """
    add_to_parent app args body chord connection countdown eager group_id group_index header
    header_delay interval kwargs link link_error max_retries parent_id partial_args producer
    propagate publisher result_cls root_id route_name router task_id
    """.split()
)

# What an entry of `beat_schedule` may hold.
BEAT_ENTRY_KEYS = frozenset(
    """
    app args kwargs last_run_at name options relative schedule task total_run_count
    """.split()
)

# What `crontab` takes besides its fields.
CRONTAB_OPTIONS = frozenset(
    """
    app nowfun
    """.split()
)
