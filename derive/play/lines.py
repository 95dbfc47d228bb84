"""The page's back end in a browser's own Python: events as lines of JSON, for JavaScript to read."""

from __future__ import annotations

import json
from collections.abc import Iterator

from derive.errors import InputError
from derive.play.view import Player


def lines(player: Player, text: str, legend: str | None, quick: bool = False) -> Iterator[str]:
    """The events of a check, a quick one or not; without a legend at all (None) that of a draft."""
    if legend is not None:
        yield from map(json.dumps, player.events(text, legend, quick))
        return
    try:
        yield json.dumps({"event": "draft", "legend": player.draft(text)})
    except InputError as error:
        yield json.dumps({"event": "error", "where": "text", "message": str(error)})
