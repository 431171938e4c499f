"""The end of an answer: text, usage, money, session and last events in one transaction."""

from dataclasses import dataclass, replace

from shared.chat.money import ledger_line, turn_usage
from shared.chat.rounds import Progress
from shared.chat.turn import Turn
from shared.core import clock
from shared.core.errors import AppError
from shared.data.chat_events import EventGroup, add_events
from shared.data.chat_messages import Message, Status
from shared.data.chat_running import end_message
from shared.data.chat_sessions import note_turn
from shared.data.ledger import Reservation
from shared.data.ledger_lines import Line
from shared.data.ledger_lines import Status as LineStatus
from shared.data.transaction import ConditionFailed, Transaction
from shared.ledger import ledger


@dataclass(frozen=True, slots=True)
class Ending:
    """An ended answer; `lines` are the model calls that are not in the ledger yet."""

    answer: Message
    held: Reservation
    lines: tuple[Line, ...]

    @classmethod
    def of(
        cls, turn: Turn, progress: Progress, *, error: AppError | None, stopped: bool
    ) -> "Ending":
        """What a turn's progress comes to.

        With an error, or stopped, what there is stays: `incomplete` where the reader has seen
        words of it, else `failed` (docs/decisions/0082).
        """
        content = "".join(progress.text)
        status: Status = "complete"
        if stopped or (error and content):
            status = "incomplete"
        elif error:
            status = "failed"
        lines = _open_lines(turn, progress, error=error, stopped=stopped)
        counted = [*progress.lines, *lines]
        answer = replace(
            turn.answer,
            content=content,
            status=status,
            sources=progress.sources,
            usage=turn_usage(counted),
            ended_at=clock.iso_ms(clock.now()),
            error_code=error.code if error else "",
            reservation="",
        )
        return cls(answer, progress.held, tuple(lines))


def save_end(turn: Turn, ending: Ending, events: EventGroup | None) -> bool:
    """Write the end; False when the answer was ended by somebody else, or its session deleted.

    The money of the calls is counted in either case.
    """
    transaction = Transaction()
    end_message(transaction, ending.answer)
    shown = ending.answer.content or turn.question.content
    note_turn(transaction, turn.session.id, shown, added=0)
    if events:
        add_events(transaction, ending.answer.id, events)
    settle_calls(transaction, ending)
    try:
        transaction.commit()
    except ConditionFailed as failure:
        if not failure.names & {"assistant", "session"}:
            raise
        only_money = Transaction()
        settle_calls(only_money, ending)
        only_money.commit()
        return False
    return True


def settle_calls(transaction: Transaction, ending: Ending) -> None:
    """Add the parts that count the calls of an answer and free what it held beyond them."""
    if ending.lines:
        ledger.settle(transaction, ending.held, ending.lines)
    else:
        ledger.release(transaction, ending.held)


def _open_lines(
    turn: Turn, progress: Progress, *, error: AppError | None, stopped: bool
) -> list[Line]:
    call = progress.call
    if call is None or (error and not call.text and not call.usage):
        return []  # no call, or one that gave nothing: the provider bills nothing for it
    status: LineStatus = "ok"
    if call.ended_at is None:
        status = "stopped" if stopped else "failed"
    return [ledger_line(turn, call, status)]
