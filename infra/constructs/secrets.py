"""The secrets: signing keys of access tokens, the providers' API keys, the merchant's keys."""

from __future__ import annotations

import json

from aws_cdk import SecretValue
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.function import AppFunction
from infra.constructs.retention import removal_policy
from infra.nag import accept
from infra.stages import Stage

FIRST_KEY_ID = "k1"


class AuthSecret(Construct):
    """`{"current": "<kid>", "<kid>": "<secret>", …}`: flat, because Secrets Manager can
    generate a value only at the top level. The first key is generated at deployment."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, "AuthSecret")
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            description="Signing keys of access tokens; `current` names the one in use",
            removal_policy=removal_policy(stage),
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps({"current": FIRST_KEY_ID}),
                generate_string_key=FIRST_KEY_ID,
                password_length=64,
                exclude_punctuation=True,
            ),
        )
        accept(
            self.secret,
            "AwsSolutions-SMG4",
            "rotation by a person: both keys must be valid for the life of a token, "
            "see docs/deployment-guide.md",
        )

    def grant_read(self, function: AppFunction) -> None:
        _grant_read(self.secret, "AUTH_SECRET_ARN", function)


class ProvidersSecret(Construct):
    """`{"<provider name>": "<api key>"}`: created empty, filled in by the operator."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, "ProvidersSecret")
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            description="API keys of the model providers by provider name",
            removal_policy=removal_policy(stage),
            secret_string_value=SecretValue.unsafe_plain_text("{}"),
        )
        accept(
            self.secret,
            "AwsSolutions-SMG4",
            "the providers issue these keys: there is nothing AWS could rotate",
        )

    def grant_read(self, function: AppFunction) -> None:
        _grant_read(self.secret, "PROVIDERS_SECRET_ARN", function)


class MerchantSecret(Construct):
    """Who we are at WeChat Pay: created empty, filled in by the operator."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, "MerchantSecret")
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            description="WeChat Pay merchant: ids, private key, API v3 key, notify_url",
            removal_policy=removal_policy(stage),
            secret_string_value=SecretValue.unsafe_plain_text("{}"),
        )
        accept(
            self.secret,
            "AwsSolutions-SMG4",
            "WeChat Pay issues these keys: there is nothing AWS could rotate",
        )

    def grant_read(self, function: AppFunction) -> None:
        _grant_read(self.secret, "WECHAT_PAY_SECRET_ARN", function)


def _grant_read(
    secret: secretsmanager.Secret, environment_name: str, function: AppFunction
) -> None:
    function.allow(("secretsmanager:GetSecretValue",), (secret.secret_arn,))
    function.set_environment(environment_name, secret.secret_arn)
