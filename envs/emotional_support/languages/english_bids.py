"""English: by what words a seeker's call is heard, whatever they want from the listener now (`emotional_support.bids`).

The cues search `plain` text: lower case, no apostrophes, contractions and chat shorthand written out, slips of the keyboard mended,
"anyone" and "no one" as "anybody" and "nobody". A space in a cue may be missing in the text, as people lose spaces when they type.
"""

from __future__ import annotations

import re
from functools import cache

_LONG = {
    "im": "i am", "ive": "i have", "ill": "i will", "id": "i would", "u": "you", "ur": "your", "r": "are", "youre": "you are",
    "youve": "you have", "youd": "you would", "youll": "you will", "its": "it is", "thats": "that is", "theres": "there is",
    "whats": "what is", "hows": "how is", "wheres": "where is", "theyre": "they are", "theyve": "they have", "hes": "he is",
    "shes": "she is", "itll": "it will", "itd": "it would", "thatd": "that would", "dont": "do not", "doesnt": "does not",
    "didnt": "did not", "isnt": "is not", "arent": "are not", "wasnt": "was not", "werent": "were not", "cant": "cannot",
    "couldnt": "could not", "wouldnt": "would not", "shouldnt": "should not", "wont": "will not", "havent": "have not",
    "hasnt": "has not", "hadnt": "had not", "idk": "i do not know", "dunno": "do not know", "smth": "something", "abt": "about",
    "ppl": "people", "pls": "please", "plz": "please", "b4": "before", "n": "and", "&": "and", "w/": "with", "4": "for", "tho": "though",
    "gonna": "going to", "wanna": "want to", "rn": "right now", "nvm": "never mind", "k": "okay", "ok": "okay", "alright": "okay",
    "prob": "probably", "mayb": "maybe", "someone": "somebody", "anyone": "anybody", "everyone": "everybody", "noone": "nobody",
    "rly": "", "really": "", "even": "", "actually": "", "honestly": "", "truly": "", "um": "", "uh": "", "hmm": "", "lol": "", "haha": "", "tbh": "",
}
"""What stands for what; words that only colour a sentence stand for nothing."""
_PAIRS = re.compile(r"\b(?:no one|not one person|not a soul)\b|\bcan not\b")
_TOKEN = re.compile(r"[a-z0-9&]+/?|[^a-z0-9&\s]")
_APOSTROPHES = str.maketrans("", "", "'\u2019`")

# By bid. The nouns of the longest lists are what people say of themselves; what others say to them must not be among them.
_SOURCES = {
    "seen": (
        r"(?:nobody|not one|my \w+ \w+|nobody in \w+ \w+) (?:has |have |ever |here |there |can |will )?(?:sees?|notices?|noticed|gets|understands?|has any idea|any idea"
        r"|the slightest idea|has the slightest|knows (?:how|what)|can tell|feels what)",
        r"(?:you|they|them|people|he|she|who|anybody|everybody|others|family|mother|father|mom|dad|mum|husband|wife|friends?|partner|boyfriend|girlfriend|boss|parents|kids) (?:just )?(?:do|does|did|can|could|will|would) ?not (?:get|see|understand|notice|know) (?:how|what (?:it|this|that|i feel)|me\b|that i am|it either)",
        r"(?:has|have|got) (?:no|any|the slightest) (?:idea|clue) (?:how|what (?:it|goes|this|is))",
        r"(?:wish|want|wanted|hope|hoping|waiting|need|if only|would love|expect)(?: for| that| once| for once)?[ ,]*(?:somebody|anybody|nobody|one person|you|they|people)"
        r"(?: would| could| to| will| who| here)?(?: for once| once| look at me and| at least)? (?:sees?|saw|understands?|understood|gets?|got it|notices?|noticed|feel|felt|knew)",
        r"(?:do|can|could) you (?:see|understand|get|imagine|picture|feel|tell) (?:how|what (?:it|this|that|is under)|me\b)",
        r"(?:see|sees|saw|understands?|get|gets|imagine|feel|read) (?:how (?:it|this|that|heavy|bad|hard|deep|much)|what (?:it|this|that|goes on) )",
        r"(?:on|from) the outside|inside (?:i am|it is another)|goes on (?:in here|inside me)|going on in here",
        r"brave face|(?:put|puts|putting) on a (?:smile|mask|happy)|cheerful one|pretend to be (?:fine|okay|happy)|(?:hold|keep) it together|(?:i|and|then) (?:fall|falling|go) (?:apart|to pieces)",
        r"eyes are wet|eyes are burning|tearing up|tears are|crying (?:while|as) i|lump in my throat|(?:hands|fingers|knees) (?:shake|are (?:still )?shaking)",
        r"to be understood|to understand me|feel (?:unseen|invisible|like a ghost)|sees me\b|(?:do you|just) see me\b|^(?:understand|see) me\b|see it either|no idea what it costs",
        r"(?:think|thinks|believe|believes) i am (?:fine|doing (?:great|fine|well)|over it|okay)|if (?:they|you|anybody|people) (?:only )?knew|(?:could see|saw) me now|(?:right|straight) (?:through|past) me",
        r"tears me up|eat(?:s|ing) me up|(?:it|this) (?:still )?(?:hurts|aches) (?:so much|more)|how much (?:it hurts|i am struggling)|(?:does|doing|did) to (?:me|a person)\b",
        r"tell by looking|hear it in my typing|would not know it to look|and nobody can tell|not okay\b",
        r"(?:laugh|smile) (?:back|with them)|so (?:that )?(?:nobody|they do not) (?:sees?|hears?|notice)|(?:chest|stomach) is (?:so tight|in knots)|say i am fine",
        r"what i feel (?:does not|in those)|how i feel (?:does not|just does not)|how (?:this|it) feels|how it is for me|everybody sees",
    ),
    "normal": (
        r"(?:is|was|would) (?:it|that|this)(?: so| too)? (?:silly|stupid|childish|ridiculous|pathetic|weird|strange|odd|bad|wrong|okay(?! if)|allowed|normal|selfish|crazy|too much|over the top|an overreaction|terrible)",
        r"am i(?: just)? (?:being|going|making|over|exagg|dramatic|unreasonable|too (?:sensitive|soft)|crazy|mad\b|wrong|losing|silly|ridiculous|childish|nuts|selfish|weak|allowed)(?! (?:clear|making sense|any sense))",
        r"overreact|exaggerat|too sensitive|drama queen|being (?:so )?dramatic|unreasonable|big deal out|mountain out of|(?:a|the) fuss\b|too much of (?:it|this)|overdoing it|cry ?- ?baby|being (?:silly|a baby|ridiculous|childish)",
        r"(?:a|any|the|no|have) right to (?:feel|complain|be (?:upset|sad|angry|hurt)|mind)|have it (?:so much |far |much )?worse|real problems|here i am (?:whining|complaining)|who am i to complain",
        r"feel(?:ing)? (?:so )?(?:even more )?(?:more )?(?:silly|stupid|ridiculous|foolish|dumb)|makes? me (?:a|an) (?:bad|terrible|horrible|selfish|awful)",
        r"should (?:i not|not i|i) be (?:over|past|done)|should (?:not be (?:this|so|that)|be able to (?:shrug|let it|laugh))|(?:must|probably|surely) think i am|you (?:also )?think i am",
        r"such a (?:small|tiny|little) thing|(?:grown|sane|normal) (?:person|adult) would|(?:if|whether) i am (?:allowed|crazy|mad\b|wrong)|sounds? (?:so )?(?:petty|silly|ridiculous|stupid)",
        r"(?:weird|odd|childish|strange) way to|ungrateful|spoiled|a wimp|weak for|shrugged it off|just laugh about it|for being (?:so |this )?upset|so who am i|what is the verdict|i am being (?:dramatic|silly)",
    ),
    "time": (
        r"(?:hard|difficult|not (?:so |very )?easy) (?:for me )?to (?:say|put (?:it|this|that|into)|write|get (?:it )?out|talk|explain|describe|phrase)|(?:part|bit) is (?:hard|difficult|not easy)|this is hard for me",
        r"(?:word|words|it|sentence|this|that) (?:just )?(?:still )?(?:will not|does not|do not|would not|did not|cannot) (?:want to )?(?:come|move)|will not come out|nothing (?:comes|came)",
        r"(?:find|have|come up with|no|are not any|any|no good with|good with) (?:the |any )?(?:right )?words|words (?:still )?(?:get|got) stuck",
        r"(?:give me|need|have) (?:a|another|one more|one) (?:second|moment|minute|sec)\b|(?:delet|eras)(?:e|es|ed|ing) (?:it|them|what|everything|again)|and (?:delet|eras)(?:e|ed|ing)|(?:take|took|taken) (?:it|them) back",
        r"know how to (?:say|put|phrase|start|explain|begin|write)|(?:where|how) (?:do|to) (?:i )?(?:begin|start)\b|how (?:do|would) (?:i|you) (?:say|put|explain)|how to (?:say|put|phrase) (?:it|this|that)",
        r"(?:staring|stare) at (?:this|the) (?:screen|empty|box|cursor)|never said (?:this|that|it) (?:out loud|aloud)|bear with me|be patient with me|slow with this|(?:am|not) slow\b|go slow|take this slow|^(?:please )?do not rush me",
        r"(?:mind|head) (?:goes|went|is|gone) blank|(?:get|gets|got) stuck (?:here|at|every|right)|stuck (?:right )?(?:here|at this point)|get stuck\b|(?:stuck|sits) (?:in my throat|on my tongue)|still stuck in|throat is closing|tip of my tongue|thing in my mouth",
        r"(?:not|never|no)(?: any)? good (?:with|at) (?:words|putting|saying|such)|get it out|say it yet|write it so fast|i (?:always )?(?:go|went) quiet|struggl(?:e|ing) to (?:explain|say|describe|write|talk)",
        r"(?:lose|lost) my (?:voice|nerve)|wait (?:a bit )?for me|have to wait|need (?:a bit of )?time for this|(?:sentence|it all) ready|hover over|open(?:ed)? my mouth|(?:hang on|hold on)[ ,]+(?:this|i need|i have|my throat)|if i could just (?:say|write)|not fast enough with words",
        r"typed? (?:three|two|four) words|start(?:ed)? this sentence|can we go slow|cannot say it (?:just )?like that",
    ),
    "thread": (
        r"(?:another|one more|this other|that other|the other|one other) thing|there (?:is|was|are)(?: still| also)? (?:something|more|another)\b|something (?:else )?i (?:have not|did not|never|left|wanted to)|something else too|(?:else|also) on my mind",
        r"(?:not|only|just|never) (?:the )?(?:whole|full|entire) (?:story|of it)|half (?:of )?the story|(?:is|was) not (?:everything|all of it)|not (?:the )?(?:worst|half)\b|worst of it|more (?:to|behind) (?:it|this|that)|more behind",
        r"(?:something|a thing) happened|not (?:just |only )(?:about )?(?:the|my)\b|not (?:just )?about (?:the|what)|(?:goes?|runs) (?:a lot |much )?deeper|something underneath|(?:left|leave|leaving) (?:a part|something|a bit|a piece|that|it) out|i left out",
        r"(?:thing|business|story) with (?:my|the)\b|not what (?:keeps me|bothers me|hurts)|(?:version|story) (?:i tell|everybody gets)|what i tell everybody|(?:know|heard|told you) (?:the |still the )?(?:rest\b|whole of|other half)|(?:heard|told you) (?:only )?half|(?:told you|know) the (?:rest|real thing)|the other half",
        r"there is a (?:reason|story)|story behind|(?:got|gotten|come|get) to the (?:bad|real|main|worst)|i have(?: still)? not (?:told you|mentioned)|not told you (?:about|yet)|(?:part|side) (?:of (?:this|it) )?(?:that )?nobody knows|nobody (?:knows (?:that|the other|about)|(?:ever )?asks about)",
        r"tip of the iceberg|(?:only|just) the (?:beginning|start|surface|top)|one (?:other )?thing (?:i (?:always|keep|never)|is on|has been)|on my mind (?:too|as well|all week)|if (?:it were only|that were all)|a hint|left a crumb|i hinted",
        r"still (?:missing|untold)|(?:we|you and i) (?:walked past|skipped|went past)|behind (?:that|what i told|all this) (?:story )?|under all that|beneath all this|real (?:thing|problem|reason|part)\b|lies somewhere else|is something else\b[^.!?]{0,12}$|never told anybody",
        r"what (?:i left out|the other thing|the rest)|(?:it is|sits|hidden) (?:under|behind)|i did say there is|about the (?:letter|phone call)|that side of it|never mention",
    ),
    "order": (
        r"(?<!you are )\ball over the (?:place|shop)|(?:(?:does|did|do) (?:i|it|that|this|any|what|anything|all|the)|if|whether) [^.!?]{0,24}?\bmak(?:e|es) (?:any |much |a bit of )?sense(?! of)|making (?:any |much )?sense|not make sense,? (?:does|i think)|any of it made sense|i made no sense|it makes no sense,? (?:does|i think)",
        r"(?:head|mind|everything|thoughts|it|still)(?: is| are)?(?: all| still| just)? (?:a mess|one big|a jumble|a muddle|a tangle|tangled|jumbled|muddled|mixed up|so tangled)|(?:mixed|jumbled|tangled|muddled) up|jumble\b|muddle\b|muddled|untangle|one big (?:knot|tangle|mess)|scatter",
        r"(?:know|idea|tell) (?:any more )?what (?:i am (?:trying to say|saying)|i was saying|my point)|(?:not|hardly|longer) know what i mean|trying to say|my point (?:was|is)|what (?:is it )?(?:am )?i (?:am )?saying here|clear what i mean|what i am saying",
        r"lost (?:the|my) (?:thread|train)|train of thought|track of what i|i (?:got lost|lose it)|c(?:a|o)mes? out (?:all )?(?:wrong|backwards|sideways|muddled)|think straight|sort (?:my thoughts|it\b|this out in|it out in)|get (?:it|them|my thoughts) straight|keep it (?:all )?(?:straight|in order)",
        r"round and round|in circles|(?:i|keep|just|am) jump(?:ing)? (?:around|from)|jumping (?:around|from one)|mixing things|i am rambling|now i am rambling|a ramble|(?:can|could|able to|hope|hopefully)[a-z ]{0,16} follow (?:that|me|all|any|what|it)|could you follow",
        r"what was i (?:saying|going|trying)|where was i|what did i (?:just )?(?:say|want)|(?:explained|said|told) (?:that|it) (?:right|in the right)|(?:being|am i) clear|which (?:one )?(?:comes first|is which|to start|bit comes|piece comes|bit goes|piece goes|part comes)",
        r"things? at (?:once|a time) (?:up there|in my head)|so much at once|(?:blurs?|runs?|melts?) together|thread in (?:it|this|that)|(?:see|find) the (?:order|thread|pattern)|(?:it|out) (?:in order|straight) (?:for|with) me|put it in order|get any of that|so confused",
        r"like a (?:drawer somebody|box of wires|radio between|ball of wool)|(?:knot|tangle) (?:in my head|up there)|get mixed up|getting mixed up|a mess up there|one big mess",
    ),
    "alone": (
        r"(?:does|do|did|has|have|would|if|whether|is|are|there) (?:anybody|others|other people|many others|nobody|other \w+)(?: else)?(?: also| ever| out there)? (?:go|get|feel|have|had|been|felt|struggle|lie|live|know|like|with|goes|has|through)",
        r"(?:have|had)(?: not)? you (?:ever |yourself |or have not you )*(?:been|felt|gone|had|lost|lived|there|experienced|or have)|did(?: not)? you (?:ever|not ever)|(?:am i|be|i am|being|like|not|still)(?: still)? the only (?:(?:one|person)\b(?! (?:at|in (?:my|our)|they|i|on my)\b)|\w+ who)",
        r"happen(?:ed)? to you|do you(?: ever| also)? (?:know (?:it\b|the feeling|that feeling|what (?:it|that|this) is like)|feel like (?:that|this)|get (?:like|nights)|ever (?:feel|get))|you know it,? (?:from|yourself)",
        r"(?:just|only) me\b(?! (?:i|who|and|with))|odd one out|(?:know|knows) (?:of )?(?:nobody|no|anybody)(?: else| who)|nobody i know|never met (?:anybody|somebody)|yet to meet|everybody else (?:seems|manages|is fine|has it|copes)|have it together",
        r"(?:other people|others|any others)(?: out there| somewhere)? like me|any others|what about you\b|i bet (?:you|this|that)|you (?:have )?(?:probably |surely )?never (?:had|felt|been)|(?:you )?ever (?:had|have|felt) (?:a time|nights|a year|days|something|that)",
        r"you (?:have )?(?:been there|been through|gone through|felt (?:like|that|the same)|had this)|you ever felt|(?:was it|is it|been) (?:ever )?(?:like )?(?:that |this bad |it )?(?:like )?(?:that )?for you\b|(?:was it|like) for you\b|from your own life|(?:this|that|it|there|feeling) yourself",
        r"somebody (?:out there|who has been|else must|in this world)|nobody else (?:has|goes|lives|on earth|ever)|(?:others|other people|anybody else) (?:go|goes|have|has|feel|get)|a time (?:when )?you|how do (?:others|other people)|people like you probably|anybody else ever|have this too|had it too|have it too|feel the same",
    ),
    "advice": (
        r"(?<!so )what (?:should|shall|can|could|am|do|would|might|else can) (?:i|you|one|a person|somebody) (?:supposed to )?(?:do\b(?! (?:with|here|for))|try|change|say to|reckon i|think i)|what (?:should|shall|can) i do|what do i do\b(?! with)|what would you (?:do|try)",
        r"(?<!ask )what to do\b(?! with)|what you would do|what i (?:should|can) do|(?:any|some|give me|need|could use|use a|bit of|no|an|one|have|out of|waiting for|hoping for|got|a) (?:good |any |some )?(?:advice|tips\b|tip\b(?! toe)|suggestions?|ideas\b|pointers?|wisdom)|one idea|(?:have|got|for) an idea|ideas how",
        r"(?:some|any|of|the|need|me) advice|(?<!not )should i (?!be\b|not\b|have\b|know)[a-z]+|think i should|how (?:do|can|could|would|am|should|shall|on earth am) i (?:get|deal|handle|cope|make|fix|change|tell|stop|go|supposed|bring|feel|live|manage)|how is one supposed",
        r"how (?:would|do|can) (?:you|people|one) (?:go about|tackle|handle|deal|start a|cope)|(?:anything|something|nothing) i can (?:do|try)|(?:best|good|right) way to|what (?:helps|works|would (?:help|work)|might (?:help|work)) (?:against|with|for|here)|way out\b|any trick|something that helps",
        r"try anything|up for anything|just name it|(?:next|first) step|go from here|would you (?:in my place )?[ ,]*(?:call them|stay|go\b|tell them|let it go|quit|leave)|if you were me|in my (?:place|shoes)|help me (?:decide|figure|find|out)|tell me how to|know how to (?:deal|handle|cope|fix|go on)",
        r"i have got one|any wisdom|open to suggestions|dodged? (?:it|that)",
    ),
    "facts": (
        r"how long (?:does|do|will|is|can|it|that|this|until|something)|(?:is|are) (?:it|that|this|these) (?:a |so |too |very )?\b(?:common|usual|rare)\b|(?:if|whether) (?:it|that|this) is \bcommon|how (?:common|many people (?:go|have|get|feel|are|suffer)|likely is|probable|rare|usual)|do (?:many|most) people|do people (?:get over|recover|usually)",
        r"(?:a|any) (?:name|word|term) for|(?:does|do|will|if|whether|can|and) [^.!?]{0,20}?\bgo(?:es)? away|what (?:causes|triggers|brings on)(?! me)|(?:a|the) (?:symptoms?|signs?|stages) of\b|(?:do|does|are|can) (?:those |the |such |these )?(?:pills|tablets|medication|meds|therapy|counsel[a-z]+|courses)\b",
        r"(?:is|are|been)(?: not)? there (?:any |been )?(?:research|studies|a study|science|figures|numbers|statistics|a usual|an average|a typical)|there been studies|are there statistics|(?:any|some|have you got|only|just the|after) (?:figures|numbers|statistics|information|facts)|any research|what (?:do|does|would) (?:science|scientists|doctors|the experts)",
        r"know how (?:that|this|it) works|anything about how|can (?:stress|grief|worry|lack of sleep)|(?:are the|of the|the) (?:chances|odds)\b|when (?:does|will) (?:it|this|that) (?:usually |normally )?(?:get better|pass|ease|stop)|after how long|is (?:this|that|it) what (?:they|people) call|what people call|(?:it|that|this) called",
        r"is (?:it|this|that) (?:a |an )?(?:real (?:illness|condition|thing)|actual|known|burnout|panic attack|depression|episode|hereditary|in the genes|something you inherit|passed on|medical)|hereditary|in the genes|what does (?:therapy|a counsel|seeing)|how much does",
        r"(?:happens|goes on) in (?:the|your|my) (?:brain|body)|a diagnosis|if it is serious|tell the difference|(?:usual|average|typical) (?:time|length|course)|just the facts|only the facts|a known condition|the experts say|doctors say",
    ),
}
_SPACE = re.compile(r"(\(\?<!?[^()]{0,40}\)|\[[^\]]{0,40}\])| ")
"""A space outside a look-behind, whose width must not vary, and outside a class."""
BIDS = {bid: re.compile(rf"\b(?:{_SPACE.sub(lambda match: match[1] or ' ?', '|'.join(parts))})") for bid, parts in _SOURCES.items()}
"""By bid, the pattern of what is said for it, to be searched in `plain` text."""

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEXT = {letter: row[max(0, at - 1):at] + row[at + 1:at + 2] for row in _ROWS for at, letter in enumerate(row)}
_WORDS = frozenset(re.findall(r"[a-z]{4,}", " ".join(part.replace("\\b", " ") for parts in _SOURCES.values() for part in parts)))
_MEANT = frozenset({
    "ache", "bank", "beat", "begun", "believed", "bother", "cases", "cause", "caused", "chance", "cheat",
    "circle", "cold", "copes", "curse", "dies", "doctor", "dodge", "dose", "ears", "experience", "experiences",
    "expert", "fact", "fees", "figured", "fill", "form", "goof", "grown", "hand", "hears", "heat",
    "hers", "knee", "knit", "last", "lied", "limp", "list", "loose", "lots", "loved", "lives",
    "loves", "maim", "male", "males", "managed", "mediation", "middle", "mins", "moth", "night", "numbers",
    "number", "pace", "passes", "phase", "pill", "pointer", "quite", "rate", "sake", "seem", "sewing",
    "ship", "shoe", "shows", "sing", "sins", "slipped", "sound", "stage", "star", "state", "stating",
    "stick", "string", "studied", "suck", "suggestion", "suppose", "thin", "threw", "thus", "though", "tool",
    "tree", "truck", "type", "types", "vice", "wrote", "mouth", "grow",
})
"""Words that are no slips, though a slip of one of the cues' words would give them."""


@cache
def _slips() -> dict[str, str]:
    """The cues' words by what one slip makes of them: a neighbour key, a doubled, swapped or lost letter after the first."""
    found: dict[str, str] = {}
    for word in sorted(_WORDS):
        for at in range(1, len(word)):
            near = [f"{word[:at]}{key}{word[at + 1:]}" for key in _NEXT[word[at]]]
            swapped = f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2:]}" if at + 1 < len(word) else word
            for slip in (*near, f"{word[:at]}{word[at]}{word[at:]}", swapped, f"{word[:at]}{word[at + 1:]}"):
                if len(slip) > 3 and slip not in _WORDS and slip not in _MEANT and slip not in _LONG:
                    found.setdefault(slip, word)
    return found


def plain(text: str) -> str:
    """The text as the cues search it."""
    slips = _slips()
    words = [_LONG.get(word, slips.get(word, word)) for word in _TOKEN.findall(text.lower().translate(_APOSTROPHES))]
    joined = " ".join(filter(None, words)).replace(" ,", ",")
    return _PAIRS.sub(lambda match: "cannot" if match[0] == "can not" else "nobody", joined)
