"""Who may import whom: inward only (docs/architecture.md, Layout)."""

import pytest

from tests.architecture.sources import imports, is_within, no_findings, sources

# The parts of shared that others stand on, and what they may stand on themselves.
FOUNDATIONS = {
    "shared.core": ("shared.core",),
    "shared.aws": ("shared.aws", "shared.core"),
    "shared.data": ("shared.data", "shared.aws", "shared.core"),
}
# An adapter of the store knows the port that it implements, which its user declares.
ADAPTERS = {"shared.data.breakers": "shared.ai.breaker"}
# Where the clients and models of a store are at home. Others may name its exceptions only, to
# tell a store that failed from a condition that did not hold.
HOMES = {
    "pynamodb": ("shared.data",),
    "botocore": ("shared.aws", "shared.data", "shared.ai.bedrock", "shared.ai.bedrock_wire"),
}


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("shared", ("functions", "infra", "tests")),
        ("functions", ("infra", "tests")),
        ("infra", ("functions", "shared", "tests")),
        ("cli", ("functions", "shared", "infra", "tests")),
    ],
)
def test_imports_point_inward(folder: str, forbidden: tuple[str, ...]) -> None:
    no_findings(
        source.at(entry.node, f"{folder} imports {entry.module}")
        for source in sources(folder)
        for entry in imports(source)
        if is_within(entry.module, *forbidden)
    )


def test_functions_never_import_each_other() -> None:
    found = []
    for source in sources("functions"):
        own = ".".join(source.module.split(".")[:2])
        for entry in imports(source):
            if is_within(entry.module, "functions") and not is_within(entry.module, own):
                found.append(source.at(entry.node, f"{own} imports {entry.module}"))
    no_findings(found)


@pytest.mark.parametrize("package", FOUNDATIONS)
def test_foundations_import_no_upper_part_of_shared(package: str) -> None:
    no_findings(
        source.at(entry.node, f"{package} imports {entry.module}")
        for source in sources("shared")
        if is_within(source.module, package)
        for entry in imports(source)
        if is_within(entry.module, "shared") and not is_within(entry.module, *FOUNDATIONS[package])
        if ADAPTERS.get(source.module) != entry.module
    )


def test_within_a_function_imports_point_from_routes_to_service() -> None:
    order = ["handler", "run", "routes"]
    found = []
    for source in sources("functions"):
        role = source.module.split(".")[2:3]
        if not role or role[0] in order:
            continue
        for entry in imports(source):
            upper = entry.module.split(".")[2:3]
            if is_within(entry.module, "functions") and upper and upper[0] in order:
                found.append(source.at(entry.node, f"{role[0]} imports {entry.module}"))
    no_findings(found)


def test_routes_take_types_from_the_store_and_never_ask_it() -> None:
    no_findings(
        source.at(entry.node, f"routes import {name} of {entry.module}")
        for source in sources("functions")
        if source.module.split(".")[2:3] == ["routes"]
        for entry in imports(source)
        if is_within(entry.module, "shared.data")
        for name in entry.names or (entry.module,)
        if not name[0].isupper()
    )


@pytest.mark.parametrize("library", HOMES)
def test_a_stores_library_stays_at_home(library: str) -> None:
    no_findings(
        source.at(entry.node, f"imports {entry.module}")
        for source in sources("functions", "shared")
        if not is_within(source.module, *HOMES[library])
        for entry in imports(source)
        if is_within(entry.module, library) and entry.module != f"{library}.exceptions"
    )


def test_boto3_and_sdks_are_not_used() -> None:
    banned = ("boto3", "requests", "aioboto3", "openai", "litellm", "aws_xray_sdk")
    no_findings(
        source.at(entry.node, f"imports {entry.module}")
        for source in sources("functions", "shared")
        for entry in imports(source)
        if is_within(entry.module, *banned)
    )
