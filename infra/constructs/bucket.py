"""The bucket of uploads, extracted texts and index segments."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.function import AppFunction
from infra.constructs.queue import WorkQueue
from infra.constructs.retention import removal_policy
from infra.nag import accept, accept_wildcard
from infra.stages import Stage

UPLOADS_PREFIX = "uploads/"
# Pictures that wait for the task they are made for (shared/tasks/uploads.py).
INCOMING_PREFIX = "incoming/"
# Files of ledger lines that were too long for an answer (functions/analytics/export.py).
EXPORTS_PREFIX = "exports/"
_READ = ("s3:GetObject",)
_WRITE = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")


class FilesBucket(Construct):
    """Private, encrypted, TLS only; a new object under uploads/ becomes a queue message."""

    def __init__(self, scope: Construct, *, uploads: WorkQueue, stage: Stage) -> None:
        super().__init__(scope, "Files")
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            removal_policy=removal_policy(stage),
            cors=[_browser_uploads()],
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="abort-multipart",
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                ),
                s3.LifecycleRule(
                    id="forget-uploaded-pictures",
                    prefix=INCOMING_PREFIX,
                    expiration=Duration.days(1),
                ),
                s3.LifecycleRule(
                    id="forget-exports",
                    prefix=EXPORTS_PREFIX,
                    expiration=Duration.days(1),
                ),
            ],
        )
        self._notify(uploads)
        accept(
            self.bucket,
            "AwsSolutions-S1",
            "server access logs would need a second bucket and are best effort; every access "
            "goes through a function or a link signed by one, and those are logged",
        )

    def _notify(self, uploads: WorkQueue) -> None:
        # The native property instead of add_event_notification: the L2 form brings a function
        # of its own that may change every bucket of the account.
        allowed = uploads.queue.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"],
                resources=[uploads.queue.queue_arn],
                principals=[iam.ServicePrincipal("s3.amazonaws.com")],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        bucket = _cfn(self.bucket)
        prefix = s3.CfnBucket.FilterRuleProperty(name="prefix", value=UPLOADS_PREFIX)
        bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            queue_configurations=[
                s3.CfnBucket.QueueConfigurationProperty(
                    event="s3:ObjectCreated:*",
                    queue=uploads.queue.queue_arn,
                    filter=s3.CfnBucket.NotificationFilterProperty(
                        s3_key=s3.CfnBucket.S3KeyFilterProperty(rules=[prefix])
                    ),
                )
            ]
        )
        # S3 sends a test message when the notification is set: the queue must allow it by then.
        if allowed.policy_dependable is not None:
            self.bucket.node.add_dependency(allowed.policy_dependable)

    def grant_read(self, function: AppFunction) -> None:
        self._grant(function, _READ)

    def grant_read_write(self, function: AppFunction) -> None:
        self._grant(function, (*_READ, *_WRITE))

    def _grant(self, function: AppFunction, actions: tuple[str, ...]) -> None:
        objects = self.bucket.arn_for_objects("*")
        function.allow(actions, (objects,))
        # Without ListBucket a missing object is answered 403 instead of 404.
        function.allow(("s3:ListBucket",), (self.bucket.bucket_arn,))
        function.set_environment("FILES_BUCKET", self.bucket.bucket_name)
        accept_wildcard(
            function.role,
            self.bucket,
            self.bucket.bucket_arn,
            "/*",
            "object keys are made at run time; the bucket holds nothing but this system's files",
        )


def _cfn(bucket: s3.Bucket) -> s3.CfnBucket:
    child = bucket.node.default_child
    if not isinstance(child, s3.CfnBucket):
        raise TypeError("the files bucket has no CfnBucket")
    return child


def _browser_uploads() -> s3.CorsRule:
    # Any origin: a form signed for one key, size and type is the credential, not the page.
    return s3.CorsRule(
        allowed_methods=[s3.HttpMethods.POST, s3.HttpMethods.GET, s3.HttpMethods.HEAD],
        allowed_origins=["*"],
        allowed_headers=["*"],
        exposed_headers=["ETag"],
        max_age=3600,
    )
