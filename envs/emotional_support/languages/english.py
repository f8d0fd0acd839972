"""English: troubles, words and cues. See `Language` for what each table is."""

from __future__ import annotations

import re

from ...phrases import Phrases
from .language import Language, Topic

TOPICS = {
    "work": Topic(
        "work",
        ("my manager criticises me in front of everyone", "I have to stay late almost every night", "half of my team was let go last month",
         "my project failed and everyone knows it", "my colleague takes the credit for what I do", "I was passed over for promotion again"),
        ("I am not good enough for this job", "everybody there is only waiting for me to fail", "I will never find anything better",
         "it is all my own fault", "I have wasted my best years there", "nobody would notice if I were gone"),
        ("to be treated with respect", "a little rest", "to be seen for what I do"),
        ("somebody to hear me out", "to think it through with somebody", "to know whether others go through this too"),
    ),
    "study": Topic(
        "your studies",
        ("I failed the same exam twice", "I cannot keep my mind on my books any more", "my grades have been falling all year",
         "everyone in my class is far ahead of me", "I have two weeks left and have hardly begun", "my supervisor does not answer my mails"),
        ("I am simply not clever enough", "my parents will never be proud of me", "I chose the wrong subject from the start",
         "one more failure means the end of everything", "I am a burden to my family", "the others laugh at me"),
        ("some trust in myself", "time without pressure", "to be allowed to fail once"),
        ("somebody to listen for a while", "to sort out my thoughts", "to say it all out loud once"),
    ),
    "breakup": Topic(
        "the breakup",
        ("my girlfriend left me three weeks ago", "my boyfriend ended it with a text message", "my ex is already seeing someone else",
         "we had planned our wedding for next spring", "I still find his things all over the flat", "we lived together for five years"),
        ("nobody will ever love me again", "I ruined it all myself", "I was never enough for her", "I should have seen it coming",
         "all those years meant nothing", "I cannot live on my own"),
        ("to be held", "to be loved as I am", "an honest answer"),
        ("somebody to stay with me in this", "to talk about it without being judged", "to understand what happened"),
    ),
    "family": Topic(
        "your family",
        ("my parents compare me with my cousin all the time", "my mother reads my messages", "my father has not spoken to me for a month",
         "my parents fight every evening", "my sister got all the help and I got none", "they decided everything for me as long as I can think"),
        ("I will never please them", "it would be better if I had not been born", "I am a bad child", "they would be happier without me",
         "nothing I do is ever right", "I have no home at all"),
        ("to be taken seriously", "some space of my own", "to be loved without conditions"),
        ("to be listened to for once", "to find words for it", "somebody on my side"),
    ),
    "friends": Topic(
        "your friends",
        ("my best friend stopped answering me", "they all went on a trip without me", "somebody told my secret to the whole group",
         "I have nobody to sit with at lunch", "my friends only call when they want something", "they made a joke of me in front of everyone"),
        ("there must be something wrong with me", "people only put up with me", "I cannot trust anybody", "I will always be alone",
         "I talk too much and they are sick of me", "I do not deserve friends"),
        ("one real friend", "to belong somewhere", "to be asked along"),
        ("to tell it to somebody", "somebody to believe me", "to hear what you make of it"),
    ),
    "illness": Topic(
        "your health",
        ("I have not slept through a night for two months", "the doctors cannot tell me what is wrong", "I have to take these pills for the rest of my life",
         "my heart races as soon as I leave the house", "my back hurts so much that I cannot work", "I was in hospital twice this year"),
        ("I will never be well again", "I am only a burden to the others", "they think that I make it up", "my life is over already",
         "I brought it upon myself", "nobody can help me"),
        ("a night of real sleep", "to be believed", "some hope"),
        ("to speak about it freely", "somebody patient", "not to be alone with it"),
    ),
    "money": Topic(
        "money",
        ("I lost my job in the spring", "the rent went up again and I cannot pay it", "I owe my brother a lot of money",
         "the bank wants everything back by the end of the month", "I had to sell my car", "my savings are gone"),
        ("I have failed my family", "I will end up on the street", "I should have known better", "everyone looks down on me",
         "I am worth nothing without a job", "I will never get out of this"),
        ("some safety", "not to have to pretend", "to catch my breath"),
        ("to be honest with somebody", "to put my worries in order", "a friendly ear"),
    ),
    "grief": Topic(
        "your loss",
        ("my grandmother died in March", "my father passed away without a goodbye", "we had to put our old dog to sleep",
         "my closest friend died in an accident", "her room is still as she left it", "I was not there when it happened"),
        ("I should have been there", "I never told her how much she meant to me", "I have no right to laugh again",
         "everyone else has moved on but me", "it should have been me", "life makes no sense any more"),
        ("to be allowed to cry", "to remember her with somebody", "peace of mind"),
        ("to talk about her", "to say what I could not say then", "somebody who does not look away"),
    ),
    "parenting": Topic(
        "being a parent",
        ("the baby cries all night", "my teenage son does not speak to me any more", "I do everything at home by myself",
         "I shouted at my little girl this morning", "my daughter refuses to go to school", "my husband comes home late every day"),
        ("I am a terrible mother", "I am doing it all wrong", "my child would be better off with someone else", "I have lost myself completely",
         "I ought to be happy and I am not", "other parents manage so easily"),
        ("an hour for myself", "somebody to share the load", "to hear that I am trying"),
        ("to let it out", "somebody to tell it to", "to think about what matters to me"),
    ),
    "moving": Topic(
        "the move",
        ("I moved to a new city where I know nobody", "I have spoken to nobody all weekend", "I still do not understand the language here",
         "my family is a thousand miles away", "my flatmates keep to themselves", "I spent my birthday on my own"),
        ("coming here was a mistake", "nobody here wants to know me", "I am too strange for these people", "I have thrown my old life away",
         "I cannot go back and I cannot stay", "it will always be like this"),
        ("somebody to eat with", "to feel at home", "a familiar voice"),
        ("to talk to somebody at last", "to say how it really is", "some company for a while"),
    ),
}

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

_F = "|".join(FEELINGS)
TELL = {
    "observations": Phrases("{The thing is|You see|What happened is}, <item>.", "{It is like this|To be honest}: <item>."),
    "thoughts": Phrases("{I keep thinking|Deep down I think|I cannot help thinking} that <item>.", "{Sometimes|At night} I {tell myself|believe} that <item>."),
    "feelings": Phrases("I {feel|am feeling} {so |really |}<item>{ about all this| because of it|}.", "{It makes|All this makes} me feel <item>.",
                        "{Underneath it all|When I am honest}, I feel <item>."),
    "needs": Phrases("{What I need is|What I long for is} <item>.", "{All I need is|I think I need} <item>{ again|}."),
    "requests": Phrases("{All I wanted was|What I hoped for here was} <item>.", "I {came for|was looking for} <item>."),
}
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

HEADS = {
    "opening": Phrases("Hello."),
    "told": Phrases("{Yes|Yes, exactly|That is right|You put it well}.", "{It helps that you say so|Thank you for asking|You really listen}.",
                    "{Well|Maybe I can say this|I have not told anybody this}."),
    "quiet": Phrases("{Yes|Mm, yes|I suppose so|Maybe}.", "{In a way|Perhaps|It is something like that}."),
    "brushed": Phrases("{That is easy to say|Everybody says that|If only it were so simple}."),
    "advised": Phrases("{I have tried that already|I am not ready for advice|It is not that simple}.", "{I did not ask what to do|You do not even know the half of it}."),
    "grilled": Phrases("{So many questions|You ask and ask|This feels like an interview}.", "{Please, not another question|I am tired of questions}."),
    "diverted": Phrases("{That has nothing to do with it|I was talking about something else|Why do you bring that up now}."),
    "judged": Phrases("{That hurts|You make me feel small|So you blame me too}."),
    "informed": Phrases("{I know all that|I have read that too|That is just theory}."),
    "lost": Phrases("{Sorry, I do not follow|I do not understand|What do you mean}."),
    "misread": Phrases("{No, that is not it|Not really|That is not what I feel}."),
    "done": Phrases("{I feel heard|It is good to have said it|I did not expect to say so much}."),
}
TAILS = {
    "closed": Phrases("{I would rather not go into it|I do not want to talk about it now|Let us leave it}.", "{It does not matter|Forget it|Never mind}."),
    "wary": Phrases("{It is hard to talk about|I am not sure that I can explain it|I do not know where to begin}.", "{I usually keep this to myself|I rarely speak of it}."),
    "opening": Phrases("{There is more to it|That is not all of it|There is something else too}.", "{It is getting easier to talk|I think I can tell you more}."),
    "done": Phrases("{I think that is all of it|Now I have said everything|That is everything that weighed on me}."),
}
HINTS = {
    "reflection": Phrases("{I only wish somebody saw how this feels|Nobody sees what it does to me}."),
    "validation": Phrases("{I wonder if I am allowed to feel this way|Perhaps I am making too much of it}."),
    "open-question": Phrases("{Nobody ever asks me about it|People never want to hear the whole story}."),
}
OPEN = Phrases("{Hello|Hi|Hello there}. {The thing is|You see}, <item>.", "{Hi|Hello}, {I hope this is the right place|I do not know whom to tell}. {It is like this|To be honest}: <item>.")
RELIEVED = Phrases("{Thank you for listening|Thank you for being here|Thank you, that did me good}. I feel {lighter|calmer|a bit better} now. {Goodbye|Take care}.",
                   "{I am glad that I told you|It was good to talk to you}. I feel {relieved|lighter|understood}. {Goodbye|Take care, goodbye}.")
LEFT = Phrases("{I have to go now|I should go|I think I will stop here}. {Goodbye|Bye}.", "{Thanks for your time, but I will leave it at that|This is not helping, I am off}. {Goodbye|Bye}.")

SAY = {
    "greeting": Phrases("{Hello|Hi}{, I am glad you are here| and welcome|, it is good that you write}."),
    "open-question": Phrases("{What is that like for you|How is that for you|What goes through your mind then}?", "{What is the hardest part of it|What weighs on you most}?",
                             "{Can you tell me more about that|Would you like to tell me more|How did it come to this}?", "{How do you feel when you think of <topic>|What does <topic> mean to you now}?"),
    "closed-question": Phrases("{Did this begin this year|Is it like this every day|Has this happened before}?", "{Have you told anybody|Do you live alone|Are you still in touch with them}?",
                               "{How old are you|Since when exactly|How often does it happen}?"),
    "reflection": Phrases("{It sounds like|I can hear that|It seems that} you feel {so |very |}<feeling>.", "{I sense that you are feeling|You must be feeling} <feeling>{ in all this|}.",
                          "{I can feel how heavy this is for you|It sounds so hard for you|I can hear how much this hurts}."),
    "restatement": Phrases("{So what you are saying is that|If I hear you right,|In other words,} <item>.", "{You are telling me that|Let me see if I have it:} <item>."),
    "validation": Phrases("{Anybody in your place would feel this way|It makes sense that you feel this way|It is only human to feel like that}.",
                          "{You have every right to feel so|It is understandable after all you went through|It takes courage to say this}."),
    "encouragement": Phrases("{Take your time, I am listening|I am here, take all the time you need|Please go on, I am with you}.", "{You can tell me as much as you like|I am all ears}."),
    "self-disclosure": Phrases("{I went through something similar|I have been in a place like that myself|I know this from my own life}{ once| some years ago|}."),
    "reassurance": Phrases("{Do not worry, it will all work out|It will be fine, you will see|Cheer up, things will get better}.", "{Everything happens for a reason|Time heals everything}."),
    "suggestion": Phrases("{You should|Maybe you should|I think you should} {talk to them|make a plan|take up a sport|see the bright side|go on holiday}.",
                          "{Why not try|Have you tried} {yoga|writing a list|a walk in the park|going to bed early|a new hobby}?", "You could try {yoga|writing a list|a walk in the park|going to bed early|a new hobby}."),
    "information": Phrases("{Studies show that|It is a fact that|Experts say that} {most people go through this|stress affects sleep|such phases last some months}."),
    "topic-change": Phrases("{By the way|Anyway|On another note}, {what do you do in your free time|do you like music|what is the weather like|have you seen a good film lately}?"),
    "judgement": Phrases("{You are overreacting|You are too sensitive|You only have yourself to blame}.", "{Others have it much worse|You need to pull yourself together}."),
    "closing": Phrases("{I have to end here|Our time is up|That is all for today}. {Goodbye|Take care, bye}."),
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
    code="en", topics=TOPICS, feelings=FEELINGS, relief=RELIEF, companions=COMPANIONS, longings=LONGINGS, tell=TELL, hear=HEAR, heads=HEADS,
    tails=TAILS, hints=HINTS, open=OPEN, relieved=RELIEVED, left=LEFT, say=SAY, cues=CUES, mood_cues=MOOD_CUES, closes=CLOSES,
    second_person=second_person, garbled=garbled, describe=DESCRIBE,
)
