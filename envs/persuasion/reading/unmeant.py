"""Promises that are none: irony, conditions nobody means to meet, other people's words, and refusals that name a sum.

Only patterns live here; `donation.py` decides with them, on text that `amounts.normalise` has been over.
"""

from __future__ import annotations

import re

IRONY = re.compile(
    r"\b(?:hell freezes|pigs? (?:will |can |would |learn to |start to )?(?:fly|flies)|over my dead body|in your dreams|dream on"
    r"|fat chance|sa(?:id|ys) (?:no ?one|nobody)|(?:just|only) (?:kidding|joking)|jk\b|yeah,? right\b|as (?:if|though) i\b"
    r"|like i (?:would|will)|like i'(?:d|ll)|(?:let's|let us|we can|i(?:'ll| will)) (?:just )?pretend|psych"
    r"|when the (?:cows|devil)|the (?:moon|sun) (?:turns|falls|stops))\b|[.!?,] ?not[.!]*$|\.\.\. ?not\b"
)
"""What makes all of an utterance mean the opposite, or nothing."""
_FAR = (r"(?:win|have|had|get|got|become|find|found|make|made|ever|retire|can afford|could afford|own|strike|inherit|pay|paid"
        r"|finish school|finish college)")
FAR_OFF = re.compile(
    r"\b(?:once|when|whenever|until|after|as soon as|the (?:day|minute)(?: that| when)?)"
    rf" (?:i|we|my|our)(?:'ve)? (?:\w+ ){{0,3}}?{_FAR}\b"
    r"|\bif (?:i|we) (?:ever|win|won|had|were|inherit|retire)\b"
    r"|\bthe (?:day|minute) (?:that |when )?(?:i|my|you|your|we|they|it)\b"
    r"|\b(?:only|not|even) (?:if|when|once|after) |^suppose\b"
    r"|\b(?:provided|providing|on (?:the )?condition|supposing|assuming)\b"
    r"|\bif (?:i|we) (?:say|said|tell|told|promise) i\b"
    r"|\b(?:next|some|another) (?:year|month|week|time|day|payday|paycheck) (?:i|we|maybe)\b"
    r"|\b(?:want|wants|expect|like|love) (?:me|us) to (?:say|promise|tell)\b"
)
"""A condition that is not met now: what is promised under it is not decided."""
_WHO = (r"(?:he|she|they|somebody|someone|everybody|everyone|people|nobody|friends?|guy|man|woman|wife|husband|boss|mom|dad"
        r"|mother|father|brother|sister|neighbou?r|one|others|persuader|ad)")
REPORTED = re.compile(
    rf"\b(?:{_WHO}(?: \w+)? (?:said|says|say|told|tells|tell|went|promised|claimed|claims|wrote)\b"
    r"|(?:he|she|they|somebody|someone|everybody|everyone|people)(?:'d|'ll) (?:\w+ )?(?:donat|giv|contribut|pledg))"
)
"""Somebody else's words come next."""
QUOTED = re.compile(r"(?:^|(?<=[\s(:,]))'[^']{6,200}'(?=$|[\s.,!?;)])")
"""Words within single quotes, apostrophes apart."""
REFUSES_SUM = re.compile(
    r"\b(?:i|we)(?:'ll|'d| will| would| do)? (?:\w+ )?(?:refuse|decline) to (?:\w+ )?(?:donat|giv|contribut|part|pay|spar)"
    r"|\brather (?!(?:donate|give)\b)\w+ (?:\S+ ){0,6}?than (?:\w+ )?(?:donat|giv|contribut|part|let|see)"
    r"|\b(?:no ?body|no ?one|nothing) (?:can|could|will|would|is going to)"
    r" (?:\w+ )?(?:make|get|force|convince|persuade|trick|talk) me\b"
    r"|\bi was (?:going|about|planning|ready|happy|willing) to (?:\w+ ){1,6}?(?:\S+ ){0,4}?but\b"
    r"|\bi(?:'ll|'d)? (?:\w+ )?take (?:it|that|my (?:word|offer|promise|pledge)) back\b"
)
"""A refusal, whatever sum it names."""
