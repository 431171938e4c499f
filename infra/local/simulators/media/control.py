"""What a simulator is told to do, and what it has seen (`/_control`)."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Literal

# Of one request; they say what happens to it before any job is looked at.
REQUEST_MODES = ("slow", "429", "500", "503", "401", "reset", "lost-answer", "malformed")
# Of one job, from its submission to its end.
JOB_MODES = ("never", "failed", "filtered", "partial", "expired-link")
MODES = ("ok", *REQUEST_MODES, *JOB_MODES)
Step = Literal["submit", "poll"]
STEPS: tuple[Step, ...] = ("submit", "poll")
_KEPT_BODIES = 300


@dataclass(frozen=True, slots=True)
class Fault:
    """One behaviour; `on` is the step it is for ("" for both)."""

    mode: str = "ok"
    on: str = ""
    seconds: float = 5.0
    retry_after: str = "1"


OK = Fault()


@dataclass(slots=True)
class Control:
    """The state of a simulator. `scale` multiplies queue and work times, 0 for none."""

    scale: float = 1.0
    link_seconds: float = 86_400.0
    standard: Fault = OK
    scripted: deque[Fault] = field(default_factory=deque)
    seen: Counter[str] = field(default_factory=Counter)
    bodies: deque[Any] = field(default_factory=lambda: deque(maxlen=_KEPT_BODIES))

    def fault(self, step: Step) -> Fault:
        """What happens to the next request of that step; uses up one scripted turn."""
        for index, fault in enumerate(self.scripted):
            if _is_for(fault, step):
                del self.scripted[index]
                return fault
        return self.standard if _is_for(self.standard, step) else OK

    def instruct(self, order: dict[str, Any]) -> None:
        """Take an order of `POST /_control`.

        `{"reset": true}` forgets everything but the scale; `{"scale"}` and `{"link_seconds"}` set
        those; `{"mode", "times", "on": "submit" | "poll", "seconds", "retry_after"}` scripts the
        next `times` requests, or all that follow without `times`.

        Raises:
            ValueError: an unknown mode or step, or a value of the wrong type.
        """
        if order.get("reset"):
            self.standard, self.link_seconds = OK, 86_400.0
            for kept in (self.scripted, self.seen, self.bodies):
                kept.clear()
        self.scale = float(order.get("scale", self.scale))
        self.link_seconds = float(order.get("link_seconds", self.link_seconds))
        if "mode" in order:
            self._script(_read_fault(order), int(order.get("times", 0)))

    def report(self) -> dict[str, Any]:
        """What `GET /_control` shows.

        `seen` counts jobs accepted (`jobs`), pictures and videos made (`results`), requests by
        step, results fetched (`downloads`), and refused signatures or keys (`unauthorized`).
        """
        return {
            "seen": dict(self.seen),
            "jobs": self.seen["jobs"],
            "scripted": len(self.scripted),
            "mode": self.standard.mode,
            "scale": self.scale,
            "last_body": self.bodies[-1] if self.bodies else None,
        }

    def _script(self, fault: Fault, times: int) -> None:
        if times:
            self.scripted.extend([fault] * times)
        else:
            self.standard = fault


def _is_for(fault: Fault, step: Step) -> bool:
    if fault.mode in JOB_MODES:
        return step == "submit"
    return fault.on in ("", step)


def _read_fault(order: dict[str, Any]) -> Fault:
    mode, on = str(order["mode"]), str(order.get("on", ""))
    if mode not in MODES:
        raise ValueError(f"mode is one of {', '.join(MODES)}")
    if on not in ("", *STEPS):
        raise ValueError(f"on is one of {', '.join(STEPS)}")
    seconds, retry_after = float(order.get("seconds", 5.0)), str(order.get("retry_after", "1"))
    return Fault(mode, on, seconds, retry_after)
