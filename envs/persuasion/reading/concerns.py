"""The concern in a persuadee's words: what they would have to hear about before they give.

There are eight (`CONCERNS`), and each is answered by one act of the persuader (`ANSWERED_BY`). A concern is heard by cues in
words whose contractions are written out, whose abbreviations are undone, and whose slips of the hand are mended where one slip
makes a word of the cues. `tests/envs/persuasion/test_concerns.py` holds the cues in place: every wording of the persuadee's
phrase book is heard as the concern it is said for or as none, and so are sentences of people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ...position import MAX_TEXT

ANSWERED_BY = {
    "proof": "logical-appeal", "trust": "credibility-appeal", "people": "emotion-appeal", "nearness": "personal-story",
    "example": "self-modeling", "procedure": "donation-information", "means": "foot-in-the-door", "self": "personal-inquiry",
}
"""The act of the persuader that answers a concern."""
CONCERNS = tuple(ANSWERED_BY)
"""What a persuadee may want to hear about."""

_PLAIN = {
    "im": "i am", "ive": "i have", "id": "i would", "youre": "you are", "youve": "you have", "youd": "you would",
    "its": "it is", "thats": "that is", "whats": "what is", "whos": "who is", "theyre": "they are", "theyve": "they have",
    "theres": "there is", "wheres": "where is", "hows": "how is", "dont": "do not", "doesnt": "does not", "didnt": "did not",
    "isnt": "is not", "arent": "are not", "wasnt": "was not", "havent": "have not", "hasnt": "has not", "cant": "can not",
    "cannot": "can not", "couldnt": "could not", "wouldnt": "would not", "wont": "will not", "were": "were", "weve": "we have",
    "moneys": "money is", "nobodys": "nobody is", "budgets": "budget is", "wallets": "wallet is", "itd": "it would",
    "u": "you", "ur": "your", "r": "are", "abt": "about", "ppl": "people", "rly": "really", "n": "and", "gonna": "going to",
    "wanna": "want to", "smth": "something", "w": "with", "tho": "though", "noone": "no one", "bc": "because", "thru": "through",
    "idk": "i do not know", "kid": "child", "kids": "children", "childs": "child", "somebody": "someone", "anybody": "anyone",
}
"""Words as the cues have them."""
_GIVE = r"(?:gives?|giving|gave|given|donates?|donating|donated|contribute|contributing|contributed|chip in|pitch in)"
_KIDS = r"(?:child|children|orphans|little ones)"
_THOSE = r"(?:the|these|those|this|that)"
_WHO = r"(?:nobody|no one|anyone|someone|person|people|whom|who|families|one)"

_CUES = {
    "proof": r"(?:figures|single figure|statistics|stats|data(?! entry)|(?<!card )numbers|one number|evidence|proof|prove|results?"
             r"|outcomes?|measurable|measured|success(?:ful)?|impact|effective|effect|achieves?|achieved|accomplish(?:ed)?|pointless"
             r"|what works|better off|gets? done|they get done|show for it|(?:came|comes?) of it|drop in the (?:bucket|ocean)"
             r"|(?:what|any|actual|real) good (?:does|do|is|has|will)|(?:does|do|did|do) (?:any|some|actual) good|any good"
             r"|(?<!how )(?:does|do|did) (?:it|this|that|any of it|this stuff|any of this) (?:all |actually |really |even )?work"
             r"|(?:if|whether|that) it (?:all |really )?work(?:s|ed)|if all that worked"
             r"|(?:what|no|any|a|real|the) difference (?:does|do|would|will|it|for)|(?:make|makes|making|made) (?:a|any|no|much)(?: \w+)? difference"
             r"|changes? (?:anything|nothing|something|a thing)|(?:anything|nothing|things|what)(?: has| have| really| ever| it| actually){0,2} "
             r"(?:changed?|changes|changing|improved|got better|get better)|problem (?:be gone|never goes)|nothing left to fix"
             rf"|how many (?:\w+ ){{0,2}}?(?:did|do|were|have|are|get|has) (?:\w+ ){{0,2}}?(?:reach|reached|helped|the|saved|been)|how many {_KIDS} get"
             r"|(?:does|did|has|have|is|that) (?:it|this|things like [a-z ]{1,20}|they) (?:really |actually |even )?(?:helps?|helped|helping)\b(?! (?:you|them))"
             r"|(?:odds|chance) it|counted|what (?:would|will|does|can) my (?:dollar|money|donation|gift) do)",
    "trust": r"(?:scam\w*|fraud\w*|crooks?|crooked|racket|ripped off|rip off|legit\w*|trusts?(?! me)|trusted|trustworthy|dishonest"
             r"|how honest|how clean|(?:are|is) (?:they|it|that outfit|those people|people) honest|whether they are honest|they are honest|(?:on|was|question) about honesty"
             r"|where (?:\w+ ){0,4}?(?:money|donations?|it all) (?:really |actually |exactly )?(?:go|goes|lands?|ends? up)"
             r"|who (?:\w+ )?(?:runs|run|behind|handles|checks?|audits|manages|vouches|skims|takes a cut|gets the money)|who is in charge|in charge of"
             r"|who (?:makes sure|sees to it|looks over)|(?:check|checks|over|audits) (?:the|their) books|checks? on them"
             r"|(?:money|it|all|donation) (?:really |actually |all )?(?:get there|gets there|gets? to them|arrives?|reach(?:es)? (?:them|(?:the|those|these)(?: children)?))"
             r"|pockets?|pocketed|overhead|salary|salaries|ceo|executives|director|administrative|admin|corruption|corrupt|officials?"
             r"|(?:the |a )?bosses|boss make|take home|fakes?|scandal|burned by|steals?|stealing|stolen|skims?|takes? a cut|keeps? most|fancy offices"
             rf"|reputable|reputation|transparent|real charity|suspicious of|watchdogs?|(?:their|publish) finances|fooled"
             rf"|how much (?:\w+ ){{0,4}}?goes to|sure (?:\w+ ){{0,2}}?(?:money|{_KIDS}) gets?|send the money to|how charities (?:use|spend)"
             r"|is it a front|percentage goes)",
    "people": rf"(?:(?:who|what|which|how) (?!is save)(?!is the charity)(?:\w+ ){{0,4}}?(?:{_THOSE} |sick |homeless )?(?<!save the ){_KIDS}(?! (?:yourself|of your own))"
              rf"|(?:they|{_KIDS}|there) (?:\w+ ){{0,2}}?(?:go|going|goes) through|life (?:\w+ )?like|like for (?:them|{_THOSE}|a child)|day like"
              r"|what is it like|growing up (?:in|there|over)|how old are (?:they|the|these|those|most)"
              rf"|{_KIDS} (?:\w+ ){{0,2}}?(?:lives?|living|face|facing|faces|suffer|sleep|eat|needs?|get by|themselves|faceless|behind|over there|there|up against|their story)"
              rf"|(?<!to )(?<!for )(?<!save )(?:{_THOSE}|back to the) {_KIDS}(?! (?:can|will))|(?<!save the )homeless {_KIDS}|(?:a|that|one|some|single|each) child (?:there|in|is|like|would|behind|it)|about that child|one child|child is life|child is day"
              r"|their names|have names|no names|need faces|no faces|happened to (?:\w+ )?(?:their|the|those|these)|have (?:got )?(?:parents|a roof)|their parents"
              r"|what do they (?:eat|wear|live)|where do they (?:sleep|live)|they go to school|get to play|get to be|they scared|they in danger|they cold"
              r"|they hungry|they sick|they orphans|is it (?:hunger|war)|(?:kind|sort) of (?:childhood|life)|what are they (?:suffering|up against|facing)|little ones|wondering about them"
              r"|how bad is it|(?:we|you) (?:are )?helping here)",
    "nearness": r"(?:far (?:away|off|end|side|from (?!rich))|faraway|world away|planet away|another world|different world|other side of|oceans? away"
                r"|across an ocean|another (?:continent|country|hemisphere)|long way off|dot on|name on (?:a|the) map|distant|distance|remote"
                r"|(?:have|did|has|if|whether) (?:you|anyone)(?: ever| even| actually)? (?:meet|met)|you met|never met (?:any|one|them)|meet any|met (?:any|some)one"
                r"|own eyes|first hand|up close|hearsay|something you lived|seen it yourself|did you see it yourself|there yourself"
                rf"|{_WHO} (?:near )?(?:do )?(?:you|i) know|nobody near|near you|do you (?:personally )?know (?:any|some)(?:one|body)?|know (?:anyone|someone) (?:who|it|they|with)|know if you know|you knew someone"
                r"|you know (?:anyone|someone|any)|anyone it helped|one person you|real person|someone real|someone i could|face i could|someone close|folks i know"
                r"|(?:been|ever|you|go) there(?! (?:yourself|and))?(?= |$)(?! is| are)|been to (?:it|one|any|this|that|those)|been (?:out of|anywhere near|close)|get to any of"
                r"|closer(?! look)|nearer|close (?:to (?:it|home|me|any)|by)|(?:were|are) next door|down the road|(?:help\w*|folks|were|anyone) around here|from around here"
                r"|people here|here first|own (?:town|street|community|backyard)|our own (?:first|people)|right here|(?:here|begins|starts|charity) at home|local charit\w+|locally|my neighbors"
                r"|(?:hard|harder) to (?:relate|feel|connect|care)|not (?:connect|relate)|feels? real|no connection|trouble of our own|troubles of our own|struggling too"
                r"|a country i|never seen)",
    "example": rf"(?:(?:do|would|will|did|have|are|if|whether|that|so|what|and|be) you (?:\w+ ){{0,3}}?(?:be )?{_GIVE}|you (?:also |already |ever |still )?(?:give|donate|giving|donating) (?:too|yourself|anything|first|as well|yours|to them)"
               rf"|{_GIVE} (?:anything |something )?(?:yourself|too|first|as well|yours|your own)|you will not do|you do yourself|do it yourself|in (?:it|this) yourself|(?:put|gave) something yourself|in yourself"
               r"|your own (?:payment|money|pay|wallet|share|reward|giving|part|pocket|yet)|own part|your (?:share|contribution|giving)|put in (?:something|your|yourself)"
               r"|of your own(?! life)|(?:only|just) (?:ever )?(?:ask|asks|asking|collect|collecting)(?! me)|ask(?:s|ing)? (?:others|other people)|spend other"
               r"|by example|an example|no example|practice what|preach(?:ing|es)?|mouth is|you (?:go )?first|after you(?! \w+ed)|match me|would you ever do"
               r"|the asker|(?:one|person) asking gives?|one asking|one who asks|whoever asks|never ask (?:of others|without)|given yours|put yours|what others should|what i should do"
               r"|not what you do|what do you do(?! (?:for|with))|what you do|what will you do|what are you doing with|coin is their own|my own wallet|who gives? first|doing it yourself)",
    "procedure": r"(?:how (?:would|does|do|is|will|can|should|could|to) (?:\w+ ){0,3}?(?:work|go(?! about)|done|do|paid|pay|donate|collect|taken|sign|set|go about|make (?:a|the) donation|get the money from)"
                 r"(?! you)|(?<!funny )(?<!strange )how (?:it|that|this|the donation|one)(?: even| would| really)? (?:works?|is done|goes|is handled|does it)|this even work|how it is (?:done|handled)|how (?:i|one) (?:do|does|pays?)"
                 r"|forms?|paperwork|(?:a|credit|debit|by|my|the|or|need|enter) card|card (?:number|or|form|link)|^card|an account|bank|paypal|click|sign(?:ing)? (?:me )?up|sign up|link|button"
                 r"|fill (?:in|out)|the (?:\w+ )?steps|steps|step by step|procedure|process|practical (?:side|person|steps)|practically|technically|deducted|automatic\w*"
                 r"|subscription|install|(?:a|big) hassle|(?:is|be) (?:it|that) complicated|complicated to|through the site|my address|the how is|to send it"
                 r"|taken (?:out|from|right)|be taken|is it taken|when it is taken|come off|take it (?:out|off)|they take (?:it|the money)|come out of|out of my (?:pay|earnings|bonus|payment)"
                 r"|where do i (?:send|pay|click|put|sign|type|go)|(?:do|would) i (?:have|need) to do|i would have to do|do i have to (?:do|give|type|send|click)|what do i (?:need|have|do)|go(?:ing)? about"
                 r"|who do i|whom do i|do i do it here|do it online|walk me through|one time thing|after i agree|if one says yes|i pay)",
    "means": r"(?:money (?:\w+ )?(?:\w+ )?(?:tight|short)|tight|(?:am|are|is|so|flat|being|of|pretty|totally|was) broke|bills?|rent|mortgage"
             r"|insurance|student loans?|loans|debts?|tuition|groceries|taxe?s?(?! deductible)|prescriptions|diapers|braces|union dues|day care|tires|car payment|payday"
             r"|paycheck|paychecks|hand to mouth|ends meet|get(?:ting)? by(?= |$)|scraping by|to spare|(?:little|much|nothing|anything|money) left|not have (?:\w+ )?(?:much|a lot|lot|money|funds|the funds)"
             r"|so little|have little|i have little|but i have little|someone with little|with little|little money|without much|lost my job|hours (?:got )?cut|cut my hours|lost hours|unemployed|unemployment"
             r"|disability|fixed income|low income|no income|not rich|no millionaire|from rich|were rich|the rich|well off|money lying|budget|my (?:wallet|purse|means|spending|pay|paycheck)"
             r"|what i spend|every (?:last )?cent|counting coins|afford|earn (?:much|a thing)|hardly earn|am short|is short|money short|short on|saving for|poor (?:folks|college|student)"
             r"|(?:things|times) are (?:\w+ )?(?:tight|lean|hard|tough)|(?:can|am|i|is) barely (?:pay|make|get|have|afford|enough|live|getting|making)|behind on|struggling financially|am struggling|financially|make (?:a )?lot of money|my own children|the funds|had more|needs repairs)",
    "self": r"(?:(?<!if you )ask(?:s|ed|ing)? (?:me(?! (?:later|again|on|that|for|to))|about me|about my|what i|how i|how my|for my opinion|for it|how you are|me anything|a (?:single )?thing)"
            r"|(?:nobody|no one)(?: is| ever| else| even| really){0,2} (?:asks?|asked|listens?|cares?)|anyone (?:asked|curious|care)|anyone care|you never asked|no one asks"
            r"|about me(?! (?:and|or))|know(?:s|ing)? me|who i am|what i (?:think(?! of it)|care|want(?! is)|could tell|do(?= |$))|and what about me|(?:^|but |so )(?:and )?me$|and me|at me"
            r"|(?:more than|just|only|not) a (?:wallet|number)|a wallet|a person (?:too|not|here)|human being|person here|who you are talking|my (?:opinion|side|story|thoughts)|my side"
            r"|if you asked|if you would ask|be asked|(?:could|might) (?:have )?(?:ask|asked)|you did not ask|not asked|not curious|are you (?:\w+ ){0,4}?curious|try asking|could ask"
            r"|lonely|interested in me|care (?:who|what|about me|how) ?|listening to me|listens? to me|story too|opinions|a life of my own|about my own life|how my day|telling and never)",
}
_PATTERNS = tuple((name, re.compile(rf"\b{cue}\b")) for name, cue in _CUES.items())
_SENTENCE = re.compile(r"[^.!?\n]{1,2000}")
_WORD = re.compile(r"[a-z]{1,40}")
_APOSTROPHES = {ord(mark): "" for mark in "'\u2019\u00b4`"}
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEAR = {letter: row[max(0, at - 1):at] + row[at + 1:at + 2] for row in _ROWS for at, letter in enumerate(row)}
_KNOWN = frozenset(re.findall(r"[a-z]{4,}", " ".join(_CUES.values()))) | {"nobody", "people", "children", "kids", "your", "what"}
"""Words of the cues, which a slip is mended to."""
_LOST = {word[:at] + word[at + 1:]: word for word in sorted(_KNOWN) if len(word) > 4 for at in range(1, len(word) - 1)}
_MEANT = frozenset(["from", "clock", "bulls", "bring", "cared", "cars", "cons", "contributes", "county", "debt", "eyed", "faced", "faces", "fees", "figured", "firm", "full", "improves", "knee", "list", "lots", "love", "loved", "loves", "loving", "male", "managed", "march", "math", "mich", "named", "neat", "peach", "plant", "pure", "reaches", "saves", "scares", "seem", "sending", "shoe", "shot", "stars", "stays", "steep", "stiff", "suck", "taking", "tale", "tales", "then", "though", "three", "thus", "tiers", "ties", "tired", "tries", "troubled", "wall", "word", "cats", "form", "sand", "band", "hard", "hand", "lend", "land", "line", "life", "lift", "fire", "fact", "face", "farm", "fore", "core", "more", "mode", "wore", "work", "wire", "store", "stare", "share"])
"""Words one slip away from one of the cues that mean themselves."""


@lru_cache(maxsize=65_536)
def read_concern(text: str) -> str:
    """The concern a persuadee's words show, one of CONCERNS; "" for none. Of several, the one said last.

    Args:
        text: an utterance of theirs; the first MAX_TEXT characters are read.
    """
    for sentence in reversed(_SENTENCE.findall(text[:MAX_TEXT].lower().translate(_APOSTROPHES))):
        found = _heard(sentence)
        if found:
            return found
    return ""


@lru_cache(maxsize=65_536)
def _heard(sentence: str) -> str:
    """The concern whose last cue in a sentence comes last; of two in one place, the longer cue's."""
    words = " ".join([_word(word) for word in _WORD.findall(sentence)])
    best, heard = (0, 0), ""
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(words):
            place = (match.end(), match.end() - match.start())
            if place > best:
                best, heard = place, name
    return heard


@lru_cache(maxsize=16_384)
def _word(word: str) -> str:
    """A word as the cues have it: written out, and with one slip of the hand mended."""
    if word in _PLAIN or word in _KNOWN or word in _MEANT or len(word) < 4:
        return _PLAIN.get(word, word)
    mended = next((one for one in _slips(word) if one in _KNOWN), word)
    return _PLAIN.get(mended, mended)


def _slips(word: str) -> Iterator[str]:
    """What a word may have been meant as: a letter doubled, lost, swapped, or hit beside its key; the first letter holds."""
    for at in range(1, len(word)):
        if word[at] == word[at - 1]:
            yield word[:at] + word[at + 1:]
    for at in range(1, len(word) - 1):
        yield word[:at] + word[at + 1] + word[at] + word[at + 2:]
    if word in _LOST:
        yield _LOST[word]
    for at in range(1, len(word)):
        for letter in _NEAR[word[at]]:
            yield word[:at] + letter + word[at + 1:]
