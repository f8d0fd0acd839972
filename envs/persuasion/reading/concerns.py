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
from ...sieve import Sieve

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
    "cannot": "can not", "couldnt": "could not", "wouldnt": "would not", "wont": "will not", "weve": "we have",
    "moneys": "money is", "nobodys": "nobody is", "budgets": "budget is", "wallets": "wallet is", "itd": "it would",
    "u": "you", "ur": "your", "r": "are", "abt": "about", "ppl": "people", "rly": "really", "n": "and", "gonna": "going to",
    "wanna": "want to", "smth": "something", "w": "with", "tho": "though", "noone": "no one", "thru": "through",
    "idk": "i do not know", "kid": "child", "kids": "children", "childs": "child", "somebody": "someone", "anybody": "anyone",
}
"""Words as the cues have them."""
_GIVE = r"(?:gives?|giving|gave|given|donates?|donating|donated|contribute|contributing|contributed|chip in|pitch in)"
_KIDS = r"(?:child|children|orphans|little ones)"
_THOSE = r"(?:the|these|those|this|that)"
_WHO = r"(?:nobody|no one|anyone|someone|person|people|whom|who|families|one)"

_CUES = {
    "proof":
        r"figures|single figure|statistics|stats|data(?! entry)|(?<!card )numbers|one number|evidence|proof|prove|results?"
        r"|outcomes?|measurable|measured|success rate|(?:any|no) success|how successful"
        r"|(?:what|any|no|the) (?:\w+ )?impact|(?:how|it|they|this|charity) effective|(?:the|no|any|what) effect|achieves?"
        r"|achieved|accomplish(?:ed)?|pointless|what works|better off|gets? done|they get done|show for it"
        r"|(?:came|comes?) of it|drop in the (?:bucket|ocean)|(?:what|any|actual|real) good (?:does|do|is|has|will)"
        r"|(?:does|do|did) (?:any|some|actual) good|any good"
        r"|(?<!how )(?:does|do|did) (?:it|this|that|any of it|this stuff|any of this) (?:all |actually |really |even )?work"
        r"|(?:if|whether|that) it (?:all |really )?work(?:s|ed)|if all that worked"
        r"|(?:what|no|any|a|real|the) difference (?:does|do|would|will|it|for)"
        r"|(?:if|whether|does|do|would|will|not|tell|know|odds|chance|sure|wonder|wondering|never) (?:\w+ ){0,6}?(?:make"
        r"|makes|making|made) (?:a|any|much)(?: \w+)? difference"
        r"|(?:make|makes|made) (?:any|no) (?:\w+ )?difference|changes? (?:anything|nothing|something|a thing)"
        r"|(?:anything|nothing|things|what)(?: has| have| really| ever| it| actually){0,2} (?:changed?|changes|changing"
        r"|improved|got better|get better)"
        r"|problem (?:be gone|never goes)|nothing left to fix"
        r"|how many (?:\w+ ){0,2}?(?:did|do|were|have|are|get|has) (?:\w+ ){0,2}?(?:reach|reached|helped|the|saved|been)"
        rf"|how many {_KIDS} get"
        r"|(?:does|did|has|have|is|that) (?:it|this|things like [a-z ]{1,20}|they) (?:really |actually |even )?(?:helps?"
        r"|helped|helping)\b(?! (?:you|them))"
        r"|(?:odds|chance) it|counted|what (?:would|will|does|can) my (?:dollar|money|donation|gift) do",
    "trust":
        r"scam\w*|fraud\w*|crooks?|crooked|racket|ripped off|rip off|legit\w*|trusts?(?! me)|trusted|trustworthy|dishonest"
        r"|how honest|how clean|(?:are|is) (?:they|it|that outfit|those people|people) honest|whether they are honest"
        r"|they are honest|(?:on|was|question) about honesty"
        r"|where (?:\w+ ){0,4}?(?:money|donations?|it all) (?:really |actually |exactly )?(?:go|goes|lands?|ends? up)"
        r"|who (?:\w+ )?(?:runs|run|behind|handles|checks?|audits|manages|vouches|skims|takes a cut|gets the money)"
        r"|who is in charge|in charge of|who (?:makes sure|sees to it|looks over)"
        r"|(?:check|checks|over|audits) (?:the|their) books|checks? on them"
        r"|(?:money|it|all|donation) (?:really |actually |all )?(?:get there|gets there|gets? to them|arrives?"
        r"|reach(?:es)? (?:them|(?:the|those|these)(?: children)?))"
        r"|pockets?|pocketed|overhead|salary|salaries|ceo|executives|director|administrative|admin|corruption|corrupt"
        r"|(?<!it )officials?|(?:the |a )?bosses|boss make|take home|fakes?|scandal|burned by|steals?|stealing|stolen"
        r"|skims?|takes? a cut|keeps? most|fancy offices|reputable|reputation|transparent|real charity|suspicious of"
        r"|watchdogs?|(?:their|publish) finances|fooled|how much (?:\w+ ){0,4}?goes to"
        rf"|sure (?:\w+ ){{0,2}}?(?:money|{_KIDS}) gets?|send the money to|how charities (?:use|spend)|is it a front"
        r"|percentage goes",
    "people":
        rf"(?:who|what|which|how) (?!is save)(?!is the charity)(?!you)(?:\w+ ){{0,3}}?(?:{_THOSE} |sick "
        rf"|homeless )?(?<!save the )(?<!help )(?<!help the )(?<!to the )(?<!your ){_KIDS}(?! (?:yourself|of your own"
        r"|separated))"
        rf"|(?:they|{_KIDS}|there) (?:\w+ ){{0,2}}?(?:go|going|goes) through|life (?:\w+ )?like"
        rf"|like for (?:them|{_THOSE}|a child)|day like|what is it like|growing up (?:in|there|over)"
        r"|how old are (?:they|the|these|those|most)"
        rf"|{_KIDS} (?:\w+ ){{0,2}}?(?:lives?|living|face|facing|faces|sleep|eat|get by|themselves|faceless|behind"
        r"|over there|there|up against|their story)"
        r"|(?:about|picture|describe|imagine|see|meant|(?<!care )of|on|knowing|back to|it is|how|where|are|do|does|with"
        rf"|anyone|heads|^and|^but) {_THOSE} {_KIDS}(?! (?:can|will|hospital|fund|charity))"
        rf"|(?<!save the )homeless {_KIDS}|(?:a|that|one|some|single|each) child (?:there|in|is|like|would|behind|it)"
        r"|about that child|one child|child is life|child is day|their names|have names|no names|need faces|no faces"
        r"|happened to (?:\w+ )?(?:their|the|those|these)|have (?:they )?(?:got )?(?:parents|a roof)|their parents"
        r"|what do they (?:eat|wear|live)|where do they (?:sleep|live)|they go to school|get to play|get to be|they scared"
        r"|they in danger|they cold|they hungry|they sick|they orphans|is it (?:hunger|war)"
        r"|(?:kind|sort) of (?:childhood|life)|what are they (?:suffering|up against|facing)|little ones"
        r"|wondering about them|how bad is it|(?:we|you) (?:are )?helping here",
    "nearness":
        r"far (?:away|off|end|side|from (?!rich))|faraway|world away|planet away|another world|different world"
        r"|other side of|oceans? away|across an ocean|another (?:continent|country|hemisphere)|long way off|dot on"
        r"|name on (?:a|the) map|distant|distance|remote"
        r"|(?:have|did|has|if|whether) (?:you|anyone)(?: ever| even| actually)? (?:meet|met)|you met"
        r"|never met (?:any|one|them)|meet any|met (?:any|some)one|own eyes|first hand|up close|hearsay"
        r"|something you lived|seen it yourself|did you see it yourself|there yourself"
        rf"|{_WHO} (?:near )?(?:do )?(?:you|i) know|nobody near|near you|do you (?:personally )?know (?:anyone|someone)"
        r"|know (?:anyone|someone) (?:who|it|they|with)|know if you know|you knew someone|you know (?:anyone|someone|any)"
        r"|anyone it helped|one person you|(?<!you a )(?<!not a )real person|someone real|someone i could|face i could"
        r"|someone close|folks i know|(?:been|ever|you|go) there(?! (?:yourself|and))?(?= |$)(?! is| are)"
        r"|been to (?:it|one|any|this|that|those)|been (?:out of|anywhere near|close)|get to any of|closer(?! look)|nearer"
        r"|close (?:to (?:it|home|me|any)|by)|(?:were|are) next door|down the road"
        r"|(?:help\w*|folks|were|anyone) around here|from around here|people here|here first"
        r"|own (?:town|street|community|backyard)|our own (?:first|people)|right here"
        r"|(?:here|begins|starts|charity) at home|local charit\w+|locally|my neighbors"
        r"|(?:hard|harder) to (?:relate|feel|connect|care)|not (?:connect|relate)|feels? real|no connection"
        r"|trouble of our own|troubles of our own|struggling too|a country i|never seen",
    "example":
        rf"(?:do|would|will|did|have|are|if|whether|what) you (?!think i)(?!feel)(?:\w+ ){{0,3}}?(?:be )?{_GIVE}"
        r"|you (?:also |already |ever |still )?(?:give|donate|giving|donating) (?:too|yourself|anything|first|as well"
        r"|yours|to them)"
        rf"|{_GIVE} (?:anything |something )?(?:yourself|too|first|as well|yours|your own)|you will not do|you do yourself"
        r"|do it yourself|in (?:it|this) yourself|(?:put|gave) something yourself|in yourself"
        r"|your own (?:payment|money|pay|wallet|share|reward|giving|part|pocket|yet)|own part"
        r"|your (?:share|contribution|giving)|put in (?:something|your|yourself)|of your own(?! life)"
        r"|(?:only|just) (?:ever )?(?:ask|asks|asking|collect|collecting)(?! me)|ask(?:s|ing)? (?:others|other people)"
        r"|spend other|by example|an example|no example|practice what|preach(?:ing|es)?|mouth is|you (?:go )?first"
        r"|after you(?! \w+ed)|match me|would you ever do|the asker|(?:one|person) asking gives?|one asking|one who asks"
        r"|whoever asks|never ask (?:of others|without)|given yours|put yours|what others should|what i should do"
        r"|not what you do|what do you do(?! (?:for|with))|what you do|what will you do|what are you doing with"
        r"|coin is their own|my own wallet|who gives? first|doing it yourself",
    "procedure":
        r"how (?:would|does|do|is(?! your)|will|can|should|could|to) (?:\w+ ){0,3}?(?:work|go(?! about)|done|do|paid|pay"
        r"|donate|collect|taken|sign|set|go about|make (?:a|the) donation|get the money from)(?! you)"
        r"|(?<!funny )(?<!strange )how (?:it|that|this|the donation|one)(?: even| would| really)? (?:works?|is done|goes"
        r"|is handled|does it)"
        r"|this even work|how it is (?:done|handled)|how (?:i|one) (?:do|does|pays?)|forms?|paperwork"
        r"|(?:a|credit|debit|by|my|the|or|need|enter) card|card (?:number|or|form|link)|^card|an account|bank|paypal|click"
        r"|sign(?:ing)? (?:me )?up|sign up|(?<!for the )link|button|fill (?:in|out)|the (?:\w+ )?steps|steps|step by step"
        r"|procedure|process|practical (?:side|person|steps)|practically|technically|deducted|automatic\w*|subscription"
        r"|install|(?:a|big) hassle|(?:is|be) (?:it|that) complicated|complicated to|through the site|my address"
        r"|the how is|to send it|taken (?:out|from|right)|be taken|is it taken|when it is taken|come off"
        r"|take it (?:out|off)|they take (?:it|the money)|come out of|out of my (?:pay|earnings|bonus|payment)"
        r"|where do i (?:send|pay|click|put|sign|type|go)|(?:do|would) i (?:have|need) to do|i would have to do"
        r"|do i have to (?:do|give|type|send|click)|what do i (?:need|have|do)|go(?:ing)? about|who do i|whom do i"
        r"|do i do it here|do it online|walk me through|one time thing|after i agree|if one says yes|i pay",
    "means":
        r"money (?:\w+ )?(?:\w+ )?(?:tight|short)|tight|(?:am|are|is|so|flat|being|of|pretty|totally|was) broke|bills?"
        r"|rent|mortgage|insurance|student loans?|loans|debts?|tuition|groceries|property tax|back taxes|prescriptions"
        r"|diapers|braces|union dues|day care|tires|car payment|payday|paycheck|paychecks|hand to mouth|ends meet"
        r"|get(?:ting)? by(?= |$)|scraping by|to spare|(?:little|much|nothing|anything|money) left"
        r"|not have (?:\w+ )?(?:much|a lot|lot|money|funds|the funds)(?! information| time| room)|so little|have little"
        r"|i have little|but i have little|someone with little|with little|little money|without much|lost my job"
        r"|hours (?:got )?cut|cut my hours|lost hours|unemployed|unemployment|disability|fixed income|low income|no income"
        r"|not rich|no millionaire|from rich|were rich|the rich|well off|money lying|budget"
        r"|my (?:wallet|purse|means|spending|pay|paycheck)|what i spend|every (?:last )?cent|counting coins"
        r"|not (?:\w+ ){0,2}?afford|i can afford|earn (?:much|a thing)|hardly earn|am short|is short|money short"
        r"|short on|saving for|poor (?:folks|college|student)|(?:things|times) are (?:\w+ )?(?:tight|lean|hard|tough)"
        r"|(?:can|am|i|is) barely (?:pay|make|get|have|afford|enough|live|getting|making)|behind on|struggling financially"
        r"|am struggling|financially|make (?:a )?lot of money|my own children|the funds|had more|needs repairs",
    "self":
        r"(?<!if you )(?<!like to )(?<!thank you for )(?<!thanks for )ask(?:s|ed|ing)? (?:me(?! (?:later|again|on|that"
        r"|for|to))|about me|about my|what i|how i|how my|for my opinion|for it|how you are|me anything|a (?:single )?thing)"
        r"|(?:nobody|no one)(?: is| ever| else| even| really){0,2} (?:asks?|asked|listens?|cares?)"
        r"|anyone (?:asked|curious|care)|anyone care|you never asked|no one asks|about me(?! (?:and|or))|know(?:s|ing)? me"
        r"|who i am|what i (?:think(?! of it)|care|want(?! is)|could tell|do(?= |$))|and what about me"
        r"|(?:^|but |so )(?:and )?me$|(?<!you )and me|at me|(?:more than|just|only|not) a (?:wallet|number)|a wallet"
        r"|a person (?:too|not|here)|(?<!good )human being|person here|who you are talking"
        r"|(?<!in )(?<!on )my (?:opinion|side|story|thoughts)|if you asked|if you would ask|be asked"
        r"|(?:could|might) (?:have )?(?:ask|asked)|you did not ask|not asked|not curious|are you (?:\w+ ){0,4}?curious"
        r"|try asking|could ask|lonely|interested in me|care (?:who|what|about me|how) ?|listening to me|listens? to me"
        r"|story too|opinions|a life of my own|about my own life|how my day|telling and never",
}
_PATTERNS = Sieve({name: re.compile(rf"\b(?:{cue})\b") for name, cue in _CUES.items()})
_SENTENCE = re.compile(r"[^.!?\n]{1,2000}")
_WORD = re.compile(r"[a-z]{1,40}")
_APOSTROPHES = {ord(mark): "" for mark in "'\u2019\u00b4`"}
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEAR = {letter: row[max(0, at - 1):at] + row[at + 1:at + 2] for row in _ROWS for at, letter in enumerate(row)}
_KNOWN = frozenset(re.findall(r"[a-z]{4,}", " ".join(_CUES.values()))) | {"nobody", "people", "children", "kids", "what"}
"""Words of the cues, which a slip is mended to."""
_LOST = {word[:at] + word[at + 1:]: word for word in sorted(_KNOWN) if len(word) > 4 for at in range(1, len(word) - 1)}
_MEANT = frozenset((
    "band", "bring", "bulls", "cared", "cars", "cats", "clock", "cons", "contributes", "core", "county", "debt", "eyed",
    "face", "faced", "faces", "fact", "farm", "fees", "figured", "fire", "firm", "fore", "form", "from", "full", "hand",
    "hard", "improves", "knee", "land", "lend", "life", "lift", "line", "list", "lots", "love", "loved", "loves", "loving",
    "male", "managed", "march", "math", "mich", "mode", "more", "named", "neat", "peach", "plant", "pure", "reaches", "sand",
    "saves", "scares", "seem", "sending", "share", "shoe", "shot", "stare", "stars", "stays", "steep", "stiff", "store",
    "suck", "taking", "tale", "tales", "then", "though", "three", "thus", "tiers", "ties", "tired", "tries", "troubled",
    "wall", "wire", "word", "wore", "work",
))
"""Words one slip away from one of the cues that mean themselves."""


@lru_cache(maxsize=16_384)
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


@lru_cache(maxsize=16_384)
def _heard(sentence: str) -> str:
    """The concern whose last cue in a sentence comes last; of two in one place, the longer cue's."""
    words = " ".join([_word(word) for word in _WORD.findall(sentence)])
    best, heard = (0, 0), ""
    for name, pattern in _PATTERNS.let_through(words):
        start = 0
        while match := pattern.search(words, start):
            start = match.start() + 1  # a cue may begin within another
            if (place := (match.end(), match.end() - match.start())) > best:
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
