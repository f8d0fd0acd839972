"""The supporter's acts in other people's words."""

from __future__ import annotations

import pytest

from dialogym.envs.emotional_support.acts import recognise, recognise_by_cues


@pytest.mark.parametrize(("text", "acts"), [
    ("Why did he leave?", ("open-question",)),
    ("Can I help you with anything?", ("closed-question",)),
    ("Any plans for the weekend?", ("closed-question",)),
    ("I can tell that you are worn out.", ("reflection",)),
    ("That must have been a shock.", ("reflection",)),
    ("I understand how upset you are.", ("reflection",)),
    ("So he never called back.", ("restatement",)),
    ("You mentioned your sister.", ("restatement",)),
    ("That is perfectly okay.", ("validation",)),
    ("You are a strong person.", ("validation",)),
    ("I know it's tough.", ("validation",)),
    ("This is not your fault.", ("validation",)),
    ("I am here for you.", ("encouragement",)),
    ("You'll get through it.", ("reassurance",)),
    ("I'm sure he misses you.", ("reassurance",)),
    ("I've been divorced too.", ("self-disclosure",)),
    ("My dad drank as well.", ("self-disclosure",)),
    ("My mother struggled with it for years.", ("self-disclosure",)),
    ("The same thing happened to me.", ("self-disclosure",)),
    ("Maybe you can call her.", ("suggestion",)),
    ("Have you considered a night class?", ("suggestion",)),
    ("Try to sleep a little more.", ("suggestion",)),
    ("I would suggest a short walk.", ("suggestion",)),
    ("There are many groups for newcomers.", ("information",)),
    ("Lots of people work at night.", ("information",)),
])
def test_cues_find_other_words_for_an_act(text: str, acts: tuple[str, ...]) -> None:
    assert recognise_by_cues(text) == acts


@pytest.mark.parametrize(("text", "act"), [
    ("Can you tell me about it?", "suggestion"),
    ("You can take your time.", "judgement"),
    ("I can imagine.", "suggestion"),
    ("Take your time.", "suggestion"),
    ("I was wondering about that.", "self-disclosure"),
    ("You need to pull yourself together.", "suggestion"),
    ("Is that right?", "validation"),
    ("The bus was late.", "restatement"),
    ("Take care of the dog for now.", "closing"),
])
def test_cues_tell_look_alikes_apart(text: str, act: str) -> None:
    assert act not in recognise_by_cues(text)


def test_a_sentence_is_one_question_at_most() -> None:
    assert recognise("What would you like to do about it?") == ("open-question",)
    assert recognise("Have you tried to talk to him?") == ("suggestion",)


# Written for this test, and not to be learned from.
NATURAL = {
    "greeting": ("hello, how are you doing this evening?", "hi there, welcome"),
    "open-question": ("what happened between the two of you?", "can you tell me more about your boss?",
                      "how did that make you feel?",
                      "what do you think is the hardest part", "why do you think she said that?"),
    "closed-question": ("are you still living with your parents?", "did he apologize to you?",
                        "how long have you been feeling like this?"),
    "reflection": ("it sounds like you are really hurt by this", "you must be feeling very lonely",
                   "i can see how frustrated you are"),
    "restatement": ("so you are saying that your boss never listens to you?",
                    "so you lost your job and your friends stopped calling"),
    "validation": ("it is completely normal to feel like that", "you are a strong person", "this is not your fault at all"),
    "encouragement": ("i am here for you, take your time", "please go on, i am listening"),
    "self-disclosure": ("i went through a divorce myself a few years ago",
                        "i have been in the same situation and i felt awful",
                        "my brother also lost his job last year"),
    "reassurance": ("i am sure things will get better soon", "you will get through this"),
    "suggestion": ("maybe you could talk to a therapist", "have you tried talking to him about it?",
                   "you should try to exercise more",
                   "perhaps you can take a short break from work"),
    "information": ("many people lose their jobs because of the pandemic", "there are many free resources online"),
    "closing": ("goodbye, it was nice talking to you",),
}
CHINESE = {
    "greeting": ("你好，欢迎你来",), "open-question": ("你觉得最难的是什么？", "能说说当时发生了什么吗？", "你是怎么想的？"),
    "closed-question": ("你跟父母住在一起吗？", "这种情况多久了？", "你们最近联系过吗？"),
    "reflection": ("听起来你真的很委屈。", "你好像特别失望。", "感觉你压力很大。"),
    "restatement": ("你的意思是他一直不回你消息。", "也就是说，你丢了工作。", "你刚才说你和妈妈吵架了。"),
    "validation": ("你会难过是很正常的。", "换了谁都会生气的。", "这不是你的错。"),
    "encouragement": ("没关系，慢慢说，我在听。", "我会一直陪着你。"),
    "self-disclosure": ("我以前也有过这样的经历。", "我自己也失眠过很久。"),
    "reassurance": ("别担心，一切都会好起来的。", "都会过去的。"),
    "suggestion": ("你可以试试去跑步。", "要不你跟他好好谈一谈。", "建议你去看看心理医生。"),
    "information": ("研究表明，睡眠不足会影响情绪。", "从心理学上讲，这是一种防御机制。"),
    "judgement": ("你就是太矫情了。",), "topic-change": ("我们换个话题吧。",), "closing": ("今天就到这里吧，再见。",),
}


@pytest.mark.parametrize(("act", "text"), [
    (act, text) for table in (NATURAL, CHINESE) for act, texts in table.items() for text in texts])
def test_what_people_type_is_heard_as_what_it_means(act: str, text: str) -> None:
    assert recognise(text) == (act,)


@pytest.mark.parametrize("text", ["my laptop is really slow today", "The train leaves at nine.", "窗外的树叶黄了。"])
def test_what_says_nothing_to_them_is_understood_all_the_same(text: str) -> None:
    assert recognise(text) != ()


@pytest.mark.parametrize("text", ["", "?!", "qwrt zxcv plmk", "je voudrais parler avec vous monsieur", "the the the the"])
def test_what_is_no_sentence_is_not_understood(text: str) -> None:
    assert recognise(text) == ()
