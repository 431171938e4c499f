"""Where schedules are, and where they send to."""

from shared.core.settings import Settings


class ScheduleSettings(Settings):
    """The group of the schedules, the queue they wake the runner by, and the role they send under.

    SCHEDULE_GROUP, SCHEDULE_ROLE_ARN and WORKSPACES_QUEUE_ARN.
    """

    schedule_group: str
    schedule_role_arn: str
    workspaces_queue_arn: str
