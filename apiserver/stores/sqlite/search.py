"""Text searches as FTS5 queries. Source: spec 2 §1.9; MongoDB's `$text` with the English language."""

from __future__ import annotations

import re

_TERM = re.compile(r'(?:^|(?<=\s))(-?)"([^"]*)"|(\S+)')
_WORD = re.compile(r"\w+(?:'\w+)*")
_COMMON = (
    "a about above after again against all am an and any are aren't as at be because been before being below between both but by can't"
    " cannot could couldn't did didn't do does doesn't doing don't down during each few for from further had hadn't has hasn't have"
    " haven't having he her here hers herself him himself his how i if in into is isn't it it's its itself let's me more most mustn't"
    " my myself no nor not of off on once only or other ought our ours ourselves out over own same shan't she should shouldn't so some"
    " such than that the their theirs them themselves then there these they this those through to too under until up very was wasn't"
    " we were weren't what when where which while who whom why with won't would wouldn't you your yours yourself yourselves"
)
_STOP = frozenset(_COMMON.split())


def fts_query(query: str) -> str:
    """The FTS5 expression; empty when nothing can match (no word is asked for, only common ones).

    Words are alternatives, every phrase must be there, no negated word may be.
    """
    words: list[str] = []
    phrases: list[str] = []
    unwanted: list[str] = []
    for negated, phrase, word in _TERM.findall(query):
        if word:
            minus = word.startswith("-") and len(word) > 1
            found = _words(word)
            (unwanted if minus else words).extend(found)
        elif inside := _WORD.findall(phrase):
            (unwanted if negated else phrases).append(" ".join(inside))
    terms = " OR ".join(_quoted(term) for term in (*words, *phrases))
    if not terms:
        return ""
    wanted = " AND ".join([f"({terms})", *(_quoted(phrase) for phrase in phrases)])
    if not unwanted:
        return wanted
    return f"({wanted}) NOT ({' OR '.join(_quoted(term) for term in unwanted)})"


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if word.lower() not in _STOP]


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'
