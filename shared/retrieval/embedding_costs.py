"""Embeddings that somebody pays for: held before the call, one ledger line after it (0056).

Search by words needs none, so a provider that fails or is slow and a budget that is used up give
no vectors instead of an error. Nothing is written where no embedding model is configured.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from shared.ai.catalog import Model, price_version
from shared.ai.embeddings import embed_with_usage, run_alone
from shared.ai.errors import AIServiceError
from shared.ai.port import Embeddings, Usage
from shared.ai.pricing import cost_micro, worst_case_micro
from shared.ai.registry import registry
from shared.ai.tokens import estimate_tokens
from shared.core import clock
from shared.core.errors import RateLimited
from shared.core.observability import emit_metric, get_logger
from shared.core.threads import in_thread
from shared.data.ledger_lines import Line
from shared.ledger import ledger
from shared.ledger.settings import LedgerSettings
from shared.retrieval.payer import Payer


async def embed_paid(
    texts: Sequence[str], payer: Payer, *, seconds: float
) -> list[list[float]] | None:
    """Vectors of the texts in their order, within that time; None where words have to do.

    Raises what the ledger's store raises: vectors that were not counted are not given out.
    """
    configured = registry().embedding()
    if configured is None or not texts:
        return None
    provider, _, model = configured
    try:
        async with asyncio.timeout(seconds):
            return await _embed_and_count(texts, payer, provider.name, model)
    except (AIServiceError, RateLimited, TimeoutError) as error:
        reason = type(error).__name__
        get_logger().warning("not embedded", extra={"reason": reason, "feature": payer.feature})
        emit_metric("NotEmbedded", feature=payer.feature, reason=reason)
        return None


def embed_paid_now(
    texts: Sequence[str], payer: Payer, *, seconds: float
) -> list[list[float]] | None:
    """As `embed_paid`, for code without an event loop."""
    if registry().embedding() is None:
        return None
    return run_alone(partial(embed_paid, texts, payer, seconds=seconds))


async def _embed_and_count(
    texts: Sequence[str], payer: Payer, provider: str, model: Model
) -> list[list[float]] | None:
    estimate = sum(map(estimate_tokens, texts))
    amount = worst_case_micro(model, estimate, 0, _currency())
    held = await in_thread(ledger.reserve_now, user_id=payer.user_id, amount_micro=amount)
    started_at = clock.now()
    found: Embeddings | None = None
    try:
        found = await embed_with_usage(texts)
    finally:
        if found is None:  # failed, or cancelled with the answer it was for
            await in_thread(ledger.release_now, held)
    if found is None:
        return None
    # Some servers send no usage.
    usage = found.usage if found.usage.prompt_tokens else Usage(estimate, 0, estimated=True)
    line = _line(payer, provider, model, usage, started_at)
    await in_thread(ledger.settle_now, held, [line])
    return found.vectors


def _line(payer: Payer, provider: str, model: Model, usage: Usage, started_at: datetime) -> Line:
    return Line(
        feature=payer.feature,
        provider=provider,
        model=model.id,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        cost_micro=cost_micro(model, usage, _currency(), moment=started_at),
        price_version=price_version(),
        started_at=started_at,
        ended_at=clock.now(),
        role_id=payer.role_id,
        role_name=payer.role_name,
        session_id=payer.session_id,
    )


def _currency() -> str:
    return LedgerSettings.from_env().currency
