"""Words by which free text names a feeling or states a trouble, in both languages: data of `noticing`."""

from __future__ import annotations

from collections.abc import Mapping

FEELING_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "anxious": "anxious, anxiety, anxieties, nervous, nervousness, worried, worry, worries, worrying, worrisome, uneasy, "
                   "on edge, tense, restless, apprehensive, agitated, freaking out, insecure",
        "exhausted": "exhausted, exhausting, exhaustion, tired, worn out, drained, draining, burnt out, burned out, burnout, "
                     "fatigued, fatigue, weary, run down, no energy",
        "lonely": "lonely, loneliness, lonesome, isolated, isolation, isolating, left out, abandoned, abandonment, all alone, "
                  "disconnected, homesick",
        "ashamed": "ashamed, shame, shameful, embarrassed, embarrassing, embarrassment, humiliated, humiliating, humiliation, "
                   "mortified",
        "helpless": "helpless, helplessness, powerless, trapped, at a loss, confused, clueless, defenseless",
        "angry": "angry, anger, angered, angrier, furious, annoyed, annoying, irritated, irritable, frustrated, frustrating, "
                 "frustration, pissed, resentful, resentment, disgusted, disgust, disgusting, outraged, rage, fed up, livid",
        "hopeless": "hopeless, hopelessness, despair, despairing, desperate, desperation, no hope, suicidal, want to die, "
                    "wanted to die, no point in living, no way out",
        "worthless": "worthless, worthlessness, useless, inadequate, inferior, not good enough, low self esteem, low self-esteem, "
                     "like a failure, a failure, a loser, self conscious, self-conscious, unworthy, unlovable, incompetent",
        "guilty": "guilty, guilt, remorse, regret, regrets, regretful, blame myself, blaming myself, beating myself up",
        "sad": "sad, sadness, sadder, sadden, saddened, saddens, unhappy, depressed, depressing, depression, depressive, "
               "miserable, misery, gloomy, upset, upsetting, grief, grieving, mourning, sorrow, disappointed, disappointing, "
               "disappointment, dejected, bummed, heartache",
        "afraid": "afraid, scared, scary, scares, scaring, fear, fears, fearful, fearing, frightened, frightening, terrified, "
                  "terrifying, petrified, dread, dreading, panic, panicking, panicked, panicky, paranoid",
        "empty": "empty, emptiness, numb, numbness, hollow, unmotivated, no motivation, lifeless, lost interest, apathetic",
        "overwhelmed": "overwhelmed, overwhelming, overwhelm, stressed, stress, stressful, stressing, under pressure, swamped, "
                       "breaking down, overloaded, falling apart, burdened",
        "hurt": "hurts, hurting, hurtful, betrayed, betrayal, rejected, rejection, heartbroken, heart broken, heartbreak, "
                "jealous, jealousy, unappreciated, mistreated, neglected, offended, devastated, devastating, unloved, let me down",
    },
    "zh": {
        "焦虑": "焦虑, 焦急, 焦躁, 紧张, 担心, 担忧, 忧虑, 不安, 忐忑, 着急, 烦躁, 心烦, 心慌, 发慌, 操心, 纠结",
        "疲惫": "疲惫, 疲倦, 疲劳, 好累, 很累, 太累, 心累, 累了, 筋疲力尽, 精疲力尽, 身心俱疲, 力不从心, 没精神, 没有精神",
        "孤独": "孤独, 孤单, 寂寞, 被孤立, 没有朋友, 没朋友, 没人陪, 没人理解, 没有人理解, 被抛弃, 无依无靠, 格格不入",
        "羞愧": "羞愧, 羞耻, 丢脸, 丢人, 难堪, 尴尬, 惭愧, 没面子, 难为情",
        "无助": "无助, 无力, 无奈, 迷茫, 茫然, 困惑, 不知所措, 束手无策, 无能为力, 手足无措, 孤立无援",
        "愤怒": "愤怒, 生气, 气愤, 恼火, 恼怒, 火大, 气死, 很气, 暴躁, 讨厌, 厌恶, 反感, 怨恨, 憎恨, 痛恨, 不满, 恶心",
        "绝望": "绝望, 没有希望, 没希望, 失去希望, 失去了希望, 看不到希望, 不想活, 活不下去, 轻生, 生无可恋, 想死, 自杀",
        "自卑": "自卑, 没用, 不自信, 没自信, 没有自信, 没信心, 没有信心, 自我否定, 不够好, 不如别人, 一无是处, 一文不值, 看不起自己, "
                "废物, 失败者",
        "内疚": "内疚, 愧疚, 自责, 后悔, 懊悔, 悔恨, 罪恶感, 歉疚, 亏欠, 怪自己",
        "难过": "难过, 伤心, 悲伤, 痛苦, 难受, 悲痛, 心痛, 心碎, 沮丧, 低落, 郁闷, 抑郁, 压抑, 失落, 不开心, 不快乐, 不高兴, "
                "不幸福, 失望, 苦恼, 苦闷, 想哭, 心酸, 消沉, 烦恼",
        "害怕": "害怕, 恐惧, 恐慌, 惊恐, 惊慌, 畏惧, 可怕, 胆怯, 惶恐, 怕",
        "空虚": "空虚, 空落落, 麻木, 没有动力, 没动力, 提不起兴趣, 提不起劲, 没兴趣, 没有兴趣, 失去兴趣, 无聊",
        "崩溃": "崩溃, 压力很大, 压力大, 压力太大, 压力好大, 受不了, 撑不住, 撑不下去, 透不过气, 喘不过气, 承受不了, 不堪重负, 烦死",
        "委屈": "委屈, 冤枉, 受伤, 被误解, 被误会, 不被理解, 被忽视, 被冷落, 心寒, 被背叛, 不公平, 被伤害, 嫉妒, 吃醋",
    },
}
"""The words of each feeling of the language's list, the feeling itself among them."""

INTRODUCED_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "lonely": "alone, ignored", "helpless": "stuck, lost", "angry": "mad, bitter", "sad": "down, low, blue, bad, terrible, awful, "
        "horrible, hurt inside, crappy", "hurt": "hurt, used, crushed", "afraid": "shaky", "exhausted": "sleepy, weak",
        "overwhelmed": "pressured", "worthless": "stupid, ugly", "guilty": "selfish", "hopeless": "defeated",
    },
    "zh": {"难过": "不好受, 糟糕", "疲惫": "累", "愤怒": "烦", "无助": "没办法"},
}
"""Words that name a feeling only right after "I feel", "I am so" and the like."""

EMOTIONS: Mapping[str, str] = {
    "anxiety": "anxious", "depression": "sad", "sadness": "sad", "anger": "angry", "fear": "afraid", "disgust": "angry",
    "shame": "ashamed", "nervousness": "anxious", "guilt": "guilty", "jealousy": "hurt", "pain": "hurt",
}
"""The feeling of an emotion type of ESConv."""

_NOT = r"\bnot\b|\bnever\b|n't\b|\b(?:do|did|does|ca|is|was|wo|are|have|has|could|would|should)nt\b|\bcannot\b"
TROUBLES: Mapping[str, str] = {
    "en": rf"{_NOT}|\b(?:no (?:one|body|friends?|money|job|time|idea|hope|energy|family|way|support|reason|longer)|nobody|nothing|hardly|stopped"
          r"|without|lost|los(?:e|ing)|fail\w*|problems?|troubles?|issues?|struggl\w+|hard|difficult\w*|argu\w+|fights?|fighting|fought"
          r"|cheat\w*|broke up|br(?:oke|eak)(?:ing)? up|breakup|left me|dumped|divorc\w+|died|death|dying|passed away|pass away|sick"
          r"|illness|ill|cancer|disease|debts?|bills|fired|laid off|let go|unemployed|alone|hates?|hated|pain|cry|crying|cried|tears"
          r"|insomnia|nightmares?|fault|wrong|worse|worst|bad|badly|terrible|awful|horrible|abus\w+|bull(?:y|ied|ying|ies)|ignor\w+"
          r"|lied|lying|lies|yell\w*|scream\w*|shout\w*|drunk|drinking|alcohol\w*|addict\w*|behind|burden|ugly|fat|stupid|miss(?:ing)?"
          r"|too (?:much|many|late|old|young)|suffer\w*|toxic|stuck|giv(?:e|ing) up|gave up|suicid\w+|kill\w*|hospital\w*|pandemic|covid"
          r"|lockdown|quarantine|deadlines?|pressure|pressuring|demanding|afford|rejects?|blam\w+|mess|can't stop|used to|never"
          r"|threat\w*|stole|stolen|surgery|accident|criticis\w+|criticiz\w+|judg\w+|against me|at me|makes? fun|made fun|laugh\w*)\b",
    "zh": r"不|没|无法|难以|总是|老是|总觉得|压力|吵|争执|失败|失去|失眠|分手|离婚|去世|离开|生病|患|欺负|嘲笑|批评|指责|责备|责怪|骂|打我|打架|孤立|排挤"
          r"|排斥|怪|错|讨厌|恨|哭|痛|累|难|困扰|困境|问题|麻烦|糟|坏|差|逼|负担|烦|矛盾|冷战|背叛|出轨|骗|伤害|拖累|丢|输|挂科|落后|冷漠|冷淡|疏远|强迫"
          r"|噩梦|自残|自杀|抱怨|唠叨|控制|下降|辞职|失业|欠|债|孤零零|一个人|否定|看不起|忽视|误解|误会|紧绷|退缩|逃避|拒绝|沉迷|暴力|堕胎|流产|车祸",
}
"""What a clause holds that states a trouble or a negative thought."""

HARMLESS: Mapping[str, str] = {
    "en": r"\bnot only\b|\bno problem\b|\bno worries\b|\bused to it\b|\bwhy not\b|\bdon't mind\b|\bnever mind\b|\bif not\b|\bor not\b",
    "zh": r"不错|没错|没关系|没问题|不客气|好不容易|不容易|不好意思|差不多|不过|不断|不仅|不管|不论|不同|不久|不但|不得了|了不起|要不|是不是|有没有|能不能|会不会"
          r"|可不可以|要不要|难道|难得|难忘|积累|出差|难怪|奇怪|不少|时不时|从来没想过|没想到|对不起|错过",
}
"""What only looks like it: taken out before a clause is searched."""

ASIDE: Mapping[str, str] = {
    "en": r"^(?:you|your|u|thank|thanks|sure|good|great|nice|it's ok|that's ok|have you|do you|are you|what|how|why|don't worry"
          r"|i am sure|i'm sure|i'll try|i will try|sorry|not (?:really|yet|sure|at all|exactly|much|just|only)|haha|lol"
          r"|nothing else|no thanks|i(?:'m| am) not sure$|it (?:is|was)(?: \w+){0,2}$|i am fine|i'm fine)\b"
          r"|^i (?:do not|don't|dont) (?:know|think so|have any)(?: (?:yet|really|that|it|about (?:that|it)))?$"
          r"|^i (?:have not|haven't|havent|did not|didn't|didnt|don't|dont|do not)"
          r"(?: (?:know|think|tried|try|yet|really|either|mean|so|that|it|have|mind|done|but)){0,4}$"
          r"|\b(?:thank|thanks|thx|appreciate\w*|feel(?:ing)? (?:\w+ ){0,2}better|helpful|helped|you (?:are|'re) right|you're|you are"
          r"|good idea|good advice|great idea|can't wait|not bad|doesn't hurt|can't hurt|hello|i hope you|have a (?:good|great|nice))\b",
    "zh": r"^(?:好的|谢谢|感谢|明白|没关系|没事|没问题|不用|不客气|我会|我试|我愿意|我明白|我理解|我相信|我记住|那我|那么|那就|祝|请|再见)"
          r"|轻松|好多了|没那么|不那么|不再(?:那么|这么|会)?(?:害怕|担心|焦虑|难过|紧张|孤单)|有信心|争取|摆脱|克服|早日|变好|好很多|改善|有帮助|有道理|谢谢|感谢|配合|尝试|试试|试着|您|你|医生|咨询师|希望|慢慢",
}
"""Clauses that are about the listener, thanks, or plain answers."""

THOUGHTS: Mapping[str, str] = {
    "en": r"\bi (?:just |always |still |really )?(?:think|feel like|feel as|believe|wonder|keep thinking|tell myself)\b|help thinking"
          r"|deep down i think|\b(?:i'?ll never|i will never|never be|nobody|no one|everyone|everybody|my (?:own )?fault|should(?:n't)? have"
          r"|good enough|worthless|useless|failure|loser|burden|hate myself|deserve|what if|no point|pointless|better off)\b",
    "zh": r"觉得|认为|总在想|总想|忍不住想|对自己说|感觉自己|永远|一定是|我的错|不配|没用|没有意义|没意义|不如|不够好|失败者|应该|不该|没有人|没人|再也|累赘"
          r"|拖累|怀疑",
}
"""What makes an observation a thought and not a fact."""

LEADS: Mapping[str, str] = {
    "en": r"^(?:(?:well|yes|yeah|yea|yep|no(?! one\b| \w+ )|nope|ok|okay|oh|hi|hello|hey|hmm+|um+|so|and|but|also|because|cause|cuz|then"
          r"|actually|honestly|basically|unfortunately|sadly|just|like|plus|sure|true|right|exactly|although|though|since|while|or|which"
          r"|it's just(?: that)?|i mean|you know|i guess|i think(?: that)?|i know(?: that)?|that)(?:[,.:!]+\s*|\s+))+",
    "zh": r"^(?:(?:嗯+|哦|啊|唉|是的|是啊|对|好的|可是|但是|但|而且|因为|所以|然后|其实|就是|不过|只是|还有|我觉得|我感觉|我发现|我知道|另外|比如说?|也许|可能"
          r"|心理咨询师|咨询师|医生|老师|您好|你好|甚至|虽然|并且|而(?=我|他|她))[，,、：:。…\s]*)+",
}
"""What a clause may begin with and an item does not need."""
