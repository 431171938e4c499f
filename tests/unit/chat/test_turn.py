"""Ids of a turn's two messages."""

from shared.chat.turn import message_ids
from shared.core import ids


def test_question_and_answer_are_neighbours_and_the_same_for_a_repeat() -> None:
    operation = ids.new_ulid()
    asked, answer = message_ids(operation)
    assert asked < answer
    assert (asked, answer) == message_ids(operation)
    assert ids.is_id("msg", asked)
    assert ids.is_id("msg", answer)


def test_operations_of_one_moment_never_share_or_interleave_their_messages() -> None:
    pairs = [message_ids(ids.new_ulid()) for _ in range(1000)]
    flat = [message for pair in pairs for message in pair]
    assert flat == sorted(flat)
    assert len(set(flat)) == 2000
