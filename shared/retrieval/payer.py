"""Who pays for the embeddings of a text, and what they are counted under."""

from dataclasses import dataclass

from shared.data.ledger_lines import Feature


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose budget it is, and what the ledger's line names besides.

    A chat turn's question is paid by who asked it, whoever owns the knowledge base.
    """

    user_id: str
    feature: Feature
    role_id: str | None = None
    role_name: str | None = None
    session_id: str | None = None
