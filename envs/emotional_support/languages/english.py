"""English: words and cues. See `Language` for what each table is."""

from __future__ import annotations

import re

from .language import Language

FEELINGS = ("anxious", "exhausted", "lonely", "ashamed", "helpless", "angry", "hopeless", "worthless", "guilty", "sad", "afraid", "empty",
            "overwhelmed", "hurt")
RELIEF = ("relieved", "calm", "calmer", "hopeful", "lighter", "at ease", "better", "understood", "grateful", "happy", "comforted", "peaceful",
          "safe", "confident", "okay")
COMPANIONS = {"anxious": "afraid", "exhausted": "overwhelmed", "lonely": "sad", "ashamed": "worthless", "helpless": "hopeless",
              "angry": "hurt", "hopeless": "empty", "worthless": "ashamed", "guilty": "ashamed", "sad": "lonely", "afraid": "helpless",
              "empty": "lonely", "overwhelmed": "exhausted", "hurt": "angry"}
LONGINGS = {"anxious": "some safety", "exhausted": "a little rest", "lonely": "to belong somewhere", "ashamed": "to be allowed to fail once",
            "helpless": "some hope", "angry": "to be treated with respect", "hopeless": "some hope", "worthless": "to be seen for what I do",
            "guilty": "peace of mind", "sad": "to be held", "afraid": "some safety", "empty": "to feel at home",
            "overwhelmed": "to catch my breath", "hurt": "to be taken seriously"}

MORE_FEELINGS = (
    "bitter", "jealous", "trapped", "rejected", "betrayed", "humiliated", "numb", "restless", "scared", "worried", "confused", "frustrated",
    "disappointed", "resentful", "unwanted", "miserable", "heartbroken", "desperate", "useless", "insecure", "abandoned", "drained",
    "embarrassed", "furious", "homesick", "powerless", "isolated", "neglected")
"""What the phrase book's seekers feel besides `FEELINGS`."""
_NAMED = "|".join((*FEELINGS, *MORE_FEELINGS))
_END = r"(?=[.!?]|$)"
_FIRST = r"(?:^\W*|[.!?] )"
HEAR = {
    "observations": re.compile(
        r"(?:(?:the thing is|you see|(?:what happened|fact|truth) is|to be (?:really )?honest(?: with you)?|it(?: i|'?)s like this|at the moment|lately"
        r"|these days|for some time|long story short|in short|on top of (?:that|it all)|to top it all off|just so you know|for (?:context|some background)"
        r"|(?:i'?ll|let me) just (?:say|type|write) it|here(?: i|'?)s what(?: i|'?)s? ?(?:happened|going on|it'?s about)|(?:as )?it turns out|believe it or not|would you believe it"
        rf"|(?:comes|boils) down to this|in plain words|{_FIRST}(?:plus|also|besides|see|honestly|frankly|basically))[,:]"
        r"|(?:keep thinking|deep down i think|help thinking|tell myself|i believe|truth is|(?:main|biggest|real|actual) (?:problem|issue|trouble) is"
        r"|(?:sad|hard|ugly) part is|short (?:version|of it) is|(?:should|have to) know is|what happened (?:really )?is|also the fact|there is the fact"
        r"|(?:bothers|bugs|gets) me (?:most |every day )?is|(?:doesn'?t|not)(?: exactly)? help|makes it no easier|(?:should|ought to|have to) (?:mention|tell you|add)"
        r"|(?:gut|inside|down) i (?:think|believe|know)|(?:voice in (?:my head|me)) (?:says|whispers|insists)|through my (?:head|mind) is|(?:keeps telling|tells) me"
        r"|to believe|convinced(?: by now)?|thinking|the (?:idea|thought)|i am sure|moments i think|can think is|of me (?:thinks|believes|is sure)|and think"
        r"|(?:my eyes|down) i think|(?:morning|day|night) is|i do (?:think|believe)|over and over is) that|to admit it,? but)"
        rf" ([^.!?]+){_END}", re.IGNORECASE),
    "feelings": re.compile(
        r"\b(?:feel(?:ing|s)?|felt|i(?: a|')?m|i was|i(?:'ve| have) been|i (?:got|get|became)|(?:makes?|made|making|leaves?|left) me|i'?d say|the word (?:for it )?is)"
        r"(?: (?:so|really|very|quite|a bit|a little|a lot|pretty|this|just|damn|completely|extremely|incredibly|too|also|even|more|all|kind of|super|always|getting|feel(?:ing)?)){0,3}"
        rf" ({_NAMED})\b", re.IGNORECASE),
    "needs": re.compile(
        r"(?:what i (?:really |do )?(?:need|long for|crave|wish for|want (?:deep down|in the end|underneath)) is|(?:all|only thing) i need is|think i need|i'?d say i need"
        r"|(?:sleep|holiday|answers) i need|(?:all|one thing) i (?:really )?want is|what i(?: a|'?)m (?:missing|longing for|after)(?: most)? is"
        r"|would help me(?: most)? is|thing i (?:miss|want) (?:most|more than anything) is|one wish,? it(?:'?d| would) be|my (?:biggest|greatest|only) wish is"
        r"|missing (?:for me |in my life )?is|in a long time is|never get these days is|had these days is|i (?:dream|think) (?:of|about) most is)"
        rf" ([^.!?]+?)(?: again)?{_END}", re.IGNORECASE),
    "requests": re.compile(
        r"(?:all i (?:wanted|hoped for) (?:today |tonight |from this chat )?was|what i (?:hoped|was hoping) for here was|i came for|i was looking for"
        r"|what i(?:'?d| would) like (?:from (?:you|this) )?is|what i(?: a|'?)m looking for (?:here |today )?is|wish for this chat is"
        r"|i want from (?:this|tonight|you) is|(?:ask for (?:something|one thing)),? it'?s|what i came here (?:for|wanting) is|i (?:was|am) (?:really )?asking for is"
        r"|reason i(?: a|'?)m (?:writing|here) is|be (?:nice|good|enough) for (?:now|tonight|today) is|one hope,? and that is"
        r"|when i (?:opened this chat|started typing) was|know what (?:i'?d like|i'?m after)\? it'?s|i'?m asking (?:for |of you )?is"
        r"|i (?:had in mind|was after) (?:when i came here|tonight|today) was)"
        rf" ([^.!?]+){_END}", re.IGNORECASE),
}


def _cue(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def _lower_cue(text: str) -> re.Pattern[str]:
    """A cue that is searched in lower-cased text, which takes half the time of ignoring the case."""
    return re.compile(text)


# In each cue the lines after the first hear what people say besides the scripted supporter: they were written on one half of ESConv
# and measured on the other (benchmarks/recognisers.py). What holds them back are our own words: each is heard as its act alone.
CUES = {
    "greeting": _lower_cue(r"^\W*(?:hello|hi|hey|welcome|good (?:morning|afternoon|evening))\b"),
    "topic-change": _lower_cue(r"\b(?:by the way|anyway(?=,)|on another note|changing the subject|let us talk about something else|speaking of something else)\b|\b(?:free time|hobb(?:y|ies) do you|the weather like|good film)\b"),
    "open-question": _lower_cue(r"\b(?:what (?:is (?:that|it|this)|goes|was|is the hardest|weighs|does|makes|happened|do you (?:feel|think|mean|need|wish))|how (?:do|did|does|is|was|are) (?:you|that|it|this|things)"
                          r"|(?:can|could|would) you (?:like to )?(?:tell|share|say|describe|explain)|tell me (?:more|about)|what's)\b[^?.]{0,400}+[?.]"
                    r"|\b(?:what|why|how)\b(?! (?:about|if|not|old|long|often|many|much)\b)[^?.!]{0,400}+\?"),
    "closed-question": _lower_cue(r"\b(?:did|do|does|is|are|was|were|has|have|had|will|since when|how (?:old|long|often|many|much)|who|when|where|which)\b[^.!?]{0,400}+\?"
                    r"|\b(?:can|could|would|should|am|any|anything|anyone|what|why|how|you|it|that|he|she|they)\b[^.!?]{0,400}+\?"),
    "reflection": _lower_cue(r"\b(?:(?:it )?(?:sounds?|seems?|looks?) (?:like|that|as if|as though|so (?:hard|difficult|painful))|i (?:can )?(?:hear|sense|feel|see|imagine) (?:that you|how)|you (?:must|seem to|sound) (?:be |feel )?)"
                    r"|\b(?<!if )i (?:can |could |do |really |totally |completely |fully |certainly )*(?:tell (?:that|from|you|how|by)|(?:see|hear|sense|understand|imagine|feel) (?:that|how|you|your|why|what|this|it)\b)"
                    r"|\b(?:that|it|this|you) must(?:'ve| have| be| feel| really)\b"
                    r"|\bsounds (?:\w+ ){0,2}?(?:frustrat|difficult|hard|tough|stress|scary|awful|terrible|painful|rough|upset|sad|horrible|challenging|overwhelm|hurt)"
                    r"|\b(?:you are|you're|are you|you) (?:\w+ )?feel(?:ing)?\b(?<!that you feel)(?<!that you are feeling)(?! (?:this way|free|like that|so\b|better|when))"),
    "restatement": _lower_cue(r"\b(?:so (?:what )?you (?:are|were|said|have|feel)|if i (?:hear|understand) you|in other words|you are (?:telling me|saying) that|let me see if|what i hear is)\b"
                    r"|\b(?:is|am|was|do|did) (?:that|this|it|i) (?:\w+ )?(?:right|correct|correctly|accurate)\b"
                    r"|[, ](?:right|correct|yes)\?|\bso (?:you're|you are|you feel|you have|you think|you want|he is|she is|they are)\b"
                    r"|\b(?:correct me if|you (?:\w+ )?(?:mentioned|said (?:that|you)|told me)|what you(?:'re| are) saying|(?:my|your) understanding|from what (?:i|you)|to (?:summari[sz]e|clarify|recap)|i(?:'m| am) hearing|i hear you say)\b"
                    r"|^\W*(?:(?:ok|okay|oh|ah|i see|yes|hmm|right|wow|and|yeah|sure)\W+)?(?:so|basically),? (?:basically|you|your|you're|you've|he|she|they|it|its|it's|from|in|just|am|is|this|the|there|even|now|if|since|because)\b"),
    "validation": _lower_cue(r"\b(?:makes sense|understandable|only (?:human|natural)|(?:perfectly|completely|totally) (?:normal|natural|okay)|every right|anybody in your place|anyone (?:would|in your)|takes courage|(?:you are|you're) not alone|brave)\b"
                    r"|\b(?:it(?:'s| is)|that(?:'s| is)|this is|its|thats|those are|you have|you've|sounds like|what) (?:perfectly |completely |totally |very |really |so |such |also |absolutely |always |just |a |an |quite |all )*(?:ok|okay|alright|normal|natural|common|great|good(?! that)|wonderful|awesome|fantastic|excellent|amazing|positive|right|fair|valid|smart|reasonable)\b(?! (?:to me|luck|morning|evening|afternoon))"
                    r"|\b(?:you are|you're|your|you have|you seem|you sound|you've) (?:\w+ly |so |very |a |an |doing |obviously |such |one |both |still |being |been )*(?:strong|great|good|smart|wonderful|amazing|capable|worth(?! nothing)|worthy|brave|right|kind|caring|intelligent|thoughtful|alone|the best|well|everything|honest|a failure|not a|on the right)\b"
                    r"|\b(?:i(?:'m| am) (?:so |very |really )?proud|good (?:for you|job|idea|thinking|point)|great (?:idea|job|start|plan|attitude|way|point)|well done|i (?:totally |completely |definitely |really )?agree|(?:not|isn't|wasn't) your fault|a lot of people feel|many (?:people|of us) (?:are|feel|have)|i don't blame you|(?:no|nothing) (?:shame|wrong)|(?<!not )deserve)\b"
                    r"|\b(?:i know|it is|it's|its|that's|it can be|can be|this is) (?:\w+ ){0,3}?(?:hard|tough|difficult|rough|not easy)\b"),
    "encouragement": _lower_cue(r"\b(?:take (?:your|all the) time|i am (?:here|listening|all ears|with you)|i'm (?:here|listening)|please go on|as much as you like)\b"
                    r"|\b(?:here (?:for you|to (?:help|listen|support))|hang in there|i(?:'m| am) (?:always )?(?:glad|happy) (?:to listen|you (?:\w+ )?(?:reached|shared|told|came)))\b"),
    "self-disclosure": _lower_cue(r"\b(?:i (?:went|have been|had been|was) (?:through|in a|there)|(?:from|in) my own (?:life|experience)|happened to me|i know this from|when i was|something similar)\b"
                    r"|\bi(?:'ve| have) (?:also |always |never |often |even |just |personally |actually |myself |recently |definitely )*(?:been (?!able)|had|felt|found|lost|gone|done|seen|known|suffered|struggled|experienced|dealt|tried|learned|used|worked|lived|a (?:friend|cousin|sister|brother|son|daughter|similar))\b"
                    r"|\bi (?:also |really |actually |personally |once |always |never |myself |recently |too |just )*(?:had|felt|lost|went|used to|did|struggled|experienced|suffered|tried|started|remember|dealt|quit|live|worked|work|learned|decided|kept|took|became|moved|grew|cried|broke|can relate|know (?:the|that) feeling|know how (?:you|that|it) feels?|feel (?:the same|you)|do (?:the same|feel|that too))\b"
                    r"|\bi was (?!able|wondering|just|thinking|glad|hoping|going to|happy|here)"
                    r"|\bwhen i\b|\bmy(?:self)? (?:\w+ )?(?:own|husband|wife|mother|father|mom|dad|mum|parents|family|boss|job|work|friends?|best friend|sister|brother|son|daughter|kids|children|boyfriend|girlfriend|partner|ex|school|college|life|anxiety|depression|dog|cat|therapist|head|mind|house|room|cousin|age|feelings|teens|company)\b"
                    r"|\b(?:me (?:too|as well|either)|myself|for me(?! to)|helped me|helps me|happened to me|same (?:situation|thing|boat)|similar (?:situation|experience|thing)|as (?:a|an) (?:\w+ )?(?:teenager|student|parent|mother|father|mom|teacher|introvert|kid|child) (?:myself|i))\b"),
    "reassurance": _lower_cue(r"\b(?:(?:do not|don't) worry|will (?:all )?(?:work out|be (?:fine|okay|alright|all right))|cheer up|(?:things|it) will get better|everything happens|time heals|you will see)\b"
                    r"|\b(?:you(?:'ll| will) (?:(?!never|always)\w+ )?(?:be|get|find|feel|make|do|have|succeed|survive|come)|you (?:can|got|will|could) (?:do|handle|get through|overcome|make) (?:it|this|that)|i(?:'m| am) (?:\w+ )?(?:sure|confident|certain|positive)|i (?:believe|know|think) (?:in )?(?:that )?you(?:'ll|'re| will| can| are| have)|you(?:'ve| have)? got this)\b"
                    r"|\b(?:(?:it|this|things|everything|that)(?:'ll| will| shall| does| do| can)? (?:always |eventually |soon |definitely |all )?(?:get better|be (?:ok|okay|fine|alright|better|over|worth)|pass|work out|gets? (?:better|easier))|it(?:'s| is) (?:gonna|going to) be|don't give up|(?<!cannot )keep (?:up|going|trying|your)|stay (?:strong|positive)|light at the end|there is (?:always )?hope|you(?:'re| are) (?:going to|gonna) (?:be|make|do|get))\b"),
    "suggestion": _lower_cue(r"\b(?:you (?:should(?! have)|could try|need to (?:talk|try|make|see))|why (?:not|don't you) (?:try)?|have you (?:tried|considered|thought about)|(?:i|my) (?:suggest|recommend|advice)|maybe (?:try|you could))"
                    r"|\b(?:maybe|perhaps) (?:\w+ )?(?:you|try|it would|it might|it could|if you|take|talk|just|start|doing|finding|think|look|a|your|there|some|one|consider|ask)\b"
                    r"|\byou (?:could|can|might|may)(?: want to| also| always| maybe| even| just| still| then| definitely| perhaps| try to| need to| wish to)* (?!be\b|do (?:it|this)|get through|tell|see (?:that|how)|imagine|say|think\b|have\b|handle|feel|take care|overcome|not\b|really\b)[a-z]+"
                    r"|\b(?:have|did) you (?:ever |already |maybe )*(?:tried|try|considered|consider|thought (?:about|of)|looked (?:into|at|for)|reached out|sought|applied)\b"
                    r"|\b(?:i would|i'd|i'll|would|i will|i can|may i|can i|i might) (?:\w+ )?(?:suggest|recommend|advise|encourage|try)|\b(?:suggest\w*|recommend|advise|if i were you|in your (?:shoes|place|position) i|what if you|how about|what about (?:a|the|your|trying|joining)|why don't|feel free|make sure|be sure to|make (?:a|an|some) (?:list|plan|effort|appointment|schedule))\b"
                    r"|\b(?:just |please |always |also |then |and |to |but |could |should |would |can |will |definitely |^)try (?:to|and|not|a|the|some|talking|doing|your|\w+ing)\b|^\W*(?:(?:yes|ok|okay|well|so|then|also|or|and|just|please|but),? )*(?:try|talk|take(?! care| your time| all)|go(?! on)|find|focus|join|consider|get|start|do(?! not)|make|give|let(?! me)|keep|think about|look|write|remember|spend|ask|use|set|don't|reach|put|tell (?:him|her|them)|be|read|avoid)\b(?! (?:you|i|it)\b)(?!.* time, i am)"
                    r"|\byou (?:really |just |do |also |may |might |will |probably |definitely )*need to (?!pull|worry|be (?:sorry|ashamed))|\byou(?:'d| would) (?:\w+ )?(?:be better|benefit|need to|want to)|\b(?<!nobody )(?:might|may|could|would|can|will) (?:really |also |definitely |actually |maybe )?(?:help (?:you|to|with|him|her|them|if|ease|take)|be (?:a good|good|helpful|useful|beneficial|worth|best|an option|a great|nice)|benefit)"
                    r"|\b(?:would|could|can) you (?:be able to|consider|be willing|feel comfortable|try|maybe|perhaps|talk|speak|ask|take|find)|\bdo you think (?:that )?(?:you (?:could|can|might)|talking)|\b(?:it(?:'s| is|s)|it may be|might be|is|would be|be) (?:\w+ )?(?:best|helpful|good|time|better|a good idea) (?:to|for you to|if you(?! had not))\b|\b(?:professional help|therapist|counsel+ors?|see a doctor)\b"),
    "information": _lower_cue(r"\b(?:studies show|research|a fact that|experts say|statistics|according to)\b"
                    r"|\bthere (?:are|is|'s) (?:\w+ )?(?:many|some|lots|plenty|free|online|organi[sz]ations|resources|groups|people|websites?|various|several|apps?|programs?|a (?:lot|website|group|number|great|good|book))\b"
                    r"|\b(?:(?:many|most|some|other|lots of|a lot of|all) (?:people|companies|places|countries|schools|employers|cities|therapists|of (?:them|these|us))|people (?:often|tend|who|usually|sometimes|that|can|will|are)|hotline|web ?sites?|https?|www|\.com|(?:can|may|might) (?:cause|lead to|result|affect)|(?:is|are) (?:proven|known|caused|defined|called|considered|available)|scientific\w*|brain|symptoms?|disorders?|percent|medications?|(?:it|this|that) (?:usually|often|normally|generally|typically)|it takes (?:time|a)|for free)\b"),
    "judgement": _lower_cue(r"\b(?:overreacting|too sensitive|yourself to blame|much worse|pull yourself together|stop complaining)\b"),
    "closing": _lower_cue(r"(?<!without a )\b(?:good ?bye|bye|our time is up|end here|all for today)\b"),
}
MOOD_CUES = {
    "done": _cue(r"\b(?:that(?: i|'?)s all of it|said everything|everything(?: that weighed| is said| is on the table)|feel heard|(?:good to|now i) have said it|good to have said"
                 r"|say so much|(?:is|'s) all out\b|said it all|told you everything|the last (?:of it|bit\b)|nothing left (?:that|to hide|in there)|now you know (?:everything|all of it|the lot)"
                 r"|not keeping anything back|all on the table|(?:everything|all) off my chest|emptied (?:my pockets|the bag)|no more secrets|full picture now|that was all of it|anything more (?:to tell|i need)"
                 r"|think of anything more|whole (?:pile|heap)|put it (?:all )?down (?:now|here)|well, that'?s that|right, that'?s that|said everything)\b"),
    "closed": _cue(r"\b(?:rather not|(?:not|don'?t) (?:want|feel like|have the strength) to (?:talk|say|tell|explain)|(?:let us|let'?s|won'?t explain that\.|explaining that\.|explain that\.) leave it|does(?: not|n'?t) matter"
                   r"|forget (?:it|i (?:said|brought))|never mind|tired of questions|not another question|that hurts|(?:make|makes) me feel small|blame me"
                   r"|not ready for advice|tried that|did not ask|not that simple|know the half of it|(?:like|job) (?:a job |an )?interview|ask and ask|so many questions"
                   r"|drop it|keep the rest|(?:what'?s|see) the point|strength for (?:explaining|talking)|feel like (?:explaining|talking)|shutting down again|closing up again|shouldn'?t have said anything"
                   r"|kept my mouth shut|all you get|as much as i'?m saying|pointless|(?:going to|won'?t) explain that|wouldn'?t get it anyway|stay(?:ed)? quiet|no (?:more|use) (?:from me|explaining)"
                   r"|enough from me|sit in silence right|about nothing at all)\b|\bwhatever(?:\.|$)|(?:^|[.!?] )leave it\b"),
    "opening": _cue(r"\b(?:more to it|not all of it|something else too|easier to talk|tell you (?:a lot )?more|exactly|you really listen|put (?:it|that) well|helps that you|told anybody"
                    r"|(?:maybe i|i) can say (?:this|it)|(?:thanks|thank you) for asking|that(?: i|'?)s right|feels (?:okay|right) to (?:tell|say)|mind telling you|(?:glad|good that) you asked|(?:bit|little) safer"
                    r"|trust (?:this a little|you with)|ask me (?:whatever|anything|\.)|ask me, i|could go on|easy to talk|breathing slower|shoulders are coming|do want to|i want to (?:tell you|go on|keep going)"
                    r"|(?:good|great) (?:advice|suggestion|point)|(?:great|that(?: i|'?)s a good) idea|(?:that|this|it) (?:really |does |actually )?help(?:s|ed) (?:me )?(?:a lot|a bit|so much|already)|i(?:'ll| will) (?:definitely |certainly )?(?:try|do) (?:that|it|this)\b|(?:thanks|thank you) (?:so much|very much|a lot)"
                    r"|(?:feel|feeling) (?:(?:so much|much|a lot|a bit|a little) )?better\b|you(?:'?re| are) (?:so |very |really )*(?:right|so kind|helpful)|been (?:so |very |really |a great |a big )*(?:helpful|help)\b|makes (?:a lot of |perfect )?sense"
                    r"|does (?:me|something) good|more than i planned|planned to say|warming up|got me talking|trust you|good to tell somebody|pretend here|gets easier|talked (?:like this|this openly))\b"),
    "wary": _cue(r"."),
}
CLOSES = _cue(r"(?<!without a )\b(?:good ?bye|bye|take care(?! of (?!yourself))|(?<!\bto )(?<!\bcan )(?<!\bever )(?<!\bnever )(?<!\bnot )(?<!n\'t )(?<!\bi )(?<!\bthey )(?<!\bhe )(?<!\bshe )see you|talk (?:to you )?(?:later|soon)|have a (?:good|great|nice|lovely) (?:day|night|one|evening|weekend))\b")

DESCRIBE = {
    "condition": "You are a help-seeker. Your troubles: {troubles}. Your feelings: {feelings}. Your thoughts: {thoughts}.{needs}{requests} {temper}",
    "needs": " You need: {items}.",
    "requests": " You ask for: {items}.",
    "gap": "; ",
    "none": "none",
    "easy": "You open up easily",
    "slow": "You open up slowly",
    "guarded": "You open up only to someone who earns it",
    "reflection": ", most when somebody sees how you feel.",
    "validation": ", most when somebody says that your feelings make sense.",
    "open-question": ", most when somebody asks with real interest.",
}

_SWAP = {"i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "am": "are", "was": "was", "we": "you", "our": "your",
         "i'm": "you are", "us": "you"}
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?", re.IGNORECASE)


def second_person(clause: str) -> str:
    """"my boss shouts at me" as "your boss shouts at you"."""
    text = re.sub(r"\bI was\b", "you were", clause)
    text = re.sub(r"\bI were\b", "you were", text)
    return _WORD.sub(lambda m: _SWAP.get(m[0].lower(), m[0]) if m[0] != "us" else "you", text)


_TWICE = re.compile(r"\b([a-z]+)\s+\1\b", re.IGNORECASE)
_DOUBLED = ("very", "so", "really", "that", "had", "bye")


def garbled(text: str) -> bool:
    """No word, a word twice in a row, or a run of four words twice."""
    words = [word.lower() for word in _WORD.findall(text)]
    if not words or any(match[1].lower() not in _DOUBLED for match in _TWICE.finditer(text)):
        return True
    runs = [tuple(words[i:i + 4]) for i in range(len(words) - 3)]
    return len(runs) != len(set(runs))


ENGLISH = Language(
    code="en", relief=RELIEF, companions=COMPANIONS, longings=LONGINGS, hear=HEAR, cues=CUES, mood_cues=MOOD_CUES, closes=CLOSES,
    second_person=second_person, garbled=garbled, describe=DESCRIBE,
)
