"""The persuader's dialogue acts, recognised in free text.

Names follow the strategies of Wang et al. (2019), table 1, with `propose-donation` for the ask itself, and three of
our own: `pressure`, `appreciation` and `closing`. Recognition is by cues (regular expressions); an utterance may carry
several acts, and none when a listener could not make sense of it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

ACTS = (
    "greeting", "source-inquiry", "personal-inquiry", "logical-appeal", "emotion-appeal", "credibility-appeal",
    "personal-story", "self-modeling", "foot-in-the-door", "donation-information", "propose-donation",
    "appreciation", "pressure", "closing",
)
"""Every act `recognise` can name."""

_CUES: dict[str, str] = {
    "pressure": r"\b(ashamed|selfish|heartless|shame on you|how can you (?:say no|refuse|keep)|you (?:have|need) to give"
                r"|you cannot (?:say no|refuse)|no excuse|blood on your hands|stop making excuses)\b",
    "propose-donation": r"\b(?:(?:would|will|could|can) you (?:be (?:willing|able|happy|open) to |like to |please |"
                        r"consider )?(?:donat|giv|contribut|spar|part with|make a donation)"
                        r"|how about (?:donating|giving|a donation|\$?[\w.]+ (?:cents|dollars?))"
                        r"|how much (?:would|will|do|can) you (?:like to |want to |wish to )?(?:donate|give)"
                        r"|may i (?:ask you|count on you) (?:to donate|to give|for)|are you (?:willing|ready|happy) to "
                        r"(?:donate|give)|what do you say to (?:giving|donating|a gift)|please (?:donate|give)"
                        r"|shall (?:we|i) put you down for)",
    "source-inquiry": r"\b(?:heard (?:of|about)|(?:do|did) you know (?:of |about |the (?:charity|organi[sz]ation))"
                      r"|familiar with|come across)\b",
    "personal-inquiry": r"\b(?:what (?:matters|counts|is important|would you want|makes you|moves you|do you look)"
                        r"|how do you (?:feel|choose|decide)|may i ask what|do you (?:have (?:children|kids)|ever give"
                        r"|often give|usually give|like children)|tell me (?:what|about yourself|a little)"
                        r"|have you (?:ever )?(?:given|donated))\b",
    "foot-in-the-door": r"\b(?:even (?:a few|the smallest|a small|a little|one|ten|five|a tiny)"
                        r"|(?:small|tiny|little) (?:gift|amount|donation|sum)s? (?:helps?|makes?|counts?|goes|can|adds?)"
                        r"|every (?:cent|penny|little bit))\b",
    "donation-information": r"\b(?:any amount|(?:taken|comes?|deducted|sent) (?:out of|from|straight from|right from|from) "
                            r"your (?:task )?payment|(?:sent|passed|transferred) (?:on )?(?:right )?after (?:this|the|our)"
                            r"|nothing (?:else|more) to (?:do|fill in)|up to you how much|you choose the (?:amount|sum))\b",
    "logical-appeal": r"\b(?:percent|for every dollar|of every dollar|of each dollar|studies|research|statistics"
                      r"|the (?:figures|numbers|data)|numbers show|per (?:year|day|child)|millions? of children"
                      r"|cost[s]? (?:less|only|so little)|on average|measured|results show|one in (?:four|five|six|ten))\b",
    "credibility-appeal": r"\b(?:audit\w*|founded|hundred years|a century|decades|rated|ratings?|watchdogs?|transparent|"
                          r"transparency|accountab\w+|trusted by|reports? (?:are|is) public|well[- ]known|reputable|"
                          r"(?:hundred|many) countries|awards?|inspected|publish(?:es)?)\b",
    "personal-story": r"\b(?:my (?:sister|brother|cousin|neighbou?r|friend|aunt|uncle|mother|father|grandmother|teacher)"
                      r"|when i was (?:a child|young|a kid|little|in school)|i (?:once|still) (?:met|saw|remember|knew)"
                      r"|i (?:grew up|remember|volunteered))\b",
    "self-modeling": r"\b(?:i (?:am|will be|was) (?:giving|donating|happy to give|going to give)|i (?:have )?(?:already )?"
                     r"(?:gave|donated|given)|i (?:myself )?(?:also )?(?:give|donate)|i(?:'m| am) (?:also )?(?:putting|"
                     r"adding) in|i put in part|my own (?:payment|donation|money))\b",
    "emotion-appeal": r"\b(?:imagine|picture a|think of (?:a (?:little|small|young|sick|hungry)|(?:all )?(?:the|those) (?:children|kids|little ones|families))|hungry|afraid|crying|cries|tears|suffer\w*|alone|"
                      r"frightened|scared|heartbreaking|their faces?|smile[s]?|hope in|hugs?|homes? destroyed|lost (?:her|"
                      r"his|their) (?:home|parents|mother|father))\b",
    "appreciation": r"\b(?:thank you (?:for|so much)|thanks for|i (?:really )?appreciate|you (?:seem|sound|are) (?:like )?"
                    r"(?:a |so |very |such a )?(?:kind|thoughtful|caring|generous|good)|that is (?:kind|thoughtful|good) of "
                    r"you|i (?:understand|hear you|see what you mean)|good (?:question|point)|fair enough)\b",
    "greeting": r"^\W*(?:hello|hi|hey|good (?:morning|afternoon|evening)|greetings|welcome)\b|\bhow are you\b|"
                r"\bnice to meet you\b",
    "closing": r"\b(?:good ?bye|bye|have a (?:nice|good|great|lovely) (?:day|evening|one)|take care|farewell)\b",
}
_PATTERNS = tuple((name, re.compile(cue, re.IGNORECASE)) for name, cue in _CUES.items())
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?", re.IGNORECASE)
_DOUBLED = ("very", "so", "really", "that", "had", "bye")
_ENDS = (".", "!", "?", '"', "'", ")")


@lru_cache(maxsize=65_536)
def recognise(text: str) -> tuple[str, ...]:
    """The acts in a persuader's utterance, in the order of their first cue; () when it cannot be read.

    An utterance cannot be read when it is garbled (`garbled`) or carries no known cue.
    """
    if garbled(text):
        return ()
    found = [(match.start(), name) for name, pattern in _PATTERNS if (match := pattern.search(text))]
    return tuple(name for _, name in sorted(found))


def garbled(text: str) -> bool:
    """Whether the text is broken as text: no words, cut off, or stuck in a repetition.

    Broken is: fewer than two words, no closing punctuation, the same word twice in a row (but for emphasis, such as "very
    very"), or a run of four words that occurs twice.
    """
    words = [word.lower() for word in _WORD.findall(text)]
    if len(words) < 2 or not text.rstrip().endswith(_ENDS):
        return True
    if any(a == b and a not in _DOUBLED for a, b in pairwise(words)):
        return True
    runs = [tuple(words[i:i + 4]) for i in range(len(words) - 3)]
    return len(runs) - len(set(runs)) > 0
