"""EventBridge: events on the deployment's own bus."""

from shared.aws.clients import client

SOURCE = "rolecraft"
"""Where every event of this system says that it comes from."""


class EventRefused(RuntimeError):
    """The bus did not take the event; the text is its code, and trying again may help."""


def put_event(bus: str, kind: str, detail: str) -> None:
    """Put one event on the bus: `kind` is its detail-type, `detail` its JSON text.

    Raises:
        EventRefused: EventBridge answers 200 and names what it did not take.
    """
    entry = {"EventBusName": bus, "Source": SOURCE, "DetailType": kind, "Detail": detail}
    answer = client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise EventRefused(answer["Entries"][0].get("ErrorCode", "unknown"))
