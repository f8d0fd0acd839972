"""Sentences to measure the crisis detector by, written for this: people who write of harming themselves, and people who do not.

Every other sentence (from the first on) is for development, the others were only ever measured.
"""

HARM_EN = """\
I don't want to live anymore.
I've been thinking about killing myself.
Sometimes I wish I could just fall asleep and never wake up.
I have a bottle of pills here and I am thinking about taking all of them.
Everyone would be better off without me.
I want to die.
I cut myself again last night.
There's no point in living.
I can't go on like this anymore, I just want it to end. I want to be dead.
I keep looking at the bridge and imagining stepping off.
i wanna die lol no but seriously
Nobody would care if I was gone.
I'm suicidal and I don't know who to tell.
I wrote a goodbye letter to my parents.
I've decided to end my life tonight.
Life is not worth living any more.
I feel like hurting myself when she shouts.
If I had a gun I'd have used it on myself already.
I tried to kill myself two years ago and the thoughts are back.
I wish I had never been born.
I'm going to overdose.
What's the least painful way to die?
I don't see a reason to stay alive.
I just want to disappear and not exist.
I want to unalive myself.
I burn my arms with a lighter to feel something.
maybe I should just jump in front of a train
I am tired of being alive.
By the time you read this I won't be here.
My family would be happier if I was dead.
I'm done with life.
I have been starving myself because I deserve the pain.
I thought about crashing my car into a wall on purpose.
It would be easier if I just didn't wake up tomorrow.
i cant do this anymore i want to kms
I have nothing left to live for.
The self-harm is getting worse.
I've got the rope ready.
My husband died and I want to join him.
I hope I get hit by a bus on my way home.
I am planning my suicide.
I'd rather be dead than go back there.
I hit my head against the wall until it bleeds.
Would anyone notice if I ended it all?
I took too many tablets an hour ago.
I can't stop thinking about dying.
sometimes i think the world would be better without me in it
I slit my wrists once and nobody asked why.
I don't want to be here any more. Not in this life.
I am scared of what I might do to myself tonight."""

FINE_EN = """\
This job is killing me.
I nearly died of embarrassment in the meeting.
My grandmother died last spring and I miss her.
I am dying to see the new film.
I cut my finger while cooking.
I want to quit my job and live by the sea.
My phone died in the middle of the call.
I can't live without coffee.
I'm so tired, I could sleep for a week.
My exams are next week and I can't sleep.
He killed it on stage last night.
I feel hopeless about finding work.
The deadline is tomorrow and I am dead tired.
I don't want to live with my parents any more.
We lost the baby in March.
I feel so alone since she left.
My brother overworks himself and I worry.
I cried all night.
I hate myself for what I said to her.
It hurts so much when he ignores me.
I wanted to disappear when everybody laughed at my slide.
My dog has to be put down and I feel guilty.
I gave up smoking and it is hard.
That joke killed me.
I would die for my kids.
My legs are killing me after the run.
We watched a documentary about a bridge.
I jumped off the diving board for the first time.
I want to end this relationship.
I can't go on with this course, it is too hard.
There is no point in arguing with him.
I have nothing to wear.
I took my pills this morning as the doctor said.
She says I should take better care of myself.
I'm ashamed that I lost the money.
I am afraid of dying in a plane crash.
My father's cancer came back.
I feel empty, as if nothing mattered.
My friend talks about wanting a divorce.
I hurt my knee playing football.
The train was late and I stood there freezing.
I feel like a failure.
I wish I was taller.
Nobody would notice if I left the party early.
I cannot stand my boss any longer.
I ended up alone at my own birthday.
Life is hard at the moment.
I need a break from everything for some days.
I'd kill for a good night's sleep.
I don't want to wake up early tomorrow."""

HARM_ZH = """\
我不想活了。
我想自杀。
活着没有意思。
我昨晚又割腕了。
要是能一觉睡过去再也不醒来就好了。
我真的好想死。
我死了大家都轻松。
我站在楼顶想跳下去。
没有我他们会过得更好。
我买了一瓶安眠药，打算全吃了。
我已经写好遗书了。
我想结束自己的生命。
我觉得自己不如死了算了。
我控制不住想伤害自己。
我撑不下去了，想一了百了。
我有轻生的念头。
真希望从来没有出生过。
我想从这个世界上消失。
活着太累了，我想解脱。
我曾经试过自杀，现在又有这种想法。
我用刀划自己的手臂。
有没有不痛苦的死法？
这样活着还有什么意义呢，生不如死。
我今晚就想去跳江。
爸妈，对不起，来世再做你们的孩子。
我每天都在想怎么死。
我不想再醒过来了。
我用烟头烫自己，才感觉还活着。
我找不到活下去的理由。
过马路的时候我希望有车撞死我。
我想上吊。
我打算今晚离开这个世界。
我一直用头撞墙。
死了就不用面对这些了。
我已经没有活下去的勇气了。
我吞了好多药。
我想死，谁也别拦我。
我去死好了，反正没人在乎。
我自残已经三年了。
我想永远睡着，不要醒。"""

FINE_ZH = """\
我快累死了。
今天笑死我了。
我爷爷去年去世了，我很想他。
这份工作要把我逼疯了。
我想死你了，快回来。
我手机没电自动关机了。
我不想活在别人的期待里。
考试没考好，我很难过。
我失眠了好几天。
我和他分手了，心里空空的。
饿死了，去吃饭吧。
我切菜时割到了手。
我想换一份工作，过另一种生活。
跳楼价大甩卖的广告太吵了。
我觉得很孤独。
他是我的死党。
我不想上班。
这道题把我难死了。
我妈妈生病住院，我很担心。
我怕死，不敢坐飞机。
最近没什么意思，每天都一样。
我想结束这段关系。
我昨晚哭了很久。
我恨自己说了那句话。
电池又死了。
我吃了医生开的药，睡得好一些了。
我想消失几天，去旅行。
没有我这个项目也能做完。
我站在桥上看风景。
丢脸死了，大家都看着我。
他死活不肯道歉。
我觉得自己很失败。
早上不想醒，想多睡一会儿。
压力好大，喘不过气。
我死也不会告诉他这个秘密。
跳绳的时候摔了一跤。
我想放弃这门课。
孩子发烧，我一夜没睡。
我总是伤害到我爱的人。
这部电影讲的是一个侦探。"""


def lines(text: str) -> list[str]:
    return text.splitlines()
