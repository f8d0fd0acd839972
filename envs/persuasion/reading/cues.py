"""The wordings around an amount that say what it is: a gift, a past gift, a price, a refusal, the payment.

Only patterns live here; `donation.py` decides with them. All of them expect text that `amounts.normalise` has
been over, and none nests an unbounded repeat in another over the same words, so that no text is slow.
"""

import re

from .amounts import BASE, PAY

_GIVE = (
    r"(?:donat(?:e|es|ing|ion|ions)|giv(?:e|ing)|contribut(?:e|ing|ion)|pledg(?:e|ing)|spar(?:e|ing)"
    r"|(?:chip|pitch|kick)(?:ping|ing)? in|part(?:ing)? with|help(?:ing)?(?: out)?)(?![a-z])"
)
# "I will", "I'd really love to", "I have decided to", "we can": the persuadee says what they are to do.
_WILL = (
    r"(?:(?:i|we)(?:'ll|'d)|ill|id|we'll|(?:i|we)(?: \w+)? (?:will|would|can|could|want|wanna|wish|plan"
    r"|agree|shall)"
    r"|(?:i'?m|i am|we are|we're)(?: \w+){0,2}? (?:going|gonna|happy|glad|willing|ready|able|pleased"
    r"|prepared|planning)|i(?:'ve| have)? (?:decided|chosen|choose|agree|plan|want))"
    r"(?: (?:to|be|like|love|do|definitely|gladly|happily|surely|certainly|really|also|just|still"
    r"|absolutely|happy"
    r"|glad|willing|able|pleased|prepared|more|than|then|even|probably|only|have|at|least|so|honored"
    r"|delighted))*"
)

HEDGE = re.compile(
    r"\b(?:might|may|maybe|perhaps|probably|possibly|consider(?:ing)?|not (?:\w+ )?(?:sure|certain)|unsure"
    r"|likely|unless|if|don'?t know|depends|thinking|suggest|how about|what about|whether)\b"
)
"""The speaker leaves themselves a way out: an amount after it is promised, but the talk is not decided."""

CONDITION = re.compile(r"\b(?:if|unless|maybe|perhaps|depending)\b")
"""After an amount, a way out of it."""

# Inside a verbose pattern a plain space means nothing.
_GIVE_X = _GIVE.replace(" ", r"\ ")
CUE = re.compile(
    rf"""\b(?:
    (?P<hypo> if\ (?:i|we)\ (?:ever\ |only\ )?(?:had|were|was|won|made|got|gave|give|donated?)
      | if\ (?:they|he|she|it|you|everyone|everybody|people)\ (?:\w+\ )?(?:had|were|was|gave|give|donated?)
      | wish\ (?:i|we|you|they|that|it) | (?:would|could)(?:'?ve|\ have|\ of)(?!\ (?:\$|to\b)) | imagine
      | supposed? | say\ i\ (?:was|were) )
  | (?P<past> gave|donated|given|spent|paid|bought|raised|used\ to|sent|earned|made|charged|contributed|asked
      | cost(?:s|ing)?|prices?|worth|pays|paying|earn(?:s|ing)?|spend(?:ing)?|salary|wages?|tend\ to
      | (?:i|we|still)\ make|get(?!\ it)|leave|instead\ of|rather\ than|any\ amount|anywhere|between|range
      | average|minimum|less\ than|up\ from|as\ little\ as|keep(?!\ it\ (?:at|to))|keeping
      | (?:already|usually|typically|normally|always|often|sometimes|regularly)\ \w+ )
  | (?P<other> how\ (?:much|many) | (?:do|did|are|were|have|would|will|could|can|should|does)\ (?:you|they)
      | you\ (?:\w+\ )?{_GIVE_X} | (?:you|they)\ raise | you\ think | every | each
      | (?:they|people|everyone|everybody|others|somebody|someone|who|he|she|mom|boss|wife|husband|family)
        \ (?:\w+\ )?{_GIVE_X} )
  | (?P<not> can'?t|cannot|can\ not|won'?t|(?:will|would|do|did|is|am|could)\ not|not|never|unable|don'?t
      | wouldn'?t|couldn'?t|isn'?t|didn'?t|without|no(?!,) )
  | (?P<give> {_GIVE_X} | do | go\ (?:with|for|up|to|ahead) | match | say | send | offer | cho?ose | choosing
      | mak(?:e|ing)\ (?:it|that|an?(?=\ (?:\$|\.|[0-9]|\w+\ donation|donation|contribution))) | pick | commit
      | start(?:\ off)?\ (?:with|at) | stick(?:ing)?\ (?:with|to|at|by) | agreed? | settle | lean(?:ing)?
      | bump | up\ it | take | deduct | put | throw | count\ me | let'?s | set | afford
      | thinking | thought | feel
      | good\ with | fine\ with | ok(?:ay)?\ with | (?:down|in)\ for | share | pay | lock | confirm | keep\ it
      | maybe | perhaps | add | allocate | willing | like | want | at\ least | can | could | will | i'?ll
      | how\ about | what\ about | would | meant | suggest | raise | hope | accept | submit | collaborate
      | decided )
    )(?![a-z'])""",
    re.VERBOSE,
)
"""Of these, the one nearest before an amount says what the amount is; the group's name is the meaning."""

AFTER_BAD = re.compile(
    r",? (?:last (?:year|month|week|time)|in the past|(?:\w+ )?(?:years?|months?|weeks?|days?) ago"
    r"|next (?:month|week|time|year|pay)|later)\b| ?(?:an|per|/) ?h(?:ou)?r\b"
    r"|(?: \w+)? (?:(?:is|was|seems?|sounds|would be|are)(?: \w+)? (?:too|a lot|nothing|steep|not|more than"
    r"|so)|isn'?t)\b| (?:can|could|may|might|does) (?:\w+ )?(?:help|make|go|feed|save|change|buy|mean|do)\b"
    r"| (?:goes?|went|raised|for myself)\b"
)
"""What follows an amount that is no gift: past, wage, too much, what such a sum can do."""
_OWN = r"(?:my|our|the|some|own)"
_MINE = (
    r"(?:rent|bills?|groceries|food|lunch|dinner|breakfast|coffee|gas|medicine|expenses|needs|debts?|loans?|savings|mortgage|pockets?"
    r"|account|house|home|car|landlord|kids?|child(?:ren)?|sons?|daughters?|bab(?:y|ies)|family|wife|husband|mom|mother"
    r"|mum|dad|father|parents?|brothers?|sisters?|friends?|cats?|dogs?|pets?|school|college)(?![a-z'])"
)
_MYSELF = rf"(?:(?:my|our) (?:own )?(?:\w+ )?{_MINE}|(?:myself|ourselves)\b)"
_LIVING = r"(?:rent|bills|groceries|lunch|dinner|breakfast|coffee|gas)\b"
OWN_AFTER = re.compile(
    rf" (?:\w+ )?(?:(?:for|on|towards?|in|into|to) (?:(?:the|some) )?(?:{_MYSELF}|{_LIVING})"
    rf"|(?:to|and) (?:help )?(?:feed|buy|pay|support|take care of|get|treat|cover|raise|provide for|help)"
    rf" (?:for |off |the |some )?(?:\w+ (?:for |to ))?(?:{_MYSELF}|{_LIVING}))"
)
"""What follows money that its owner uses: "to feed my own children", "on rent"."""
OWN_BEFORE = re.compile(
    rf"\b(?:(?:buy|get)(?:ing|ting)? (?!(?:\w+ ){{0,2}}?(?:child|children|kids?|them|those)\b)[^,]{{0,40}} with"
    rf"|need|sav(?:e|ing)(?! (?:the|a|some|more|their|these|those|lives|children|kids)\b(?! \$| ?[0-9]| (?:one|two)\b))"
    rf"|invest|treat"
    rf"|(?:pay(?:ing)?|cover(?:ing)?) (?:for |off )?(?:{_OWN} )*{_MINE}"
    rf"|(?:feed|support|help|take care of|provide for|treat)(?:ing)? {_MYSELF})\b(?!.{{0,80}}\b(?:donat|giv|contribut|pledg))"
)
"""What stands before money that its owner uses: "buy lunch with", "support my family with"."""
KEEPS = re.compile(r"\b(?:keep(?! it (?:at|to)\b)|keeping|spend|spending)\b(?!.{0,80}\b(?:donat|giv|contribut|pledg))")
PREFERS = re.compile(rf"\b(?:{_WILL}|(?:i|we)(?:'d|'ll| would| will)? (?:rather|prefer|need)|i need)\b")
"""With these the owner says so for good: it keeps or uses the whole payment."""
GIVES_PLAINLY = re.compile(r"\b(?:donat|contribut|pledg)[a-z]*\b")
"""A gift, whoever it is said to be for."""

COUNTED = re.compile(r" ?(?:people|children|kids|years?|minutes?|hours?|times?|days?|months?|weeks?)\b")
AFTER_GOOD = re.compile(
    r"[,.]?(?: \w+)? (?:is|sounds|seems|would|it is|works|should|firm|then|from (?:me|my)|to (?:them|the"
    r"|save)|i can|i will|i'll|please|will|for now|today)\b"
)
"""What follows an amount that answers without a verb of giving: "$1 is fine", "50 cents then"."""
OPINION = re.compile(r"\b(?:think|believe|feel|guess|suppose|say|hope|offer|answer|decision)\b")
PERIOD = re.compile(r" ?(?:an?|per|each|every|/) ?(?:month|week|year|day)\b| (?:monthly|weekly|yearly"
r"|annually)")
BASE_AFTER = re.compile(rf"[ -]?(?:usd )?(?:(?:mturk|total|task|full|of) )*{BASE}")
BASE_BEFORE = re.compile(r"(?<!all )(?:of|from) (?:my|the|your|this|our) (?:(?:whole|full|total|entire) )?$")
NAMES_BASE = re.compile(r"\b(?:my|the|this|your|our|of|a|that|an) $")
SHARE_AFTER = re.compile(rf" of (?:my|the|this|our|that|your|what|it\b)(?: \w+){{0,2}}? ?(?:{PAY}|i\b|it\b)")
GIVES_SHARE = re.compile(rf"\b{_WILL} (?:donate|give|do|contribute|pledge|spare|go with)\b[^,]{{0,200}}$")
"""Somebody gives the percentage after it."""
FRAGMENT = re.compile(
    r"(?:(?:yes|yeah|yea|yep|yup|ok|okay|sure|alright|well|hm+|um+|so|maybe|perhaps|just|only|like|about"
    r"|around|fine|no"
    r"|then|nope|please|and|oh|i|at least|deal|great|the|entire|whole|full|how about|what about|of|is|would"
    r"|a|exactly|probably|still|correct|right|that's|it's|it|for|my|donation|amount|will be|be|think|guess"
    r"|more or less|hope|final|offer|answer|[a-z]+(?=,))(?![a-z'])[ ,.:=!-]*)*+$"
)
"""All that stands before an amount in an answer without a verb: "yes, just about"."""
BARE_BEFORE = re.compile(
    r"(?:donat(?:e|ing)|giv(?:e|ing)|contribute|pledge|spare|do|make it|go with|say|stick with|start with"
    r"|offer|choose|pick|nope|no|ok|yes|sure)[ ,]+(?:(?:about|only|just|like|the|full|whole|entire) )*$"
)
BARE_AFTER = re.compile(
    r"[.,!) ]*(?:$|\b(?:to (?![0-9$])|(?:for|is|it|as|today|now|towards?|of my|then|please|thanks?|and|i"
    r"|sounds|works|from)\b))"
)
RANGE = re.compile(r" ?(?:-|to|or) ?\$?[0-9.]")

ASKING = re.compile(
    r"\b(?:how (?!about)|what (?!about)|which|why|where|who|do you|does|did|are you|is (?:that|this|it)"
    r"|(?:will|would|could|can|have|should) (?:you|we|they)|should)"
)
"""A question that asks the other, rather than one that proposes."""
COMMITS = re.compile(rf"\b(?:{_WILL}|let'?s)\b")
"""The persuadee says what they will do."""
OPEN = re.compile(r"\b(?:how|what|which|why|where|who)\b(?! about)")
"""A question that only a commitment of the persuadee's own turns into a decision."""
PROPOSES = re.compile(rf"\b(?:{_WILL}|let'?s|how about|what about|(?:can|could) i|maybe)\b|\b(?:is"
rf"|would) (?:an? |about )?$")
NEGATED = re.compile(
    r"\b(?:can'?t|cannot|can not|won'?t|not|never|unable|don'?t|wouldn'?t|couldn'?t|isn'?t|didn'?t|without)\b"
)
LIMIT = re.compile(r"\b(?:more than|over|much|a lot|sure|why not|mind|than|only|problem|certain|past|above"
r"|beyond)\b")
HABIT = re.compile(r"\bmy two cents\b|\bi (?:(?:usually|typically|normally|already|currently"
r"|regularly) )+\w+")

REFUSE = re.compile(
    r"(?:^|[,;:] |\b(?:no|but|so|and|sorry|unfortunately|i|we|i'm|im|i am|i'?ll|i'?d|i will|i have|i've"
    r"|i would|i do|i must|my (?:decision|answer|choice) is"
    r"|i guess|i think|i just|i really|i still|today|time|point|now|regret) )"
    r"(?:(?:am|will|would|do|just|really|have|to|choose|chose|choosing|chosen|decided|instead|also) )*"
    r"(?:(?:can'?t|cannot|can not|won'?t|wont|will not|don'?t (?:\w+ )?(?:want|wish|plan|intend|feel|think)"
    r"|do not (?:\w+ )?(?:want|wish|plan|intend|feel)|wouldn'?t|unable|not|decided against|rather not"
    r"|prefer not)"
    r"(?: (?!(?:not|who|that|which|what|how|why|see|mind|trusting"
    r"|need|anything|there|you|all)\b)[a-z']+){0,6}?"
    r" (?:donat|giv|contribut|pledg|spar|chip(?:ping)? in|part(?:ing)? with)[a-z]*"
    r"|(?:can'?t|cannot|can not|unable to|not able to|won'?t be able to) help(?= ?$| ?[.,!]| you| at| right"
    r"| them| today| now)"
    r"|(?:rather|prefer|choose|chose|decided|going|am) not(?: to)?(?= ?$| ?[.,!]| today| this| at | right)"
    r"|(?:decline|refuse|going to pass|pass(?= ?$| ?[.,!]| for| on (?:donating|giving)))"
    rf"|(?:rather |prefer to |like to |going to |want to |need to |too )*keep(?:ing)?"
    rf" (?:(?:all )?(?:of )?(?:my|the|this|that|our) (?:\w+ ){{0,3}}?{PAY}|it (?:all|for myself)|all of it)"
    r"|not interested(?= ?$| ?[.,!])|(?:donat(?:e|ing)|giv(?:e|ing)|contribute) (?:nothing|zero|none))"
)
"""A plain refusal by the persuadee themselves, with or without a subject."""
REFUSE_SOFT = re.compile(
    r"\b(?:more|anymore|extra|further|additional|usually|normally|typically|often|always|if|much|lot|enough"
    r"|know|sure"
    r"|until|before|unless|yet|without|wrong|up|anything about|tell|where|whether|when|not that|hard)\b"
)
"""What makes a refusal none: "I can't give more", "I won't give until I know more"."""

NO = re.compile(
    r"(?:(?:sorry|um+|well|oh|hm+)[, ]+(?:but )?)*+(?:no|nope|nah|not (?:today|now|this time|at this time"
    r"|right now))"
    r"(?! (?:problem|worries|idea|doubt|one|matter|more)|,? i (?:haven|have|did|do |never))(?:[ ,.!]+|$)"
    r"(?=$|thank|sorry|i (?:can|will not|won|would not|am not|don)|i'?m not|not\b|but\b|that'?s)"
)
YES = re.compile(
    r"(?:(?:oh|well|um+|hm+|haha|and|but|then)[,. !]+)*+(?:(?P<strong>yes|yeah|yea|yep|yup|ya|sure|deal"
    r"|agreed|absolutely"
    r"|of course|definitely|certainly|why not|sounds (?:good|great|fair|fine|reasonable|perfect)"
    r"|(?:that|it)(?:'?s| is| would be| will be| sounds| seems)? (?:\w+ )?(?:fine|ok|okay|good|great|fair"
    r"|right|correct"
    r"|reasonable|works|perfect|doable)|i (?:can|could|will|would|agree|accept)(?= ?$| ?[.,!]| (?:do|give"
    r"|donate|love|be)"
    r" | to\b)|i'?ll do|i'?d (?:do|love|be)|let'?s (?:do|go)|works for me|you got it|gladly|correct"
    r"|confirmed?|it'?s a deal)"
    r"|(?P<weak>ok|okay|alright|fine|great|right|perfect|good|i'?m (?:ok|okay|fine|in)))(?![a-z'])"
)
"""An utterance that starts by agreeing; the weak words agree only where nothing else is said."""
NOT_YES = re.compile(
    r"\b(?:but|not|can'?t|don'?t|won'?t|i(?:'ve)? (?:have|did|do|know|am|was|see|heard|donated?|look)|true"
    r"|sad|tell me"
    r"|more|amazing|terrible|interesting|horrible|awful|how|what|who|where|when|people|they|very"
    r"|to (?:know|hear|see)|info\w*"
    r"|some|every)\b"
)
WEAK_REST = re.compile(
    r"[ ,.!]*(?:$|(?:thanks?|thank you|deal|sure|done|yes|sounds"
    r"|that (?:works|(?:is|sounds|would be) (?:\w+ )?(?:fine|ok|okay|good|great|fair|right|reasonable))"
    r"|that'?s (?:fine|ok|good)"
    r"|i (?:can|could|will|would|agree)|i'?ll|i'?d|let'?s|you can|works|agreed|it is)(?![a-z']))"
)
AGREE = re.compile(
    rf"\b(?:{_WILL} (?P<verb>donat(?:e|ing)|giv(?:e|ing)|contribut(?:e|ing)|pledge|chip in|pitch in|match"
    rf"|spare"
    r"|make (?:a|the|my) (?:\w+ )?(?:donation|contribution)|(?:do|give) (?:that|it|so|this))\b|count me in"
    r"|sign me up|you(?: have|'ve)? convinced me|let'?s (?:do it|donate|give))"
)
"""The persuadee agrees to give, whatever the amount."""
HELPS = re.compile(rf"\b{_WILL} (?:help|take part|join)\b")
"""Agreement only where a proposal is on the table, and never a decision: everybody likes to help."""
ELSEWHERE = re.compile(
    r"\b(?:might|may|maybe|perhaps|consider\w*|if|later|future|another|other|next|some ?day|local|else\w*"
    r"|usually|to know"
    r"|typically|always|often|sometimes|already|learn|hear|info\w*|not|can'?t|don'?t|won'?t|before|when"
    r"|wish|once|would've|would have|could have|try to|think about|as (?:much|often)|whenever|how|what|time"
    r"|charity (?:that )?i|says?|after|years?|because)\b"
)
"""What takes an agreement back: another day, another charity, a condition."""

ASK = re.compile(
    r"\b(?:how about|what about|(?:would|could|can|will|are|were) (?:you|we)|would \$|could i|may i|can i"
    r"|let'?s|consider"
    r"|suggest\w*|asking|join me|willing|want to|like to|please|try|even|just|maybe|perhaps|should we"
    r"|you could|spare|donate|so you|confirm|you'?re|you are|say|agree|do)\b"
)
OWN_PLEDGE = re.compile(
    r"\b(?:i(?:'m| am|'ll| will|'ve| have| can| could|'d| plan| just| usually| typically| also| personally"
    r"| already"
    r"| think i| donated?| gave| give)|myself|match|thank(?:s| you)|for (?:just|only|as little)|people|they"
    r"|others"
    r"|everyone|per month|a month|whether|average|between|from|any amount|anywhere|up to|range|choose any"
    r"|means|did you know|every|each)\b"
)
"""What makes an amount of the persuader's no proposal: a pledge of their own, a range, what others give."""
SOME_OR = re.compile(r"\b(?:some|part|portion|any|none|or) (?:of )?(?:or )?$")

CLAUSE = re.compile(
    r"(?<=[!?])\s*|(?<=[.;])\s+|(?<=[a-z])\.(?=[a-z])|[, ]{1,9}+(?=(?:but|however|although|though|because"
    r"|while)\b)"
)
QUOTE = re.compile(r'"[^"]*"')
PAYS_BEFORE = re.compile(
    rf"(?:{PAY}|full amount)(?: for (?:this|the) \w+)?(?:(?: of| is| are| was| will be| would be|:| =| only"
    rf"| pays| paying)"
    r"(?: (?:of|is|only|just|about|for|at|you|me|us|the))*|,? ?\() ?$"
    r"|(?:pays?|paying|paid|earn|earning|make|making|get|getting) (?:only |just |about |out )*(?:(?:me|you"
    r"|us|is|the) )+"
    r"(?:(?:only|just|about|is|the|out) )*$|(?:pays|paying|paid|(?:i|we|you) (?:only |just )?(?:earn|make"
    r"|get)) (?:only |just )?$"
    r"|(?:\$ ?|\b)0(?:\.00)? ?(?:-|to|and|up to) ?$|any(?:thing| amount)? up to (?:the |your )?(?:(?:full"
    r"|whole|total) )?(?:of )?$"
    r"|(?:entire|whole|full|all(?: of)?) (?:(?:the|your|my) )?$|of (?:your|my|the|our|this) $"
)
"""What stands before the amount of the payment: "the task pays", "$0 to", "out of your"."""
WHOLE = re.compile(r"(?:entire|whole|full|all|both)(?: of)?(?: (?:the|your|my))? $")
