"""Questions are let in from each asker in turn, and nobody fills the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from qa.server.rest import admission
from qa.server.rest.admission import Admission
from qa.server.rest.problems import BusyError, TooManyError
from qa.server.turns import Turns, Waiting


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work on one question at once, and let six wait, four of one client."""
    monkeypatch.setattr(admission, "WORKING", 1)
    monkeypatch.setattr(admission, "WAITING", 6)
    monkeypatch.setattr(admission, "WAITING_PER_CALLER", 4)


class Askers:
    """Asks, and notes in which order the questions are let in."""

    def __init__(self) -> None:
        self.admission = Admission()
        self.let_in: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def ask(self, name: str, client: str, visitor: str = "") -> None:
        """Put a question in the queue."""

        async def asked() -> None:
            async with self.admission.enter(client, visitor):
                self.let_in.append(name)
                await asyncio.sleep(0)

        self.tasks[name] = asyncio.create_task(asked())
        await asyncio.sleep(0)

    async def outcomes(self) -> dict[str, str]:
        """Wait for all; return the kind of error of each that was refused."""
        done = await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        named = zip(self.tasks, done, strict=True)
        return {name: type(each).__name__ for name, each in named if each is not None}


def while_busy(script: Callable[[Askers], Awaitable[None]]) -> tuple[Askers, dict[str, str]]:
    """Run a script while one question is worked on; return who was let in and who was refused."""

    async def run() -> tuple[Askers, dict[str, str]]:
        askers = Askers()
        async with askers.admission.enter("busy"):
            await script(askers)
        return askers, await askers.outcomes()

    return asyncio.run(run())


def test_one_client_does_not_make_another_wait() -> None:
    """Who asks once is next after the one question of whoever asks many."""

    async def script(askers: Askers) -> None:
        for number in range(3):
            await askers.ask(f"flood{number}", "flood")
        await askers.ask("honest", "honest")

    askers, refused = while_busy(script)
    assert askers.let_in == ["flood0", "honest", "flood1", "flood2"]
    assert refused == {}
    assert (askers.admission.waiting, askers.admission.working) == (0, 0)


def test_visitors_behind_one_address_take_turns() -> None:
    """Within an address, too, each visitor is asked in turn."""

    async def script(askers: Askers) -> None:
        for number in range(3):
            await askers.ask(f"flood{number}", "proxy", "flood")
        await askers.ask("honest", "proxy", "honest")

    askers, _ = while_busy(script)
    assert askers.let_in == ["flood0", "honest", "flood1", "flood2"]


def test_a_full_queue_makes_room_for_who_has_less_in_it() -> None:
    """The newest question of whom most wait gives way; one client's limit comes first."""

    async def script(askers: Askers) -> None:
        for number in range(5):
            await askers.ask(f"flood{number}", "flood")
        for number in range(2):
            await askers.ask(f"other{number}", "other")
        await askers.ask("honest", "honest")
        await askers.ask("other2", "other")

    askers, refused = while_busy(script)
    assert refused == {"flood4": "TooManyError", "flood3": "BusyError", "other2": "BusyError"}
    assert sorted(askers.let_in) == ["flood0", "flood1", "flood2", "honest", "other0", "other1"]


def test_who_leaves_holds_no_place() -> None:
    """A question that is cancelled while it waits, or just as it is let in, blocks nobody."""

    async def script(askers: Askers) -> None:
        await askers.ask("leaves", "a")
        await askers.ask("stays", "b")
        askers.tasks["leaves"].cancel()

    askers, _ = while_busy(script)
    assert askers.let_in == ["stays"]

    async def at_once() -> Admission:
        made = Admission()
        async with made.enter("busy"):
            askers = Askers()
            askers.admission = made
            await askers.ask("leaves", "a")
            await askers.ask("stays", "b")
        askers.tasks["leaves"].cancel()  # it has its place, and does not know yet
        await askers.outcomes()
        assert askers.let_in == ["stays"]
        return made

    made = asyncio.run(at_once())
    assert (made.waiting, made.working) == (0, 0)


def test_the_time_to_come_again_grows_with_the_queue() -> None:
    """A refusal says after how many seconds those who wait will have been let in."""

    async def seconds(waiting: int) -> int:
        askers = Askers()
        async with askers.admission.enter("busy"):
            for number in range(waiting):
                await askers.ask(str(number), "flood")
            with pytest.raises(BusyError) as refused:
                await askers.admission._turn(Waiting("flood"))
        assert isinstance(refused.value, TooManyError)
        return refused.value.seconds

    assert asyncio.run(seconds(4)) == 8  # two seconds each, as long as none was answered


def test_a_round_is_remembered_only_for_who_waits() -> None:
    """The order survives from call to call, and nothing is kept of those who have left."""
    turns, waiting = Turns(), [Waiting("a"), Waiting("a"), Waiting("b"), Waiting("c")]
    order = [waiting.pop(turns.next(waiting)).client for _ in range(4)]
    assert order == ["a", "b", "c", "a"]
    for number in range(1_000):
        turns.next([Waiting(f"visitor{number}")])
    assert len(turns._had) == 2
