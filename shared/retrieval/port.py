"""What chat and search ask: the passages of knowledge bases that answer a question best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.threads import in_thread
from shared.data.knowledge_bases import find_manifests
from shared.documents.keys import chunk_id
from shared.documents.settings import DocumentsSettings
from shared.retrieval.payer import Payer
from shared.retrieval.snippet import snippet

if TYPE_CHECKING:
    from shared.retrieval.view import Hit, View

_POOL_PER_RANKING = 50
# Whoever asks waits for its question's vector; without it the answer comes by words.
_EMBEDDING_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that answers; `score` is within 0–1, `page` None where the type has no pages."""

    document_id: str
    document_name: str
    chunk_id: str
    page: int | None
    score: float
    snippet: str
    text: str


async def retrieve(
    kb_ids: Sequence[str], query: str, top_k: int, *, owner_id: str, payer: Payer
) -> list[Passage]:
    """The best `top_k` passages (1–50), best first, of those knowledge bases that `owner_id` owns.

    Lexical, and by embeddings where the segments have them and a model is configured; fused by
    rank. One BatchGetItem, and one GetObject per segment this process has not seen. Embedding
    the query is a model call, which `payer` pays.
    """
    keys = await in_thread(_segment_keys, kb_ids, owner_id)
    return await search_segments(keys, query, top_k, payer=payer)


def _segment_keys(kb_ids: Sequence[str], owner_id: str) -> list[str]:
    return [
        key
        for manifest in find_manifests(kb_ids)
        if manifest.owner_id == owner_id
        for key in manifest.segments.values()
    ]


async def search_segments(
    keys: Sequence[str], query: str, top_k: int, *, payer: Payer
) -> list[Passage]:
    """The best passages of these segments; `payer` pays where the query has to be embedded."""
    if not keys:
        return []
    from shared.retrieval.fusion import fuse
    from shared.retrieval.phrases import prefer_phrases
    from shared.retrieval.store import segment_store
    from shared.retrieval.tokenizer import query_terms

    store = segment_store(DocumentsSettings.from_env().files_bucket)
    view = await in_thread(store.view, keys)
    pool = max(top_k, _POOL_PER_RANKING)
    lexical = view.lexical(query_terms(query), pool)
    rankings: list[list[Hit]] = [prefer_phrases(view, lexical, query)]
    if view.vectors is not None:
        rankings.append(await _semantic(view, query, pool, payer))
    return [_passage(view, hit, query) for hit in fuse(rankings, top_k)]


async def _semantic(view: "View", query: str, pool: int, payer: Payer) -> "list[Hit]":
    from shared.retrieval.embedding_costs import embed_paid
    from shared.retrieval.indexing import unit_rows

    vectors = await embed_paid([query], payer, seconds=_EMBEDDING_SECONDS)
    # Without them the lexical half answers alone.
    return view.semantic(unit_rows(vectors)[0], pool) if vectors else []


def _passage(view: "View", hit: "Hit", query: str) -> Passage:
    segment, number = view.locate(hit.chunk)
    record = segment.record(number)
    return Passage(
        document_id=segment.document_id,
        document_name=segment.document_name,
        chunk_id=chunk_id(segment.document_id, number),
        page=record.page,
        score=round(hit.score, 4),
        snippet=snippet(record.text, query),
        text=record.text,
    )
