"""Secrets: keys of access and code tokens, the providers' API keys, the merchant's keys."""

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
_FLOW_KEY_LENGTH = 128


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


class FlowSecret(Construct):
    """`{"current": "<kid>", "<kid>": "<128 characters>", …}`: half of a key is the admin token,
    from the other half come the keys of stored tokens. Two secrets would cost twice as much."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, "FlowSecret")
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            description="Admin token of /flow (the current key's first 64 characters) and keys",
            removal_policy=removal_policy(stage),
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps({"current": FIRST_KEY_ID}),
                generate_string_key=FIRST_KEY_ID,
                password_length=_FLOW_KEY_LENGTH,
                exclude_punctuation=True,
            ),
        )
        accept(
            self.secret,
            "AwsSolutions-SMG4",
            "rotation by a person, who gives the new admin token to its users; older keys stay "
            "for the tokens made with them, see docs/code-block-api.md",
        )

    def grant_read(self, function: AppFunction) -> None:
        _grant_read(self.secret, "FLOW_SECRET_ARN", function)


def _grant_read(
    secret: secretsmanager.Secret, environment_name: str, function: AppFunction
) -> None:
    function.allow(("secretsmanager:GetSecretValue",), (secret.secret_arn,))
    function.set_environment(environment_name, secret.secret_arn)
