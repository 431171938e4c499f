"""Each rule fails on a file that breaks it: a rule that finds nothing proves nothing."""

import ast
from collections.abc import Callable
from typing import Any

import pytest

from tests.architecture import test_code, test_environment, test_imports
from tests.architecture.sources import Source

LONG_FUNCTION = "def f():\n" + "    x = 1\n" * 41
BROKEN: list[tuple[Callable[..., None], tuple[Any, ...], str, str]] = [
    (test_imports.test_imports_point_inward, ("shared", ("functions",)), "shared/x.py",
     "def f():\n    from functions.roles import service"),
    (test_imports.test_functions_never_import_each_other, (), "functions/chat/x.py",
     "from functions.roles import service"),
    (test_imports.test_functions_never_import_each_other, (), "functions/chat/x.py",
     "from ..roles import service"),
    (test_imports.test_foundations_import_no_upper_part_of_shared, ("shared.core",),
     "shared/core/x.py", "import shared.http.app"),
    (test_imports.test_within_a_function_imports_point_from_routes_to_service, (),
     "functions/chat/service.py", "from functions.chat.routes import router"),
    (test_imports.test_routes_take_types_from_the_store_and_never_ask_it, (),
     "functions/chat/routes.py", "from shared.data.roles import Role, find_role"),
    (test_imports.test_a_stores_library_stays_at_home, ("pynamodb",), "shared/http/x.py",
     "from pynamodb.models import Model"),
    (test_imports.test_boto3_and_sdks_are_not_used, (), "shared/x.py", "import boto3"),
    (test_environment.test_only_known_places_read_the_environment, (), "shared/ai/x.py",
     "import os\ndef f():\n    return os.environ['A']"),
    (test_environment.test_only_known_places_read_the_environment, (), "shared/ai/x.py",
     "from os import getenv"),
    (test_environment.test_nothing_reads_the_environment_while_importing, (),
     "shared/data/x.py", "import os\nclass A:\n    a = os.environ['A']"),
    (test_environment.test_nothing_reads_the_environment_while_importing, (),
     "shared/data/x.py", "import os\ndef f(a=os.environ['A']): ..."),
    (test_environment.test_nothing_is_built_while_importing, (), "shared/x.py",
     "S3 = client('s3')"),
    (test_code.test_files_are_short, ("shared",), "shared/x.py", "x = 1\n" * 301),
    (test_code.test_functions_are_short, ("shared",), "shared/x.py", LONG_FUNCTION),
    (test_code.test_modules_say_what_they_are_for, (), "shared/x.py", "x = 1"),
    (test_code.test_public_names_of_shared_are_described, (), "shared/x.py", "def f(): ..."),
    (test_code.test_nothing_is_printed, (), "shared/x.py", "print(1)"),
    (test_code.test_log_lines_have_constant_texts, (), "shared/x.py",
     "get_logger().info(f'user {x}')"),
    (test_code.test_a_catch_all_raises_again_logs_or_hands_the_error_on, (), "shared/x.py",
     "try:\n    f()\nexcept Exception:\n    pass"),
    (test_code.test_no_middleware_with_a_task_of_its_own, (), "shared/x.py",
     "class M(BaseHTTPMiddleware): ..."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "arguments", "path", "text"), BROKEN, ids=[case[0].__name__ for case in BROKEN]
)
def test_a_rule_finds_what_breaks_it(
    monkeypatch: pytest.MonkeyPatch,
    rule: Callable[..., None],
    arguments: tuple[Any, ...],
    path: str,
    text: str,
) -> None:
    module = path.removesuffix(".py").replace("/", ".")
    bad = Source(path, module, text, ast.parse(text))
    monkeypatch.setitem(rule.__globals__, "sources", lambda *_: (bad,))
    with pytest.raises(AssertionError, match=path):
        rule(*arguments)
