"""A search that turns over no more of what is out than it may; and how much a result moves.

Nothing of the database in here: whoever searches says how.
"""

import asyncio
from collections.abc import Awaitable, Callable

from dispatch.rules import churn
from dispatch.rules.plans import Prepared
from optimizer.problem import Problem
from optimizer.refit import refit
from optimizer.result import Result

Search = Callable[[Problem, float], Awaitable[Result]]
"""For so many seconds."""


async def search_within(search: Search, prepared: Prepared, limit: churn.Limit, seconds: float) -> Result:
    """A result that moves no more than it may.

    Where it may not be exceeded anyway, all seconds go into the one search. Else half of them do, and the rest into
    searches to which moving is dearer; what then still moves too much is searched once more with all held but as many as may
    move. The last resort are the rounds as they stand.
    """
    problem = prepared.problem
    if len(churn.counted(prepared, limit)) <= limit.most:
        return await search(problem, seconds)
    before = await _as_it_stands(prepared)
    result = await search(problem, seconds / 2)
    share = seconds / 2 / (churn.TRIES + 1)
    for number in range(1, churn.TRIES + 1):
        if churn.moves_of(prepared, before, result, limit) <= limit.most:
            return result
        found = await search(churn.dearer(problem, 2**number), share)
        result = await asyncio.to_thread(refit, problem, found.routes)
    if churn.moves_of(prepared, before, result, limit) > limit.most:
        free = churn.worth_moving(prepared, before, result, limit)
        result = await search(churn.held(prepared, before, limit, free), share)
    if churn.moves_of(prepared, before, result, limit) > limit.most:
        result = await _held(prepared, before, limit)
    return result


async def within(prepared: Prepared, result: Result, limit: churn.Limit) -> tuple[Result, int]:
    """The result, or the rounds as they stand where it moves too much by now; and how much it moves, which is more than it may
    only where the rounds cannot stay as they are."""
    if not churn.counted(prepared, limit):
        return result, 0
    before = await _as_it_stands(prepared)
    moved = churn.moves_of(prepared, before, result, limit)
    if moved <= limit.most:
        return result, moved
    result = await _held(prepared, before, limit)
    return result, churn.moves_of(prepared, before, result, limit)


async def _as_it_stands(prepared: Prepared) -> Result:
    return await asyncio.to_thread(refit, churn.as_it_stands(prepared), prepared.warm)


async def _held(prepared: Prepared, before: Result, limit: churn.Limit) -> Result:
    return await asyncio.to_thread(refit, churn.held(prepared, before, limit), prepared.warm)
