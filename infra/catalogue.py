"""Every function with its size, its source and what it may touch (docs/architecture.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from infra.constructs.function import FunctionSpec

CONTEXTS = (
    "identity", "roles", "chat", "documents", "ledger", "limits", "tasks", "payments",
    "workspaces", "learning",
)  # fmt: skip
# The table of code tokens: nothing in it is a user's own, and nothing is promised in it, so
# neither the dispatcher nor those who delete accounts have to do with it.
APART = ("flow",)


@dataclass(frozen=True)
class Access:
    """Tables by context, the files bucket (`""`, `r`, `rw`), deployment settings by variable."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    files: str = ""
    auth_secret: bool = False
    # Who knows callers notes when an API key was used, in a table that it may only read.
    notes_key_use: bool = False
    # A paid order moves the end of its owner's subscription.
    changes_users: bool = False
    calls_models: bool = False
    # Asks providers with keys, but none of them on AWS.
    reads_provider_keys: bool = False
    sends_outbox: bool = False
    # Has code blocks executed.
    runs_code: bool = False
    # Knows the administrator of code tokens, and what these are sealed with.
    flow_secret: bool = False
    merchant_secret: bool = False
    administers_queues: bool = False
    # Makes, moves and removes the schedules of workspaces; lists them to compare.
    puts_schedules: bool = False
    lists_schedules: bool = False
    # Sends what is left of a long work to its own queue.
    sends_workspaces: bool = False
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    spec: FunctionSpec
    access: Access
    routes: tuple[str, ...] = ()


def _caller(access: Access) -> Access:
    """Adds what it takes to know a caller and to limit it."""
    known = "identity" in access.write
    return replace(
        access,
        read=access.read if known else (*access.read, "identity"),
        write=(*access.write, "limits"),
        auth_secret=True,
        notes_key_use=not known,
    )


def _group(*paths: str) -> tuple[str, ...]:
    return tuple(route for path in paths for route in (path, f"{path}/{{proxy+}}"))


_CHAT = _caller(
    Access(
        read=("roles", "documents"),
        write=("chat", "ledger", "tasks"),  # a skill makes image tasks
        files="r",
        calls_models=True,
        runs_code=True,
        settings=("PROVIDERS", "DEFAULT_MODEL", "CURRENCY"),
    )
)
_EVERYTHING = Access(write=CONTEXTS, files="rw")

API = (
    Entry(FunctionSpec("root"), Access(write=("limits",)), ("/", "/health", "$default")),
    Entry(
        # Argon2 needs a full processor, which comes with this much memory.
        FunctionSpec("identity", memory_mb=1769),
        _caller(Access(write=("identity",), settings=("ADMIN_EMAIL",))),
        ("/api/v1/auth/{proxy+}", *_group("/api/v1/users", "/api/v1/api-keys")),
    ),
    Entry(
        FunctionSpec("roles"),
        _caller(
            Access(read=("documents",), write=("roles",), settings=("PROVIDERS", "DEFAULT_MODEL"))
        ),
        _group("/api/v1/roles"),
    ),
    Entry(
        FunctionSpec("chat", memory_mb=1024, layers=("api", "documents")),
        _CHAT,
        (*_group("/api/v1/chat-sessions"), "/api/v1/chat/{proxy+}", "/api/v1/models"),
    ),
    Entry(
        FunctionSpec("documents"),
        _caller(Access(write=("documents",), files="rw")),
        _group("/api/v1/documents"),
    ),
    Entry(
        FunctionSpec("knowledge", memory_mb=1024, layers=("api", "documents")),
        _caller(
            Access(
                write=("documents", "ledger"),
                files="r",
                calls_models=True,
                settings=("PROVIDERS", "CURRENCY"),
            )
        ),
        _group("/api/v1/knowledge-bases"),
    ),
    Entry(
        FunctionSpec("tasks"),
        _caller(
            Access(
                # A submission names the task that analyses it.
                write=("tasks", "ledger", "learning"),
                files="rw",
                settings=("PROVIDERS", "DEFAULT_MODEL", "CURRENCY"),
            )
        ),
        (
            "/api/v1/ai/image/{proxy+}",
            "/api/v1/ai/tasks",
            "/api/v1/learning/analyses",
            "/api/v1/learning/syllabi",
            "/api/v1/learning/question-batches",
            "/api/v1/tasks/{proxy+}",
            "/api/v1/users/me/webhook-secret",
            "/api/v1/photo-templates",
            *_group("/api/v1/photos", "/api/v1/videos"),
        ),
    ),
    Entry(
        FunctionSpec("workspaces"),
        _caller(
            Access(
                read=("roles", "documents"),
                write=("workspaces",),
                puts_schedules=True,
                lists_schedules=True,
            )
        ),
        (
            *_group("/api/v1/companies", "/api/v1/workspaces", "/api/v1/works"),
            "/api/v1/outcomes/{proxy+}",
            "/api/v1/admin/schedules/{proxy+}",
        ),
    ),
    Entry(
        FunctionSpec("payments", layers=("api", "crypto")),
        _caller(Access(write=("payments", "ledger"), changes_users=True, merchant_secret=True)),
        (*_group("/api/v1/orders"), "/api/v1/payments/{proxy+}"),
    ),
    Entry(
        FunctionSpec("analytics", memory_mb=1024),
        _caller(Access(read=("chat",), write=("ledger",), files="rw", settings=("CURRENCY",))),
        ("/api/v1/analytics/{proxy+}",),
    ),
    Entry(
        FunctionSpec("learning"),
        # Written answers become tasks; whoever tells of tasks may link to their files.
        _caller(
            Access(
                write=("learning", "tasks", "ledger"),
                files="r",
                settings=("PROVIDERS", "DEFAULT_MODEL", "CURRENCY"),
            )
        ),
        (*_group("/api/v1/courses", "/api/v1/assignments"), "/api/v1/learning/{proxy+}"),
    ),
    Entry(
        FunctionSpec("queues"),
        # Jobs wait in the table of tasks; one that is cancelled gives its money back.
        _caller(Access(write=("tasks", "ledger"), administers_queues=True)),
        _group("/api/v1/admin/queues"),
    ),
    Entry(
        FunctionSpec("code_api", seconds_beyond_code=4, layers=("api", "crypto")),
        Access(
            write=("flow", "limits"),
            runs_code=True,
            flow_secret=True,
            settings=("CODE_TIMEOUT_SECONDS",),
        ),
        ("/flow/{proxy+}",),
    ),
)
# Others' code: no table, no secret, no right but that to its own log.
CODE_EXECUTOR = Entry(
    FunctionSpec("code_executor", memory_mb=1769, seconds_beyond_code=3, layers=("javascript",)),
    Access(),
)
CHAT_STREAM = Entry(
    FunctionSpec(
        "chat_stream",
        memory_mb=1024,
        timeout_seconds=900,
        layers=("api", "documents", "streaming"),
    ),
    _CHAT,
)
DOCUMENT_WORKER = Entry(
    FunctionSpec(
        "document_worker", memory_mb=2048, timeout_seconds=300, layers=("api", "documents")
    ),
    Access(
        write=("documents", "ledger", "limits"),
        files="rw",
        calls_models=True,
        settings=("PROVIDERS", "CURRENCY"),
    ),
)
MEDIA_WORKER = Entry(
    FunctionSpec("media_worker", memory_mb=1024, timeout_seconds=120, layers=("api", "imaging")),
    Access(
        write=("tasks", "ledger", "limits"),
        files="rw",
        reads_provider_keys=True,
        settings=("PROVIDERS", "CURRENCY", "TRUSTED_HOSTS"),
    ),
)
LEARNING_WORKER = Entry(
    FunctionSpec("learning_worker", timeout_seconds=900),
    Access(
        write=("tasks", "ledger", "limits", "learning"),
        calls_models=True,
        settings=("PROVIDERS", "DEFAULT_MODEL", "CURRENCY"),
    ),
)
WEBHOOK_WORKER = Entry(
    FunctionSpec("webhook_worker", timeout_seconds=30),
    Access(write=("tasks",), files="r", settings=("TRUSTED_HOSTS",)),
)
WORKSPACE_RUNNER = Entry(
    FunctionSpec(
        "workspace_runner", memory_mb=1024, timeout_seconds=600, layers=("api", "documents")
    ),
    Access(
        read=("roles", "documents"),
        write=("workspaces", "ledger", "tasks", "limits"),
        files="r",
        calls_models=True,
        runs_code=True,
        puts_schedules=True,
        lists_schedules=True,
        sends_workspaces=True,
        settings=("PROVIDERS", "DEFAULT_MODEL", "CURRENCY"),
    ),
)
DISPATCHER = Entry(
    FunctionSpec("dispatcher", timeout_seconds=60),
    Access(write=CONTEXTS, sends_outbox=True, puts_schedules=True),
)
HOUSEKEEPING = Entry(
    FunctionSpec("housekeeping", timeout_seconds=60),
    Access(
        write=CONTEXTS,
        files="rw",
        sends_outbox=True,
        puts_schedules=True,
        settings=("CURRENCY",),
    ),
)
PAYMENT_WORKER = Entry(
    FunctionSpec("payment_worker", timeout_seconds=60, layers=("api", "crypto")),
    Access(
        read=("identity",),
        write=("payments", "ledger", "limits"),
        changes_users=True,
        merchant_secret=True,
    ),
)
ACCOUNT_WORKER = Entry(FunctionSpec("account_worker", timeout_seconds=60), _EVERYTHING)
