"""What a persuadee's replies do: the act classes of PersuasionForGood's annotators, and our own words for each.

The classes follow the labels of the annotated part (Wang et al. 2019, table 9), the rare ones joined. No sentence here
is of the corpus. None of these words states a decision; those that do are in `DECISIONS`.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...phrases import Phrases

ANSWERED = (
    "propose-donation", "personal-inquiry", "source-inquiry", "pressure", "donation-information", "foot-in-the-door",
    "personal-story", "self-modeling", "emotion-appeal", "logical-appeal", "credibility-appeal", "closing", "greeting",
    "appreciation", "none",
)
"""What an utterance of the persuader is answered as: the first of these among its acts."""


def act_to_answer(acts: Iterable[str]) -> str:
    """The act among those of an utterance that a reply answers: questions first, courtesies last; "none" without any."""
    return min((act for act in acts if act in ANSWERED), key=ANSWERED.index, default="none")


REACTIONS = ("positive-reaction", "neutral-reaction", "negative-reaction")
"""The classes that show how ready the persuadee is."""

EXCLUSIVE = (REACTIONS, ("answer-yes", "answer-neutral", "answer-no"))
"""Classes of which a reply holds at most one."""

WORDS: dict[str, Phrases] = {
    "greeting": Phrases(
        "{Hi|Hello|Hey}{ there|}, {I am doing well|I am well|all is well here}, thanks.",
        "{Hi|Hello|Hey}{ there|}{!|.} {How are you?|How is it going?|Nice to meet you.}",
        "{I am doing well|I am fine|Doing all right}{ today|}, {and you?|how are you?}",
    ),
    "thank": Phrases(
        "{Thank you|Thanks}{ so much|} for {explaining|the explanation|telling me|taking the time}.",
        "{You are welcome|My pleasure|Thank you too}{!|.}",
    ),
    "closing": Phrases(
        "{It was nice talking|It was good talking|Nice chatting} {to|with} you.",
        "{Have a nice|Have a good|Enjoy the rest of your} {day|evening}{!|.}",
    ),
    "ask-organisation": Phrases(
        "{What|And what|So what} {exactly |}{do they|does the organization} do{ there| for the children|}?",
        "{Where|In which countries} {do they|does the charity} {work|operate}{ mostly|}?",
        "{Who runs|Who is behind} {the charity|the organization|it}?",
        "{How long have they been around|Is it a well-known charity|Do they publish their results}?",
        "{Can you|Could you} {tell me more about|say more about|describe} {the charity|their work|what they do}?",
    ),
    "ask-procedure": Phrases(
        "{How would that work|How does that work|How is it done}{, in practice|}?",
        "{Where does the money go|Who handles the money|How is the money spent}{ in the end|}?",
        "{When would it be taken|Is it taken} {from the payment|out of the payment}{ directly|}?",
        "{Is there a minimum|Is there a smallest sum|Is there a limit}?",
    ),
    "ask-intention": Phrases(
        "{And you, are|What about you, are|Are} you {donating|giving}{ too| yourself| as well|}?",
        "{Do you support them|Are you a supporter|Do you take part}{ yourself|}?",
    ),
    "ask-back": Phrases(
        "{Do you have children|Do you have kids|Are you a parent}{ yourself|}?",
        "{What made you|What led you to} {care about this|choose this cause}?",
        "{Do you work for them|Have you done many of these tasks|What else do you support}?",
    ),
    "answer-yes": Phrases(
        "{I do have some experience with charities|I do care about children|I am familiar with charities}.",
        "{I have children of my own|I have a nephew and a niece|I know people who volunteer}.",
    ),
    "answer-neutral": Phrases(
        "{It depends|That depends}{ on the day| on the cause|}.",
        "{I am not sure|I could not tell you}{, to be honest|}.",
        "{Sometimes|Now and then|Once in a while}, {depending on the year|when I hear of something}.",
    ),
    "answer-no": Phrases(
        "{No, I do not|No, I never did|Not really}{, to be honest|, I am afraid|}.",
        "{I would not say so|Hardly ever}{, to be honest|, so far|}.",
    ),
    "acknowledge": Phrases(
        "{I see|I understand|Got it}{, that makes sense|, that is clear|}.",
        "{That makes sense|That is clear now|Well, understood}.",
    ),
    "other": Phrases(
        "{It has been a long day|The weather is nice here|I am between two tasks}.",
        "{Children grow up fast|The world is complicated|There is a lot going on these days}.",
        "{Let me think|Hmm, one moment|Give me a moment}.",
    ),
    "confused": Phrases(
        "{Sorry|Pardon}, {I do not follow.|I do not understand.|what do you mean?}",
        "{That makes no sense to me|I cannot make sense of that}.",
    ),
}
"""Words for every class but the reactions and the decisions, and for not having understood."""

KNOWN_WORDS: dict[str, Phrases] = {
    "answer-yes": Phrases(
        "{Yes|Yeah}, {I have heard of them|I know of them|I have come across the name}{, a little|, in passing|}.",
        "{I think so|I believe so}, {they are quite well known|the name is familiar}.",
    ),
    "answer-neutral": Phrases("{The name rings a bell|I may have seen the name|I know the name alone}{, but that is all|}."),
    "answer-no": Phrases(
        "{No, I have not heard of them|I have never heard of them|I had not heard of them}{ before|}.",
        "{I do not know them|The name is new to me|They are new to me}{, to be honest|}.",
    ),
}
"""Words for an answer to whether it knows the charity."""
GREETED = Phrases("{Hi|Hello|Hey} there{!|.}", "{Nice to meet you|Good to meet you}.")
"""A greeting to somebody who did not greet."""

REACTION_WORDS: dict[str, tuple[Phrases, Phrases]] = {
    "positive-reaction": (
        Phrases(
            "{That is interesting|That sounds good|I like what I hear}{, go on|, tell me more|}.",
            "{I begin to|I am starting to} {see the point|like this|care about this}.",
            "{They do good work|That is a worthy aim|That is a good thing to do}, {interesting|and I like what you say}.",
        ),
        Phrases(
            "{What a|That is a} {wonderful cause|great cause}{, truly|}{!|.}",
            "{You have convinced me|That convinces me|I am convinced} that {it matters|it is real}.",
            "{Such a|It is a} {wonderful cause|great cause}, {those poor children|every child counts}.",
        ),
    ),
    "neutral-reaction": (
        Phrases("{I am still unsure|I am undecided|I am not sure yet}{ about it| about this|}.",
                "{Maybe so|Maybe}, {it is hard to say|I would have to see}."),
        Phrases("{I am not sure yet|I am a bit undecided|I am hesitant}, {but I am listening|but I see the idea}.",
                "{Maybe so|Maybe}, {it does make one think|there is something in it}."),
    ),
    "negative-reaction": (
        Phrases("{I am not convinced|I am not really convinced|I am not keen on this}{ at all|}.",
                "{I do not like|I dislike} {how charities are run|being asked for money|where this goes}."),
        Phrases("{I have my doubts|I still have doubts}{ about charities| about this|}.",
                "{I am doubtful|I am hesitant}, {money is tight|times are hard|so many charities ask}."),
    ),
}
"""Words for a reaction by (not ready, ready) to give; `moods.read_mood` hears the difference."""

DECISIONS: dict[str, Phrases] = {
    "promise": Phrases(
        "{Yes|Okay|All right|Sure}, I {will donate|will give|would like to donate} <gift>{ of my payment| from my payment|}.",
        "{I think |}I {will donate|will give|can donate|can give} <gift>{ to Save the Children| to the children|}.",
        "I {have decided to donate|have decided to give|am going to donate|am happy to give} <gift>{ today|}.",
        "{Let us do|Let's do|I will go with|Make it} <gift>{, please|}.",
        "{Count me in|You have convinced me}, I {will donate|will give} <gift>.",
    ),
    "refuse": Phrases(
        "{No, I will not donate|I will not donate|I am not going to donate}{ today| this time|}.",
        "{Sorry, |I am sorry, |}I {have decided not to donate|would rather not donate|cannot donate}{ today| this time|}.",
        "I {will keep|would rather keep} my payment{ today| for myself|}.",
    ),
}
"""Words that decide; `<gift>` is a sum."""
