"""The persuader's dialogue acts, recognised in free text.

Names follow the strategies of Wang et al. (2019), table 1, with `propose-donation` for the ask itself, and three of
our own: `pressure`, `appreciation` and `closing`. A listener hears by a learned ear (`envs/ear.py`): a sentence is one act, or
OTHER, which is understood and says nothing to them. The older way is by cues (regular expressions). Either way an utterance may
carry several acts, and none when a listener could not make sense of it.

Two things hold both ways in place. Every wording of the scripted persuader is heard as exactly the act it was said for
(`tests/envs/persuasion/test_recognise.py`); and they were made on one half of the dialogues of PersuasionForGood whose
sentences people labelled (Wang et al. 2019), and measured on the other (`benchmarks/recognisers.py`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from ..ear import OTHER, ear
from ..position import MAX_TEXT

ACTS = (
    "greeting", "source-inquiry", "personal-inquiry", "logical-appeal", "emotion-appeal", "credibility-appeal",
    "personal-story", "self-modeling", "foot-in-the-door", "donation-information", "propose-donation",
    "appreciation", "pressure", "closing",
)
"""Every act a persuader can make."""
HEARD = (*ACTS, OTHER)
"""Everything `recognise` can name."""

_GIVE = r"(?:donat\w*|giv(?:e|ing)\b|contribut\w*|pledg\w*|chip in|spare\b|part with)"
_CAUSE = r"(?:charit(?:y|ies)|organi[sz]ations?|foundation|non-?profit|group|program|save the children)"
_GOOD = (r"(?:great|good|nice|awesome|wonderful|amazing|fantastic|excellent|perfect|lovely|kind|generous|thoughtful|sweet|cool"
         r"|true|correct|right|understandable|fair)")

# Lower case throughout: `cued` lowers the text, which halves the time of a search that ignores case.
_CUES: dict[str, str] = {
    "pressure": r"\b(?:ashamed|selfish|heartless|shame on you|how can you (?:say no|refuse|keep)|you (?:have|need) to give"
                r"|you cannot (?:say no|refuse)|no excuse|blood on your hands|stop making excuses)\b",
    "propose-donation": r"\b(?:(?:would|will|could|can) you (?:be (?:willing|able|happy|open) to |like to |please |"
                        r"consider )?(?:donat|giv|contribut|spar|part with|make a donation)"
                        r"|how about (?:donating|giving|a donation|\$?[\w.]+ (?:cents|dollars?)|\$?\.?\d)"
                        r"|how much (?:money |of your \w+ )?(?:would|will|can|could|do|should|are|may) (?:i |we |you )?(?!usually|typically|normally)(?:\w+ ){0,4}?"
                        rf"{_GIVE}"
                        r"|(?:may|can) (?:i|we|they|the (?:kids|children)) (?:ask you (?:to|for)|count on you)"
                        r"|are you (?:willing|ready|happy) to "
                        r"(?:donate|give)|what do you say to (?:giving|donating|a gift)|please (?:donate|give)"
                        r"|shall (?:we|i) put you down for"
                        rf"|(?:would|will|could|can) you (?:\w+ ){{0,5}}?{_GIVE}|do you (?:want|wish|like) to {_GIVE}"
                        rf"|do you think (?:that )?you (?:would|will|could|can|might)\b|(?:would|are|were) you (?:still |be |also ){{0,2}}(?:willing|interested)\b(?! in (?:charit|help))"
                        rf"|you(?:'d|'ll)? (?:\w+ ){{0,3}}(?:willing|like|ready|able|care|happy|open|interested|want) (?:to|in) (?:\w+ ){{0,3}}?{_GIVE}"
                        rf"|(?:need|want|encourage|urge|beg|ask(?:ing)?|convince|persuade|like|love) (?:for )?you to (?:\w+ ){{0,3}}?{_GIVE}"
                        r"|(?:what|which) (?:amount|sum)|need your (?:help|support|donation))|^\W*(?:(?:so|then|please|just|but),? )?(?:donate|choose)\b",
    "source-inquiry": r"\b(?:heard (?:of|about)|you hear (?:of|about) (?:the|save)|(?:do|did) you know (?:of |about |the (?:charity|organi[sz]ation)|what )"
                      r"|familiar with|come across|(?:are|were) you aware (?:of|that)|know anything about"
                      r"|(?:tell|talk to|speak to|talk with|speak with|ask) you (?:\w+ ){0,3}?about (?:a|an|the|save|this)\b)",
    "personal-inquiry": r"\b(?:what (?:matters|counts|is important|would you want|makes you|moves you|do you look)"
                        r"|how do you (?:feel|choose|decide)|may i ask what|do you (?:have (?:children|kids)|ever give"
                        r"|often give|usually give|like children)|tell me (?:what|about yourself|a little)"
                        r"|have you (?:ever )?(?:given|donated)"
                        r"|do you (?:have (?:any |a |your own )?(?:children|kids|family|charit\w+|favou?rite)"
                        r"|(?:\w+ ){0,2}?(?:donate|give|volunteer|contribute|support|spend)(?! (?:today|now))|do (?:any|a lot of|much) (?:charity|volunt\w+))"
                        r"|have you (?:\w+ )?(?:donate|contributed|volunteered|helped|supported|considered|thought about)|did you (?:ever )?(?:donate|give)"
                        r"|(?:what|which) (?:kinds?|types?|sorts?|charit\w+|causes?)\b|what(?:'s| is| are) your\b|how much (?:money )?do you (?:spend|usually|typically|normally)"
                        r"|are you (?:interested in|involved|a parent|married|a member)|(?:does|do|has|have) your (?:family|friends)|how (?:old )?are your|where (?:are you from|do you live))\b",
    "foot-in-the-door": r"\b(?:even (?:a few|the smallest|a small|a little|one|ten|five|a tiny|a bit|a (?:single )?(?:penny|cent|dollar|quarter|dime)|just|if (?:it is|it's|its|you|only)|small|\d|\$|\.)"
                        r"|(?:small|tiny|little) (?:gift|amount|donation|sum)s? (?:helps?|makes?|counts?|goes|can|adds?)"
                        r"|(?:every|any|each) (?:cent|penny|(?:single |little )bit)\b|every bit (?:helps|counts)|as (?:little|small|low) as|(?:a|any|every) little (?:bit )?(?:can|helps|will|would|does|goes)"
                        r"|(?:small|tiny) (?:\w+ )?(?:donation|amount|contribution|percent\w*|portion|sum)s?"
                        r"|(?<!only a )(?<!than a )(?:few|couple)(?: of)? (?:more )?(?:cents|pennies|dollars|bucks)|(?<!costs )(?:just|only) (?:\$ ?|\.|\d|a (?:dollar|penny|cent|few|couple|little)|one (?:dollar|cent))"
                        r"|not (?:be )?(?:asking|much|a lot|seem)|(?:not|n't) (?:have to|need to) (?:give|donate|be) (?:much|a lot)|long way|(?:pocket|spare|loose) change)",
    "donation-information": r"\b(?:any amount|(?:taken|comes?|deducted|sent) (?:out of|from|straight from|right from|from) "
                            r"your (?:task )?payment|(?:sent|passed|transferred) (?:on )?(?:right )?after (?:this|the|our)"
                            r"|nothing (?:else|more) to (?:do|fill in)|up to you how much|you choose the (?:amount|sum)"
                            rf"|you (?:can|could|may|are free to|(?:\w+ )?have (?:the|an|a) (?:option|opportunity|chance|choice)) (?:to )?(?:\w+ )?(?:{_GIVE}|choose|select|specify|decide)"
                            r"|deducted|(?:the )?research(?:ers)? (?:team|will|of)|all of (?:your|it|the) (?:task |full )?(?:payment|earnings|reward|bonus|pay)|from \$?0?\.?0|0 (?:to|and) (?:\$|all|the)|up to (?:\$|all|the full)"
                            r"|(?:task|survey|hit|your) (?:payment|reward|bonus|earnings) (?:is|will|directly)|(?:donations?|money|funds|payment|it) (?:will|would|can|is|gets?) (?:be )?(?:\w+ )?(?:deducted|taken|sent|collected|transferred|sponsored)"
                            r"|(?:option|opportunity|chance|able) to (?:donate|give|contribute)|(?:donate|give|choose) (?:as much|however much|anything|anywhere|between))",
    "logical-appeal": r"\b(?:percent|for every dollar|of every dollar|of each dollar|studies|research(?! team)|statistics"
                      r"|the (?:figures|numbers|data)|numbers show|per (?:year|day|child)"
                      r"|cost[s]? (?:less|only|so little)|on average|measured|results show|one in (?:four|five|six|ten))\b"
                      r"|\b(?:your (?:\w+ )?(?:donation|money|help|contribution|support|gift)s? (?:will|would|could|can|really|does|may|might|goes|makes?|means)(?! be)"
                      r"|mak(?:e|ing) (?:a|an|such a) (?:\w+ )?(?:difference|impact|change)|(?:our|the|their|better|bright|brighter) future|the right thing|solution"
                      r"|(?<!what is )(?<!what's )important\b|if (?:everyone|everybody|we all|more people)|(?:donations?|money) (?:could|can|will|would) (?:really )?(?:help|save|make|do|change)"
                      r"|(?:can|could|will|would) (?:\w+ )?(?:help|save|change|improve|feed) (?:\w+ ){0,3}?(?:child|children|kids|life|lives|people|others)|great cause|step in the right)",
    "credibility-appeal": r"\b(?:audit\w*|founded|hundred years|a century|decades|rated|ratings?|watchdogs?|transparent|"
                          r"transparency|accountab\w+|trusted by|reports? (?:are|is) public|well[- ]known|reputable|"
                          r"(?:hundred|many) countries|awards?|inspected|publish(?:es)?"
                          r"|international\w*|non-? ?governmental|ngo|non-? ?profit|rights|relief|(?:developing|other|third[- ]world|war[- ]?torn|different|\d+) (?:countries|nations|areas)|world-?wide"
                          r"|web ?site|url|https?|www|mission|legit\w*|reputation|trust ?worthy|credible|health ?care|shelter|education\w*|schools? supplies)\b"
                          rf"|\b(?:{_CAUSE}|it|which|that|who) (?:\w+ly |also |just |even )?(?:helps(?! me)|provides|supports|works|focus\w*|fights|ensures|protects|promotes|gives|delivers|funds|reaches|serves|is (?:an?|one|the|not) (?:\w+ )?{_CAUSE})\b"
                          r"|\bsave the children (?:\w+ )?(?:is|has|was|does|also|are|have|will|even|helps?|works?|provides?)\b(?!\?)"
                          rf"|\b(?:good|great|wonderful|real|legitimate|excellent|reliable|popular|large|big|amazing|global|honest) {_CAUSE}"
                          r"|\bthey(?:'re|'ve)? (?:(?:also|really|currently|actively|do|even|just|always) (?:\w+)|have|are|provide|work|support|use|promote|focus|try|protect|fight|offer|make|give|ensure|reach|partner)\b",
    "personal-story": r"\b(?:my (?:sister|brother|cousin|neighbou?r|friend|aunt|uncle|mother|father|grandmother|teacher)"
                      r"|when i was (?:a child|young|a kid|little|in school)|i (?:once|still) (?:met|saw|remember|knew)"
                      r"|i (?:grew up|remember|volunteered)"
                      r"|my (?:\w+ )?(?:son|sons|daughters?|kids?|children|nieces?|nephews?|parents?|family|wife|husband|mom|mum|dad|grand\w+|friends|church|hometown)"
                      r"|i(?:'ve| have)? (?:also |once |personally |even |recently ){0,2}(?:saw|seen|met|worked|lived|travell?ed|visited|witnessed|read|watched)"
                      r"|i have (?:a |an |two |three |four |\d |my own |young |small |little ){1,3}(?:kids?|children|child|son|daughter|friend|family|baby)"
                      r"|as a (?:child|kid|parent|mom|mother|father|dad|teacher)|(?<!hundred )(?:years?|months?|weeks?) ago)\b",
    "self-modeling": r"\b(?:i (?:am|will be|was) (?:giving|donating|happy to give|going to give)|i (?:have )?(?:already )?"
                     r"(?:gave|donated|given)|i (?:myself )?(?:also )?(?:give|donate)|i(?:'m| am) (?:also )?(?:putting|"
                     r"adding) in|i put in part|my own (?:payment|donation|money)"
                     r"|i(?:'ll|'d|'ve|'m)? (?:am |will |would |can |could |do |have |was |also |always |already |usually |often |just |personally |myself |definitely |actually |certainly |recently |"
                     r"gladly |try to |plan to |plan on |want to |love to |like to |love |like |going to |gonna |planning to |planning on |planning |willing to |happy to |glad to |thinking of |thinking about |decided to |be ){1,5}"
                     r"(?:donat\w+|giv(?:e|en|ing)|match\w*|contribut\w+|make a donation)(?! you)|match (?:your|you|the)|(?:donate|donating|give|giving) (?:\w+ ){0,3}?(?:my|mine)|i (?:do|did) too|i will too)\b",
    "emotion-appeal": r"\b(?:imagine|picture a|think of (?:a (?:little|small|young|sick|hungry)|(?:all )?(?:the|those) (?:children|kids|little ones|families))|hungry|afraid|crying|cries|tears|suffer\w*|alone|"
                      r"frightened|scared|heart-?breaking|their faces?|smile[s]?|hope in|hugs?|homes? destroyed|lost (?:her|"
                      r"his|their) (?:home|parents|mother|father)"
                      r"|killed|injured|wounded|violence|violent|starving|starvation|hunger|dying|(?:die[sd]?|starve)\b(?!\?)|threat|breaks? (?:my|your|the|our) heart|(?:so|very|really|is|are|just|it's|too) sad"
                      r"|sadly|terrible|horrible|awful|unthinkable|helpless|desperate\w*|less fortunate|innocent|vulnerable|(?:so|very|are|is|were) (?:lucky|fortunate|blessed)|orphan\w*|homeless|unfair|not fair|deserve\w*)\b",
    "appreciation": r"\b(?:thank you (?:for|so much)|thanks for|i (?:really )?appreciate|you (?:seem|sound|are) (?:like )?"
                    r"(?:a |so |very |such a )?(?:kind|thoughtful|caring|generous|good)|that is (?:kind|thoughtful|good) of "
                    r"you|i (?:understand|hear you|see what you mean)|good (?:question|point)|fair enough"
                    r"|thanks?|thank ?you|appreciat\w+|(?:i|we) (?:\w+ly |do |can |could |couldn't )?(?:agree|understand|respect|admire)"
                    r"|(?:good|great|glad|happy|nice|wonderful) to (?:hear|know)|sounds (?:\w+ )?(?:good|great|wonderful|amazing|nice|fair)|good for you|your (?:generosity|kindness|generous)"
                    rf"|(?:that|this)(?:'s|s| is| was| would be) (?:so |very |really |just |such |quite |also |a |an |all )*{_GOOD}\b(?! (?:charity|cause|organi|way|place|program))"
                    r"|you(?:'re| are) (?:\w+ly |so |very |quite |a |an )*(?:right|correct|kind|generous|awesome|welcome|amazing|wonderful|great))\b"
                    r"|^\W*(?:(?:oh|ok|okay|yes|yeah|well|wow|ah),? )?(?:great|awesome|wonderful|excellent|perfect|fantastic|exactly|absolutely|amazing|wow|nice|good choice|true|i see|very true|of course|cool|agreed)\b(?! (?:and you|here|how))",
    "greeting": r"^\W*(?:hello|hi|hey|(?:good )?(?:morning|afternoon|evening)|greetings|welcome)\b|\bhow are you\b|"
                r"\bnice to meet you\b|\bi(?: a|')?m (?:also )?(?:doing )?(?:very |pretty |quite |just |so )?(?:well|good|great|fine|okay|ok)\b(?! (?:at|with|aware|that|about|to|person))"
                r"|^\W*(?:(?:pretty|very|doing|not|all) )?(?:(?:good|fine|great|bad),?|well) (?:thanks?|and you|here|myself|how)\b|^\W*(?:(?:very|doing) (?:well|good|great)|pretty good|not bad|fine)\b"
                r"|\bhope (?!you are well)(?:\w+ ){1,2}(?:are |is )?(?:doing )?(?:well|good|fine|great)\b|\bhow(?:'s| is) (?:your|it|the) (?:day|going|evening|morning|afternoon)",
    "closing": r"\b(?:good ?bye|bye|have an? (?:\w+ ){0,2}(?:day|night|evening|one|time|weekend|rest|week)|take care(?! of)|farewell"
               r"|(?:enjoy|rest of) (?:the rest of )?your (?:day|night|evening|weekend|week)|(?:nice|great|good|pleasure|lovely) (?:\w+ )?(?:talking|chatting|speaking|chat|talk)\b|(?:see|talk to) you (?:later|soon|again)|god bless|good night)\b",
}
_PATTERNS = tuple((name, re.compile(cue)) for name, cue in _CUES.items())
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?", re.IGNORECASE)
_DOUBLED = ("very", "so", "really", "that", "had", "bye")
_ENDS = (".", "!", "?", '"', "'", ")")
_DANGLING = frozenset("""
    a an the and or but nor if that than because my your our his her their its of to for from with by at into onto about as is are
    was were be been am have has will would could should can may might i we
""".split())  # noqa: SIM905 - a list of 50 words
"""Words on which no sentence ends that was not cut off."""


@lru_cache(maxsize=16_384)
def recognise(text: str) -> tuple[str, ...]:
    """The acts in a persuader's utterance in their order, or OTHER alone; () when it cannot be read.

    An utterance cannot be read when it is garbled (`garbled`) or consists of unknown words for the most part.
    """
    return () if garbled(text) else ear(__package__, "listener.npz").acts(text)


@lru_cache(maxsize=16_384)
def recognise_by_cues(text: str) -> tuple[str, ...]:
    """The same by cues: the acts in the order of their first cue; () when it is garbled or carries no known cue."""
    return () if garbled(text) else cued(text)


def cued(text: str) -> tuple[str, ...]:
    """The acts whose cues are in a text, in the order of their first cue, whether or not it is broken as text.

    The first MAX_TEXT characters are heard: no utterance has more, and nothing that is handed in takes long.
    """
    lowered = text[:MAX_TEXT].lower()
    found = [(match.start(), name) for name, pattern in _PATTERNS if (match := pattern.search(lowered))]
    return tuple(name for _, name in sorted(found))


def garbled(text: str) -> bool:
    """Whether the text is broken as text: no words, cut off, or stuck in a repetition.

    Broken is: no word, a last word on which no sentence ends and no mark after it, the same word twice in a row (but for
    emphasis, such as "very very"), or a run of four words that occurs twice.
    """
    words = [word.lower() for word in _WORD.findall(text[:MAX_TEXT])]
    if not words or (words[-1] in _DANGLING and not text.rstrip().endswith(_ENDS)):
        return True
    if any(a == b and a not in _DOUBLED for a, b in pairwise(words)):
        return True
    runs = [tuple(words[i:i + 4]) for i in range(len(words) - 3)]
    return len(runs) - len(set(runs)) > 0
