"""Settings of the code-block API."""

from shared.core.settings import Settings


class FlowSettings(Settings):
    """FLOW_SECRET_ARN names the secret of the admin token and the tokens' keys.

    CODE_TIMEOUT_SECONDS is how long a code block may run where the invocation lasts so long.
    """

    flow_secret_arn: str
    code_timeout_seconds: int
    # Lambda's own variable.
    aws_lambda_function_memory_size: int = 512
