"""Sentences and word salad for the tests of the gate, written by hand: none of it is said by a phrase book or a corpus."""

from __future__ import annotations


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


NATURAL = {
    "en": _lines("""
        The kettle has been whistling for five minutes and nobody is in the kitchen.
        I would rather walk than wait for the bus in this weather.
        Could you tell me where the nearest pharmacy is?
        She never told us why she left the company last spring.
        We could split the bill if that makes it easier for you.
        My phone died halfway through the meeting, so I missed the last part.
        If you add the eggs too early, the sauce will turn lumpy.
        They have been renovating the library since March.
        What did you think of the film?
        Honestly, I am not sure I can finish this by Friday.
        Let me know when you get home, okay?
        The children were running around the garden all afternoon.
        Your donation would pay for a week of school lunches.
        It is hard to sleep when your mind keeps racing.
        That sounds like a really difficult conversation to have with your boss.
        Have you talked to anyone else about how lonely you feel?
        I used to think that asking for help was a weakness.
        Save the Children works in more than a hundred countries.
        You do not have to decide anything today.
        Thanks for telling me; that cannot have been easy.
        Would two dollars be too much?
        No problem at all, take your time.
        I get why you are angry, and I think you have every right to be.
        The report says that most of the money goes straight to the programs.
        Maybe we can start with something small.
        It took him three weeks to answer my email.
        Do you want to talk about what happened with your brother?
        Nobody expects you to be cheerful after a week like that.
        I grew up in a small town where everyone knew each other.
        When my grandmother was ill, I felt completely useless.
        There is a park behind the station where you can sit for a while.
        How long have you been feeling this way?
        The dog barked at the postman again this morning.
        I will give fifty cents of my own payment, and I hope you will join me.
        One in six children lives close to a war zone.
        Sometimes a short walk helps me clear my head.
        You mentioned that work has been overwhelming lately.
        In that case, even a quarter would be a wonderful gift.
        We are almost out of milk, so could you pick some up?
        It seems that he only calls when he needs money.
        I have no idea what I am supposed to do next.
        That is completely understandable given everything on your plate.
        Before you say no, let me explain where the money goes.
        He promised to fix the roof, but he never did.
        Being tired all the time makes everything else harder.
        My neighbour plays the trumpet at midnight, which drives me crazy.
        Ok, and what would help you right now?
        Congratulations on the new job!
        I can hear how much you miss her.
        Did the doctor say anything about the side effects?
        Not everyone gets along with their parents, and that is fine.
        The charity publishes its accounts every year, so anyone can check them.
        Writing things down before bed might quiet your thoughts.
        Why not give it a try for a week?
        I am so sorry for your loss.
        It was nice chatting with you, have a great evening.
        You have survived every bad day so far.
        Last winter we sent blankets to families in the mountains.
        If money is tight, please do not feel any pressure.
        Is there anything in particular that worries you about the exam?
        Most people would be upset if a friend betrayed them like that.
        The train was late, the coffee was cold, and I forgot my umbrella.
        Even a small amount adds up when thousands of people give.
        I wonder whether you would like to hear what they did in Nepal.
        It sounds as though you have been carrying this alone.
        That reminds me of a teacher I once had.
        You are allowed to say no to him.
        A friend of mine went through something similar two years ago.
        """),
    "zh": _lines("""
        水壶已经响了五分钟，厨房里却没有人。
        这种天气我宁愿走路也不想等公交车。
        请问最近的药店在哪里？
        她一直没告诉我们去年春天为什么离开公司。
        如果你觉得方便，我们可以平分账单。
        会议开到一半我的手机没电了，后面的内容都没听到。
        他们从三月份就开始装修图书馆了。
        你觉得那部电影怎么样？
        说实话，我不确定周五之前能不能做完。
        到家了告诉我一声，好吗？
        孩子们整个下午都在院子里跑来跑去。
        脑子停不下来的时候，确实很难睡着。
        听起来跟领导谈这件事真的很不容易。
        除了我，你还跟别人说过自己很孤独吗？
        我以前总觉得求助是软弱的表现。
        今天你不需要做任何决定。
        谢谢你愿意告诉我，这一定不容易。
        没关系，你慢慢说。
        我明白你为什么生气，换成谁都会生气的。
        也许我们可以先从一件小事开始。
        他过了三个星期才回我的邮件。
        你想聊聊和弟弟之间发生的事吗？
        经历了这样的一周，没有人会要求你开心。
        我在一个小镇上长大，那里大家都互相认识。
        奶奶生病的时候，我觉得自己什么忙都帮不上。
        车站后面有个公园，可以坐一会儿。
        你有这种感觉多久了？
        今天早上那只狗又对着邮递员叫。
        有时候出去走一走能让我清醒一些。
        你刚才提到最近工作压力特别大。
        家里快没有牛奶了，你能顺便买一点吗？
        他好像只有缺钱的时候才打电话。
        我完全不知道下一步该怎么办。
        考虑到你现在的处境，有这样的反应很正常。
        他答应修屋顶，可是一直没有动手。
        整天都很累，做什么事都会更难。
        邻居半夜吹小号，快把我逼疯了。
        那么现在什么对你最有帮助？
        恭喜你找到新工作！
        我听得出来你有多想念她。
        医生有没有提到药的副作用？
        不是每个人都能和父母处得好，这没什么。
        睡前把想法写下来，也许心里会安静一些。
        要不要先试一个星期看看？
        听到这个消息，我真的很难过。
        和你聊天很愉快，晚安。
        那么多糟糕的日子，你都熬过来了。
        去年冬天我们给山里的家庭送了毯子。
        关于考试，有什么特别让你担心的吗？
        如果朋友这样背叛自己，大多数人都会伤心。
        火车晚点，咖啡凉了，我还忘了带伞。
        听上去这些事你一直一个人扛着。
        这让我想起以前的一位老师。
        你可以对他说不。
        我有个朋友两年前也经历过类似的事。
        她的丈夫常年在外地打工，一年只回来一次。
        你能具体说说那天晚上的情况吗？
        我建议你先去看看医生，再决定要不要换工作。
        研究发现，规律运动可以改善睡眠。
        你已经做得很好了，不要对自己太苛刻。
        我不太明白，你是说他没有道歉吗？
        有时候哭出来反而会舒服一点。
        每次提到父亲，你的声音就变小了。
        别着急，我们一步一步来。
        你愿意的话，可以写一封不寄出的信。
        """),
}
"""What people say of all kinds of things."""

SALAD = {
    "en": _lines("""
        Percent audited imagine.
        Percent, audited, imagine, familiar.
        My sister said any amount, familiar with.
        Sad, angry, afraid, lonely, hopeless, hurt, tired.
        Kettle the been has kitchen nobody minutes five.
        Donate studies hungry transparent audited rated.
        Would you be willing to for every dollar my sister.
        It sounds like have you tried in other words.
        Of the to and in that it for.
        Crying and percent and founded and welcome.
        The the of of money money give give.
        You feel that makes sense how do you breathe journal.
        Walk rather bus weather than this wait.
        Children the garden in running afternoon all were the.
        Please because never under quickly seven.
        Imagine hungry, trusted by, any amount, thank you for.
        Are the of she to when it my and.
        Friend of through two similar went ago mine years.
        Table music orange decide slowly window.
        Feel feel feel sad sad sad.
        Normal suggest maybe proud strength brighter friend.
        Up the with going she the and of about to.
        Dollar every for child imagine even cents.
        Studies show my brother thank you hungry would you.
        Any amount when I was a studies show imagine a.
        Greeting sister percent give suffering goodbye.
        Lonely and angry and tired and hopeless and numb.
        Said you me the that to him not.
        I hear that you should not what happened talk about research.
        Reports audited rated founded watchdogs decades.
        He the promised roof fix did never but to.
        How much heard of familiar taken out of your even.
        Before money the explain no me goes let where say you.
        Transparent, donating, hungry, ashamed, cents.
        Talk breathe tell walk write sleep try.
        Is that what could of the should into.
        For your amount said through been like the with any.
        Giving percent the suffering any my imagine trusted to.
        So what you mean is you are strong studies show.
        Exhausted, betrayed, empty, jealous, bitter, numb.
        Train the cold late coffee was umbrella and my.
        Welcome donate percent crying sister imagine bye.
        Tried have you proud normal the friend once I'd.
        Amount any, said sister my, with familiar.
        Open maybe tell sounds you hopeless like that.
        Hundred years the hungry of a cents willing.
        It it was was the the and and.
        Which of the under my between very a an.
        Money where the, before you, it goes, of that with.
        Understand, suggest, tell, research, strong, together.
        Window quickly blue the if seventeen because run.
        Audited by my sister imagine percent the of would.
        Hear how her miss you can I much.
        Would, could, should, might, have, been, to.
        My aunt a hundred hungry any donating and familiar.
        Cents even a few, a girl imagine, by trusted, percent.
        Sense that makes, feel you do, tried have.
        Who the of going a with what them into.
        Long have how been this you feeling way.
        Appreciate founded cry willing amount kids said.
        """),
    "zh": _lines("""
        难过，愤怒，孤独，绝望，受伤，疲惫。
        听起来你深呼吸研究表明我也经历过。
        壶水已响经分五了钟厨却里房有没人。
        焦虑和孤独和研究和建议和坚强。
        我能理解你觉得怎么样写日记会好起来的。
        药的店最在近里哪问请。
        的了在是我有和就不都。
        正常试试勇敢研究朋友天气。
        会议手机一半没后面听到内容的了开到我。
        换句话说很多人都会你坚强为什么。
        难过难过难过焦虑焦虑焦虑。
        你的意思是多说一点我朋友也深呼吸。
        们孩子下午整院子个都里跑在来去。
        谢谢你告研究表没有人会听起。
        公交车宁愿天气走路我这种想等不也。
        建议，理解，勇敢，研究，相信，陪伴。
        你，的，了，和，在，我，吗，就。
        委屈崩溃无助失望压力自责。
        起来听你换个话专家表明一步会。
        桌子音乐橙子决定慢慢窗户。
        我觉你得深呼可以试能理解很正。
        什么时候你很坚强写日记感到你。
        想念得多有听出她来我你。
        妈妈研究焦虑你好建议正常。
        说实周五之前不确定话能完我做能不。
        孤独的研究的建议的勇敢的天气。
        不容易你试试的意思表明正常也经。
        多说，为什么，怎么样，告诉，感觉。
        了经历这周要求开心你没样的一会有人。
        一定慢慢深呼吸多说研究骄傲。
        你感到换句话说慢慢来我们聊聊。
        着过了的地得把被让给。
        医生药副提到作用有没的。
        呼吸日记运动朋友专家研究。
        我朋友你想不想一定很难正常反应建。
        恐惧沮丧失望紧张自卑迷茫。
        吹小邻居疯号把半夜我快了逼。
        听你觉研究起来得表示怎么明。
        天气晚饭坚强焦虑电影难过。
        你应该不我建议换听起来正常会。
        车站公有坐后面园个可会儿以一。
        理解理解你理解我理解正常理解。
        吗呢吧啊呀哦嗯的了。
        专家建议为你骄傲什么时候开始听起来你。
        失眠和经历和表明和妈妈和勇敢。
        如多大数朋友背样叛这人会都伤心。
        感受你的是写日记我也经，深呼吸。
        可以你我能写不试难也会。
        先看医去你换再工决定作要生不建议。
        相信，加油，不容易，多说，陪着。
        哭舒服来出反时候一点而有会。
        忘了火车咖啡伞凉带晚点我还了。
        难受一定不应该发生了研究什么。
        红色跑步如果十七因为窗。
        谁的在被去和什么让里对。
        好起来会骄傲为你坚强很你表明研。
        提到父亲声音每次变的小就你了。
        你好再见谢谢加油研究难过。
        自责，想法，情绪，研究，日记，正常，妈妈。
        钱他电话时候缺打只好像有的才。
        """),
}
"""What nobody says."""
