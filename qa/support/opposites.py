"""Words that turn a sentence into its contrary when one stands for the other. Common ones only: no list is complete."""

from __future__ import annotations

from qa.text import terms

_PAIRS = (
    "accept reject, accept refuse, after before, agree disagree, allow ban, allow forbid, allow prohibit, "
    "alive dead, all none, always never, appoint dismiss, appoint sack, approve reject, arrive leave, ascend "
    "descend, attack defend, begin end, began ended, best worst, better worse, big small, birth death, born "
    "died, build destroy, built destroyed, buy sell, bought sold, close open, common rare, confirm deny, "
    "create destroy, decrease increase, defeat victory, earliest latest, early late, earlier later, easier "
    "harder, easy difficult, east west, eastern western, enemy friend, enter leave, entered left, everyone "
    "nobody, expand shrink, export import, external internal, fail succeed, failure success, fall rise, fell "
    "rose, false true, fast slow, female male, few many, fewer more, first last, future past, gain lose, "
    "gained lost, gave took, good bad, grow shrink, grew shrank, guilty innocent, high low, higher lower, "
    "highest lowest, hire fire, hot cold, include exclude, inside outside, join leave, joined left, large "
    "small, larger smaller, largest smallest, biggest smallest, least most, legal illegal, less more, like "
    "dislike, long short, lower upper, lower raise, major minor, married divorced, maximum minimum, new old, "
    "majority minority, north south, northern southern, oldest youngest, older younger, oppose support, over "
    "under, above below, pass fail, peace war, poor rich, positive negative, possible impossible, able unable, "
    "private public, profit loss, promote demote, rural urban, safe dangerous, same different, start stop, "
    "start end, strong weak, lose win, lost won, loser winner, top bottom, front back, withdraw advance, with "
    "without"
)
OPPOSITES: dict[str, set[str]] = {}
for _pair in _PAIRS.split(", "):
    for _here, _there in (_pair.split(" "), reversed(_pair.split(" "))):
        for _stem in terms(_here):
            OPPOSITES.setdefault(_stem, set()).update(terms(_there))
