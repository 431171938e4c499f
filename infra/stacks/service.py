"""The Service stack: everything that can be built again from this repository."""

from __future__ import annotations

from aws_cdk import CfnOutput, Environment, Fn, IStackSynthesizer, Stack
from constructs import Construct

from infra import catalogue
from infra.artifacts import Artifacts
from infra.catalogue import Access
from infra.constructs.api_function import ApiFunction
from infra.constructs.distribution import Distribution
from infra.constructs.function import AppFunction, Platform
from infra.constructs.http_api import HttpApi
from infra.constructs.monitoring import Alarms, Dashboard
from infra.constructs.notices import Notices
from infra.constructs.queue import MAX_RECEIVES, WorkQueue
from infra.constructs.queue_admin import grant_administration
from infra.constructs.scheduled_function import ScheduledFunction
from infra.constructs.schedules import Schedules
from infra.constructs.state_machine import StateMachine
from infra.constructs.stream_consumer import StreamConsumer
from infra.constructs.streaming_function import StreamingFunction
from infra.constructs.worker import Worker
from infra.nag import accept
from infra.stacks.data import DataStack
from infra.stages import Stage

_API_KEYS = "APIKEY#"
_USERS = "USER#"
_BEDROCK_ACTIONS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
# Inference profiles spread a model's calls over regions, hence every region.
_BEDROCK_MODELS = (
    "arn:${AWS::Partition}:bedrock:*::foundation-model/*",
    "arn:${AWS::Partition}:bedrock:*:${AWS::AccountId}:inference-profile/*",
)


class ServiceStack(Stack):
    """Functions, their sources, the HTTP API and what stands before and around it."""

    def __init__(
        self,
        scope: Construct,
        *,
        stage: Stage,
        data: DataStack,
        artifacts: Artifacts,
        env: Environment,
        synthesizer: IStackSynthesizer | None = None,
    ) -> None:
        super().__init__(
            scope,
            f"RoleCraft-{stage.title}-Service",
            description="RoleCraft: functions, API, workflows",
            env=env,
            synthesizer=synthesizer,
            termination_protection=stage.protected,
            analytics_reporting=False,
        )
        self._stage = stage
        self._data = data
        self._platform = Platform(self, stage, artifacts)
        self.api = HttpApi(self, stage=stage)
        self._workspaces_queue = WorkQueue(
            self,
            "workspaces",
            consumer_timeout_seconds=catalogue.WORKSPACE_RUNNER.spec.timeout_seconds,
            stage=stage,
        )
        self._schedules = Schedules(self, queue=self._workspaces_queue, stage=stage)
        self._notices = Notices(self, stage=stage)
        self.functions: list[AppFunction] = []
        self._add_executor()
        self._add_background()
        self._add_api_functions()
        self._add_stream()
        self._add_edge()
        self._add_monitoring()
        self._add_outputs()

    def _add_executor(self) -> None:
        entry = catalogue.CODE_EXECUTOR
        self._executor = AppFunction(self, entry.spec, platform=self._platform)
        self._connect(self._executor, entry.access)

    def _add_api_functions(self) -> None:
        for entry in catalogue.API:
            function = ApiFunction(
                self, entry.spec, platform=self._platform, api=self.api, routes=entry.routes
            )
            self._connect(function, entry.access)
            function.expose()

    def _add_stream(self) -> None:
        entry = catalogue.CHAT_STREAM
        self.stream = StreamingFunction(self, entry.spec, platform=self._platform)
        self._connect(self.stream, entry.access)

    def _add_background(self) -> None:
        account_worker = AppFunction(self, catalogue.ACCOUNT_WORKER.spec, platform=self._platform)
        self._deletion = StateMachine(
            self, "account_deletion", tasks={"AccountWorker": account_worker}, stage=self._stage
        )
        media_worker = AppFunction(self, catalogue.MEDIA_WORKER.spec, platform=self._platform)
        self._tasks = StateMachine(
            self, "task", tasks={"MediaWorker": media_worker}, stage=self._stage
        )
        learning_worker = AppFunction(self, catalogue.LEARNING_WORKER.spec, platform=self._platform)
        self._jobs = StateMachine(
            self, "learning_job", tasks={"LearningWorker": learning_worker}, stage=self._stage
        )
        webhook_worker = AppFunction(self, catalogue.WEBHOOK_WORKER.spec, platform=self._platform)
        self._webhooks = StateMachine(
            self, "webhook", tasks={"WebhookWorker": webhook_worker}, stage=self._stage
        )
        self._connect(media_worker, catalogue.MEDIA_WORKER.access)
        self._connect(learning_worker, catalogue.LEARNING_WORKER.access)
        self._connect(webhook_worker, catalogue.WEBHOOK_WORKER.access)
        self._add_consumers()
        self._connect(account_worker, catalogue.ACCOUNT_WORKER.access)

    def _add_consumers(self) -> None:
        worker = Worker(
            self,
            catalogue.DOCUMENT_WORKER.spec,
            platform=self._platform,
            queue=self._data.documents_queue,
            batch_size=1,
            max_concurrency=self._stage.document_concurrency,
        )
        # The last delivery ends the document instead of leaving it to the dead letters.
        worker.set_environment("DOCUMENT_RECEIVES", str(MAX_RECEIVES))
        runner = Worker(
            self,
            catalogue.WORKSPACE_RUNNER.spec,
            platform=self._platform,
            queue=self._workspaces_queue,
            batch_size=1,
            max_concurrency=self._stage.workspace_concurrency,
        )
        runner.set_environment("WORKSPACE_RECEIVES", str(MAX_RECEIVES))
        self._dispatcher = StreamConsumer(
            self,
            catalogue.DISPATCHER.spec,
            platform=self._platform,
            tables=[self._data.tables[context] for context in catalogue.CONTEXTS],
        )
        self._housekeeping = ScheduledFunction(
            self, catalogue.HOUSEKEEPING.spec, platform=self._platform
        )
        payment_worker = ScheduledFunction(
            self, catalogue.PAYMENT_WORKER.spec, platform=self._platform, minutes=4
        )
        self._connect(payment_worker, catalogue.PAYMENT_WORKER.access)
        self._connect(worker, catalogue.DOCUMENT_WORKER.access)
        self._connect(runner, catalogue.WORKSPACE_RUNNER.access)
        self._connect(self._dispatcher, catalogue.DISPATCHER.access)
        self._connect(self._housekeeping, catalogue.HOUSEKEEPING.access)

    def _connect(self, function: AppFunction, access: Access) -> None:
        """Grants what the catalogue lists; each grant also sets the variable that names it."""
        self.functions.append(function)
        self._grant_data(function, access)
        self._grant_secrets(function, access)
        if access.calls_models:
            self._allow_models(function)
        self._grant_work(function, access)
        self._grant_code(function, access)
        for name in access.settings:
            function.set_environment(name, self._stage.variables[name])

    def _grant_work(self, function: AppFunction, access: Access) -> None:
        if access.sends_outbox:
            self._data.documents_queue.grant_send(function)
            self._workspaces_queue.grant_send(function)
            self._deletion.grant_start(function)
            self._tasks.grant_start(function)
            self._webhooks.grant_start(function)
            self._jobs.grant_start(function)
            self._notices.grant_put(function)
        if access.sends_workspaces:
            self._workspaces_queue.grant_send(function)
        if access.puts_schedules:
            self._schedules.grant_put(function)
        if access.lists_schedules:
            self._schedules.grant_list(function)
        if access.administers_queues:
            grant_administration(
                function,
                [self._data.documents_queue, self._workspaces_queue],
                {self._dispatcher.spec.name: self._dispatcher.dead_letters},
            )

    def _grant_code(self, function: AppFunction, access: Access) -> None:
        if access.flow_secret:
            self._data.flow_secret.grant_read(function)
        if access.runs_code:
            executor = self._executor.function
            function.allow(("lambda:InvokeFunction",), (executor.function_arn,))
            function.set_environment("CODE_EXECUTOR_FUNCTION", executor.function_name)

    def _grant_secrets(self, function: AppFunction, access: Access) -> None:
        if access.auth_secret:
            self._data.auth_secret.grant_read(function)
        if access.calls_models or access.reads_provider_keys:
            self._data.providers_secret.grant_read(function)
        if access.merchant_secret and self._data.merchant_secret:
            self._data.merchant_secret.grant_read(function)

    def _grant_data(self, function: AppFunction, access: Access) -> None:
        for context in access.read:
            self._data.tables[context].grant_read(function)
        for context in access.write:
            self._data.tables[context].grant_read_write(function)
        if access.notes_key_use:
            self._data.tables["identity"].grant_update_under(function, _API_KEYS)
        if access.changes_users:
            self._data.tables["identity"].grant_update_under(function, _USERS)
        if access.files == "r":
            self._data.files.grant_read(function)
        if access.files == "rw":
            self._data.files.grant_read_write(function)

    def _allow_models(self, function: AppFunction) -> None:
        if self._stage.bedrock:
            function.allow(_BEDROCK_ACTIONS, [Fn.sub(model) for model in _BEDROCK_MODELS])
            for model in _BEDROCK_MODELS:
                accept(
                    function.role,
                    f"AwsSolutions-IAM5[Resource::{model.replace('${', '<').replace('}', '>')}]",
                    "the model is a setting of each role; models cost nothing until invoked",
                )

    def _add_edge(self) -> None:
        if self._stage.edge:
            edge = Distribution(self, api=self.api, stream=self.stream, stage=self._stage)
            self._output("BaseUrl", f"https://{edge.distribution.distribution_domain_name}")

    def _add_monitoring(self) -> None:
        stage = self._stage
        if stage.alarms:
            alarms = Alarms(self, stage=stage)
            alarms.dead_letters(
                {
                    "documents": self._data.documents_queue.dead_letters,
                    "workspaces": self._workspaces_queue.dead_letters,
                    "dispatcher": self._dispatcher.dead_letters,
                }
            )
            alarms.failed_executions([self._deletion, self._tasks, self._webhooks, self._jobs])
            alarms.server_errors(self.api)
            alarms.function_errors(threshold=3)
            alarms.model_calls()
            alarms.limits_not_enforced()
        if stage.dashboard:
            Dashboard(self, api=self.api, functions=self.functions, stage=stage)

    def _add_outputs(self) -> None:
        self._output("HttpApiId", self.api.api.api_id)
        self._output("ChatStreamFunctionName", self.stream.function.function_name)
        self._output("ChatStreamUrl", self.stream.url.url)
        self._output("FilesBucketName", self._data.files.bucket.bucket_name)
        self._output("AuthSecretArn", self._data.auth_secret.secret.secret_arn)
        self._output("ProvidersSecretArn", self._data.providers_secret.secret.secret_arn)
        self._output("FlowSecretArn", self._data.flow_secret.secret.secret_arn)
        if self._data.merchant_secret:
            self._output("MerchantSecretArn", self._data.merchant_secret.secret.secret_arn)
        self._output("DocumentsQueueUrl", self._data.documents_queue.queue.queue_url)
        for context, table in self._data.tables.items():
            self._output(f"{context.capitalize()}TableName", table.table.table_name)

    def _output(self, name: str, value: str) -> None:
        CfnOutput(self, name, value=value)
