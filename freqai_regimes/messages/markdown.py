"""Telegram reads texts as Markdown, and refuses those whose signs do not pair: they are escaped."""

from __future__ import annotations

import re

#: What opens an entity in Telegram's legacy Markdown.
_OPENS = re.compile(r"([_*`\[])")


def escape(text: str) -> str:
    r"""The text with each sign that Telegram would read as markup behind a backslash.

    >>> print(escape("guard exchange_trouble [5]"))
    guard exchange\_trouble \[5]
    """
    return _OPENS.sub(r"\\\1", text)
