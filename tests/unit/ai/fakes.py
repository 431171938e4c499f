"""Clocks and hand-written stand-ins of the model tests."""

from dataclasses import dataclass, field

from shared.ai.retry import Pause


@dataclass
class FakeClock:
    """Time that passes only when somebody waits."""

    now: float = 1_767_323_045.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)

    @property
    def pause(self) -> Pause:
        return Pause(self.sleep, self.asleep)
