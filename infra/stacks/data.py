"""The Data stack: tables, files, secrets, and the queue that uploads arrive in."""

from __future__ import annotations

from aws_cdk import Environment, IStackSynthesizer, Stack
from constructs import Construct

from infra.catalogue import CONTEXTS, DOCUMENT_WORKER
from infra.constructs.bucket import FilesBucket
from infra.constructs.queue import WorkQueue
from infra.constructs.secrets import AuthSecret, MerchantSecret, ProvidersSecret
from infra.constructs.table import Table
from infra.stages import Stage


class DataStack(Stack):
    """The documents queue is here because the bucket's notification needs it to exist."""

    def __init__(
        self,
        scope: Construct,
        *,
        stage: Stage,
        env: Environment,
        synthesizer: IStackSynthesizer | None = None,
    ) -> None:
        super().__init__(
            scope,
            f"RoleCraft-{stage.title}-Data",
            description="RoleCraft: tables, files, secrets",
            env=env,
            synthesizer=synthesizer,
            termination_protection=stage.protected,
            analytics_reporting=False,
        )
        self.tables = {context: Table(self, context, stage=stage) for context in CONTEXTS}
        self.documents_queue = WorkQueue(
            self,
            "documents",
            consumer_timeout_seconds=DOCUMENT_WORKER.spec.timeout_seconds,
            stage=stage,
        )
        self.files = FilesBucket(self, uploads=self.documents_queue, stage=stage)
        self.auth_secret = AuthSecret(self, stage=stage)
        self.providers_secret = ProvidersSecret(self, stage=stage)
        self.merchant_secret = MerchantSecret(self, stage=stage) if stage.payments else None
