"""Where code blocks run."""

from shared.core.settings import Settings


class CodeSettings(Settings):
    """Of a function that runs code blocks; `code_executor_function` is a name or an ARN."""

    code_executor_function: str
